//! A new version of a module runs beside the running one before it takes its place.

mod ends;

use std::sync::Arc;

use bevy::prelude::*;
use bevy_peristyle::abi::ScheduleCode;
use bevy_peristyle::{
    Mirror, ModuleStatus, PeristyleAppExt, PeristylePlugin, Scripts, ShadowReport, ShadowSystem, state_hash,
};
use peristyle_tests::components::{Counter, Position, Score, StableId};
use peristyle_tests::{Game, Guest, System, optional_write, read, send, write};

const FRAMES: u32 = 5;
const ROWS: [u32; 3] = [0, 100, 200];

/// Where the counters are.
const COUNTERS: &str = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";

/// Adds so much to each of the three counters.
fn add(by: [u32; 3]) -> String {
    let rows = by.iter().enumerate();
    rows.map(|(row, by)| {
        let row = row * 4;
        format!(
            "(i32.store offset={row} {COUNTERS} (i32.add (i32.load offset={row} {COUNTERS}) (i32.const {by})))"
        )
    })
    .collect()
}

fn count(body: &str) -> System {
    System::new("count", body).query([write::<Counter>()])
}

fn module(system: System) -> Vec<u8> {
    Guest::new().system(system).to_wasm()
}

/// A game with three counters.
fn counters_game(first: impl AsRef<[u8]>) -> Game {
    let plugin = PeristylePlugin { watch: true, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script("m.wasm", first);
    game.app.init_resource::<Score>().register_hashed_component::<Counter>();
    for (id, value) in ROWS.into_iter().enumerate() {
        game.spawn((Counter { value }, StableId(id as u64)));
    }
    game.start()
}

fn counters(game: &mut Game) -> Vec<u32> {
    let world = game.world();
    let mut query = world.query::<(&StableId, &Counter)>();
    let mut found: Vec<(u64, u32)> = query.iter(world).map(|(id, counter)| (id.0, counter.value)).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, value)| value).collect()
}

/// Has `second` run beside the running version; the report when it is done.
fn beside(game: &mut Game, second: impl AsRef<[u8]>) -> Arc<ShadowReport> {
    let before = game.module("m").shadow.as_ref().map(|report| report.version);
    assert!(game.world().resource_mut::<Scripts>().shadow("m", FRAMES));
    game.step();
    game.write("m.wasm", second);
    game.step_until("it runs beside", |game| {
        game.module("m").shadow.as_ref().is_some_and(|report| Some(report.version) != before)
    });
    done(game)
}

fn done(game: &mut Game) -> Arc<ShadowReport> {
    while !game.module("m").shadow.as_ref().is_some_and(|report| report.is_done()) {
        game.step();
    }
    game.module("m").shadow.clone().expect("a report")
}

fn of<'r>(report: &'r ShadowReport, system: &str) -> &'r ShadowSystem {
    report.systems.iter().find(|found| found.name == system).expect("the system")
}

