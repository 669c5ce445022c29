//! What a fault tells: where in the script it was, and what the script had logged.

use bevy_peristyle::{Fault, FaultReport, Limits, PeristylePlugin, ScriptLog, Scripts};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, read, write};

/// A game with one row, after one step with that guest.
fn played(guest: &Guest) -> Game {
    let mut game = Game::new().script("guest.wasm", guest.to_wasm()).start();
    game.spawn(Counter { value: 5 });
    game.step();
    game
}

fn report(game: &Game, system: &str) -> FaultReport {
    let report = game.system("guest", system).stats.last_report.as_deref().cloned();
    report.expect("the system faulted")
}

fn functions(report: &FaultReport) -> Vec<&str> {
    report.frames.iter().map(|frame| frame.function.as_str()).collect()
}

/// Verifies that a module without debug information is told by its functions' names.
#[test]
fn a_trap_names_the_functions_that_were_running() {
    let guest = Guest::new()
        .system(System::new("share", "(drop (call $among (i32.const 0)))").query([write::<Counter>()]))
        .extra(
            "(func $among (param i32) (result i32) (call $divide (local.get 0)))
             (func $divide (param i32) (result i32) (i32.div_u (i32.const 7) (local.get 0)))",
        );
    let report = report(&played(&guest), "share");
    assert!(matches!(&report.fault, Fault::Trap(trap) if trap == "integer division by zero"), "{report}");
    assert_eq!(functions(&report), ["divide", "among", "share"]);
    assert!(report.to_string().contains("\n  at `divide`\n  in `among`\n  in `share`"), "{report}");
}

/// Verifies the same for the other faults of code: fuel that ran out, recursion, and a panic.
#[test]
fn every_fault_of_code_has_a_place() {
    let spin = Guest::new()
        .system(System::new("run", "(call $spin)").query([read::<Counter>()]))
        .extra("(func $spin (loop $l (br $l)))");
    let found = report(&played(&spin), "run");
    assert!(matches!(found.fault, Fault::OutOfFuel { .. }), "{found}");
    assert_eq!(functions(&found), ["spin", "run"]);

    let dive = Guest::new()
        .system(System::new("run", "(call $dive)").query([read::<Counter>()]))
        .extra("(func $dive (call $dive))");
    let found = report(&played(&dive), "run");
    assert!(matches!(found.fault, Fault::Recursion { .. }), "{found}");
    assert_eq!(functions(&found)[..3], ["dive"; 3]);

    let panic =
        "(call $fault (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))";
    let panics = Guest::new()
        .system(System::new("run", "(call $panic)").query([read::<Counter>()]))
        .extra(&format!("(func $panic {panic})"));
    let found = report(&played(&panics), "run");
    assert!(matches!(found.fault, Fault::Guest(_)), "{found}");
    assert_eq!(functions(&found), ["panic", "run"]);
}

/// Verifies that looking into a fault does nothing twice.
#[test]
fn a_fault_is_looked_into_without_a_trace() {
    let state = Guest::state_address();
    let body = format!(
        r#"(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))
        (i32.store (i32.const 4000) (i32.const 0x6f6c6548))
        (call $log (i32.const 3) (i32.const 4000) (i32.const 3))
        (if (i32.ge_u (i32.load (i32.const {state})) (i32.const 3)) (then unreachable))"#
    );
    let guest = Guest::new()
        .state::<Counter>("calls", &[0; 4])
        .system(System::new("run", &body).query([read::<Counter>()]));
    let mut game = Game::new().script("guest.wasm", guest.to_wasm()).start();
    game.spawn(Counter::default());
    game.steps(5);
    let report = report(&game, "run");
    assert_eq!(game.system("guest", "run").stats.faults, 3);
    assert_eq!(game.app.world().resource::<ScriptLog>().lines().count(), 5);
    let log: Vec<&str> = report.log.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(log[..3], ["Hel"; 3]);
    assert!(report.to_string().contains("it had logged:\n    info: Hel"), "{report}");
}

/// Verifies that there is a report also where the traced module has no room.
#[test]
fn without_room_for_a_trace_the_fault_itself_is_told() {
    let limits = Limits { memory_pages_max: 1, ..Limits::default() };
    let plugin = PeristylePlugin { limits, watch: false, ..PeristylePlugin::default() };
    let guest = Guest::new().memory("1").system(System::new("run", "unreachable").query([read::<Counter>()]));
    let mut game = Game::with_plugin(plugin).script("guest.wasm", guest.to_wasm()).start();
    game.step();
    let report = report(&game, "run");
    assert!(matches!(report.fault, Fault::Trap(_) | Fault::MemoryLimit { .. }), "{report}");
}

/// Verifies that a profile says where the fuel went, all of it, without changing what the module does and uses.
#[test]
fn a_profile_accounts_for_all_fuel() {
    let body = "(drop (call $sum (i32.const 40))) (drop (call $sum (i32.const 10)))";
    let guest = Guest::new().system(System::new("run", body).query([read::<Counter>()])).extra(
        "(func $sum (param i32) (result i32) (local $s i32)
                (loop $l
                    (local.set $s (i32.add (local.get $s) (call $square (local.get 0))))
                    (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get $s))
             (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))",
    );
    let mut game = Game::new().script("guest.wasm", guest.to_wasm()).start();
    game.step();
    let fuel = game.system("guest", "run").stats.fuel;
    game.world().resource_mut::<Scripts>().profile("guest", 3);
    game.step_until("the profile is there", |game| game.module("guest").profile.is_some());
    let profile = game.module("guest").profile.clone().expect("it is there");
    assert_eq!((profile.frames, profile.fuel), (3, 3 * fuel));
    let functions: Vec<_> =
        profile.functions.iter().map(|used| (used.name.as_str(), used.calls, used.total_fuel)).collect();
    assert_eq!(functions.iter().map(|used| used.0).collect::<Vec<_>>(), ["sum", "square", "run"]);
    assert_eq!((functions[0].1, functions[1].1, functions[2].1), (6, 150, 3));
    assert_eq!(functions[2].2, 3 * fuel, "what it called counts with it");
    let folded: Vec<&str> = profile.folded.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(folded, ["run", "run;sum", "run;sum;square"]);
    game.steps(2);
    assert_eq!(game.system("guest", "run").stats.fuel, fuel);
    assert!(profile.to_string().contains("  square"), "{profile}");
}
