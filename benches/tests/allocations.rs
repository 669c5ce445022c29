//! A frame allocates nothing because of scripts, once the first frames are over.
#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]
#![allow(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use bevy::prelude::*;
use bevy_peristyle::{FuelBudgets, PeristylePlugin, abi::ScheduleCode};
use peristyle_benches::world::{guest, on_one_thread};
use peristyle_tests::components::{Counter, Frozen, Position, Sparse, Switch, Velocity};
use peristyle_tests::{Game, Guest, with, write, write_mirror};

/// Counts what the system's allocator is asked for, on every thread.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: everything is the system allocator's own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(address, layout) }
    }

    unsafe fn realloc(&self, address: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(address, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Frames after which everything has its size. Bevy keeps 120 values of each diagnostic.
const WARM_UP: usize = 200;

/// Frames that are counted.
const FRAMES: usize = 500;

/// Allocations in [`FRAMES`] frames of a game with `scripts` and a few hundred rows of each kind.
fn allocations(scripts: &[(&str, Vec<u8>)]) -> u64 {
    let fuel = FuelBudgets { per_frame: u64::MAX, ..FuelBudgets::default() };
    // Watching is part of a frame.
    let plugin = PeristylePlugin { watch: true, fuel, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin);
    for (name, bytes) in scripts {
        game = game.script(&format!("{name}.wasm"), bytes);
    }
    for row in 0..300 {
        let position = Position { x: row as f32, ..Position::default() };
        game.spawn((position, Velocity { x: 1.0, y: 2.0, z: 3.0 }, Counter { value: row }));
        game.spawn((Counter { value: row }, Sparse { value: row }, Transform::default()));
        game.spawn((position, Switch::default(), Frozen {}));
    }
    let mut game = game.start();
    on_one_thread(&mut game.app);
    game.steps(WARM_UP);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    game.steps(FRAMES);
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    for (name, _) in scripts {
        for system in &game.module(name).systems {
            let stats = &system.stats;
            assert!(stats.calls > FRAMES as u64 && stats.faults == 0, "{name}::{}: {stats:?}", system.name);
        }
    }
    allocations
}

/// Systems over every kind of column, each of which changes all of its rows, in two schedules.
fn every_kind() -> Vec<u8> {
    let increments = |name, terms| peristyle_tests::System::increments(name, terms);
    Guest::new()
        .state::<Counter>("calls", &[0; 4])
        .system(increments("dense", vec![write::<Counter>()]))
        .system(increments("sparse", vec![write::<Sparse>()]))
        .system(increments("mirrored", vec![write_mirror::<Transform>()]))
        .system(increments("filtered", vec![write::<Position>(), with::<Frozen>()]))
        .system(increments("early", vec![write::<Counter>()]).in_schedule(ScheduleCode::First))
        .to_wasm()
}

/// Verifies that scripts add no allocation to those of the same game without scripts; the one test
/// of its binary, so that nothing else allocates meanwhile.
#[test]
fn scripts_add_no_allocation_to_a_frame() {
    let without = allocations(&[]);
    for (name, bytes) in [
        ("every_kind", every_kind()),
        ("zig_vector", guest("zig_vector")),
        ("rust_plain", guest("rust_plain")),
    ] {
        assert_eq!(allocations(&[(name, bytes)]), without, "{name}; without scripts: {without}");
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before + 1, "the counter counts");
}
