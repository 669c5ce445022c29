//! Any schema with any value, across the border and back.

use std::sync::Arc;

use bevy::prelude::*;
use bevy_peristyle::abi::{FieldType, SchemaKind, TermKind};
use bevy_peristyle::{FieldLayout, SchemaLayout, ScriptRegistry, VariantLayout};
use peristyle_tests::{Game, Guest, System, Term};
use proptest::prelude::*;

/// A random schema that needs no entity, and bytes of a value that is canonical.
fn any_value(depth: u32) -> BoxedStrategy<(FieldLayout, Vec<u8>)> {
    let number = prop::sample::select(vec![
        FieldType::U8,
        FieldType::I16,
        FieldType::U32,
        FieldType::I64,
        FieldType::F32,
        FieldType::F64,
        FieldType::Bool,
    ]);
    let plain = (number, 1u32..4).prop_flat_map(|(field_type, count)| {
        let bytes = prop::collection::vec(any::<u8>(), (field_type.size() * count) as usize);
        bytes.prop_map(move |mut bytes| {
            match field_type {
                FieldType::Bool => bytes.iter_mut().for_each(|byte| *byte &= 1),
                // The exponent's highest bit is off: no NaN.
                FieldType::F32 => bytes.chunks_mut(4).for_each(|float| float[3] &= 0xbf),
                FieldType::F64 => bytes.chunks_mut(8).for_each(|float| float[7] &= 0xbf),
                _ => {}
            }
            (FieldLayout::new("value", 0, field_type, count), bytes)
        })
    });
    let choice = (prop::collection::btree_set(any::<u8>(), 1..5), any::<prop::sample::Index>()).prop_map(
        |(values, index)| {
            let values: Vec<u8> = values.into_iter().collect();
            let mut schema = SchemaLayout::new("Choice");
            (schema.kind, schema.byte_size) = (SchemaKind::Enum, 1);
            schema.variants = values
                .iter()
                .map(|&value| VariantLayout { name: format!("V{value}"), value: value.into() })
                .collect();
            let field = FieldLayout {
                schema: Some(Arc::new(schema)),
                ..FieldLayout::new("value", 0, FieldType::Nested, 1)
            };
            (field, vec![*index.get(&values)])
        },
    );
    if depth == 0 {
        return prop_oneof![plain, choice].boxed();
    }
    let option = (any_value(depth - 1), any::<bool>()).prop_map(|((mut field, mut bytes), is_some)| {
        let align = field.align();
        let tag = match align {
            1 => FieldType::U8,
            2 => FieldType::U16,
            4 => FieldType::U32,
            _ => FieldType::U64,
        };
        let mut schema = SchemaLayout::new("Maybe");
        (schema.kind, schema.byte_size, schema.align) =
            (SchemaKind::Option, align + bytes.len() as u32, align);
        field.offset = align;
        schema.fields = vec![FieldLayout::new("some", 0, tag, 1), field];
        let mut whole = vec![0; align as usize];
        whole[0] = is_some.into();
        if !is_some {
            bytes.fill(0);
        }
        whole.append(&mut bytes);
        let field = FieldLayout {
            schema: Some(Arc::new(schema)),
            ..FieldLayout::new("value", 0, FieldType::Nested, 1)
        };
        (field, whole)
    });
    let structs = prop::collection::vec(any_value(depth - 1), 1..4).prop_map(|parts| {
        let (schema, bytes) = any_struct("Part", parts);
        let field = FieldLayout {
            schema: Some(Arc::new(schema)),
            ..FieldLayout::new("value", 0, FieldType::Nested, 1)
        };
        (field, bytes)
    });
    prop_oneof![plain, choice, option, structs].boxed()
}

/// A struct of these fields, the most aligned first, and filled up with bytes at its end.
fn any_struct(name: &str, mut parts: Vec<(FieldLayout, Vec<u8>)>) -> (SchemaLayout, Vec<u8>) {
    parts.sort_by_key(|(field, _)| std::cmp::Reverse(field.align()));
    let (mut schema, mut bytes) = (SchemaLayout::new(name), Vec::<u8>::new());
    let fill = |schema: &mut SchemaLayout, bytes: &mut Vec<u8>, align: u32| {
        let gap = (bytes.len() as u32).next_multiple_of(align) - bytes.len() as u32;
        if gap > 0 {
            let name = format!("gap{}", bytes.len());
            schema.fields.push(FieldLayout::new(&name, bytes.len() as u32, FieldType::U8, gap));
            bytes.resize(bytes.len() + gap as usize, 0xa5);
        }
    };
    for (index, (mut field, part)) in parts.into_iter().enumerate() {
        fill(&mut schema, &mut bytes, field.align());
        schema.align = schema.align.max(field.align());
        field.name = format!("f{index}");
        field.offset = bytes.len() as u32;
        schema.fields.push(field);
        bytes.extend(part);
    }
    let align = schema.align;
    fill(&mut schema, &mut bytes, align);
    schema.byte_size = bytes.len() as u32;
    (schema, bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Verifies that a value of any schema goes guest, host, guest, host unchanged.
    #[test]
    fn any_value_of_any_schema_crosses_unchanged(parts in prop::collection::vec(any_value(2), 1..5)) {
        let (first, bytes) = any_struct("types::First", parts);
        let second = SchemaLayout { name: "types::Second".to_owned(), ..first.clone() };
        let term = |kind, schema: &SchemaLayout| Term { kind, schema: Some(schema.clone()) };
        // Each takes the value from where it is and gives it to a new entity.
        let give = |from: &str| format!(
            "(local.set $e (call $spawn (local.get $frame)))
             (memory.copy
                (call $record (local.get $frame) (i32.const 3) (local.get $e) (i32.const 0) (i32.const {size}))
                {from} (i32.const {size}))",
            size = bytes.len()
        );
        // The first runs while nobody has such a value, the other once.
        let while_rows = |rows: u32, from: &str| format!(
            "(if (i32.eq (call $rows (local.get $frame) (i32.const 0)) (i32.const {rows})) (then {}))",
            give(from),
        );
        let make = while_rows(0, "(i32.const 65536)");
        let copy = while_rows(1, "(call $column (local.get $frame) (i32.const 0) (i32.const 0))");
        let text: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let guest = Guest::new()
            .system(System::new("make", &make).query([term(TermKind::Read, &first)]).commands([term(TermKind::Insert, &first)]))
            .system(
                System::new("copy", &copy)
                    .query([term(TermKind::Read, &first)])
                    .commands([term(TermKind::Insert, &second)])
                    .after("make"),
            )
            .extra(&format!("(data (i32.const 65536) \"{text}\")"));
        let mut game = Game::new().script("types.wasm", guest.to_wasm()).start();
        game.steps(2);
        let world = game.world();
        let entities: Vec<Entity> = world.query::<Entity>().iter(world).collect();
        let read = |name: &str| -> Vec<Vec<u8>> {
            let registry = world.resource::<ScriptRegistry>();
            entities.iter().filter_map(|&entity| registry.read(world, entity, name)).collect()
        };
        prop_assert_eq!(read("types::First"), vec![bytes.clone()]);
        prop_assert_eq!(read("types::Second"), vec![bytes]);
    }
}
