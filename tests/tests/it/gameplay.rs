//! What systems can ask for, in real guests: each test runs over the same systems in Rust and in Zig.

use bevy::ecs::entity_disabling::Disabled;
use bevy::prelude::*;
use bevy_peristyle::{PeristylePlugin, ScriptEntity, ScriptEntityExt, Scripts};
use peristyle_tests::Game;
use peristyle_tests::components::{
    Counter, Frozen, Link, Marker, Ping, Position, Score, Sparse, StableId, Switch, Trigger, Velocity, Wide,
};

const QUERIES: [&str; 2] = ["rust_queries", "zig_queries"];
const COMMANDS: [&str; 2] = ["rust_commands", "zig_commands"];

/// The bytes of a built test guest.
fn built(name: &str) -> Vec<u8> {
    let path = format!("{}/guests/built/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; run `cargo xtask build-scripts`"))
}

/// A game with a guest under its own name, and a score.
fn game(name: &str) -> Game {
    let mut game = Game::new().script(&format!("{name}.wasm"), built(name));
    game.app.insert_resource(Score { points: 0, rate: 2.0 });
    game.start()
}

/// Every call of every system has finished.
fn assert_no_faults(game: &Game, module: &str) {
    for system in &game.module(module).systems {
        assert_eq!(system.stats.faults, 0, "{module}::{}: {:?}", system.name, system.stats.last_fault);
        assert!(system.stats.calls > 0, "{module}::{} was never called", system.name);
    }
}

fn at(x: f32, y: f32, z: f32) -> Position {
    Position { x, y, z }
}

fn speed(x: f32) -> Velocity {
    Velocity { x, ..Velocity::default() }
}

/// Verifies that rows which lack a component are told apart, over several tables, in the order of
/// ids, and found by their ids: the guests check the latter two themselves.
#[test]
fn rows_without_a_component_are_told_apart() {
    for module in QUERIES {
        let mut game = game(module);
        let mut expected = Vec::new();
        for number in 0..60u8 {
            let x = f32::from(number);
            let entity = game.spawn(at(x, 0.0, 0.0));
            if number % 3 == 0 {
                game.world().entity_mut(entity).insert(speed(0.5));
            }
            if number % 4 == 0 {
                game.world().entity_mut(entity).insert(Marker::<1>);
            }
            let moved = if number % 3 == 0 { at(x + 1.0, 0.0, 0.0) } else { at(x, 2.0, 0.0) };
            expected.push((entity, moved));
        }
        game.steps(2);
        for (entity, position) in expected {
            assert_eq!(game.get::<Position>(entity), position, "{module}");
        }
        assert_no_faults(&game, module);
    }
}

/// Verifies that a filter by change counts what scripts and the game wrote, each time once.
#[test]
fn changed_rows_are_counted_once() {
    for module in QUERIES {
        let mut game = game(module);
        let counter = game.spawn(Counter::default());
        let resting: Vec<_> = (0..10).map(|_| game.spawn((at(0.0, 0.0, 0.0), speed(0.0)))).collect();
        for _ in 0..5 {
            game.spawn((at(0.0, 0.0, 0.0), speed(1.0)));
        }
        let mut counts = Vec::new();
        for step in 0..4 {
            if step == 2 {
                game.world().get_mut::<Position>(resting[0]).expect("it was spawned with one").z = 9.0;
            }
            game.step();
            counts.push(game.get::<Counter>(counter).value);
        }
        assert_eq!(counts, [15, 5, 6, 5], "{module}: all are new at first, then those that moved");
        assert_no_faults(&game, module);
    }
}

/// Verifies that what is new is new once, also where it comes later.
#[test]
fn added_rows_come_once() {
    for module in QUERIES {
        let mut game = game(module);
        let early = game.spawn(Trigger::default());
        game.steps(2);
        let late = game.spawn(Trigger { armed: 10 });
        game.steps(3);
        assert_eq!((game.get::<Trigger>(early).armed, game.get::<Trigger>(late).armed), (1, 11), "{module}");
        game.world().entity_mut(early).remove::<Trigger>();
        game.step();
        game.world().entity_mut(early).insert(Trigger { armed: 20 });
        game.steps(2);
        assert_eq!(game.get::<Trigger>(early).armed, 21, "{module}: it is new again");
        assert_no_faults(&game, module);
    }
}

