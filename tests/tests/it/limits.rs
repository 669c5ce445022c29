//! Every limit has a name, can be set, and says so when it is reached.

use bevy_peristyle::{Fault, Limits, PeristylePlugin};
use peristyle_tests::components::{Counter, Wide};
use peristyle_tests::{Game, Guest, System, read, write};

fn game_with(limits: Limits) -> Game {
    Game::with_plugin(PeristylePlugin { limits, watch: false, ..PeristylePlugin::default() })
}

fn idle() -> System {
    System::new("idle", "").query([read::<Counter>()])
}

/// Why a guest does not load under these limits.
fn refusal(limits: Limits, guest: &Guest) -> String {
    let game = game_with(limits).script("guest.wasm", guest.to_wasm()).start();
    game.failure("guest")
}

/// Verifies `module_bytes_max`.
#[test]
fn a_large_file_is_refused() {
    let limits = Limits { module_bytes_max: 200, ..Limits::default() };
    let reason = refusal(limits, &Guest::new().system(idle()));
    assert!(reason.contains("larger than 200 bytes, the limit module_bytes_max"), "{reason}");
}

/// Verifies `manifest_bytes_max`, also for a list that claims to be endless.
#[test]
fn a_large_manifest_is_refused() {
    let limits = Limits { manifest_bytes_max: 256, ..Limits::default() };
    let reason = refusal(limits, &Guest::new().system(idle()));
    assert!(reason.contains("manifest_bytes_max") && reason.contains("256"), "{reason}");
    let endless = Guest::new().system(idle()).edit_manifest(|manifest| manifest.systems.len = u32::MAX);
    let reason = refusal(Limits::default(), &endless);
    assert!(reason.contains("manifest"), "{reason}");
}

/// Verifies `state_bytes_max`.
#[test]
fn large_state_blocks_are_refused() {
    let limits = Limits { state_bytes_max: 15, ..Limits::default() };
    let guest = Guest::new().system(idle()).state::<Wide>("wide", &[0; 16]);
    let reason = refusal(limits, &guest);
    assert!(reason.contains("16 bytes; the limit state_bytes_max is 15"), "{reason}");
}

/// Verifies `memory_pages_max` for a memory that begins too large.
#[test]
fn a_memory_that_begins_too_large_is_refused() {
    let limits = Limits { memory_pages_max: 10, ..Limits::default() };
    let reason = refusal(limits, &Guest::new().system(idle()).memory("11"));
    assert!(reason.contains("memory_pages_max 10"), "{reason}");
}

/// Verifies `memory_pages_max` for a guest that grows: the limit is the guest's own -1.
#[test]
fn a_memory_that_grows_too_large_does_not_grow() {
    let body = "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (memory.grow (i32.const 100)))";
    let guest = Guest::new().system(System::new("grow", body).query([write::<Counter>()]));
    let limits = Limits { memory_pages_max: 50, ..Limits::default() };
    let mut game = game_with(limits).script("guest.wasm", guest.to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, u32::MAX);
}

/// Verifies `memory_pages_max` for columns that do not fit.
#[test]
fn columns_that_do_not_fit_are_a_fault() {
    let limits = Limits { memory_pages_max: 3, ..Limits::default() };
    let guest = Guest::new().system(System::increments("count", [write::<Counter>()]));
    let mut game = game_with(limits).script("guest.wasm", guest.to_wasm()).start();
    for value in 0..20_000 {
        game.spawn(Counter { value });
    }
    game.step();
    let fault = game.fault("guest", "count");
    assert!(matches!(fault, Fault::MemoryLimit { memory_pages_max: 3, .. }), "{fault:?}");
}

/// Verifies that a module's own maximum holds for the host as well.
#[test]
fn columns_that_do_not_fit_into_the_modules_own_maximum_are_a_fault() {
    let guest = Guest::new().system(System::increments("count", [write::<Counter>()])).memory("2 2");
    let mut game = Game::new().script("guest.wasm", guest.to_wasm()).start();
    game.spawn(Counter { value: 0 });
    game.step();
    let fault = game.fault("guest", "count");
    assert!(matches!(fault, Fault::MemoryLimit { .. }), "{fault:?}");
}

/// Verifies `table_elements_max`, for a table that begins too large and for one that grows.
#[test]
fn large_tables_are_refused() {
    let limits = Limits { table_elements_max: 10, ..Limits::default() };
    let reason = refusal(limits.clone(), &Guest::new().system(idle()).extra("(table 11 funcref)"));
    assert!(reason.contains("table_elements_max 10"), "{reason}");

    let body = "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
        (table.grow $t (ref.null func) (i32.const 9)))";
    let guest = Guest::new()
        .system(System::new("grow", body).query([write::<Counter>()]))
        .extra("(table $t 2 funcref)");
    let mut game = game_with(limits).script("guest.wasm", guest.to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, u32::MAX);
}

/// Verifies `recursion_max`.
#[test]
fn recursion_past_the_limit_is_a_fault() {
    let deep = |depth: u32, recursion_max: u32| {
        let body = format!("(call $dive (i32.const {depth}))");
        let guest = Guest::new().system(System::new("dive", &body).query([read::<Counter>()])).extra(
            "(func $dive (param i32) (if (local.get 0) (then (call $dive (i32.sub (local.get 0) (i32.const 1))))))",
        );
        let limits = Limits { recursion_max, ..Limits::default() };
        let mut game = game_with(limits).script("guest.wasm", guest.to_wasm()).start();
        game.step();
        game.system("guest", "dive").stats.last_fault.as_deref().cloned()
    };
    assert_eq!(deep(20, 50), None);
    assert!(matches!(deep(60, 50), Some(Fault::Recursion { recursion_max: 50, .. })));
}

/// Verifies `rows_max`, over all queries of a call.
#[test]
fn too_many_rows_are_a_fault() {
    let limits = Limits { rows_max: 15, ..Limits::default() };
    let system = System::new("look", "").query([read::<Counter>()]).query([read::<Counter>()]);
    let mut game = game_with(limits).script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    for value in 0..7 {
        game.spawn(Counter { value });
    }
    game.step();
    assert_eq!(game.system("guest", "look").stats.faults, 0);
    game.spawn(Counter::default());
    game.step();
    assert_eq!(game.fault("guest", "look"), Fault::TooManyRows { rows: 16, rows_max: 15 });
}

/// Verifies `stack_bytes_max`: few calls with many locals.
#[test]
fn locals_past_the_limit_are_a_fault() {
    let deep = |stack_bytes_max: u32| {
        let locals = "(local i64)".repeat(500);
        let dive = format!(
            "(func $dive (param i32) (result i64) {locals}
                (if (local.get 0) (then (drop (call $dive (i32.sub (local.get 0) (i32.const 1))))))
                (local.get 400))"
        );
        let system = System::new("dive", "(drop (call $dive (i32.const 20)))").query([read::<Counter>()]);
        let limits = Limits { stack_bytes_max, ..Limits::default() };
        let mut game = game_with(limits)
            .script("guest.wasm", Guest::new().system(system).extra(&dive).to_wasm())
            .start();
        game.step();
        game.system("guest", "dive").stats.last_fault.as_deref().cloned()
    };
    assert_eq!(deep(1_000_000), None);
    assert!(matches!(deep(40_000), Some(Fault::Recursion { stack_bytes_max: 40_000, .. })));
}
