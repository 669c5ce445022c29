//! Calls that run out of fuel and go on in the next pass.

use bevy::prelude::{Component, World};
use bevy_peristyle::{Fault, FuelBudgets, Limits, PeristylePlugin, SystemStats};
use peristyle_tests::components::{Counter, Trigger};
use peristyle_tests::{Game, Guest, System, added, insert, write};

/// Counts to 60,000, a few units each, and adds that number to every row.
const LONG: &str = "
    (local.set $b (i32.const 0))
    (loop $count (br_if $count (i32.lt_u (local.tee $b (call $next (local.get $b))) (i32.const 60000))))
    (local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
    (local.set $e (i64.extend_i32_u (i32.add (local.get $a)
        (i32.mul (call $rows (local.get $frame) (i32.const 0)) (i32.const 4)))))
    (block $done (loop $row
        (br_if $done (i32.ge_u (local.get $a) (i32.wrap_i64 (local.get $e))))
        (i32.store (local.get $a) (i32.add (i32.load (local.get $a)) (local.get $b)))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))
        (br $row)))";

const NEXT: &str = "(func $next (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))";

fn long() -> System {
    System::new("long", LONG).query([write::<Counter>()]).suspends()
}

fn guest(system: System) -> Guest {
    Guest::new().system(system).extra(NEXT)
}

fn plugin(per_call: u64) -> PeristylePlugin {
    let fuel = FuelBudgets { per_call, per_row: 0, ..FuelBudgets::default() };
    PeristylePlugin { fuel, watch: false, ..PeristylePlugin::default() }
}

fn game(guest: &Guest) -> Game {
    Game::with_plugin(plugin(50_000)).script("guest.wasm", guest.to_wasm()).start()
}

fn stats(game: &Game) -> SystemStats {
    game.system("guest", "long").stats.clone()
}

/// Steps until the running call has finished, and says how many steps that took.
fn steps_until_finished(game: &mut Game) -> usize {
    for steps in 1..200 {
        game.step();
        if stats(game).suspended_passes == 0 {
            return steps;
        }
    }
    panic!("it does not finish: {:?}", stats(game));
}

/// Verifies that it comes to the same in one pass and in many, and uses the same fuel.
#[test]
fn a_call_spread_over_passes_does_the_same_as_in_one() {
    let play = |per_call| {
        let mut game =
            Game::with_plugin(plugin(per_call)).script("guest.wasm", guest(long()).to_wasm()).start();
        let counters = [1, 2, 3].map(|value| game.spawn(Counter { value }));
        let steps = steps_until_finished(&mut game);
        assert_eq!(stats(&game).faults, 0, "{:?}", stats(&game).last_fault);
        (steps, stats(&game).fuel_total, counters.map(|counter| game.get::<Counter>(counter).value))
    };
    let (steps, fuel, values) = play(100_000_000);
    assert_eq!((steps, values), (1, [60_001, 60_002, 60_003]));
    let (passes, spread, values) = play(50_000);
    assert_eq!((spread, values), (fuel, [60_001, 60_002, 60_003]));
    assert_eq!(passes as u64, fuel.div_ceil(50_000), "each pass uses its whole budget");
}

/// Verifies that nothing is written before the call has finished, and then only what nobody else has changed.
#[test]
fn rows_that_others_changed_or_took_away_are_skipped_and_counted() {
    let mut game = game(&guest(long()));
    let [kept, changed, gone, removed, moved] = [1, 2, 3, 4, 5].map(|value| game.spawn(Counter { value }));
    game.steps(2);
    assert_eq!(game.get::<Counter>(kept).value, 1);
    assert_eq!(stats(&game).suspended_passes, 2);
    let world: &mut World = game.world();
    world.get_mut::<Counter>(changed).expect("it is there").value = 70;
    world.despawn(gone);
    world.entity_mut(removed).remove::<Counter>();
    // Its component goes with it into another table.
    world.entity_mut(moved).insert(Trigger::default());
    let new = game.spawn(Counter { value: 8 });
    steps_until_finished(&mut game);
    let value = |entity| game.get::<Counter>(entity).value;
    assert_eq!([kept, changed, moved, new].map(value), [60_001, 70, 60_005, 8]);
    assert_eq!((stats(&game).rows_skipped, stats(&game).rows_changed), (3, 2));
}

/// Verifies that the other systems of the module go on, and that each state block goes to who changed it last.
#[test]
fn a_module_goes_on_while_one_of_its_calls_waits() {
    let state = Guest::state_address();
    let bump =
        |at: u32| format!("(i32.store (i32.const {at}) (i32.add (i32.load (i32.const {at})) (i32.const 1)))");
    let show = |at: u32, row: u32| {
        format!(
            "(i32.store (i32.add (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const {row}))
                (i32.load (i32.const {at})))"
        )
    };
    let other = System::new("other", &format!("{}{}{}", bump(state), show(state, 0), show(state + 4, 4)))
        .query([write::<Trigger>()]);
    // It writes both blocks; the other system has changed the first one meanwhile.
    let long = System::new("long", &format!("{}{}{LONG}", bump(state), bump(state + 4)))
        .query([write::<Counter>()])
        .suspends();
    let guest = Guest::new()
        .system(other)
        .system(long)
        .extra(NEXT)
        .state::<Counter>("shared", &[0; 4])
        .state::<Counter>("own", &[0; 4]);
    let mut game = game(&guest);
    game.spawn(Counter::default());
    let shown = [0, 0].map(|armed| game.spawn(Trigger { armed }));
    let steps = steps_until_finished(&mut game) as u32;
    game.step();
    let shown = shown.map(|entity| game.get::<Trigger>(entity).armed);
    assert_eq!(shown, [steps + 1, 1], "the other's count, and what the long call added");
    assert_eq!(stats(&game).rows_skipped, 1);
    assert_eq!(game.system("guest", "other").stats.faults, 0);
}