/// Verifies that a script finds an entity by an id in a field, and nothing where it is gone or out
/// of the query.
#[test]
fn links_lead_to_rows() {
    for module in QUERIES {
        let mut game = game(module);
        let [free, gone] = [(); 2].map(|()| game.spawn(speed(0.0)));
        let frozen = game.spawn((speed(0.0), Frozen {}));
        let targets = [free, free, gone, frozen].map(ScriptEntity::of);
        for target in targets {
            game.spawn(Link { target });
        }
        game.spawn(Link::default());
        game.world().despawn(gone);
        game.step();
        assert_eq!(game.get::<Velocity>(free).z, 2.0, "{module}: two links lead to it");
        assert_eq!(game.get::<Velocity>(frozen).z, 0.0, "{module}: the query is without it");
        assert_no_faults(&game, module);
    }
}

/// Verifies that a column is changed as a whole.
#[test]
fn what_is_frozen_brakes() {
    for module in QUERIES {
        let mut game = game(module);
        let speeds = [8.0, 16.0, 24.0, 32.0, 40.0];
        let frozen = speeds.map(|x| game.spawn((speed(x), Frozen {})));
        let free = game.spawn(speed(8.0));
        game.steps(3);
        let braked = frozen.map(|entity| game.get::<Velocity>(entity).x);
        assert_eq!((braked, game.get::<Velocity>(free).x), (speeds.map(|x| x / 8.0), 8.0), "{module}");
        assert_no_faults(&game, module);
    }
}

/// Verifies that with and without split one component, which is in a sparse set, between queries.
#[test]
fn tags_choose_rows() {
    for module in QUERIES {
        let mut game = game(module);
        let frozen = game.spawn((Sparse { value: 100 }, Frozen {}));
        let free = game.spawn(Sparse { value: 100 });
        game.steps(3);
        game.world().entity_mut(free).insert(Frozen {});
        game.step();
        let values = [frozen, free].map(|entity| game.get::<Sparse>(entity).value);
        assert_eq!(values, [96, 102], "{module}");
        assert_no_faults(&game, module);
    }
}

/// Verifies the order of stable ids, wherever the rows are stored.
#[test]
fn rows_come_in_the_order_of_stable_ids() {
    for module in QUERIES {
        let mut game = game(module);
        let mut entities =
            [40u64, 10, 30, 20, 50].map(|id| (id, game.spawn((Wide::default(), StableId(id)))));
        game.world().entity_mut(entities[1].1).insert(Marker::<2>);
        let nameless = game.spawn(Wide::default());
        game.step();
        entities.sort();
        for (row, (_, entity)) in (0..).zip(entities) {
            assert_eq!(game.get::<Wide>(entity).id, row, "{module}");
        }
        assert_eq!(game.get::<Wide>(nameless).id, 5, "{module}: those without a number come last");
        assert_no_faults(&game, module);
    }
}

/// Verifies that a family is spawned, and only what is asked for goes, with its children.
#[test]
fn entities_come_and_go() {
    for module in COMMANDS {
        let mut game = game(module);
        let gone = game.spawn(at(-1.0, 0.0, 0.0));
        let child_of_gone = game.spawn(ChildOf(gone));
        let kept = game.spawn(at(0.5, 0.0, 0.0));
        game.step();
        let world = game.world();
        let mut children = world.query::<(&Position, &Velocity, &ChildOf)>();
        let (position, velocity, parent) = children.single(world).expect("one moves");
        assert_eq!((position.x, velocity.z), (2.0, 1.0), "{module}");
        let parent = parent.parent();
        assert_eq!(game.get::<Position>(parent), at(1.0, 0.0, 0.0), "{module}");
        assert!(game.world().get::<Velocity>(parent).is_none(), "{module}");
        assert!(game.world().get_entity(gone).is_ok(), "{module}: its time has not come");

        game.step();
        let is_there =
            [gone, child_of_gone, kept, parent].map(|entity| game.world().get_entity(entity).is_ok());
        assert_eq!(is_there, [false, false, true, true], "{module}");
        game.steps(3);
        let world = game.world();
        assert_eq!(world.query::<&Position>().iter(world).count(), 3, "{module}");
        assert_no_faults(&game, module);
    }
}

/// Verifies that an inserted link holds the real id of what was spawned in the same call, and that
/// a removed component is gone.
#[test]
fn links_point_to_what_was_spawned() {
    for module in COMMANDS {
        let mut game = game(module);
        let armed = [7, 8, 9].map(|armed| (armed, game.spawn((Trigger { armed }, Switch::default()))));
        game.steps(3);
        let mut targets = Vec::new();
        for (value, entity) in armed {
            assert!(game.world().get::<Trigger>(entity).is_none(), "{module}");
            let target = game.get::<Link>(entity).target;
            let world = game.world();
            let mut counters = world.query::<(Entity, &Counter)>();
            let found = counters.iter(world).find(|&(entity, _)| ScriptEntity::of(entity) == target);
            let (target, counter) = found.expect("the link points to an entity with a counter");
            assert_eq!(counter.value, value, "{module}");
            targets.push(target);
        }
        targets.dedup();
        assert_eq!(targets.len(), 3, "{module}: each has one of its own");
        let world = game.world();
        assert_eq!(world.query::<&Counter>().iter(world).count(), 3, "{module}: no call came twice");
        assert_no_faults(&game, module);
    }
}