/// Verifies the rows and the fuel of the report, that nothing of it happens, and that the version runs when the game says
/// so.
#[test]
fn rows_that_would_come_out_differently_are_counted_and_nothing_happens() {
    let mut game = counters_game(module(count(&add([1, 1, 1]))));
    let running = game.module("m").version;
    let report =
        beside(&mut game, module(count(&(add([1, 3, 1]) + "(drop (i32.const 1))" + &add([0, 0, 0])))));
    let system = of(&report, "count");
    let frames = u64::from(FRAMES);
    assert_eq!((system.calls, system.rows, system.calls_different), (frames, 3 * frames, frames));
    assert_eq!((system.rows_different, system.faults, &system.not_compared), (frames, 0, &None));
    assert!(system.fuel > system.fuel_running && system.fuel_running > 0, "{system:?}");
    assert_eq!(system.fuel_max * frames, system.fuel);
    let first = system.differences.first().expect("a difference");
    let entity = first.entity.expect("an entity");
    assert_eq!((system.differences.len(), first.name.as_str()), (1, "Counter"), "one row, in every call");
    assert_eq!((first.call, game.world().get::<StableId>(entity).map(|id| id.0)), (1, Some(1)));
    let value = |text: &str| -> u32 {
        text.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    assert_eq!(value(&first.shadow), value(&first.running) + 2, "{first}");
    assert!(!report.is_same());
    assert_eq!((Some(report.running), report.frames_done), (running, FRAMES));
    let text = report.to_string();
    assert!(
        text.contains(&format!("count: {FRAMES} of {FRAMES} calls differ\n    call 1, entity")),
        "{text}"
    );

    let stats = &game.system("m", "count").stats;
    assert_eq!(stats.fuel, system.fuel_running / frames, "what runs beside it costs it nothing");
    let calls = stats.calls as u32;
    assert_eq!(counters(&mut game), ROWS.map(|value| value + calls));
    assert_eq!((game.module("m").version, game.module("m").reloads), (running, 0));

    assert!(game.world().resource_mut::<Scripts>().promote("m"));
    let before = counters(&mut game);
    game.step();
    assert_eq!(game.module("m").version, Some(report.version));
    assert_eq!(counters(&mut game), [before[0] + 1, before[1] + 3, before[2] + 1]);
    assert!(!game.world().resource_mut::<Scripts>().promote("m"), "it runs already");
    assert_eq!(game.module("m").versions.len(), 2);

    // The one before it is kept, and can run beside it in turn.
    let kept = game.module("m").versions[0].hash;
    assert!(!game.world().resource_mut::<Scripts>().shadow_version("m", report.version, 2), "it runs");
    assert!(game.world().resource_mut::<Scripts>().shadow_version("m", kept, 2));
    game.step();
    let report = done(&mut game);
    assert_eq!((report.version, of(&report, "count").rows_different), (kept, 2));
}

/// Verifies that each row that differs is listed once, and that the list has an end.
#[test]
fn rows_that_would_come_out_differently_are_listed() {
    let mut game = counters_game(module(count(&add([1, 1, 1]))));
    let report = beside(&mut game, module(count(&(add([1, 1, 1]) + &add([4, 0, 4])))));
    let listed = &of(&report, "count").differences;
    let rows = listed.iter().map(|listed| game.world().get::<StableId>(listed.entity.unwrap()).unwrap().0);
    let mut rows: Vec<u64> = rows.collect();
    rows.sort_unstable();
    assert_eq!(rows, [0, 2], "{report}");
    assert!(listed.iter().all(|listed| listed.call == 1 && report.to_string().contains(&listed.to_string())));

    for id in 3..100 {
        game.spawn((Counter { value: 5 }, StableId(id)));
    }
    let fill = format!("(memory.fill {COUNTERS} (i32.const 7) (i32.const 400))");
    let report = beside(&mut game, module(count(&fill)));
    let system = of(&report, "count");
    assert_eq!(system.rows_different, 100 * u64::from(FRAMES));
    assert_eq!(system.differences.len(), ShadowSystem::DIFFERENCES_MAX);
    assert!(report.to_string().contains("\n    and 60 or more"), "{report}");
}

/// Verifies that a version that does the same is found to, that its state begins as the other's, and that the game comes
/// to the same state with a shadow run and without.
#[test]
fn a_version_that_does_the_same_is_the_same() {
    let state = Guest::state_address();
    let counting = |rest: &str| {
        let calls =
            format!("(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))");
        let random = "(drop (i32.const 0))";
        let body = format!("{calls} {random} (i32.store {COUNTERS} (i32.load (i32.const {state}))) {rest}");
        Guest::new().system(count(&body).random()).state::<Counter>("calls", &[0; 4]).to_wasm()
    };
    let mut game = counters_game(counting(""));
    game.steps(3);
    let report = beside(&mut game, counting("(drop (i32.const 1))"));
    assert!(report.is_same(), "{report}");
    assert_eq!((of(&report, "count").calls, of(&report, "count").rows_different), (FRAMES.into(), 0));
    let calls = game.system("m", "count").stats.calls;
    assert_eq!(u64::from(counters(&mut game)[0]), calls);
    let mut alone = counters_game(counting(""));
    alone.steps(calls as usize);
    assert_eq!(state_hash(game.world()).unwrap(), state_hash(alone.world()).unwrap());
    assert!(game.world().resource_mut::<Scripts>().promote("m"));
    game.step();
    assert_eq!(u64::from(counters(&mut game)[0]), calls + 1, "the state goes on");

    // One that keeps another account of its calls.
    let twice =
        format!("(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))");
    let report = beside(&mut game, counting(&twice));
    assert_eq!(report.state.len(), 1, "{report}");
    assert!(
        !report.is_same() && report.to_string().contains("state at the end: Counter { value: "),
        "{report}"
    );
}

/// Verifies that faults of the new version are told in the report and are none of the running one's.
#[test]
fn faults_are_told_and_harm_nobody() {
    let mut game = counters_game(module(count(&add([1, 1, 1]))));
    let report = beside(&mut game, module(count(&(add([1, 1, 1]) + "unreachable"))));
    let system = of(&report, "count");
    assert_eq!((system.calls, system.faults, system.rows_different), (FRAMES.into(), FRAMES.into(), 0));
    assert!(system.first_fault.as_ref().is_some_and(|fault| fault.contains("unreachable")), "{system:?}");
    let module = game.module("m");
    assert_eq!((&module.status, module.last_error.as_ref()), (&ModuleStatus::Running, None));
    assert_eq!(game.system("m", "count").stats.faults, 0);

    // What runs out of fuel beside the other one does as well, and what the running one does wrong is told apart.
    let endless = Guest::new().system(count("(loop $again (br $again))").fuel(10_000, 0)).to_wasm();
    let report = beside(&mut game, &endless);
    let system = of(&report, "count");
    assert!(system.faults == u64::from(FRAMES) && system.fuel_max > 10_000, "{report}");
    assert!(game.world().resource_mut::<Scripts>().drop_shadow("m"));
    game.step();
    assert!(game.module("m").shadow.is_some() && !game.world().resource_mut::<Scripts>().promote("m"));
}

/// Verifies that each system that cannot be given the same says why, and that the others are compared all the same.
#[test]
fn systems_that_ask_for_something_else_are_not_compared() {
    let nothing = |name: &str| System::new(name, "").query([read::<Counter>()]);
    let first = Guest::new()
        .system(count(&add([1, 1, 1])))
        .system(nothing("reads"))
        .system(nothing("moves"))
        .system(nothing("asks"))
        .system(nothing("goes"));
    let second = Guest::new()
        .system(nothing("comes"))
        .system(nothing("asks").run_if("every(2)"))
        .system(nothing("moves").in_schedule(ScheduleCode::Update))
        .system(System::new("reads", "").query([read::<Position>()]))
        .system(count(&add([2, 1, 1])));
    let mut game = counters_game(first.to_wasm());
    let report = beside(&mut game, second.to_wasm());
    let why = |system| of(&report, system).not_compared.clone().unwrap_or_default();
    assert_eq!(why("comes"), "the running version does not have it");
    assert_eq!(why("asks"), "it runs under other conditions");
    assert_eq!(why("moves"), "it runs in another schedule");
    assert_eq!(why("reads"), "it reads or writes something else than in the running version");
    assert_eq!(why("goes"), "the new version does not have it");
    assert_eq!((why("count").as_str(), of(&report, "count").rows_different), ("", FRAMES.into()));
    assert!(game.world().resource_mut::<Scripts>().promote("m"));
    game.step();
    assert_eq!(game.module("m").systems.len(), 5);
}

#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
struct Label {
    text: String,
}

/// Verifies that commands, resources, and values with strings are compared as well.
#[test]
fn commands_resources_and_strings_are_compared() {
    let spawns = |number: usize| "(drop (call $spawn (local.get $frame)))".repeat(number);
    let points = "(i32.load offset=4 (i32.load offset=40 (local.get $frame)))";
    let score = |by: u32| format!("(i32.store {points} (i32.add (i32.load {points}) (i32.const {by})))");
    let label = |at: u32| {
        format!("(i32.store {COUNTERS} (i32.const {at})) (i32.store offset=4 {COUNTERS} (i32.const 5))")
    };
    let version = |spawned: usize, by: u32, at: u32| {
        let spawn =
            System::new("spawn", &spawns(spawned)).commands([send::<peristyle_tests::components::Ping>()]);
        let guest = Guest::new()
            .system(spawn)
            .system(System::new("score", &score(by)).resource(write::<Score>()))
            .system(System::new("name", &label(at)).query([write::<PackedLabel>()]))
            .extra("(data (i32.const 65536) \"firstother\")");
        guest.to_wasm()
    };
    let mut game = counters_game(module(count("")));
    game.app.register_script_mirror::<Label>();
    game.write("m.wasm", version(1, 1, 65_536));
    game.step_until("it runs", |game| game.module("m").reloads == 1);
    let label = game.world().spawn(Label::default()).id();
    game.step();
    let same =
        beside(&mut game, version(1, 1, 65_536).into_iter().chain([0, 2, 1, b'x']).collect::<Vec<u8>>());
    assert!(same.is_same(), "{same}");
    let report = beside(&mut game, version(2, 3, 65_541));
    let differ = |system| (of(&report, system).calls_different, of(&report, system).rows_different);
    let all = u64::from(FRAMES);
    assert_eq!(
        (differ("spawn"), differ("score"), differ("name")),
        ((all, 0), (all, 0), (all, all)),
        "{report}"
    );
    let first = of(&report, "score").differences.first().expect("a difference");
    assert!(first.entity.is_none() && first.running.starts_with("Score {"), "{first}");
    let first = of(&report, "name").differences.first().expect("a difference");
    assert_eq!(first.entity, Some(label), "{first}");
    assert_eq!(game.world().get::<Label>(label), Some(&Label { text: "first".to_owned() }));
}

/// Verifies that a call which only the running version did not finish leaves both with the same state.
#[test]
fn a_call_that_only_the_running_version_faults_in_leaves_them_in_step() {
    let state = Guest::state_address();
    let version = |faults: bool| {
        let calls =
            format!("(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))");
        let trap = format!("(if (i32.eqz (i32.and (i32.load {COUNTERS}) (i32.const 3))) (then unreachable))");
        let body = format!("{calls} {}", if faults { trap.as_str() } else { "" });
        let system = System::new("count", &body).query([read::<Counter>()]);
        Guest::new().system(system).state::<Counter>("calls", &[0; 4]).to_wasm()
    };
    let mut game = counters_game(version(true));
    game.app.add_systems(First, |mut counters: Query<&mut Counter>| {
        counters.iter_mut().for_each(|mut counter| counter.value += 1);
    });
    assert!(game.world().resource_mut::<Scripts>().shadow("m", 10));
    game.write("m.wasm", version(false));
    game.step_until("it runs beside", |game| game.module("m").shadow.is_some());
    let report = done(&mut game);
    let system = of(&report, "count");
    assert!((2..=3).contains(&system.faults_running) && system.calls_different == 0, "{report}");
    assert!(report.state.is_empty() && !report.is_same(), "{report}");
}

/// Verifies that what is written to rows that lack an optional component is no difference.
#[test]
fn rows_without_an_optional_component_are_not_compared() {
    let version = |value: u32| {
        let second = "(call $column (local.get $frame) (i32.const 0) (i32.const 1))";
        let body = format!("(i32.store offset=12 {second} (i32.const {value}))");
        let system = System::new("move", &body).query([read::<Counter>(), optional_write::<Position>()]);
        Guest::new().system(system).to_wasm()
    };
    let mut game = counters_game(version(1));
    game.steps(2);
    let report = beside(&mut game, version(2));
    assert!(report.is_same(), "{report}");
    let world = game.world();
    let all: Vec<Entity> = world.query_filtered::<Entity, With<Counter>>().iter(world).collect();
    for entity in all {
        world.entity_mut(entity).insert(Position::default());
    }
    let report = beside(&mut game, version(3));
    assert_eq!(of(&report, "move").rows_different, u64::from(FRAMES), "{report}");
}
