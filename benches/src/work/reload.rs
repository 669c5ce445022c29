//! From a saved file to the end of the first frame in which its code ran.

use std::time::{Duration, Instant};

use bevy_peristyle::PeristylePlugin;
use peristyle_tests::Game;
use peristyle_tests::components::Counter;

use super::module::large_module;
use crate::Figure;
use crate::measure::{Bench, Effort, median};

/// One frame at 60 a second.
const FRAME: Duration = Duration::from_nanos(16_666_667);

/// The module's size.
const BYTES: usize = 100_000;

/// How long a new version may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a compiler may take that starts cold.
pub(super) const BUILD_PATIENCE: Duration = Duration::from_secs(300);

/// The frames of a game, 60 a second.
pub(super) struct Frames {
    next: Instant,
}

impl Default for Frames {
    fn default() -> Self {
        Self { next: Instant::now() }
    }
}

impl Frames {
    /// Runs a frame when it is due.
    pub fn next(&mut self, game: &mut Game) {
        sleep_until(self.next);
        // A frame that comes late does not make the ones after it come early.
        self.next = self.next.max(Instant::now()) + FRAME;
        game.step();
    }

    /// Runs some frames, and waits for a moment within one: of all saves evenly over the time from one frame to the
    /// next, in an order that jumps about.
    pub fn go_to_moment(&mut self, game: &mut Game, save: u32, saves: u32) {
        for _ in 0..11 {
            self.next(game);
        }
        let moment = f64::from(save * 7 % saves) / f64::from(saves);
        sleep_until(self.next - FRAME.mul_f64(1.0 - moment));
    }
}

/// Saves new versions of a module while a game runs at 60 frames a second, each at another moment
/// of a frame.
///
/// # Panics
/// If a version never runs.
pub fn reload(bench: &mut Bench) {
    let saves = match bench.effort {
        Effort::Quick => 12,
        Effort::Full => 48,
    };
    let first = large_module(BYTES, 1);
    let mut game = Game::with_plugin(PeristylePlugin { watch: true, ..PeristylePlugin::default() })
        .script("large.wasm", first)
        .start();
    let counter = game.spawn(Counter::default());
    let mut frames = Frames::default();
    let mut times = Vec::new();
    for save in 0..saves {
        let version = 2 + save;
        let bytes = large_module(BYTES, version);
        frames.go_to_moment(&mut game, save, saves);
        game.write("large.wasm", &bytes);
        let saved = Instant::now();
        while game.get::<Counter>(counter).value != version {
            assert!(saved.elapsed() < PATIENCE, "version {version} never ran: {:?}", game.module("large"));
            frames.next(&mut game);
        }
        times.push(saved.elapsed().as_secs_f64() * 1e9);
    }
    let ns = median(times.iter().copied());
    bench.figures.push(Figure::new("reload", "100-kb", 0, ns).with_long_runs(times));
}

fn sleep_until(when: Instant) {
    std::thread::sleep(when.saturating_duration_since(Instant::now()));
}
