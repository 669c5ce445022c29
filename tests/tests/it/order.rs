//! Who runs when: script systems are real Bevy systems with exactly their declared access.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_peristyle::abi::ScheduleCode;
use bevy_peristyle::{
    FuelBudgets, ModuleStatus, PeristyleAppExt, PeristylePlugin, ScriptSystem, ScriptSystems, Scripts,
};
use peristyle_tests::components::{Counter, Frozen, Position, Velocity, Wide};
use peristyle_tests::{Game, Guest, System, Term, read, with, without, write};

/// Long enough to be seen running at the same time as another.
fn busy(name: &str, terms: impl Into<Vec<Term>>) -> System {
    let body = "(local.set $a (i32.const 3000000)) (loop $l (br_if $l (local.tee $a (i32.sub (local.get $a) (i32.const 1)))))";
    System::new(name, body).query(terms)
}

/// A game whose fuel never runs out.
fn generous() -> Game {
    let fuel = FuelBudgets { per_call: 1 << 40, per_frame: 1 << 50, ..FuelBudgets::default() };
    Game::with_plugin(PeristylePlugin { fuel, watch: false, ..PeristylePlugin::default() })
}

/// When the last call of a system began and ended.
fn span(game: &Game, module: &str, system: &str) -> (Instant, Instant) {
    let stats = &game.system(module, system).stats;
    let began = stats.began.expect("the system has run");
    (began, began + stats.time)
}

/// In how many of some frames the two systems ran at the same time.
fn frames_with_overlap(mut game: Game, a: (&str, &str), b: (&str, &str)) -> usize {
    game.spawn((Counter::default(), Position::default(), Velocity::default()));
    let mut overlaps = 0;
    for _ in 0..20 {
        game.step();
        let ((a_began, a_ended), (b_began, b_ended)) = (span(&game, a.0, a.1), span(&game, b.0, b.1));
        overlaps += usize::from(a_began < b_ended && b_began < a_ended);
    }
    overlaps
}

/// Verifies that systems of different modules with disjoint access run at the same time.
#[test]
fn disjoint_systems_of_different_modules_overlap() {
    let game = generous()
        .script(
            "a.wasm",
            Guest::new().system(busy("run", [write::<Position>(), read::<Counter>()])).to_wasm(),
        )
        .script(
            "b.wasm",
            Guest::new().system(busy("run", [write::<Velocity>(), read::<Counter>()])).to_wasm(),
        )
        .start();
    let overlaps = frames_with_overlap(game, ("a", "run"), ("b", "run"));
    assert!(overlaps > 0, "they never ran at the same time");
}

/// Verifies that the same two never overlap where one reads what the other writes.
#[test]
fn conflicting_systems_of_different_modules_never_overlap() {
    let game = generous()
        .script("a.wasm", Guest::new().system(busy("run", [write::<Position>()])).to_wasm())
        .script(
            "b.wasm",
            Guest::new().system(busy("run", [write::<Velocity>(), read::<Position>()])).to_wasm(),
        )
        .start();
    assert_eq!(frames_with_overlap(game, ("a", "run"), ("b", "run")), 0);
}

/// Verifies that systems of one module never overlap, whatever they touch.
#[test]
fn systems_of_one_module_never_overlap() {
    let guest = Guest::new()
        .system(busy("first", [write::<Position>()]))
        .system(busy("second", [write::<Velocity>()]));
    let game = generous().script("a.wasm", guest.to_wasm()).start();
    assert_eq!(frames_with_overlap(game, ("a", "first"), ("a", "second")), 0);
}

/// Appends `digit` to the number in row 0, so that the number shows the order of the calls.
fn append(name: &str, digit: u32) -> System {
    let body = format!(
        "(local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
         (i32.store (local.get $a) (i32.add (i32.mul (i32.load (local.get $a)) (i32.const 10)) (i32.const {digit})))"
    );
    System::new(name, &body).query([write::<Counter>()])
}

fn order_of(mut game: Game) -> u32 {
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    game.get::<Counter>(counter).value
}

