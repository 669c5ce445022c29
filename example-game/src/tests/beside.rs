//! `--watch --beside N`: a saved script runs beside the running one first.

use std::time::{Duration, Instant};
use std::{fs, thread};

use bevy::prelude::*;
use bevy_peristyle::{ScriptStatus, Scripts};
use clap::Parser;

use super::{play_to, scripts_but_for};
use crate::arguments::Arguments;
use crate::game::DronesPlugin;
use crate::headless;

const FRAMES: u32 = 20;

fn battery(app: &App) -> &ScriptStatus {
    app.world().resource::<Scripts>().get("battery").unwrap()
}

/// Plays until the script is as it should be.
fn play_until(app: &mut App, what: &str, holds: impl Fn(&ScriptStatus) -> bool) {
    let began = Instant::now();
    while !holds(battery(app)) {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}: {:?}", battery(app));
        thread::sleep(Duration::from_millis(2));
        app.update();
    }
}

/// Verifies that each save is compared with the running version before it takes its place, and that one which is no module
/// leaves the next one to be compared.
#[test]
fn a_saved_script_is_compared_before_it_runs() {
    let arguments =
        Arguments::parse_from(["game", "--watch", "--drones", "80", "--beside", &FRAMES.to_string()]);
    let assets = scripts_but_for("battery.wasm", Some);
    let file = assets.path().join("scripts/battery.wasm");
    let mut app = App::new();
    let game = DronesPlugin::new(&arguments);
    headless::set_up(&mut app, &arguments, game, assets.path().to_str().unwrap().to_owned());
    play_to(&mut app, 10);
    let mut module = fs::read(&file).unwrap();
    for saves in 1..=2 {
        fs::write(&file, "no module").unwrap();
        play_until(&mut app, "it is refused", |status| status.last_error.is_some());
        // The same code under another hash: an empty custom section.
        module.extend([0, 2, 1, b'a']);
        fs::write(&file, &module).unwrap();
        play_until(&mut app, "it is compared", ScriptStatus::has_shadow);
        assert_eq!(battery(&app).reloads, saves - 1);
        play_until(&mut app, "it runs", |status| status.reloads == saves);
        let report = battery(&app).shadow.clone().unwrap();
        assert!(report.is_same() && report.frames_done == FRAMES, "{report}");
        assert_eq!(battery(&app).version, Some(report.version));
    }
}
