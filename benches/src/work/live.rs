//! From a saved source to the end of the first frame in which its code ran.

use bevy::prelude::Entity;
use bevy_peristyle::{PeristyleAppExt, ScriptBuilds};
use peristyle_tests::Game;
use peristyle_tests::components::Counter;
use peristyle_tests::live::{LiveProject, counter_rust, counter_wat, counter_zig};

use super::reload::Frames;
use crate::Figure;
use crate::measure::{Bench, median};

/// Saves of each language.
const SAVES: u32 = 20;

/// Saves sources of scripts in WAT, Zig and Rust, built by the development plugin, in a game at 60 frames a second. A language
/// without a compiler on this machine is left out, and said to be.
///
/// # Panics
/// If a version never runs although there is a compiler.
pub fn live(bench: &mut Bench) {
    let rust = |version: u32| counter_rust(&version.to_string());
    measure(bench, "wat", "live_wat/live_wat.wat", &counter_wat);
    measure(bench, "zig", "live_zig/live_zig.zig", &|version| counter_zig(&version.to_string()));
    measure(bench, "rust", "live_rust/src/lib.rs", &rust);
}

fn measure(bench: &mut Bench, language: &'static str, source: &str, text: &dyn Fn(u32) -> String) {
    let project = LiveProject::new();
    let script = source.split('/').next().unwrap_or(source);
    if language == "rust" {
        project.save_manifests(script);
    }
    project.save(source, &text(1));
    let mut game = Game::new();
    game.app.add_plugins(project.plugin()).add_script(format!("{script}.wasm"));
    let mut game = game.start();
    let counter = game.spawn(Counter::default());
    let mut frames = Frames::default();
    // The first builds find the compiler cold.
    for version in 1..=2 {
        project.save(source, &text(version));
        if !runs(&mut game, &mut frames, counter, version, script) {
            return;
        }
    }
    let (mut times, mut builds) = (Vec::new(), Vec::new());
    for save in 0..SAVES {
        let version = 3 + save;
        frames.go_to_moment(&mut game, save, SAVES);
        project.save(source, &text(version));
        let saved = std::time::Instant::now();
        if !runs(&mut game, &mut frames, counter, version, script) {
            return;
        }
        times.push(saved.elapsed().as_secs_f64() * 1e9);
        let build = game.app.world().resource::<ScriptBuilds>().get(script).and_then(|build| build.took);
        builds.extend(build.map(|took| took.as_secs_f64() * 1e9));
    }
    let ns = median(times.iter().copied());
    bench.figures.push(Figure::new("reload", language, 0, ns).with_long_runs(times));
    if !builds.is_empty() {
        bench.figures.push(Figure::new("reload", format!("{language}-build"), 0, median(builds.into_iter())));
    }
}

/// Plays until that version runs. Whether there is a compiler for it.
fn runs(game: &mut Game, frames: &mut Frames, counter: Entity, version: u32, script: &str) -> bool {
    let began = std::time::Instant::now();
    while game.get::<Counter>(counter).value != version {
        frames.next(game);
        let builds = game.app.world().resource::<ScriptBuilds>();
        if let Some(failure) = builds.failures().find(|failure| failure.is_missing_toolchain) {
            eprintln!("saves of {script} are not measured: {failure}");
            return false;
        }
        assert!(began.elapsed() < super::reload::BUILD_PATIENCE, "version {version} never ran: {builds:?}");
    }
    true
}