/// Verifies that an endless call ends at the limit, with its place.
#[test]
fn an_endless_call_ends_at_the_limit() {
    let endless = System::new("long", "(call $spin)").query([write::<Counter>()]).suspends();
    let guest = Guest::new().system(endless).extra("(func $spin (loop $l (br $l)))");
    let plugin = PeristylePlugin {
        limits: Limits { suspended_passes_max: 5, ..Limits::default() },
        faults_before_pause: 2,
        ..plugin(10_000)
    };
    let mut game = Game::with_plugin(plugin).script("guest.wasm", guest.to_wasm()).start();
    game.spawn(Counter::default());
    game.steps(20);
    assert!(matches!(game.fault("guest", "long"), Fault::SuspendedTooLong { passes: 6, .. }));
    let report = stats(&game).last_report.expect("it faulted");
    let functions: Vec<&str> = report.frames.iter().map(|frame| frame.function.as_str()).collect();
    assert_eq!(functions, ["spin", "long"]);
    assert!(game.system("guest", "long").paused);
}

/// Verifies that a fault after some passes undoes the whole call, and names its place.
#[test]
fn a_fault_after_some_passes_undoes_all_of_it() {
    let trap = System::new("long", &format!("{LONG} (drop (call $divide (i32.const 0)))"))
        .query([write::<Counter>()])
        .suspends();
    let guest =
        guest(trap).extra("(func $divide (param i32) (result i32) (i32.div_u (i32.const 7) (local.get 0)))");
    let mut game = game(&guest);
    let counter = game.spawn(Counter { value: 5 });
    steps_until_finished(&mut game);
    assert_eq!(game.get::<Counter>(counter).value, 5);
    let report = stats(&game).last_report.expect("it faulted");
    assert!(matches!(report.fault, Fault::Trap(_)), "{report}");
    assert_eq!(
        report.frames.iter().map(|frame| frame.function.as_str()).collect::<Vec<_>>(),
        ["divide", "long"]
    );
}

/// Verifies that commands of the call are done when it has finished, once.
#[test]
fn commands_wait_for_the_end() {
    let body = format!(
        "{LONG} (drop (call $record (local.get $frame) (i32.const 3) (call $spawn (local.get $frame)) (i32.const 0)
            (i32.const 4)))"
    );
    let system =
        System::new("long", &body).query([write::<Counter>()]).commands([insert::<Trigger>()]).suspends();
    let mut game = game(&guest(system));
    let triggers = |game: &mut Game| count::<Trigger>(game.world());
    game.spawn(Counter::default());
    game.steps(2);
    assert_eq!(triggers(&mut game), 0);
    steps_until_finished(&mut game);
    assert_eq!(stats(&game).faults, 0, "{:?}", stats(&game).last_fault);
    assert_eq!(triggers(&mut game), 1);
}

fn count<T: Component>(world: &mut World) -> usize {
    world.query::<&T>().iter(world).count()
}

/// Verifies that a reload ends the call, and that the new version begins afresh.
#[test]
fn a_reload_ends_a_suspended_call() {
    let mut game = game(&guest(long()));
    let counter = game.spawn(Counter { value: 5 });
    game.steps(3);
    assert_eq!(stats(&game).suspended_passes, 3);
    game.write("guest.wasm", guest(System::increments("long", [write::<Counter>()])).to_wasm());
    game.world().resource_mut::<bevy_peristyle::Scripts>().reload("guest");
    game.step_until("the new version runs", |game| game.module("guest").reloads == 1);
    game.steps(2);
    assert_eq!(stats(&game).suspended_passes, 0);
    assert!((6..20).contains(&game.get::<Counter>(counter).value), "{:?}", game.get::<Counter>(counter));
}

/// Verifies that what changed while the call waited is new to the next one.
#[test]
fn what_came_meanwhile_is_new_to_the_next_call() {
    let system = System::new("long", LONG).query([write::<Counter>(), added::<Counter>()]).suspends();
    let mut game = game(&guest(system));
    let first = game.spawn(Counter { value: 1 });
    game.steps(2);
    let second = game.spawn(Counter { value: 2 });
    steps_until_finished(&mut game);
    assert_eq!([first, second].map(|entity| game.get::<Counter>(entity).value), [60_001, 2]);
    game.step();
    steps_until_finished(&mut game);
    assert_eq!([first, second].map(|entity| game.get::<Counter>(entity).value), [60_001, 60_002]);
}

/// Verifies that a module has no more calls waiting than the limit says: the next one is undone.
#[test]
fn calls_beyond_the_limit_do_not_wait() {
    let plugin =
        PeristylePlugin { limits: Limits { suspended_calls_max: 0, ..Limits::default() }, ..plugin(50_000) };
    let mut game = Game::with_plugin(plugin).script("guest.wasm", guest(long()).to_wasm()).start();
    game.spawn(Counter::default());
    game.step();
    assert!(matches!(game.fault("guest", "long"), Fault::OutOfFuel { .. }));
    assert_eq!(stats(&game).suspended_passes, 0);
}