/// Verifies that conflicting systems without a wish run in the order of (module, system).
#[test]
fn conflicting_systems_run_in_the_order_of_module_and_system() {
    for files in [["c", "a", "b"], ["b", "c", "a"], ["a", "b", "c"]] {
        let mut game = Game::new();
        for file in files {
            let (first, second) = match file {
                "a" => (append("y", 2), append("x", 1)),
                "b" => (append("x", 3), append("y", 4)),
                _ => (append("z", 6), append("a", 5)),
            };
            game = game.script(&format!("{file}.wasm"), Guest::new().system(first).system(second).to_wasm());
        }
        assert_eq!(order_of(game.start()), 123_456);
    }
}

/// Verifies that wishes come before names, within a module and across modules.
#[test]
fn before_and_after_are_kept() {
    let game = Game::new()
        .script(
            "a.wasm",
            Guest::new().system(append("x", 1).after("c::z")).system(append("y", 2).before("x")).to_wasm(),
        )
        .script("b.wasm", Guest::new().system(append("x", 3).after("nobody::here")).to_wasm())
        .script("c.wasm", Guest::new().system(append("z", 4).after("b::x")).to_wasm())
        .start();
    assert_eq!(order_of(game), 2_341);
}

/// Verifies that a module which closes a circle is refused with the path, and the rest goes on.
#[test]
fn a_circle_is_refused_with_its_path_and_the_rest_goes_on() {
    let game = Game::new()
        .script("a.wasm", Guest::new().system(append("x", 1).after("b::y")).to_wasm())
        .script("b.wasm", Guest::new().system(append("y", 2).after("c::z")).to_wasm())
        .script("c.wasm", Guest::new().system(append("z", 3).after("a::x")).to_wasm())
        .start();
    let reason = game.failure("c");
    assert!(reason.contains("c::z -> b::y -> a::x -> c::z"), "{reason}");
    assert!(reason.contains("b::y asks to run after c::z"), "{reason}");
    assert_eq!(order_of(game), 21);
    let own = Guest::new().system(append("x", 1).after("x"));
    let game = Game::new().script("a.wasm", own.to_wasm()).start();
    assert!(game.failure("a").contains("a::x -> a::x"));
}

/// Verifies that the game's own systems can run before and after script systems by name.
#[test]
fn native_systems_order_themselves_against_script_systems() {
    let mut game = Game::new().script("a.wasm", Guest::new().system(append("x", 5)).to_wasm());
    let push = |digit: u32| {
        move |mut counters: Query<&mut Counter>| {
            for mut counter in &mut counters {
                counter.value = counter.value * 10 + digit;
            }
        }
    };
    game.app.add_systems(
        FixedUpdate,
        (push(7).after(ScriptSystem::new("a", "x")), push(3).before(ScriptSystems)),
    );
    let mut game = game.start();
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 357);
}

/// Verifies that a wish against the game's own order is ignored and does not break the schedule.
#[test]
fn a_wish_against_the_games_own_order_is_ignored() {
    let mut game = Game::new()
        .script("a.wasm", Guest::new().system(append("x", 1).after("b::y")).to_wasm())
        .script("b.wasm", Guest::new().system(append("y", 2)).to_wasm());
    let between = |mut counters: Query<&mut Counter>| {
        for mut counter in &mut counters {
            counter.value = counter.value * 10 + 9;
        }
    };
    game.app.add_systems(
        FixedUpdate,
        between.after(ScriptSystem::new("a", "x")).before(ScriptSystem::new("b", "y")),
    );
    assert_eq!(order_of(game.start()), 192);
}

/// Verifies that systems in `Update` and in `FixedUpdate` run in theirs, with their own time.
#[test]
fn schedules_and_time_are_the_declared_ones() {
    // The tick into the low word of `id`, the delta into `amount`.
    let body = "
        (local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
        (i64.store (local.get $a) (i64.load offset=8 (local.get $frame)))
        (f64.store offset=8 (local.get $a) (f64.add (f64.load offset=16 (local.get $frame)) (f64.mul (f64.const 1000)
            (f64.load offset=24 (local.get $frame)))))";
    let guest =
        Guest::new().system(System::new("fixed", body).query([write::<Wide>(), with::<Frozen>()])).system(
            System::new("frame", body)
                .query([write::<Wide>(), without::<Frozen>()])
                .in_schedule(ScheduleCode::Update),
        );
    let mut game = Game::new().script("a.wasm", guest.to_wasm()).start();
    let fixed = game.spawn((Wide::default(), Frozen {}));
    let frame = game.spawn(Wide::default());
    // Two fixed steps in each frame.
    game.app.insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(2 * peristyle_tests::game::STEP));
    game.steps(3);
    let seconds = |wide: Wide| (wide.amount * 1e6).round() / 1e6;
    assert_eq!(game.get::<Wide>(fixed).id, 6);
    assert_eq!(seconds(game.get::<Wide>(fixed)), 0.016 + 96.0);
    // The frame in which the scripts got ready was the first.
    assert_eq!(game.get::<Wide>(frame).id, 4);
    assert_eq!(seconds(game.get::<Wide>(frame)), 0.032 + 96.0);
}

