//! Commands: what a call asks for happens as a whole or not at all.

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

/// Verifies that each bad command is a fault of its own, after which nothing has happened.
#[test]
fn a_bad_command_is_named_and_nothing_happens() {
    let spawn = "(drop (call $spawn (local.get $frame)))";
    let store = "(i32.store (local.get $a) (i32.const 7))";
    let buffer = "(i32.load offset=56 (local.get $frame))";
    let cases = [
        (
            "unknown component",
            command(CommandKind::Insert, FIRST_ENTITY, 9, 4, store),
            "component is number 9",
        ),
        (
            "short payload",
            command(CommandKind::Insert, FIRST_ENTITY, 0, 3, ""),
            "insert of Counter: its payload has 3 bytes, and must have 4",
        ),
        ("long payload", command(CommandKind::Insert, FIRST_ENTITY, 0, 8, ""), "must have 4"),
        ("payload of a removal", command(CommandKind::Remove, FIRST_ENTITY, 0, 8, ""), "must have 0"),
        (
            "bad value",
            command(CommandKind::Insert, FIRST_ENTITY, 1, 4, store),
            "insert of Switch: `on` holds 7",
        ),
        (
            "bad link",
            command(
                CommandKind::Insert,
                FIRST_ENTITY,
                2,
                8,
                "(i64.store (local.get $a) (i64.const 0x100000000))",
            ),
            "insert of Link: `target` holds",
        ),
        (
            "stale link",
            command(
                CommandKind::Insert,
                FIRST_ENTITY,
                2,
                8,
                "(i64.store (local.get $a) (i64.const 0x8000000000000001))",
            ),
            "provisional id",
        ),
        ("no entity", command(CommandKind::Despawn, "(i64.const 0)", 0, 0, ""), "0x0 is no entity's id"),
        (
            "dead entity",
            command(CommandKind::Despawn, "(i64.const 0x700000fffffffe)", 0, 0, ""),
            "is not there",
        ),
        (
            "an id to come",
            command(CommandKind::Despawn, "(i64.const 0x8000000100000009)", 0, 0, ""),
            "not one that an earlier command of this call gave",
        ),
        (
            "itself as parent",
            command(
                CommandKind::SetParent,
                FIRST_ENTITY,
                0,
                8,
                &format!("(i64.store (local.get $a) {FIRST_ENTITY})"),
            ),
            "its own parent",
        ),
        (
            "dead parent",
            command(
                CommandKind::SetParent,
                FIRST_ENTITY,
                0,
                8,
                "(i64.store (local.get $a) (i64.const 0x700000fffffffe))",
            ),
            "the parent: the entity",
        ),
        ("spawn out of turn", command(CommandKind::Spawn, "(i64.const 5)", 0, 0, ""), "the next one is"),
        (
            "unknown kind",
            command(
                CommandKind::Despawn,
                FIRST_ENTITY,
                0,
                0,
                "(i32.store (i32.sub (local.get $a) (i32.const 20)) (i32.const 77))",
            ),
            "its kind is 77; known are: spawn 1",
        ),
        (
            "record of no size",
            command(
                CommandKind::Despawn,
                FIRST_ENTITY,
                0,
                0,
                "(i32.store (i32.sub (local.get $a) (i32.const 24)) (i32.const 0))",
            ),
            "it says that it has 0 bytes",
        ),
        (
            "record past the end",
            command(
                CommandKind::Despawn,
                FIRST_ENTITY,
                0,
                0,
                "(i32.store (i32.sub (local.get $a) (i32.const 24)) (i32.const 32))",
            ),
            "it says that it has 32 bytes; 24 to 24",
        ),
        (
            "payload past its record",
            command(
                CommandKind::Insert,
                FIRST_ENTITY,
                0,
                4,
                "(i32.store (i32.sub (local.get $a) (i32.const 4)) (i32.const 400))",
            ),
            "400 bytes does not fit",
        ),
        (
            "half a record",
            format!("(i32.store offset=12 {buffer} (i32.const 8))"),
            "8 bytes are left, and a record has 24",
        ),
        (
            "more than there is room for",
            format!("(i32.store offset=12 {buffer} (i32.const -8))"),
            "command_bytes_max",
        ),
        (
            "spawns that are none",
            format!("(i32.store offset=24 {buffer} (i32.const 3))"),
            "3 entities are said to be spawned, and 0 are",
        ),
    ];
    for (what, commands, expected) in cases {
        // What comes before it is fine, and must not happen either.
        let write = "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 1)) (i32.const 5))";
        let first = if commands.contains("offset=12") || commands.contains("offset=24 (i32.load") {
            ""
        } else {
            spawn
        };
        let body = format!("{write} {first} {commands}");
        let terms = [insert::<Counter>(), insert::<Switch>(), insert::<Link>()];
        let system = System::new("act", &body).query([entities(), write_counter()]).commands(terms);
        let mut game = Game::new().script("m.wasm", module(system)).start();
        let entity = game.spawn(Counter { value: 1 });
        let entities_before = game.world().entities().count_spawned();
        game.step();
        let fault = game.fault("m", "act");
        assert!(matches!(fault, Fault::BadCommand { .. }), "{what}: {fault}");
        assert!(fault.to_string().contains(expected), "{what}: {fault}");
        assert_eq!(game.get::<Counter>(entity).value, 1, "{what}");
        assert_eq!(game.world().entities().count_spawned(), entities_before, "{what}");
    }
}

