//! Resources and random generators: exact as components are, and part of the transaction.

use bevy::prelude::*;
use bevy_peristyle::{
    Fault, PackedGlobalTransform, PeristyleAppExt, PeristylePlugin, Schema, ScriptEntity, ScriptEntityExt,
    abi, state_hash,
};
use peristyle_tests::components::{Counter, Link, Score, StableId, Trigger};
use peristyle_tests::{Game, Guest, System, read, write};

/// The resource in the call frame.
const SCORE: &str = "(i32.load offset=4 (i32.load offset=40 (local.get $frame)))";

/// Verifies that a resource crosses, and that only a different one counts as changed.
#[test]
fn a_resource_is_written_where_it_differs() {
    #[derive(Resource, Default)]
    struct Seen(u32);
    // Adds the rate to the points, as whole numbers.
    let body = format!(
        "(i32.store {SCORE} (i32.add (i32.load {SCORE}) (i32.trunc_f32_u (f32.load offset=4 {SCORE}))))"
    );
    let guest = Guest::new().system(System::new("score", &body).resource(write::<Score>()));
    let mut game = Game::new().script("m.wasm", guest.to_wasm());
    game.app
        .insert_resource(Score { points: 1, rate: 2.0 })
        .init_resource::<Seen>()
        .add_systems(Last, |score: Res<Score>, mut seen: ResMut<Seen>| {
            seen.0 += u32::from(score.is_changed())
        });
    let mut game = game.start();
    let before = game.world().resource::<Seen>().0;
    game.steps(3);
    assert_eq!(game.world().resource::<Score>().points, 7);
    assert_eq!(game.world().resource::<Seen>().0 - before, 3);
    game.world().resource_mut::<Score>().rate = 0.0;
    game.step();
    let before = game.world().resource::<Seen>().0;
    game.steps(3);
    assert_eq!(game.world().resource::<Seen>().0, before, "the same value again is no change");
}

/// Verifies that a NaN becomes the one that all machines agree on.
#[test]
fn a_resources_nans_are_made_canonical() {
    let body = format!("(i32.store offset=4 {SCORE} (i32.const 0xffc12345))");
    let guest = Guest::new().system(System::new("score", &body).resource(write::<Score>()));
    let mut game = Game::new().script("m.wasm", guest.to_wasm());
    game.app.insert_resource(Score::default());
    let mut game = game.start();
    game.step();
    assert_eq!(game.world().resource::<Score>().rate.to_bits(), 0x7fc0_0000);
}

/// Verifies that a system waits for a resource, and is not blamed for it.
#[test]
fn a_missing_resource_is_waited_for() {
    let guest = Guest::new().system(System::new("score", "").resource(read::<Score>()));
    let mut game = Game::new().script("m.wasm", guest.to_wasm()).start();
    game.steps(30);
    assert_eq!(game.fault("m", "score"), Fault::MissingResource { resource: "Score".to_owned() });
    let status = game.system("m", "score");
    assert!(!status.paused && status.stats.calls == 0);
    game.world().insert_resource(Score::default());
    game.step();
    assert_eq!(game.system("m", "score").stats.calls, 1);
}

/// Verifies that a fault leaves a resource alone.
#[test]
fn a_fault_writes_no_resource() {
    let body = format!("(i32.store {SCORE} (i32.const 5)) unreachable");
    let guest = Guest::new().system(System::new("score", &body).resource(write::<Score>()));
    let mut game = Game::new().script("m.wasm", guest.to_wasm());
    game.app.insert_resource(Score::default());
    let mut game = game.start();
    game.step();
    assert_eq!((game.world().resource::<Score>().points, game.system("m", "score").stats.faults), (0, 1));
}

/// A system that puts the low half of the generator's first word into row 0, and moves it on by 1.
fn roller() -> Vec<u8> {
    let state = "(i32.load offset=72 (local.get $frame))";
    let body = format!(
        "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.load offset=8 {state}))
         (i64.store offset=8 {state} (i64.add (i64.load offset=8 {state}) (i64.const 1)))
         (if (i32.load (call $column (local.get $frame) (i32.const 1) (i32.const 0))) (then unreachable))"
    );
    let system = System::new("roll", &body).query([write::<Counter>()]).query([read::<Trigger>()]).random();
    Guest::new().system(system).to_wasm()
}

