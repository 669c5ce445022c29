//! Reloads one module thousands of times in a running game, and says whether anything grows.
//!
//! `cargo xtask soak --reloads 10000` runs it. Each version is another file, with other code; every second one has
//! a system more. Component layouts stay as they are. Prints one line of JSON for each of ten parts, and at the end the
//! verdict.

#![expect(clippy::expect_used, reason = "a soak test that cannot be set up has failed")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_peristyle::{PeristylePlugin, Scripts};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, added, read, write};
use serde::Serialize;

/// Parts of the run that are compared.
const PARTS: u32 = 10;

/// How much more memory the last part may take than the second, since allocators keep some of what is freed.
const GROWTH_MAX: f64 = 1.05;

/// How much longer a reload may take in the last part than in the second.
const SLOWER_MAX: f64 = 1.25;

/// What was seen at the end of a part.
#[derive(Debug, Serialize)]
struct Part {
    reloads: u32,
    /// Resident memory, in bytes.
    memory: u64,
    /// Open files of the process.
    files: u64,
    /// Systems in `FixedUpdate`, the schedule of the module's.
    systems: usize,
    entities: u32,
    /// Types of components that Bevy knows; ids are never given back.
    components: usize,
    /// From the save to the end of the first frame of the new code, in microseconds: the median of the part.
    reload_us: f64,
    /// The same of the fastest tenth, which what else the machine does hardly touches.
    fast_reload_us: f64,
}

/// Counts in a state block and adds `version` to each counter; every second version also has a system that listens.
fn version(number: u32) -> Vec<u8> {
    let state = Guest::state_address();
    let counter = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";
    let body = format!(
        "(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))
         (i32.store {counter} (i32.const {number}))
         (i32.store offset=4 {counter} (i32.load (i32.const {state})))"
    );
    let guest = Guest::new()
        .state::<Counter>("calls", &[0; 4])
        .system(System::new("set", &body).query([write::<Counter>()]));
    if number.is_multiple_of(2) {
        guest.to_wasm()
    } else {
        let listens = System::new("listens", "").query([read::<Counter>()]).on(added::<Counter>());
        guest.system(listens).to_wasm()
    }
}

/// Resident memory in bytes, and the number of open files; zeros where the system does not tell.
fn process() -> (u64, u64) {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok());
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    (pages.unwrap_or(0) * 4096, files as u64)
}

fn main() -> ExitCode {
    let reloads = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_u32).max(PARTS);
    let plugin = PeristylePlugin { watch: false, trial_frames: 2, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script("soak.wasm", version(0)).start();
    let counters = [0, 1].map(|value| game.spawn(Counter { value }));
    game.step();
    let mut parts: Vec<Part> = Vec::new();
    let mut times = Vec::new();
    for number in 1..=reloads {
        let bytes = version(number);
        game.write("soak.wasm", &bytes);
        let saved = Instant::now();
        game.world().resource_mut::<Scripts>().reload("soak");
        while game.get::<Counter>(counters[0]).value != number {
            assert!(
                saved.elapsed() < Duration::from_secs(10),
                "version {number} never ran: {:?}",
                game.module("soak")
            );
            game.step();
        }
        times.push(saved.elapsed().as_secs_f64() * 1e6);
        // Its trial.
        for _ in 0..3 {
            game.step();
        }
        if number.is_multiple_of(reloads / PARTS) {
            times.sort_by(f64::total_cmp);
            let (memory, files) = process();
            let world = game.world();
            let systems =
                world.resource::<Schedules>().get(FixedUpdate).map_or(0, |schedule| schedule.systems_len());
            let part = Part {
                reloads: number,
                memory,
                files,
                systems,
                entities: world.entities().len(),
                components: world.components().len(),
                reload_us: times[times.len() / 2],
                fast_reload_us: times[times.len() / 10],
            };
            println!("{}", serde_json::to_string(&part).expect("figures are JSON"));
            parts.push(part);
            times.clear();
        }
    }
    let module = game.module("soak");
    assert_eq!(module.reloads, u64::from(reloads), "each version ran: {:?}", module.last_error);
    let [second, last] = [parts.get(1), parts.last()];
    let (Some(second), Some(last)) = (second, last) else { return ExitCode::FAILURE };
    let growth = last.memory as f64 / second.memory.max(1) as f64;
    let slower = last.fast_reload_us / second.fast_reload_us;
    let is_flat = growth <= GROWTH_MAX
        && slower <= SLOWER_MAX
        && (last.files, last.entities, last.components) == (second.files, second.entities, second.components)
        && parts.windows(3).all(|parts| parts[0].systems == parts[2].systems);
    println!(
        "{reloads} reloads: memory {growth:.3} x and a reload {slower:.2} x what they were after a fifth: {}",
        if is_flat { "flat" } else { "NOT FLAT" }
    );
    if is_flat { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
