//! Whole games of the committed scripts.

mod beside;
mod costs;
mod planning;

use std::fs;
use std::path::Path;

use bevy::prelude::*;
use bevy_peristyle::{FuelBudgets, Scripts, SystemStats};
use clap::Parser;

use crate::arguments::Arguments;
use crate::game::DronesPlugin;
use crate::{assets, headless};

/// A game that is not at its first tick yet, with the scripts below a folder.
fn new_game(assets: &Path, fuel: FuelBudgets) -> App {
    let arguments = Arguments::parse_from(["game", "--drones", "80", "--quiet"]);
    let game = DronesPlugin { fuel, ..DronesPlugin::new(&arguments) };
    let mut app = App::new();
    headless::set_up(&mut app, &arguments, game, assets.to_str().unwrap().to_owned());
    app
}

/// A game of the committed scripts.
fn committed_game() -> App {
    new_game(assets::find(None).unwrap().as_ref(), FuelBudgets::default())
}

/// Plays up to the end of a tick.
fn play_to(app: &mut App, tick: u64) {
    if headless::tick(app) == 0 {
        headless::first_tick(app).unwrap();
    }
    while headless::tick(app) < tick {
        app.update();
    }
}

fn stats(app: &App, module: &str, system: &str) -> SystemStats {
    app.world().resource::<Scripts>().system(module, system).unwrap().stats.clone()
}

/// The committed scripts, but for one that is given as a function of its bytes.
fn scripts_but_for(name: &str, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("scripts")).unwrap();
    for file in fs::read_dir(Path::new(&assets::find(None).unwrap()).join("scripts")).unwrap() {
        let file = file.unwrap();
        let bytes = fs::read(file.path()).unwrap();
        let bytes = if file.file_name() == name { change(bytes) } else { Some(bytes) };
        if let Some(bytes) = bytes {
            fs::write(folder.path().join("scripts").join(file.file_name()), bytes).unwrap();
        }
    }
    folder
}
