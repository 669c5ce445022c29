//! Commands: what a call asks for happens as a whole or not at all.

mod refused;

use bevy::ecs::entity_disabling::Disabled;
use bevy::prelude::*;
use bevy_peristyle::abi::{CommandKind, ParamKind, RowOrder};
use bevy_peristyle::{Fault, Limits, PeristylePlugin, ScriptCommands, ScriptEntity, ScriptEntityExt};
use peristyle_tests::components::{Counter, Frozen, Link, Score, Switch, Trigger};
use peristyle_tests::{Game, Guest, System, entities, insert, read, with, write};

/// A module with one system `act` in `FixedUpdate`.
fn module(system: System) -> Vec<u8> {
    Guest::new().system(system).to_wasm()
}

/// One command record; `payload` is WAT that stores what the address in `$a` is to hold.
fn command(kind: CommandKind, entity: &str, term: u32, bytes: u32, payload: &str) -> String {
    format!(
        "(local.set $a (call $record (local.get $frame) (i32.const {}) {entity} (i32.const {term}) (i32.const {bytes})))
         {payload}",
        kind.code()
    )
}

/// The entity in row 0 of query 0, whose first column is that of entities.
const FIRST_ENTITY: &str = "(i64.load (call $column (local.get $frame) (i32.const 0) (i32.const 0)))";

/// Verifies a spawned family: components, a child, and a link to an entity to come.
#[test]
fn spawned_entities_have_their_components_parents_and_links() {
    let body = [
        "(local.set $e (call $spawn (local.get $frame)))".to_owned(),
        command(CommandKind::Insert, "(local.get $e)", 0, 4, "(i32.store (local.get $a) (i32.const 41))"),
        command(CommandKind::Insert, "(local.get $e)", 2, 0, ""),
        "(drop (call $spawn (local.get $frame)))".to_owned(),
        command(
            CommandKind::Insert,
            "(i64.add (local.get $e) (i64.const 1))",
            1,
            8,
            "(i64.store (local.get $a) (local.get $e))",
        ),
        command(
            CommandKind::SetParent,
            "(i64.add (local.get $e) (i64.const 1))",
            0,
            8,
            "(i64.store (local.get $a) (local.get $e))",
        ),
        command(CommandKind::Insert, "(local.get $e)", 0, 4, "(i32.store (local.get $a) (i32.const 42))"),
    ]
    .concat();
    let terms = [insert::<Counter>(), insert::<Link>(), insert::<Frozen>()];
    let mut game = Game::new().script("m.wasm", module(System::new("act", &body).commands(terms))).start();
    game.step();
    assert_eq!(game.system("m", "act").stats.faults, 0, "{:?}", game.system("m", "act").stats.last_fault);
    let world = game.world();
    let mut parents = world.query_filtered::<(Entity, &Counter), With<Frozen>>();
    let (parent, counter) = parents.single(world).unwrap();
    assert_eq!(counter.value, 42, "the later value counts");
    let mut children = world.query::<(&Link, &ChildOf)>();
    let (link, child_of) = children.single(world).unwrap();
    assert_eq!((link.target, child_of.parent()), (ScriptEntity::of(parent), parent));
    game.steps(2);
    let world = game.world();
    assert_eq!(world.query::<&Counter>().iter(world).count(), 3, "one in each step");
}

