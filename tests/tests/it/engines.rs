//! The compiler does what the interpreter does, and modules go over from one to the other unseen.

use bevy_peristyle::{FuelBudgets, PeristylePlugin, ScriptEngine};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, read, write};

fn plugin(engine: ScriptEngine) -> PeristylePlugin {
    let fuel = FuelBudgets { per_call: 200_000, ..FuelBudgets::default() };
    PeristylePlugin { engine, fuel, watch: false, ..PeristylePlugin::default() }
}

fn game(engine: ScriptEngine, guest: &Guest) -> Game {
    Game::with_plugin(plugin(engine)).script("guest.wasm", guest.to_wasm()).start()
}

/// Counts in a state block, in a global and in memory that nobody declared, and shows all three.
fn counting() -> Guest {
    let state = Guest::state_address();
    let column = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";
    let body = format!(
        "(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))
         (i32.store (i32.const 4000) (i32.add (i32.load (i32.const 4000)) (i32.const 1)))
         (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
         (i32.store {column} (i32.load (i32.const {state})))
         (i32.store offset=4 {column} (i32.load (i32.const 4000)))
         (i32.store offset=8 {column} (i32.wrap_i64 (global.get $calls)))"
    );
    Guest::new()
        .state::<Counter>("count", &[0; 4])
        .extra("(global $calls (mut i64) (i64.const 0))")
        .system(System::new("run", &body).query([write::<Counter>()]))
}

/// Verifies that a module goes over with all that it keeps, at the same fuel, and back again.
#[test]
fn a_module_goes_over_with_all_that_it_keeps() {
    let mut game = game(ScriptEngine::Compiler, &counting());
    let counters = [0; 3].map(|value| game.spawn(Counter { value }));
    let mut calls = 0;
    let mut fuel = None;
    let mut step = |game: &mut Game| {
        game.step();
        calls += 1;
        assert_eq!(counters.map(|counter| game.get::<Counter>(counter).value), [calls; 3]);
        let found = game.system("guest", "run").stats.fuel;
        assert_eq!(*fuel.get_or_insert(found), found);
    };
    step(&mut game);
    game.step_until("it is compiled", |game| game.module("guest").is_compiled);
    let missed = game.get::<Counter>(counters[0]).value - 1;
    for _ in 0..missed {
        calls += 1;
    }
    let mut step = |game: &mut Game| {
        game.step();
        calls += 1;
        assert_eq!(counters.map(|counter| game.get::<Counter>(counter).value), [calls; 3]);
        let found = game.system("guest", "run").stats.fuel;
        assert_eq!(*fuel.get_or_insert(found), found);
    };
    (0..5).for_each(|_| step(&mut game));
    for (engine, is_compiled) in [(ScriptEngine::Interpreter, false), (ScriptEngine::Compiler, true)] {
        *game.world().resource_mut::<ScriptEngine>() = engine;
        (0..5).for_each(|_| step(&mut game));
        assert_eq!(game.module("guest").is_compiled, is_compiled);
    }
    assert_eq!(game.system("guest", "run").stats.faults, 0);
}

/// Verifies that every fault is the same on both engines: its words, its fuel, and its place.
#[test]
fn faults_are_the_same_on_both_engines() {
    let extra = r#"
        (func $divide (param i32) (result i32) (i32.div_u (i32.const 7) (local.get 0)))
        (func $minus (result i32) (i32.div_s (i32.const 0x80000000) (i32.sub (i32.const 0) (call $one))))
        (func $one (result i32) (i32.const 1))
        (func $load (param i32) (result i32) (i32.load (local.get 0)))
        (func $spin (loop $l (br $l)))
        (func $dive (call $dive))
        (func $chatter (loop $l (call $log (i32.const 5) (i32.const 0) (i32.const 60000)) (br $l)))
        (func $convert (param f32) (result i32) (i32.trunc_f32_s (local.get 0)))
        (table $t 3 funcref) (elem $t (i32.const 0) $spin $one)
        (type $nothing (func))
        (func $indirect (param i32) (call_indirect $t (type $nothing) (local.get 0)))"#;
    let bodies = [
        "unreachable",
        "(drop (call $divide (i32.const 0)))",
        "(drop (call $minus))",
        "(drop (call $load (i32.const -1)))",
        "(call $spin)",
        "(call $dive)",
        "(call $chatter)",
        "(drop (call $convert (f32.const nan)))",
        "(drop (call $convert (f32.const 1e20)))",
        "(call $indirect (i32.const 0))",
        "(call $indirect (i32.const 1))",
        "(call $indirect (i32.const 2))",
        "(call $indirect (i32.const 7))",
        "(memory.fill (i32.const 0) (i32.const 0) (i32.const 700000))",
        "(call $fault (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 0))",
        "(call $log (i32.const 3) (i32.const -1) (i32.const 3))",
    ];
    for body in bodies {
        let guest = Guest::new().system(System::new("run", body).query([read::<Counter>()])).extra(extra);
        let play = |engine: ScriptEngine| {
            let mut game = game(engine, &guest);
            game.spawn(Counter::default());
            game.step();
            assert_eq!(game.module("guest").is_compiled, engine == ScriptEngine::CompilerFromTheStart);
            let stats = &game.system("guest", "run").stats;
            let report = stats.last_report.as_deref().expect("it faulted").clone();
            (report.to_string(), report.frames.len(), stats.fuel)
        };
        assert_eq!(play(ScriptEngine::Interpreter), play(ScriptEngine::CompilerFromTheStart), "{body}");
    }
}

/// Verifies that a module with a system that suspends stays where that is possible.
#[test]
fn a_module_that_suspends_stays_with_the_interpreter() {
    let guest = Guest::new().system(System::new("run", "(call $spin)").query([read::<Counter>()]).suspends());
    let guest = guest.extra("(func $spin (loop $l (br $l)))");
    let mut game = game(ScriptEngine::CompilerFromTheStart, &guest);
    game.steps(5);
    assert!(!game.module("guest").is_compiled);
    assert_eq!(game.system("guest", "run").stats.suspended_passes, 5);
}

/// Verifies that a module with state that cannot be carried over stays with the interpreter.
#[test]
fn a_module_with_hidden_state_stays_with_the_interpreter() {
    // It has been called before if a function is in its table.
    let column = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";
    let body = format!(
        "(i32.store {column} (i32.eqz (ref.is_null (table.get $calls (i32.const 0)))))
         (table.set $calls (i32.const 0) (ref.func $called))"
    );
    let guest = || {
        let tables = "(table $calls 1 1 funcref) (func $called) (elem declare func $called)";
        Guest::new().extra(tables).system(System::new("run", &body).query([write::<Counter>()]))
    };
    for engine in [ScriptEngine::Compiler, ScriptEngine::CompilerFromTheStart] {
        let mut game = game(engine, &guest());
        let counter = game.spawn(Counter { value: 7 });
        for step in 0..50 {
            game.step();
            assert_eq!(game.get::<Counter>(counter).value, u32::from(step > 0), "{engine:?}, step {step}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(!game.module("guest").is_compiled, "{engine:?}");
    }
}
