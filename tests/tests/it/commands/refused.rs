//! Commands that are bad, too many, or about what is none of a script's.

use super::*;

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
        let store_5 =
            "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 1)) (i32.const 5))";
        let first = if commands.contains("offset=12") || commands.contains("offset=24 (i32.load") {
            ""
        } else {
            spawn
        };
        let body = format!("{store_5} {first} {commands}");
        let terms = [insert::<Counter>(), insert::<Switch>(), insert::<Link>()];
        let system = System::new("act", &body).query([entities(), write::<Counter>()]).commands(terms);
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
