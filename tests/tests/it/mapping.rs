//! Rows become columns and columns become rows: exactly, and only where they differ.

use bevy::prelude::*;
use bevy_peristyle::Scripts;
use bevy_peristyle::abi::RowOrder;
use peristyle_tests::components::{Counter, Frozen, Marker, Position, Sparse, StableId, Switch, Velocity};
use peristyle_tests::{Game, Guest, System, read, with, without, write, write_mirror};

/// Counts, per entity, how often a Bevy system saw `Changed<Counter>`.
#[derive(Resource, Default)]
struct Seen(Vec<Entity>);

fn see_changes(changed: Query<Entity, Changed<Counter>>, mut seen: ResMut<Seen>) {
    seen.0 = changed.iter().collect();
}

/// Verifies that rows of several tables form one array, and each comes back to its own entity.
#[test]
fn rows_of_all_tables_are_mapped_and_written_back_to_their_entities() {
    let guest = Guest::new().system(System::increments("count", [write::<Counter>(), without::<Frozen>()]));
    let mut game = Game::new().script("counter.wasm", guest.to_wasm()).start();
    let mut entities = Vec::new();
    for value in 0..300 {
        entities.push((
            value,
            match value % 3 {
                0 => game.spawn(Counter { value }),
                1 => game.spawn((Counter { value }, Marker::<1>)),
                _ => game.spawn((Position::default(), Counter { value }, Marker::<2>)),
            },
        ));
    }
    let frozen = game.spawn((Counter { value: 7 }, Frozen {}));
    game.step();
    for (value, entity) in entities {
        assert_eq!(game.get::<Counter>(entity).value, value + 1);
    }
    assert_eq!(game.get::<Counter>(frozen).value, 7);
    let stats = &game.system("counter", "count").stats;
    assert_eq!((stats.calls, stats.rows, stats.rows_changed, stats.faults), (1, 300, 300, 0));
}

/// Stores every row's own value again, but adds one where it is a multiple of ten.
const TENS: &str = r"
    (local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
    (local.set $b (i32.add (local.get $a) (i32.mul (call $rows (local.get $frame) (i32.const 0)) (i32.const 4))))
    (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $a) (local.get $b)))
        (i32.store (local.get $a) (i32.add (i32.load (local.get $a))
            (i32.eqz (i32.rem_u (i32.load (local.get $a)) (i32.const 10)))))
        (local.set $a (i32.add (local.get $a) (i32.const 4)))
        (br $next)))";

/// Verifies that only rows that differ count as changed, whatever the guest stored.
#[test]
fn changed_filters_see_exactly_the_rows_that_differ() {
    let guest = Guest::new().system(System::new("tens", TENS).query([write::<Counter>()]));
    let mut game = Game::new().script("tens.wasm", guest.to_wasm()).start();
    game.app.init_resource::<Seen>().add_systems(Update, see_changes);
    let entities: Vec<Entity> = (0..500).map(|value| game.spawn(Counter { value })).collect();
    game.step();
    assert_eq!(game.world().resource::<Seen>().0.len(), 500, "all were just added");
    for (value, &entity) in entities.iter().enumerate() {
        game.world().entity_mut(entity).insert(Counter { value: value as u32 });
    }
    game.app.world_mut().clear_trackers();
    // One frame in which nothing but the insertion is seen, and the script changes every tenth.
    game.step();
    game.step();
    let seen = std::mem::take(&mut game.world().resource_mut::<Seen>().0);
    assert!(seen.is_empty(), "values that the script stored unchanged are not changes: {}", seen.len());
    for value in [10, 20, 490] {
        game.world()
            .entity_mut(entities[value])
            .get_mut::<Counter>()
            .expect("a counter")
            .bypass_change_detection()
            .value = value as u32;
    }
    game.step();
    let mut seen = std::mem::take(&mut game.world().resource_mut::<Seen>().0);
    seen.sort();
    let mut expected = vec![entities[10], entities[20], entities[490]];
    expected.sort();
    assert_eq!(seen, expected);
}