/// Verifies the commands about entities that are there.
#[test]
fn entities_get_and_lose_components_and_go() {
    let act = |commands: String| {
        let terms = [insert::<Counter>(), insert::<Transform2>()];
        let system = System::new("act", &commands).query([entities(), read::<Trigger>()]).commands(terms);
        let mut game = Game::new().script("m.wasm", module(system)).start();
        let entity = game.spawn((Trigger::default(), Counter { value: 1 }));
        let child = game.spawn(ChildOf(entity));
        game.step();
        assert_eq!(game.system("m", "act").stats.faults, 0, "{:?}", game.system("m", "act").stats.last_fault);
        (game, entity, child)
    };
    let (game, entity, _) =
        act(command(CommandKind::Insert, FIRST_ENTITY, 0, 4, "(i32.store (local.get $a) (i32.const 9))"));
    assert_eq!(game.get::<Counter>(entity).value, 9);
    let (mut game, entity, _) = act(command(CommandKind::Remove, FIRST_ENTITY, 0, 0, ""));
    assert!(!game.world().entity(entity).contains::<Counter>());
    let (mut game, entity, child) = act(command(CommandKind::Despawn, FIRST_ENTITY, 0, 0, ""));
    assert!(game.world().get_entity(entity).is_err() && game.world().get_entity(child).is_err());
    let (mut game, entity, _) = act(command(CommandKind::Disable, FIRST_ENTITY, 0, 0, ""));
    assert!(game.world().entity(entity).contains::<Disabled>());
    game.step();
    assert_eq!(game.system("m", "act").stats.rows, 0, "queries do not see it");
    let (mut game, entity, _) = act(command(CommandKind::Enable, FIRST_ENTITY, 0, 0, ""));
    assert!(!game.world().entity(entity).contains::<Disabled>());
    // A mirrored component is made from its packed form: a translation of 0 and a rotation by 0.
    let identity = "(f32.store offset=24 (local.get $a) (f32.const 1))";
    let (game, entity, _) = act(command(CommandKind::Insert, FIRST_ENTITY, 1, 40, identity));
    assert_eq!(game.get::<Transform>(entity), Transform::from_scale(Vec3::ZERO));
}

/// What scripts see of Bevy's `Transform`.
type Transform2 = bevy_peristyle::PackedTransform;

/// Verifies that an entity which is gone when its turn comes is skipped and counted.
#[test]
fn commands_for_an_entity_that_died_meanwhile_are_skipped() {
    let system = || {
        let body = command(CommandKind::Despawn, FIRST_ENTITY, 0, 0, "");
        module(System::new("act", &body).query([entities(), read::<Trigger>()]).commands([]))
    };
    let mut game = Game::new().script("a.wasm", system()).script("b.wasm", system()).start();
    game.spawn(Trigger::default());
    game.step();
    let skipped = ["a", "b"].map(|module| {
        let stats = &game.system(module, "act").stats;
        (stats.faults, stats.commands_skipped)
    });
    assert_eq!(skipped, [(0, 0), (0, 1)], "the module that comes first by name had its way");
}

/// Verifies that a circle of parents is not made, in which Bevy would go round for good.
#[test]
fn a_circle_of_parents_is_skipped() {
    let second = "(i64.load offset=8 (call $column (local.get $frame) (i32.const 0) (i32.const 0)))";
    let parent = |of: &str, parent: &str| {
        command(CommandKind::SetParent, of, 0, 8, &format!("(i64.store (local.get $a) {parent})"))
    };
    let body = parent(FIRST_ENTITY, second) + &parent(second, FIRST_ENTITY);
    let system = System::new("act", &body).query([entities(), read::<Trigger>()]).commands([]);
    let mut game = Game::new().script("m.wasm", module(system)).start();
    let [a, b] = [game.spawn(Trigger::default()), game.spawn(Trigger::default())];
    game.step();
    assert_eq!(game.system("m", "act").stats.commands_skipped, 1);
    assert_eq!(game.world().get::<ChildOf>(a).map(ChildOf::parent), Some(b));
    assert!(game.world().get::<ChildOf>(b).is_none());
}

/// Verifies that what a script spawned is there for a system after the sync point, in the same run.
#[test]
fn the_sync_point_is_a_set_of_the_schedule() {
    #[derive(Resource, Default)]
    struct Seen(Vec<usize>);
    let body = "(drop (call $spawn (local.get $frame)))".to_owned()
        + &command(
            CommandKind::Insert,
            "(i64.add (i64.load offset=16 (i32.load offset=56 (local.get $frame))) (i64.const 0))",
            0,
            4,
            "",
        );
    let system = System::new("act", &body).commands([insert::<Counter>()]);
    let mut game = Game::new().script("m.wasm", module(system));
    game.app.init_resource::<Seen>().add_systems(
        FixedUpdate,
        (|counters: Query<&Counter>, mut seen: ResMut<Seen>| seen.0.push(counters.iter().count()))
            .after(ScriptCommands),
    );
    let mut game = game.start();
    game.steps(3);
    assert!(
        game.world().resource::<Seen>().0.ends_with(&[1, 2, 3]),
        "{:?}",
        game.world().resource::<Seen>().0
    );
}