/// Verifies that nothing scripted runs before every module is ready, and then all in one tick.
#[test]
fn nothing_runs_before_every_module_is_ready() {
    let mut game = Game::new()
        .script("a.wasm", Guest::new().system(append("x", 1)).to_wasm())
        .script("b.wasm", Guest::new().system(append("x", 2)).to_wasm());
    let counter = game.spawn(Counter { value: 0 });
    game.app.finish();
    game.app.cleanup();
    let began = Instant::now();
    while game.get::<Counter>(counter).value == 0 {
        game.step();
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(game.get::<Counter>(counter).value, 12);
    assert_eq!(game.module("a").status, ModuleStatus::Running);
}

/// Verifies that the game can pause a module, let it go on, and add one during play.
#[test]
fn the_game_pauses_modules_and_adds_them_during_play() {
    let mut game = Game::new().script("a.wasm", Guest::new().system(append("x", 1)).to_wasm()).start();
    game.write("b.wasm", Guest::new().system(append("x", 2)).to_wasm());
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    assert!(game.world().resource_mut::<Scripts>().set_paused("a", true));
    game.step();
    assert!(game.world().resource_mut::<Scripts>().set_paused("a", false));
    assert!(!game.world().resource_mut::<Scripts>().set_paused("nobody", true));
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 11);
    game.world().resource_mut::<Scripts>().add_script("b.wasm");
    game.world().get_mut::<Counter>(counter).expect("a counter").value = 0;
    game.step_until("b has run", |game| game.get::<Counter>(counter).value % 10 == 2);
    game.world().get_mut::<Counter>(counter).expect("a counter").value = 0;
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 12, "in the order of the names");
}

/// Verifies that every schedule of a frame runs its script systems, in Bevy's order.
#[test]
fn every_schedule_runs_its_systems_in_bevys_order() {
    let mut guest = Guest::new();
    let schedules = [
        (ScheduleCode::Last, 6),
        (ScheduleCode::PostUpdate, 5),
        (ScheduleCode::Update, 4),
        (ScheduleCode::FixedUpdate, 3),
        (ScheduleCode::PreUpdate, 2),
        (ScheduleCode::First, 1),
    ];
    for (schedule, digit) in schedules {
        guest = guest.system(append(&format!("s{digit}"), digit).in_schedule(schedule));
    }
    let mut game = Game::new().script("a.wasm", guest.to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 123_456);
    assert_eq!(game.module("a").systems.iter().map(|system| system.stats.starved).sum::<u64>(), 0);
}

/// A set of the test game's own.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
struct Physics;

/// Verifies that scripts order themselves against sets that the game exposes, and that a set which
/// it does not expose is refused.
#[test]
fn scripts_order_themselves_against_exposed_sets() {
    let mut game = Game::new()
        .script("a.wasm", Guest::new().system(append("x", 1).after("game::physics")).to_wasm())
        .script("b.wasm", Guest::new().system(append("x", 2).before("game::physics")).to_wasm())
        .script("c.wasm", Guest::new().system(append("x", 3).before("game::phisics")).to_wasm());
    game.app.expose_script_set("physics", Physics);
    let nine = |mut counters: Query<&mut Counter>| {
        for mut counter in &mut counters {
            counter.value = counter.value * 10 + 9;
        }
    };
    game.app.add_systems(FixedUpdate, nine.in_set(Physics));
    let game = game.start();
    let reason = game.failure("c");
    assert!(reason.contains("`game::phisics`") && reason.contains("game::physics"), "{reason}");
    assert_eq!(order_of(game), 291);
}
