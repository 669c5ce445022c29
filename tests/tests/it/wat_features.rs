//! What a module can do without a library, in one hand-written module: `tests/guests/wat_features`.

use bevy::ecs::entity_disabling::Disabled;
use bevy::prelude::*;
use bevy_peristyle::{
    Mirror, PeristyleAppExt, PeristylePlugin, ScriptEntity, ScriptEntityExt, ScriptLog, ScriptRegistry,
};
use peristyle_tests::Game;
use peristyle_tests::components::{
    Counter, Frozen, Link, Marker, Ping, Position, Score, Switch, Trigger, Velocity,
};

#[derive(Component, Mirror, Clone, Debug, PartialEq)]
struct Sign {
    title: String,
    marks: Vec<u32>,
}

#[derive(Event, Mirror, Clone, Copy)]
struct Alarm {
    level: u32,
}

/// What the game has heard: pings and alarms.
#[derive(Resource, Default)]
struct Heard(Vec<u32>, Vec<u32>);

/// A module of tests/guests, under a name of its own.
fn game_of(guest: &str, name: &str, seed: u64) -> Game {
    let path = format!("{}/guests/built/{guest}.wasm", env!("CARGO_MANIFEST_DIR"));
    let module = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let plugin = PeristylePlugin { seed, watch: false, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script(&format!("{name}.wasm"), module);
    game.app
        .register_script_mirror::<Sign>()
        .register_script_event::<Alarm>()
        .register_script_input()
        .insert_resource(Score { points: 0, rate: 2.0 })
        .init_resource::<Heard>()
        .add_observer(|alarm: On<Alarm>, mut heard: ResMut<Heard>| heard.1.push(alarm.level))
        .add_systems(Last, |mut pings: MessageReader<Ping>, mut heard: ResMut<Heard>| {
            heard.0.extend(pings.read().map(|ping| ping.value));
        });
    game.start()
}

fn game() -> Game {
    game_of("wat_features", "wat_features", 0)
}

/// None of these systems has faulted.
fn assert_finished(game: &Game, systems: &[&str]) {
    for system in systems {
        let stats = &game.system("wat_features", system).stats;
        assert_eq!((stats.faults, &stats.last_fault), (0, &None), "{system}");
        assert!(stats.calls > 0, "{system} was never called");
    }
}

/// Verifies that columns are read and written, with and without a tag, where rows may lack a component, and by ids.
#[test]
fn rows_are_read_and_written() {
    let mut game = game();
    let counters = [(); 3].map(|()| game.spawn(Counter { value: 5 }));
    let places: Vec<(u8, Entity)> = (0..20)
        .map(|number| {
            let entity = game.spawn(Position { x: f32::from(number), ..Position::default() });
            if number % 3 == 0 {
                game.world().entity_mut(entity).insert(Velocity { x: 0.5, ..Velocity::default() });
            }
            if number % 4 == 0 {
                game.world().entity_mut(entity).insert(Marker::<1>);
            }
            (number, entity)
        })
        .collect();
    let [free, frozen] = [(); 2].map(|()| game.spawn(Velocity::default()));
    game.world().entity_mut(frozen).insert(Frozen {});
    for entity in [free, free, frozen] {
        game.spawn(Link { target: ScriptEntity::of(entity) });
    }
    game.spawn(Link::default());
    game.steps(2);
    assert_finished(&game, &["count", "steer", "follow"]);
    assert_eq!(counters.map(|counter| game.get::<Counter>(counter).value), [7; 3]);
    for (number, entity) in places {
        let x = f32::from(number);
        let (x, y) = if number % 3 == 0 { (x + 1.0, 0.0) } else { (x, 2.0) };
        assert_eq!(game.get::<Position>(entity), Position { x, y, z: 0.0 });
    }
    assert_eq!([free, frozen].map(|entity| game.get::<Velocity>(entity).z), [4.0, 0.0]);
}

/// Verifies that the generator is moved on as the libraries do.
#[test]
fn random_numbers_are_those_of_the_libraries() {
    let [wat, rust] = ["wat_features", "rust_commands"].map(|guest| {
        let mut game = game_of(guest, "dice", 7);
        let counters = [(); 3].map(|()| game.spawn((Counter { value: 100 }, Frozen {})));
        (0..10).fold(Vec::new(), |mut numbers, _| {
            game.step();
            numbers.extend(counters.map(|counter| game.get::<Counter>(counter).value));
            numbers
        })
    });
    assert_eq!(wat, rust);
    assert!(wat.iter().all(|&number| number < 100), "{wat:?}");
}

/// Verifies records that spawn, insert, remove, give a parent, disable and despawn.
#[test]
fn commands_are_records() {
    let mut game = game();
    let armed = game.spawn((Trigger { armed: 7 }, Switch::default()));
    let on = game.spawn(Switch { on: true, ..Switch::default() });
    let gone = game.spawn(Switch { more: [true, false, false], ..Switch::default() });
    game.steps(2);
    assert_finished(&game, &["bind", "sweep"]);
    let world = game.world();
    assert!(world.get::<Trigger>(armed).is_none());
    let mut children = world.query::<(Entity, &Counter, &ChildOf)>();
    let (child, counter, parent) = children.single(world).expect("one child");
    // `count` has seen it once.
    assert_eq!((counter.value, parent.parent()), (8, armed));
    assert_eq!(world.get::<Link>(armed).map(|link| link.target), Some(ScriptEntity::of(child)));
    let registry = world.resource::<ScriptRegistry>();
    assert_eq!(registry.read(world, armed, "wat::Charge").as_deref(), Some(&7u32.to_le_bytes()[..]));
    assert!(world.get::<Disabled>(on).is_some());
    assert!(world.get_entity(gone).is_err());
}

/// Verifies that messages and events are read, sent and triggered.
#[test]
fn messages_and_events_are_answered() {
    let mut game = game();
    game.world().write_message(Ping { value: 8, loud: true, ..Ping::default() });
    game.world().trigger(Alarm { level: 3 });
    game.steps(6);
    assert_finished(&game, &["echo", "hear"]);
    let Heard(pings, alarms) = game.world().resource();
    assert_eq!((&pings[..], &alarms[..]), (&[8, 9, 10][..], &[3, 2, 1][..]));
    assert_eq!(game.system("wat_features", "hear").stats.calls, 3, "it runs on events alone");
}

/// Verifies that a resource is written, keys are read, and a state block goes on.
#[test]
fn resources_and_state_go_on() {
    let mut game = game();
    game.steps(3);
    assert_finished(&game, &["tally"]);
    let points = |game: &mut Game| game.world().resource::<Score>().points;
    assert_eq!(points(&mut game), 3 * 2 + (1 + 2 + 3));
    game.world().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::Space);
    game.step();
    assert_eq!(points(&mut game), 12 + 2 + 4 + 100);
    // A fault of another system has the module start again, and the block is put back.
    let wrong = game.spawn(Switch { more: [false, true, false], ..Switch::default() });
    game.world().resource_mut::<ButtonInput<KeyCode>>().release(KeyCode::Space);
    game.step();
    let fault = game.fault("wat_features", "sweep").to_string();
    assert!(fault.contains("the third switch is on"), "{fault}");
    game.world().despawn(wrong);
    game.step();
    assert_eq!(points(&mut game), 118 + (2 + 5) + (2 + 6));
}

/// Verifies that strings and lists are read, and written from static data and in the room.
#[test]
fn strings_and_lists_are_written() {
    let mut game = game();
    let sign = |title: &str, marks: &[u32]| Sign { title: title.to_owned(), marks: marks.to_vec() };
    let signs = [sign("Pad é", &[1, 2, 3]), sign("größer", &[]), sign("", &[7])];
    let entities = signs.map(|sign| game.world().spawn(sign).id());
    game.step();
    assert_finished(&game, &["write"]);
    let expected = [sign("closed", &[6]), sign("größer!", &[0]), sign("!", &[7])];
    assert_eq!(entities.map(|entity| game.world().get::<Sign>(entity).cloned()), expected.map(Some));
}

/// Verifies that a system in Update runs on a condition, and writes to the log.
#[test]
fn a_line_is_logged_on_a_condition() {
    let mut game = game();
    game.steps(9);
    assert_finished(&game, &["report"]);
    assert_eq!(game.system("wat_features", "report").stats.calls, 2);
    let log = game.world().resource::<ScriptLog>();
    let lines = log.lines().filter(|line| line.text.contains("this is the eighth frame")).count();
    assert_eq!(lines, 1);
}