/// Verifies that scripts hide entities and show them again.
#[test]
fn entities_are_hidden_and_shown() {
    for module in COMMANDS {
        let mut game = game(module);
        let lamp = game.spawn(Switch { on: true, ..Switch::default() });
        let dark = game.spawn(Switch::default());
        game.step();
        assert!(game.world().get::<Disabled>(lamp).is_some(), "{module}");
        assert!(game.world().get::<Disabled>(dark).is_none(), "{module}");
        let target = ScriptEntity::of(lamp);
        game.spawn((Link { target }, Frozen {}));
        game.step();
        assert!(game.world().get::<Disabled>(lamp).is_none(), "{module}");
        assert_no_faults(&game, module);
    }
}

/// Verifies that a resource is written.
#[test]
fn the_score_goes_up() {
    for module in COMMANDS {
        let mut game = game(module);
        game.steps(5);
        assert_eq!(*game.world().resource::<Score>(), Score { points: 10, rate: 2.0 }, "{module}");
        assert_no_faults(&game, module);
    }
}

/// What `roll` draws in ten steps of a game, three numbers each.
fn numbers_drawn(guest: &str, seed: u64) -> Vec<u32> {
    let plugin = PeristylePlugin { seed, watch: false, ..PeristylePlugin::default() };
    // The generator belongs to the module's name, which is that of its file.
    let mut game = Game::with_plugin(plugin).script("dice.wasm", built(guest));
    game.app.insert_resource(Score::default());
    let mut game = game.start();
    let counters = [(); 3].map(|()| game.spawn((Counter { value: 100 }, Frozen {})));
    let mut numbers = Vec::new();
    for _ in 0..10 {
        game.step();
        numbers.extend(counters.map(|counter| game.get::<Counter>(counter).value));
    }
    assert_no_faults(&game, "dice");
    numbers
}

/// Verifies that all languages draw the same numbers from the same seed, and others from another.
#[test]
fn random_numbers_are_the_same_in_every_language() {
    let [rust, zig] = COMMANDS.map(|guest| numbers_drawn(guest, 7));
    assert_eq!(rust, zig);
    assert!(rust.iter().all(|&number| number < 100), "{rust:?}");
    let mut distinct = rust.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() > 15, "30 numbers below 100 are hardly the same: {rust:?}");
    for guest in COMMANDS {
        assert_ne!(rust, numbers_drawn(guest, 8), "{guest}");
    }
}

/// What the game has heard.
#[derive(Resource, Default)]
struct Heard(Vec<u32>);

/// Verifies that a message goes to and fro between the game and a script, each value once.
#[test]
fn pings_are_answered_up_to_ten() {
    for module in COMMANDS {
        let mut game = Game::new().script(&format!("{module}.wasm"), built(module));
        game.app.insert_resource(Score::default()).init_resource::<Heard>().add_systems(
            Last,
            |mut pings: MessageReader<Ping>, mut heard: ResMut<Heard>| {
                heard.0.extend(pings.read().filter(|ping| ping.loud).map(|ping| ping.value));
            },
        );
        let mut game = game.start();
        game.world().write_message(Ping { value: 4, loud: true, ..Ping::default() });
        game.steps(2);
        assert!(game.world().resource_mut::<Scripts>().set_paused(module, true));
        game.steps(5);
        assert!(game.world().resource_mut::<Scripts>().set_paused(module, false));
        game.steps(20);
        assert_eq!(game.world().resource::<Heard>().0, [4, 5, 6, 7, 8, 9, 10], "{module}");
        assert_no_faults(&game, module);
    }
}

/// Verifies that scripts in one language hear those in another, about what the game knows nothing
/// of.
#[test]
fn goals_are_heard_across_languages() {
    for sender in COMMANDS {
        for listener in QUERIES {
            let file = |module| format!("{module}.wasm");
            let mut game =
                Game::new().script(&file(sender), built(sender)).script(&file(listener), built(listener));
            game.app.insert_resource(Score { points: 0, rate: 0.5 });
            let mut game = game.start();
            let wide = game.spawn(Wide::default());
            for value in [10, 8, 30] {
                game.world().write_message(Ping { value, ..Ping::default() });
            }
            game.steps(10);
            assert_eq!(game.get::<Wide>(wide).amount, 25.0, "{sender} to {listener}");
            for module in [sender, listener] {
                assert_no_faults(&game, module);
            }
        }
    }
}
