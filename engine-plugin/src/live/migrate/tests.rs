#![allow(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use bevy_peristyle::{Maybe, Schema, SchemaLayout};
use peristyle_abi::FieldType;

use super::Migration;
use super::number::widens;

/// Verifies that a number becomes wider exactly where every value of the one type is one of the other.
#[test]
fn numbers_become_wider_where_no_value_is_lost() {
    use FieldType::{Bool, Entity, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    let wider: [(FieldType, &[FieldType]); 12] = [
        (U8, &[U16, U32, U64, I16, I32, I64, F32, F64]),
        (U16, &[U32, U64, I32, I64, F32, F64]),
        (U32, &[U64, I64, F64]),
        (U64, &[]),
        (I8, &[I16, I32, I64, F32, F64]),
        (I16, &[I32, I64, F32, F64]),
        (I32, &[I64, F64]),
        (I64, &[]),
        (F32, &[F64]),
        (F64, &[]),
        (Bool, &[]),
        (Entity, &[]),
    ];
    for (from, to) in wider {
        for &other in FieldType::ALL {
            assert_eq!(widens(from, other), to.contains(&other), "{from} -> {other}");
        }
    }
}

#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct Signs {
    a: i8,
    b: i8,
    c: i16,
    d: f32,
}

#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct WideSigns {
    d: f64,
    a: i64,
    b: f32,
    c: i32,
}

/// Verifies that signs, and whole numbers in floats, come out right, and a NaN as the one that all machines have.
#[test]
fn signs_and_nans_come_out_right() {
    let migration = Migration::between(&SchemaLayout::of::<Signs>(), &SchemaLayout::of::<WideSigns>());
    let migration = migration.expect("all are wider");
    let mut report = migration.report();
    let mut new = [0; 24];
    let mut old = [0; 8];
    old[0] = 0xff;
    old[1] = 0x80;
    old[2..4].copy_from_slice(&(-300i16).to_le_bytes());
    old[4..].copy_from_slice(&f32::from_bits(0xffc0_1234).to_le_bytes());
    migration.apply(&old, &mut new, &mut report).expect("nothing is in the way");
    assert_eq!(new[..8], 0x7ff8_0000_0000_0000_u64.to_le_bytes());
    assert_eq!(new[8..16], (-1i64).to_le_bytes());
    assert_eq!(new[16..20], (-128f32).to_le_bytes());
    assert_eq!(new[20..], (-300i32).to_le_bytes());
    assert_eq!(report.widened, ["d: f32 -> f64", "a: i8 -> i64", "b: i8 -> f32", "c: i16 -> i32"]);
}

#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct Pair {
    x: u8,
}

#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct Triple {
    y: u8,
    x: u8,
}

#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct MaybePair {
    pair: Maybe<Pair>,
}

#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct MaybeTriple {
    pair: Maybe<Triple>,
}

/// Verifies that a new field within an option begins as the fresh one's, if that is there, and as nothing otherwise.
#[test]
fn new_fields_within_options_begin_as_the_fresh_value_says() {
    let (old, new) = (SchemaLayout::of::<MaybePair>(), SchemaLayout::of::<MaybeTriple>());
    let migration = Migration::between(&old, &new).expect("nothing is lost");
    for (old, fresh, expected) in
        [([1, 5], [1, 7, 8], [1, 7, 5]), ([1, 5], [0, 0, 0], [1, 0, 5]), ([0, 0], [1, 7, 8], [0, 0, 0])]
    {
        let mut value = fresh;
        migration.apply(&old, &mut value, &mut migration.report()).expect("nothing is lost");
        assert_eq!(value, expected);
    }
    let error =
        migration.apply(&[2, 0], &mut [0; 3], &mut migration.report()).expect_err("that is no option");
    assert_eq!(error.to_string(), "field `pair` holds 2, where an option begins with 0 or 1");
}
