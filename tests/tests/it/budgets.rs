//! Who gets how much fuel.

use bevy_peristyle::{Fault, FuelBudgets, PeristylePlugin, SystemStats};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, read};

fn endless(name: &str) -> System {
    System::new(name, "(loop $l (br $l))").query([read::<Counter>()])
}

fn game(fuel: FuelBudgets) -> Game {
    Game::with_plugin(PeristylePlugin {
        fuel,
        faults_before_pause: 1_000,
        watch: false,
        ..PeristylePlugin::default()
    })
}

/// Verifies that nobody goes without forever, that those who go without are not blamed, and that a
/// frame's excess is taken from the next.
#[test]
fn the_frames_fuel_goes_round() {
    let fuel = FuelBudgets { per_call: 100_000, per_row: 0, per_frame: 150_000, ..FuelBudgets::default() };
    let mut game = game(fuel)
        .script("a.wasm", Guest::new().system(endless("run")).to_wasm())
        .script("b.wasm", Guest::new().system(endless("run")).to_wasm())
        .script("c.wasm", Guest::new().system(endless("run")).to_wasm())
        .start();
    game.spawn(Counter::default());
    let mut blamed = [0; 3];
    for _ in 0..30 {
        game.step();
        for (module, blamed) in ["a", "b", "c"].into_iter().zip(&mut blamed) {
            let fault = game.system(module, "run").stats.last_fault.clone();
            *blamed += u32::from(fault.is_some_and(|fault| matches!(*fault, Fault::OutOfFuel { .. })));
        }
    }
    let totals = ["a", "b", "c"].map(|module| game.system(module, "run").stats.clone());
    let used: u64 = totals.iter().map(|stats| stats.fuel_total).sum();
    assert!(used <= 30 * 150_000 + 300_000, "30 frames and one frame's excess: {used}");
    let least = totals.iter().map(|stats| stats.fuel_total).min().unwrap_or(0);
    let most = totals.iter().map(|stats| stats.fuel_total).max().unwrap_or(0);
    assert!(least * 4 > most * 3, "from {least} to {most}");
    assert!(blamed.iter().all(|&blamed| blamed > 3), "each was given its whole budget at times: {blamed:?}");
    assert!(totals.iter().all(|stats| stats.starved > 0), "{totals:?}");
    assert!(["a", "b", "c"].iter().all(|module| !game.system(module, "run").paused));
}

/// Verifies that a module which uses up its own fuel takes none of another's.
#[test]
fn a_module_has_fuel_of_its_own() {
    let fuel = FuelBudgets { per_call: 100_000, per_row: 0, per_module: 150_000, ..FuelBudgets::default() };
    let greedy = Guest::new().system(endless("one")).system(endless("other"));
    let mut game = game(fuel)
        .script("greedy.wasm", greedy.to_wasm())
        .script("other.wasm", Guest::new().system(endless("run")).to_wasm())
        .start();
    game.spawn(Counter::default());
    game.steps(20);
    let stats = |module: &str, system: &str| -> SystemStats { game.system(module, system).stats.clone() };
    assert_eq!(stats("other", "run").starved, 0);
    assert!(matches!(game.fault("other", "run"), Fault::OutOfFuel { .. }));
    let (one, other) = (stats("greedy", "one"), stats("greedy", "other"));
    assert!(one.fuel_total + other.fuel_total <= 20 * 150_000 + 100_000, "{one:?} {other:?}");
    let short = [one, other].iter().any(|stats| {
        stats.starved > 0
            || matches!(stats.last_fault.as_deref(), Some(Fault::ModuleFuelSpent { budget: 100_000, .. }))
    });
    assert!(short);
}

/// Verifies that a frame's rest is there in the next one, up to a cap, and only where the game says so.
#[test]
fn what_a_frame_leaves_may_be_used_later() {
    // In three of four ticks it does nothing.
    let body = "(if (i64.eqz (i64.and (i64.load offset=8 (local.get $frame)) (i64.const 3)))
        (then (loop $l (br $l))))";
    let most = |carry_over_max| {
        let fuel = FuelBudgets {
            per_call: 1_000_000,
            per_row: 0,
            per_frame: 100_000,
            carry_over_max,
            ..FuelBudgets::default()
        };
        let guest = Guest::new().system(System::new("burst", body).query([read::<Counter>()]));
        let mut game = game(fuel).script("guest.wasm", guest.to_wasm()).start();
        game.spawn(Counter::default());
        // What the frames before the first call left is used up.
        game.steps(6);
        (0..20)
            .map(|_| {
                game.step();
                game.system("guest", "burst").stats.fuel
            })
            .max()
    };
    let within = |found: Option<u64>, expected: u64| {
        found.is_some_and(|found| (expected..expected + 1_000).contains(&found))
    };
    assert!(within(most(0), 100_000), "{:?}", most(0));
    assert!(within(most(50_000), 150_000), "{:?}", most(50_000));
    assert!(within(most(1_000_000), 400_000 - 100), "{:?}", most(1_000_000));
}