fn write_counter() -> peristyle_tests::Term {
    write::<Counter>()
}

/// Verifies that scripts reach no entity that the game keeps to itself, whatever bits they make up.
#[test]
fn entities_without_offered_components_are_none_of_a_scripts() {
    #[derive(Component)]
    struct Secret;
    let mut game = Game::new();
    let secret = game.spawn(Secret);
    game.world().insert_resource(Score::default());
    let resource = game.world().query_filtered::<Entity, With<Score>>().single(game.app.world()).unwrap();
    for entity in [secret, resource] {
        let bits = format!("(i64.const {})", entity.to_bits().cast_signed());
        let body = command(CommandKind::Despawn, &bits, 0, 0, "");
        let file = format!("m{}.wasm", entity.index_u32());
        game = game.script(&file, module(System::new("act", &body).commands([])));
    }
    let mut game = game.start();
    game.step();
    for entity in [secret, resource] {
        let fault = game.fault(&format!("m{}", entity.index_u32()), "act").to_string();
        assert!(fault.contains("none of the components that this game offers"), "{fault}");
        assert!(game.world().get_entity(entity).is_ok());
    }
}

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

/// Verifies the limit on commands.
#[test]
fn commands_have_a_limit() {
    let limits = Limits { command_bytes_max: 64, ..Limits::default() };
    let plugin = PeristylePlugin { limits, watch: false, ..PeristylePlugin::default() };
    let body = "(drop (call $spawn (local.get $frame)))".repeat(3);
    let system = System::new("act", &body).commands([]);
    let mut game = Game::with_plugin(plugin).script("m.wasm", module(system)).start();
    game.step();
    let fault = game.fault("m", "act").to_string();
    assert!(
        fault.contains("72 bytes are said to be used of 64; the limit command_bytes_max is 64"),
        "{fault}"
    );
}

/// Verifies that scripts cannot fill the memory with entities.
#[test]
fn entities_have_a_limit() {
    let limits = Limits { entities_max: 400, ..Limits::default() };
    let plugin = PeristylePlugin { limits, watch: false, ..PeristylePlugin::default() };
    let body = "(drop (call $spawn (local.get $frame)))".repeat(30);
    let system = System::new("act", &body).commands([]);
    let mut game = Game::with_plugin(plugin).script("m.wasm", module(system)).start();
    let before = game.world().entities().count_spawned();
    game.steps(9);
    assert_eq!(game.system("m", "act").stats.faults, 0);
    game.steps(20);
    let fault = game.fault("m", "act").to_string();
    assert!(fault.contains("the limit entities_max is 400"), "{fault}");
    assert!(before < game.world().entities().count_spawned());
    assert!(game.world().entities().count_spawned() <= 400);
}

/// Verifies what a parameter for commands cannot be.
#[test]
fn parameters_that_make_no_sense_are_refused() {
    let cases = [
        (
            System::new("act", "").commands([read::<Counter>()]),
            "of the kind read, which a parameter for commands",
        ),
        (
            System::new("act", "").query([insert::<Counter>()]),
            "of the kind insert, which a parameter for query",
        ),
        (System::new("act", "").commands([]).commands([]), "second one for commands"),
        (System::new("act", "").random().random(), "second random generator"),
        (
            System::new("act", "").resource(with::<Score>()),
            "of the kind with, which a parameter for resource",
        ),
        (
            System::new("act", "").resource(read::<Counter>()),
            "resource `Counter`, which this game does not offer; it offers: Clock, Score",
        ),
        (
            System::new("act", "").resource(read::<Score>()).resource(write::<Score>()),
            "resource `Score` twice",
        ),
        (System::new("act", "").param(ParamKind::Resource, RowOrder::Tables, []), "so it has one term"),
        (
            System::new("act", "").param(ParamKind::Random, RowOrder::Entity, []),
            "has an order, which only queries have",
        ),
        (
            System::new("act", "").param(ParamKind::Random, RowOrder::Tables, [read::<Score>()]),
            "which a parameter for random",
        ),
    ];
    for (system, expected) in cases {
        let reason = Game::new().script("m.wasm", module(system)).start().failure("m");
        assert!(reason.contains(expected), "{reason}");
    }
}