/// Verifies that a generator depends on the game's seed and the system's name, and goes on from
/// finished call to finished call.
#[test]
fn random_generators_are_seeded_and_restored() {
    let game_of = |seed: u64, file: &str| {
        let plugin = PeristylePlugin { seed, watch: false, ..PeristylePlugin::default() };
        let mut game = Game::with_plugin(plugin).script(file, roller());
        game.app.register_hashed_component::<Counter>();
        game.start()
    };
    let play = |seed, file: &str, arm: bool| {
        let mut game = game_of(seed, file);
        let counter = game.spawn((Counter::default(), StableId(1)));
        let trigger = game.spawn(Trigger::default());
        game.step();
        let first = game.get::<Counter>(counter).value;
        if arm {
            game.world().get_mut::<Trigger>(trigger).unwrap().armed = 1;
            game.steps(3);
            game.world().get_mut::<Trigger>(trigger).unwrap().armed = 0;
        }
        game.step();
        let second = game.get::<Counter>(counter).value;
        assert_eq!(second, first.wrapping_add(1), "faults draw nothing");
        (first, state_hash(game.world()).unwrap())
    };
    let one = play(1, "m.wasm", false);
    assert_eq!(one, play(1, "m.wasm", true));
    assert_ne!(one.0, play(2, "m.wasm", false).0);
    assert_ne!(one.0, play(1, "n.wasm", false).0);
}

/// Verifies that a script sees the player's keys, and cannot press one.
#[test]
fn scripts_read_keys() {
    #[derive(Resource, Schema, Clone, Copy)]
    #[repr(C)]
    #[schema(name = "Keys")]
    struct Keys {
        pressed: [u32; 4],
        just_pressed: [u32; 4],
        just_released: [u32; 4],
    }
    let body = "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
        (i32.load offset=4 (i32.load offset=4 (i32.load offset=40 (local.get $frame)))))";
    let system = |term| System::new("look", body).query([write::<Counter>()]).resource(term);
    let mut game = Game::new().script("m.wasm", Guest::new().system(system(read::<Keys>())).to_wasm());
    game.app.register_script_input();
    let mut game = game.start();
    let counter = game.spawn(Counter::default());
    game.world().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::Space);
    game.step();
    let space = abi::input::Key::Space.number();
    assert_eq!(game.get::<Counter>(counter).value, 1 << (space - 32));

    let mut game = Game::new().script("m.wasm", Guest::new().system(system(write::<Keys>())).to_wasm());
    game.app.register_script_input();
    let reason = game.start().failure("m");
    assert!(reason.contains("asks to write `Keys`, which scripts may only read"), "{reason}");
}

/// Verifies that Bevy's global transforms are read by their axes.
#[test]
fn scripts_read_global_transforms() {
    let body = "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
        (i32.trunc_f32_u (f32.load offset=36 (call $column (local.get $frame) (i32.const 0) (i32.const 1)))))";
    let terms = [write::<Counter>(), read::<PackedGlobalTransform>()];
    let guest = Guest::new().system(System::new("look", body).query(terms));
    let mut game = Game::new().script("m.wasm", guest.to_wasm());
    game.app.register_script_mirror::<GlobalTransform>();
    let mut game = game.start();
    let counter = game.spawn((Counter::default(), GlobalTransform::from_translation(Vec3::X * 7.0)));
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 7);
}

/// Verifies that the state hash covers a resource, and only where it is there.
#[test]
fn the_state_hash_covers_resources() {
    let mut game = Game::new();
    game.app.register_hashed_resource::<Score>();
    let mut game = game.start();
    let hash = |game: &mut Game| state_hash(game.world()).expect("a hash");
    let without = hash(&mut game);
    game.world().insert_resource(Score { points: 1, rate: 0.5 });
    let one = hash(&mut game);
    game.world().resource_mut::<Score>().points = 2;
    let two = hash(&mut game);
    assert!(without != one && one != two);
    game.world().resource_mut::<Score>().points = 1;
    assert_eq!(hash(&mut game), one);
}

/// Verifies that the state hash names entities by their stable ids, whatever ids Bevy gave them.
#[test]
fn the_state_hash_names_entities_by_their_numbers() {
    let hash_with = |others: usize, target: u64| {
        let mut game = Game::new();
        game.app.register_hashed_component::<Link>();
        let mut game = game.start();
        for _ in 0..others {
            game.world().spawn_empty();
        }
        let ends: Vec<Entity> = (1..4).map(|id| game.spawn(StableId(id))).collect();
        let end = ends
            .get((target as usize).wrapping_sub(1))
            .map_or(ScriptEntity::NONE, |&end| ScriptEntity::of(end));
        game.spawn((StableId(9), Link { target: end }));
        state_hash(game.world()).expect("a hash")
    };
    assert_eq!(hash_with(0, 2), hash_with(7, 2));
    assert_ne!(hash_with(0, 2), hash_with(0, 3));
    assert_ne!(hash_with(0, 2), hash_with(0, 0));
}
