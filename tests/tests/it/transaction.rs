//! A call is a transaction over the ECS and over the module: all of it happens, or none.

use bevy_peristyle::{Fault, FuelBudgets, ModuleStatus, PeristylePlugin};
use peristyle_tests::components::{Counter, Switch, Trigger};
use peristyle_tests::{Game, Guest, System, read, write};

/// Adds one to the state block and to the counter in row 0, and then does `then`, which may look
/// at the trigger: `(call $armed (local.get $frame))`.
fn scribbling_guest(then: &str) -> Guest {
    let state = Guest::state_address();
    let body = format!(
        r"
        (i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))
        (i32.store (i32.const 2048) (i32.const 99))
        (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.load (i32.const {state})))
        {then}"
    );
    Guest::new()
        .state::<Counter>("calls", &[0; 4])
        .system(System::new("scribble", &body).query([write::<Counter>()]).query([read::<Trigger>()]))
        .extra(
            "(func $armed (param $frame i32) (result i32) (i32.load (call $column (local.get $frame) (i32.const 1) (i32.const 0))))
             (func $recurse (param i32) (result i32) (i32.add (call $recurse (local.get 0)) (i32.const 1)))",
        )
}

/// Runs two good calls, one that stops, and one more good call; the fault of the one that stopped.
fn stop_between_good_calls(then: &str) -> Fault {
    let mut game = Game::new().script("guest.wasm", scribbling_guest(then).to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    let trigger = game.spawn(Trigger { armed: 0 });
    game.steps(2);
    assert_eq!(game.get::<Counter>(counter).value, 2);
    game.world().entity_mut(trigger).insert(Trigger { armed: 1 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 2, "nothing of the stopped call is written");
    let fault = game.fault("guest", "scribble");
    game.world().entity_mut(trigger).insert(Trigger { armed: 0 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 3, "the state block is as the last finished call left it");
    let stats = &game.system("guest", "scribble").stats;
    assert_eq!((stats.calls, stats.faults), (4, 1));
    assert_eq!(game.module("guest").status, ModuleStatus::Running);
    fault
}

/// Verifies the transaction on a trap.
#[test]
fn a_trap_undoes_the_call_and_the_state_block() {
    let fault = stop_between_good_calls("(if (call $armed (local.get $frame)) (then (unreachable)))");
    assert!(matches!(fault, Fault::Trap(_)), "{fault:?}");
}

/// Verifies the transaction on an access out of bounds.
#[test]
fn an_access_out_of_bounds_undoes_the_call() {
    let fault = stop_between_good_calls(
        "(if (call $armed (local.get $frame)) (then (i32.store (i32.const -4) (i32.const 1))))",
    );
    assert!(fault.to_string().contains("out of bounds"), "{fault}");
}

/// Verifies the transaction when a call never ends by itself.
#[test]
fn an_endless_loop_runs_out_of_fuel_and_undoes_the_call() {
    let fault =
        stop_between_good_calls("(if (call $armed (local.get $frame)) (then (loop $forever (br $forever))))");
    assert!(matches!(fault, Fault::OutOfFuel { rows: 2, .. }), "{fault:?}");
}

/// Verifies the transaction when calls inside calls go too deep.
#[test]
fn endless_recursion_undoes_the_call() {
    let fault = stop_between_good_calls(
        "(if (call $armed (local.get $frame)) (then (drop (call $recurse (i32.const 0)))))",
    );
    assert!(matches!(fault, Fault::Recursion { recursion_max: 1_000, .. }), "{fault:?}");
}

/// Verifies the transaction when the guest itself gives up, and that its words arrive.
#[test]
fn a_fault_of_the_guest_undoes_the_call_and_brings_its_words() {
    let then = r#"(if (call $armed (local.get $frame)) (then
        (call $fault (i32.const 3000) (i32.const 8) (i32.const 3100) (i32.const 6) (i32.const 12) (i32.const 5))))"#;
    let guest = scribbling_guest(then)
        .extra(r#"(data (i32.const 3000) "no pad 3") (data (i32.const 3100) "pad.rs")"#);
    let mut game = Game::new().script("guest.wasm", guest.to_wasm()).start();
    let counter = game.spawn(Counter { value: 5 });
    game.spawn(Trigger { armed: 1 });
    game.step();
    assert_eq!(game.fault("guest", "scribble").to_string(), "no pad 3 (at pad.rs:12:5)");
    assert_eq!(game.get::<Counter>(counter).value, 5);
}

/// Verifies that a number other than 0 is a fault.
#[test]
fn a_returned_error_code_undoes_the_call() {
    let fault =
        stop_between_good_calls("(if (call $armed (local.get $frame)) (then (return (i32.const 42))))");
    assert_eq!(fault, Fault::Returned(42));
}

/// Verifies that memory outside of state blocks does not survive a fault.
#[test]
fn memory_outside_of_state_blocks_is_fresh_after_a_fault() {
    // Row 0 becomes what address 2048 holds, which every call sets to 99 at its end.
    let body = r"
        (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.load (i32.const 2048)))
        (i32.store (i32.const 2048) (i32.const 99))
        (if (i32.load (call $column (local.get $frame) (i32.const 1) (i32.const 0))) (then (unreachable)))";
    let system = System::new("remember", body).query([write::<Counter>()]).query([read::<Trigger>()]);
    let mut game = Game::new().script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    let trigger = game.spawn(Trigger { armed: 0 });
    game.steps(2);
    assert_eq!(game.get::<Counter>(counter).value, 99, "without a fault the memory is simply still there");
    game.world().entity_mut(trigger).insert(Trigger { armed: 1 });
    game.step();
    game.world().entity_mut(trigger).insert(Trigger { armed: 0 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 0);
}

/// Verifies that bytes which are no value of a field's type are a fault, and nothing is written.
#[test]
fn a_bad_bool_is_a_fault_that_names_the_field_and_nothing_is_written() {
    // Sets a good bool in row 0 and a bad one in row 1, of `more`.
    let body = r"
        (local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
        (i32.store8 (local.get $a) (i32.const 1))
        (i32.store8 offset=6 (local.get $a) (i32.const 2))";
    let system = System::new("set", body).query([write::<Switch>()]);
    let mut game = Game::new().script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let first = game.spawn(Switch::default());
    game.spawn(Switch::default());
    game.step();
    let fault = game.fault("guest", "set").to_string();
    assert_eq!(fault, "bad write: row 1 of `Switch.more[1]` holds 2, where it must be 0 or 1, for a bool");
    assert!(!game.get::<Switch>(first).on, "the good row is not written either");
}

/// Verifies that the host uses its own records and never what a guest left in the call frame.
#[test]
fn a_guest_that_scribbles_over_its_call_frame_harms_nobody() {
    let body = r"
        (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const 11))
        (i32.store (call $column_frame (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const -1))
        (i32.store offset=4 (call $column_frame (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const -16))
        (i32.store offset=8 (call $column_frame (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const 7777))
        (i32.store offset=4 (call $query_frame (local.get $frame) (i32.const 0)) (i32.const -1))
        (i32.store offset=8 (call $query_frame (local.get $frame) (i32.const 0)) (i32.const -1))
        (i32.store offset=32 (local.get $frame) (i32.const 0))
        (i32.store offset=36 (local.get $frame) (i32.const -1))
        (i32.store (local.get $frame) (i32.const -1))";
    let system = System::new("scribble", body).query([write::<Counter>()]);
    let mut game = Game::new().script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    let other = game.spawn(Counter { value: 4 });
    game.steps(3);
    let stats = &game.system("guest", "scribble").stats;
    assert_eq!((stats.calls, stats.faults), (3, 0));
    assert_eq!((game.get::<Counter>(counter).value, game.get::<Counter>(other).value), (11, 4));
}

/// Verifies that read columns are never read back.
#[test]
fn a_write_into_a_read_column_goes_nowhere() {
    let body = "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const 9))";
    let system = System::new("poke", body).query([read::<Counter>()]);
    let mut game = Game::new().script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let counter = game.spawn(Counter { value: 3 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 3);
    assert_eq!(game.system("guest", "poke").stats.faults, 0);
}

/// Verifies that faults in a row pause a system, that others go on, and that it says so.
#[test]
fn faults_in_a_row_pause_the_system_alone() {
    let guest = Guest::new()
        .system(System::new("bad", "(unreachable)").query([write::<Counter>()]))
        .system(System::increments("good", [write::<Counter>()]));
    let plugin = PeristylePlugin { faults_before_pause: 3, watch: false, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script("guest.wasm", guest.to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    game.steps(8);
    assert_eq!(game.system("guest", "bad").stats.calls, 3);
    assert!(game.system("guest", "bad").paused);
    assert_eq!(game.module("guest").status, ModuleStatus::Paused { systems: vec!["bad".to_owned()] });
    assert_eq!(game.get::<Counter>(counter).value, 8);
}

/// Verifies that fuel is the same on every run, and that each row adds to the budget.
#[test]
fn fuel_is_exact_and_the_budget_grows_with_the_rows() {
    let fuel = |rows: u32| {
        let guest = Guest::new().system(System::increments("count", [write::<Counter>()]).fuel(500, 70));
        let mut game = Game::new().script("guest.wasm", guest.to_wasm()).start();
        for value in 0..rows {
            game.spawn(Counter { value });
        }
        game.step();
        let stats = &game.system("guest", "count").stats;
        assert_eq!(stats.fuel_budget, 500 + 70 * u64::from(rows));
        assert_eq!(stats.faults, 0, "{:?}", stats.last_fault);
        stats.fuel
    };
    let (ten, again, twenty, thirty) = (fuel(10), fuel(10), fuel(20), fuel(30));
    assert_eq!(ten, again);
    assert_eq!(twenty - ten, thirty - twenty, "every row costs the same");
    assert!(twenty > ten);
}

/// Verifies that a module may ask for less than the game gives, never for more.
#[test]
fn a_module_may_ask_for_less_fuel_but_not_for_more() {
    let budget = |per_call, per_row| {
        let guest =
            Guest::new().system(System::increments("count", [write::<Counter>()]).fuel(per_call, per_row));
        let fuel = FuelBudgets { per_call: 10_000, per_row: 100, ..FuelBudgets::default() };
        let plugin = PeristylePlugin { fuel, watch: false, ..PeristylePlugin::default() };
        let mut game = Game::with_plugin(plugin).script("guest.wasm", guest.to_wasm()).start();
        game.spawn(Counter::default());
        game.step();
        game.system("guest", "count").stats.fuel_budget
    };
    assert_eq!(budget(0, 0), 10_100);
    assert_eq!(budget(9_000, 50), 9_050);
    assert_eq!(budget(u64::MAX, u64::MAX), 10_100);
}

/// Verifies that rows times fuel saturates instead of wrapping round to a tiny budget.
#[test]
fn a_huge_budget_saturates() {
    let fuel =
        FuelBudgets { per_call: u64::MAX, per_row: u64::MAX, per_frame: u64::MAX, ..FuelBudgets::default() };
    let plugin = PeristylePlugin { fuel, watch: false, ..PeristylePlugin::default() };
    let guest = Guest::new().system(System::increments("count", [write::<Counter>()]));
    let mut game = Game::with_plugin(plugin).script("guest.wasm", guest.to_wasm()).start();
    game.spawn(Counter::default());
    game.spawn(Counter::default());
    game.steps(3);
    let stats = &game.system("guest", "count").stats;
    assert_eq!((stats.fuel_budget, stats.faults, stats.starved), (u64::MAX, 0, 0));
}

/// Verifies that what `_initialize` uses after a fault is taken from the frame's fuel, so that a
/// module cannot buy time by faulting.
#[test]
fn the_fuel_of_restarts_is_taken_from_the_frame() {
    let busy = "(local $n i32) (local.set $n (i32.const 40000))
        (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))";
    let bad = Guest::new()
        .system(System::new("run", "(unreachable)").query([read::<Counter>()]))
        .extra(&format!(r#"(func (export "_initialize") {busy})"#));
    let good = Guest::new().system(System::increments("count", [write::<Counter>()]));
    let fuel = FuelBudgets { per_call: 10_000, per_row: 0, per_frame: 20_000, ..FuelBudgets::default() };
    let plugin =
        PeristylePlugin { fuel, faults_before_pause: 1_000, watch: false, ..PeristylePlugin::default() };
    let mut game =
        Game::with_plugin(plugin).script("a.wasm", bad.to_wasm()).script("b.wasm", good.to_wasm()).start();
    game.spawn(Counter::default());
    game.steps(30);
    assert!(game.system("b", "count").stats.starved > 0, "{:?}", game.system("b", "count").stats);
    assert!(game.system("a", "run").stats.calls < 30, "the one that restarts pays as well");
}