/// Verifies that rows of which none lies beside the next are written where they are, and only those
/// that differ.
#[test]
fn rows_that_lie_alone_are_written_where_they_are() {
    let tens = System::new("tens", TENS).query_in_order(RowOrder::StableId, [write::<Counter>()]);
    let bad_row = "(i32.store8 (i32.add (call $column (local.get $frame) (i32.const 0) (i32.const 0))
        (i32.const 280)) (i32.const 7))";
    let bad = System::new("bad", bad_row).query_in_order(RowOrder::StableId, [write::<Switch>()]);
    let guest = Guest::new().system(tens).system(bad);
    let mut game = Game::new().script("m.wasm", guest.to_wasm()).start();
    game.app.init_resource::<Seen>().add_systems(Update, see_changes);
    let spawn = |game: &mut Game, value: u32| {
        // No two neighbors have ids that follow each other.
        let row = (Counter { value }, Switch::default(), StableId(u64::from(value) * 77 % 200));
        if value.is_multiple_of(3) { game.spawn((row, Frozen {})) } else { game.spawn(row) }
    };
    let entities: Vec<Entity> = (0..200).map(|value| spawn(&mut game, value)).collect();
    let mut expected: Vec<Entity> = entities.iter().copied().step_by(10).collect();
    expected.sort();
    // What is spawned is new to everyone, so the first look does not count.
    game.app.world_mut().run_schedule(Update);
    game.step();
    let mut seen = std::mem::take(&mut game.world().resource_mut::<Seen>().0);
    seen.sort();
    assert_eq!(seen, expected);
    for (value, &entity) in (0..).zip(&entities) {
        let expected = value + u32::from(value % 10 == 0);
        assert_eq!(game.get::<Counter>(entity).value, expected);
    }
    assert_eq!(game.system("m", "tens").stats.rows_changed, 20);
    let fault = game.fault("m", "bad").to_string();
    assert!(fault.starts_with("bad write: row 70 of `Switch.on` holds 7"), "{fault}");
}

/// Verifies that several queries of one system have columns of their own, 16-byte aligned.
#[test]
fn several_queries_have_aligned_columns_of_their_own() {
    // Writes into each counter: rows of query 1, and whether any column is misaligned.
    let body = r"
        (local.set $b (i32.and (i32.const 15) (i32.or
            (call $column (local.get $frame) (i32.const 0) (i32.const 0))
            (i32.or (call $column (local.get $frame) (i32.const 1) (i32.const 0))
                (call $column (local.get $frame) (i32.const 1) (i32.const 1))))))
        (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
            (i32.add (i32.mul (i32.const 1000) (local.get $b)) (call $rows (local.get $frame) (i32.const 1))))";
    let system = System::new("look", body).query([write::<Counter>()]).query([
        read::<Position>(),
        write::<Velocity>(),
        with::<Frozen>(),
    ]);
    let mut game = Game::new().script("look.wasm", Guest::new().system(system).to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    for _ in 0..7 {
        game.spawn((Position::default(), Velocity::default(), Frozen {}));
        game.spawn((Position::default(), Velocity::default()));
    }
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 7);
}

/// Verifies that components in sparse sets are mapped row by row, beside those of tables, and that
/// sparse filters hold.
#[test]
fn sparse_set_components_are_mapped_beside_table_components() {
    let both = System::increments("both", [write::<Sparse>(), write::<Counter>()]);
    let table_only = System::increments("table_only", [write::<Counter>(), without::<Sparse>()]);
    let guest = Guest::new().system(both).system(table_only);
    let mut game = Game::new().script("sparse.wasm", guest.to_wasm()).start();
    game.app.init_resource::<Seen>().add_systems(
        Update,
        |changed: Query<Entity, Changed<Sparse>>, mut seen: ResMut<Seen>| {
            seen.0 = changed.iter().collect();
        },
    );
    let with_sparse: Vec<_> = (0..50)
        .map(|value| {
            let entity = game.spawn((Counter { value }, Sparse { value: 100 + value }));
            if value % 2 == 0 {
                game.world().entity_mut(entity).insert(Marker::<1>);
            }
            (value, entity)
        })
        .collect();
    let without_sparse: Vec<_> = (0..50).map(|value| (value, game.spawn(Counter { value }))).collect();
    game.step();
    for (value, entity) in with_sparse {
        assert_eq!(game.get::<Sparse>(entity).value, 101 + value);
        assert_eq!(game.get::<Counter>(entity).value, value, "the second column is as it was");
    }
    for (value, entity) in without_sparse {
        assert_eq!(game.get::<Counter>(entity).value, value + 1);
    }
    assert_eq!(game.system("sparse", "both").stats.rows_changed, 50);
    // Stops changing: nothing more is seen.
    assert!(game.world().resource_mut::<Scripts>().set_paused("sparse", true));
    game.steps(2);
    assert!(game.world().resource::<Seen>().0.is_empty());
}

