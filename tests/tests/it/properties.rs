//! Properties: for any rows and any bytes, what comes back is what the guest left, and `Changed`
//! is exactly where it differs.

use bevy::prelude::*;
use bevy_peristyle::{FieldLayout, SchemaLayout, abi::FieldType};
use peristyle_tests::components::{Marker, Position, Velocity, Wide};
use peristyle_tests::{Game, Guest, System, read, write};
use proptest::prelude::*;

/// Copies column 1 over column 0.
fn copies() -> Guest {
    let body = "(memory.copy
        (call $column (local.get $frame) (i32.const 0) (i32.const 0))
        (call $column (local.get $frame) (i32.const 0) (i32.const 1))
        (i32.mul (call $rows (local.get $frame) (i32.const 0)) (call $stride (local.get $frame) (i32.const 0) (i32.const 0))))";
    Guest::new().system(System::new("copy", body).query([write::<Position>(), read::<Velocity>()]))
}

fn canonical(value: f32) -> u32 {
    if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() }
}

/// Any bits at all, so every kind of NaN too; often the same ones, so that rows are often equal.
fn any_bits() -> impl Strategy<Value = f32> {
    prop_oneof![Just(0.0f32), Just(-0.0f32), Just(1.0f32), any::<u32>().prop_map(f32::from_bits)]
}

#[derive(Resource, Default)]
struct Changed_(Vec<Entity>);

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Verifies write-back over several tables, with any bit patterns.
    #[test]
    fn rows_come_back_bit_for_bit_and_changed_is_exact(
        rows in prop::collection::vec((prop::array::uniform3(any_bits()), prop::array::uniform3(any_bits()), 0u8..4), 0..200)
    ) {
        let mut game = Game::new().script("copy.wasm", copies().to_wasm()).start();
        game.app.init_resource::<Changed_>().add_systems(
            Update,
            |changed: Query<Entity, Changed<Position>>, mut seen: ResMut<Changed_>| seen.0 = changed.iter().collect(),
        );
        // The systems that watch must have run once, so that insertion does not count as a change.
        let mut spawned = Vec::new();
        for ([x, y, z], [vx, vy, vz], table) in rows {
            let (position, velocity) = (Position { x, y, z }, Velocity { x: vx, y: vy, z: vz });
            let mut entity = game.world().spawn((position, Velocity { x, y, z }));
            match table {
                0 => {}
                1 => { entity.insert(Marker::<1>); }
                2 => { entity.insert(Wide::default()); }
                _ => { entity.insert((Marker::<1>, Wide::default())); }
            }
            spawned.push((entity.id(), position, velocity));
        }
        game.step();
        // NaNs were made canonical by that step, if they were not: begin from there.
        let mut expected = Vec::new();
        for (entity, _, velocity) in &spawned {
            let before = game.get::<Position>(*entity);
            let bits = |p: [f32; 3]| p.map(f32::to_bits);
            if bits([before.x, before.y, before.z]) != bits([velocity.x, velocity.y, velocity.z]) {
                expected.push(*entity);
            }
            *game.world().get_mut::<Velocity>(*entity).expect("a velocity") = *velocity;
        }
        game.step();
        let mut changed = std::mem::take(&mut game.world().resource_mut::<Changed_>().0);
        changed.sort();
        expected.sort();
        prop_assert_eq!(changed, expected);
        for (entity, _, velocity) in spawned {
            let after = game.get::<Position>(entity);
            let found = [after.x, after.y, after.z].map(f32::to_bits);
            let unchanged = [velocity.x, velocity.y, velocity.z].map(f32::to_bits);
            let canonical = [velocity.x, velocity.y, velocity.z].map(canonical);
            prop_assert!(found == canonical || found == unchanged, "{:?} from {:?}", after, velocity);
        }
    }

    /// Verifies that two layouts fit each other exactly where they are the same.
    #[test]
    fn layouts_fit_exactly_where_they_are_the_same(a in any_schema(), b in any_schema()) {
        prop_assert!(a.check_against(&a).is_ok());
        prop_assert_eq!(a.check_against(&b).is_ok(), a == b);
    }
}

/// A packed schema of some of the same few fields.
fn any_schema() -> impl Strategy<Value = SchemaLayout> {
    let field =
        (0usize..3, prop::sample::select(vec![FieldType::U32, FieldType::F32, FieldType::I32]), 1u32..3);
    prop::collection::vec(field, 0..3).prop_map(|fields| {
        let mut schema = SchemaLayout::new("T");
        schema.align = 4;
        for (name, field_type, count) in fields {
            let name = ["a", "b", "c"][name];
            if schema.fields.iter().all(|field| field.name != name) {
                let offset = schema.byte_size;
                schema.byte_size += 4 * count;
                schema.fields.push(FieldLayout::new(name, offset, field_type, count));
            }
        }
        schema
    })
}