/// Verifies that Bevy's `Transform` crosses as its packed mirror, and is compared in that form.
#[test]
fn a_transform_crosses_through_its_mirror_and_only_real_changes_count() {
    // Adds 1 to the third translation component of row 0, and stores the rest as it was.
    let body = r"
        (local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
        (f32.store offset=8 (local.get $a) (f32.add (f32.load offset=8 (local.get $a)) (f32.const 1)))
        (f32.store offset=28 (local.get $a) (f32.load offset=28 (local.get $a)))";
    let system = System::new("lift", body).query([write_mirror::<Transform>()]);
    let mut game = Game::new().script("lift.wasm", Guest::new().system(system).to_wasm()).start();
    game.app.init_resource::<Seen>().add_systems(
        Update,
        |changed: Query<Entity, Changed<Transform>>, mut seen: ResMut<Seen>| {
            seen.0 = changed.iter().collect()
        },
    );
    let transform = Transform::from_xyz(1.0, 2.0, 3.0)
        .with_rotation(Quat::from_rotation_z(0.5))
        .with_scale(Vec3::new(1.0, 2.0, 4.0));
    let entities = [(); 4].map(|()| game.spawn(transform));
    game.steps(2);
    let seen = std::mem::take(&mut game.world().resource_mut::<Seen>().0);
    assert_eq!(seen, [entities[0]]);
    let lifted = Transform { translation: Vec3::new(1.0, 2.0, 5.0), ..transform };
    assert_eq!(game.get::<Transform>(entities[0]), lifted);
    assert_eq!(game.get::<Transform>(entities[3]), transform);
    assert_eq!(game.system("lift", "lift").stats.rows_changed, 1);
}

/// Verifies that entities which the game disabled are no rows.
#[test]
fn disabled_entities_are_no_rows() {
    let guest = Guest::new().system(System::increments("count", [write::<Counter>()]));
    let mut game = Game::new().script("count.wasm", guest.to_wasm()).start();
    let on = game.spawn(Counter { value: 0 });
    let off = game.spawn((Counter { value: 0 }, bevy::ecs::entity_disabling::Disabled));
    game.step();
    assert_eq!((game.get::<Counter>(on).value, game.get::<Counter>(off).value), (1, 0));
}

/// Verifies that a rotation which Bevy could not take is a fault, and that one which is a little off
/// is made whole.
#[test]
fn a_rotation_that_is_none_is_a_fault_and_one_a_little_off_is_normalized() {
    let body = |w: &str| {
        format!(
            "(f32.store offset=24 (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (f32.const {w}))"
        )
    };
    for (w, expected) in
        [("0", "a quaternion of length 1"), ("nan", "a quaternion of length 1"), ("inf", "length 1")]
    {
        let system = System::new("turn", &body(w)).query([write_mirror::<Transform>()]);
        let mut game = Game::new().script("turn.wasm", Guest::new().system(system).to_wasm()).start();
        let entity = game.spawn(Transform::IDENTITY);
        game.step();
        let fault = game.fault("turn", "turn").to_string();
        assert!(fault.contains("row 0 of `Transform.rotation`") && fault.contains(expected), "{fault}");
        assert_eq!(game.get::<Transform>(entity), Transform::IDENTITY);
    }
    let system = System::new("turn", &body("1.5")).query([write_mirror::<Transform>()]);
    let mut game = Game::new().script("turn.wasm", Guest::new().system(system).to_wasm()).start();
    let entity = game.spawn(Transform::IDENTITY);
    game.step();
    assert_eq!(game.get::<Transform>(entity).rotation, Quat::IDENTITY);
}
