//! Fields of all types: nested structs, enums, options, flags, vectors and arrays of several dimensions.

use std::sync::Arc;

use bevy::color::LinearRgba;
use bevy::prelude::*;
use bevy_peristyle::abi::{FieldType, SchemaKind, TermKind};
use bevy_peristyle::{
    FieldLayout, Maybe, Schema, SchemaLayout, ScriptEntity, ScriptEntityExt, VariantLayout, flags,
};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, Term, insert, optional_read, write};

mod guests;
mod random;

/// What a drone is about to do.
#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
enum Mood {
    #[default]
    Calm,
    Eager = 4,
}

flags! {
    /// What a drone can do.
    struct Abilities: u8 {
        FLY = 1;
        SWIM = 4;
    }
}

#[derive(Schema, Clone, Copy, Debug, PartialEq, Default)]
#[repr(C)]
struct Slot {
    count: u16,
    mood: Mood,
    full: bool,
}

/// The offsets are those that the tests' guests write at.
#[derive(Component, Schema, Clone, Copy, Debug, PartialEq, Default)]
#[repr(C)]
struct Everything {
    /// 0
    friend: Maybe<ScriptEntity>,
    /// 16
    slots: [Slot; 2],
    /// 24
    goal: Maybe<Vec2>,
    /// 36
    mood: Mood,
    /// 37
    abilities: Abilities,
    /// 38
    level: Maybe<u8>,
    /// 40
    heat: [[[f32; 2]; 3]; 2],
}

/// Vectors that some processors align to 16 bytes.
#[derive(Component, Schema, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
struct Placement {
    rotation: Quat,
    corner: Vec4,
    frame: Mat4,
    tint: LinearRgba,
}

/// A component that is an enum itself.
#[derive(Component, Schema, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
enum Phase {
    Rest = 1,
    Work = 300,
}

/// Runs `body` once over one entity with `value`.
fn after<T: Component<Mutability = bevy::ecs::component::Mutable> + Schema>(
    value: T,
    body: &str,
) -> (T, Option<String>) {
    let system = System::new("write", body).query([write::<T>()]);
    let mut game =
        Game::new().component::<T>().script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let entity = game.spawn(value);
    game.step();
    let fault = game.system("guest", "write").stats.last_fault.as_ref().map(ToString::to_string);
    (game.get::<T>(entity), fault)
}

/// WAT that stores a number of `bytes` bytes at `offset` of row 0.
fn store(bytes: u32, offset: u32, value: u32) -> String {
    let width = match bytes {
        1 => "8",
        2 => "16",
        _ => "",
    };
    format!(
        "(i32.store{width} offset={offset} (call $column (local.get $frame) (i32.const 0) (i32.const 0))
            (i32.const {value}))"
    )
}

/// Verifies that good values of every type arrive.
#[test]
fn good_values_of_nested_types_are_written() {
    let body = [
        store(2, 20, 9),
        store(1, 22, 4),
        store(1, 23, 1),
        store(4, 24, 1),
        store(4, 28, 0x3f80_0000),
        store(1, 36, 4),
        store(1, 37, 5),
        store(1, 38, 1),
        store(1, 39, 77),
        store(4, 40 + 4 * 11, 0x4000_0000),
    ];
    let (after, fault) = after(Everything::default(), &body.concat());
    assert_eq!(fault, None);
    let expected = Everything {
        slots: [Slot::default(), Slot { count: 9, mood: Mood::Eager, full: true }],
        goal: Some(Vec2::X).into(),
        mood: Mood::Eager,
        abilities: Abilities::FLY | Abilities::SWIM,
        level: Some(77).into(),
        heat: [[[0.0; 2]; 3], [[0.0; 2], [0.0; 2], [0.0, 2.0]]],
        ..Everything::default()
    };
    assert_eq!(after, expected);
}

/// Verifies that a bad value of each type is a fault that names the way to it, and writes nothing.
#[test]
fn bad_values_of_nested_types_are_faults_that_name_the_way_to_them() {
    let cases = [
        (
            store(1, 22, 3),
            "`Everything.slots[1].mood` holds 3, where it must be a value of `Mood`: Calm 0, Eager 4",
        ),
        (store(1, 19, 2), "`Everything.slots[0].full` holds 2, where it must be 0 or 1, for a bool"),
        (store(4, 24, 2), "`Everything.goal.some` holds 2, where it must be 0 or 1, for an option"),
        (store(1, 36, 1), "`Everything.mood` holds 1, where it must be a value of `Mood`"),
        (
            store(1, 37, 2),
            "`Everything.abilities` holds 2, where it must be flags of `Abilities`: FLY 1, SWIM 4",
        ),
        (
            store(4, 0, 1) + &store(4, 8, 5) + &store(4, 12, 0xffff_ffff),
            "`Everything.friend.value` holds the provisional id 0xffffffff00000005",
        ),
    ];
    for (body, expected) in cases {
        let (after, fault) = after(Everything::default(), &(store(2, 16, 8) + &body));
        let fault = fault.unwrap_or_default();
        assert!(fault.contains(expected), "{fault}");
        assert_eq!(after, Everything::default());
    }
}

/// Verifies that what lies in an option without a value does not live on.
#[test]
fn the_bytes_of_a_value_that_is_not_there_are_zeros() {
    let (after, fault) = after(Everything::default(), &store(1, 39, 200));
    assert_eq!((after, fault), (Everything::default(), None));
    let taken = Everything { level: Some(200).into(), ..Everything::default() };
    let (after, fault) = self::after(taken, &store(1, 38, 0));
    assert_eq!(fault, None);
    assert_eq!(after, Everything::default());
}

/// Verifies vectors, quaternions, matrices and colors, whatever their alignment is here.
#[test]
fn vectors_and_matrices_cross_as_their_numbers() {
    let schema = SchemaLayout::of::<Placement>();
    assert_eq!((schema.byte_size, schema.align), (112, 4));
    assert_eq!(
        schema.to_string(),
        "Placement { rotation: [4]f32, corner: [4]f32, frame: [4][4]f32, tint: [4]f32 }"
    );
    let wide = Placement {
        rotation: Quat::IDENTITY,
        corner: Vec4::ZERO,
        frame: Mat4::IDENTITY,
        tint: LinearRgba::BLACK,
    };
    let (after, fault) = after(wide, &(store(4, 16, 0x4000_0000) + &store(4, 96, 0x3f00_0000)));
    assert_eq!(fault, None);
    assert_eq!(after.corner, Vec4::new(2.0, 0.0, 0.0, 0.0));
    assert_eq!(after.tint.red, 0.5);
    assert_eq!(after.frame, Mat4::IDENTITY);
}

/// Verifies that a command gives such a component from a place that is aligned as the type asks.
#[test]
fn a_component_of_wide_vectors_can_be_given() {
    let body = "(if (i32.eqz (call $rows (local.get $frame) (i32.const 0))) (then
        (local.set $e (call $spawn (local.get $frame)))
        (f32.store (call $record (local.get $frame) (i32.const 3) (local.get $e) (i32.const 0) (i32.const 112))
            (f32.const 1))))";
    let system = System::new("make", body).query([write::<Placement>()]).commands([insert::<Placement>()]);
    let mut game = Game::new()
        .component::<Placement>()
        .script("guest.wasm", Guest::new().system(system).to_wasm())
        .start();
    game.steps(2);
    let made: Vec<Placement> = game.world().query::<&Placement>().iter(game.app.world()).copied().collect();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].rotation.x, 1.0);
}

/// Verifies a component that is an enum.
#[test]
fn a_component_may_be_an_enum() {
    assert_eq!(after(Phase::Rest, &store(2, 0, 300)), (Phase::Work, None));
    let (phase, fault) = after(Phase::Rest, &store(2, 0, 2));
    assert_eq!(phase, Phase::Rest);
    assert_eq!(
        fault.unwrap_or_default(),
        "bad write: row 0 of `Phase` holds 2, where it must be a value of `Phase`: Rest 1, Work 300"
    );
}

/// Verifies that rows which lack an enum hold one of its values, so that no guest sees another.
#[test]
fn rows_without_an_enum_hold_its_least_value() {
    let body = "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 1))
        (i32.load16_u (call $column (local.get $frame) (i32.const 0) (i32.const 0))))";
    let query = [optional_read::<Phase>(), write::<Counter>()];
    let guest = Guest::new().system(System::new("look", body).query(query));
    let mut game = Game::new().component::<Phase>().script("guest.wasm", guest.to_wasm()).start();
    let counter = game.spawn(Counter { value: 7 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 1);
    game.world().entity_mut(counter).insert(Phase::Work);
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 300);
}

/// Verifies that ids of entities in nested types become real when commands are applied.
#[test]
fn provisional_ids_in_nested_types_become_real() {
    let body = "(if (i32.eqz (call $rows (local.get $frame) (i32.const 0))) (then
        (local.set $e (call $spawn (local.get $frame)))
        (local.set $a (call $record (local.get $frame) (i32.const 3) (local.get $e) (i32.const 0) (i32.const 88)))
        (i64.store (local.get $a) (i64.const 1))
        (i64.store offset=8 (local.get $a) (local.get $e))))";
    let system = System::new("make", body).query([write::<Everything>()]).commands([insert::<Everything>()]);
    let mut game = Game::new()
        .component::<Everything>()
        .script("guest.wasm", Guest::new().system(system).to_wasm())
        .start();
    game.step();
    let (entity, everything) = game
        .world()
        .query::<(Entity, &Everything)>()
        .single(game.app.world())
        .map(|(e, x)| (e, *x))
        .expect("one");
    assert_eq!(everything.friend.get(), Some(ScriptEntity::of(entity)));
}

type Change = fn(&mut SchemaLayout);

/// The reason why a module is refused whose idea of `Everything` was changed.
fn refusal(change: impl FnOnce(&mut SchemaLayout)) -> String {
    let mut schema = SchemaLayout::of::<Everything>();
    change(&mut schema);
    let term = Term { kind: TermKind::Read, schema: Some(schema) };
    let guest = Guest::new().system(System::new("look", "").query([term]));
    let game = Game::new().component::<Everything>().script("guest.wasm", guest.to_wasm()).start();
    game.failure("guest")
}

fn nested(schema: &mut SchemaLayout, field: usize) -> &mut SchemaLayout {
    Arc::make_mut(schema.fields[field].schema.as_mut().expect("a schema"))
}

/// Verifies that differences within types are named with the way to them.
#[test]
fn a_different_nested_type_is_named() {
    let cases: [(&str, Change); 8] = [
        (
            "in field `slots`: in field `mood`: the values are Calm 0, Eager 4 in the game and Calm 0, Eager 5",
            |schema| {
                nested(nested(schema, 1), 1).variants[1].value = 5;
            },
        ),
        ("in field `slots`: the game's field `full` (bool at offset 3) is missing", |schema| {
            nested(schema, 1).fields[2].name = "empty".to_owned();
        }),
        ("field `heat` is [2][3][2]f32 in the game and [3][2][2]f32 in the module", |schema| {
            schema.fields[6].shape = vec![3, 2, 2];
        }),
        ("in field `mood`: it is of the kind enum in the game and flags in the module", |schema| {
            nested(schema, 3).kind = SchemaKind::Flags;
        }),
        ("field `heat` of schema `Everything` has 12 elements, and its dimensions make 8", |schema| {
            schema.fields[6].shape = vec![2, 2, 2];
        }),
        ("schema `Maybe` is an option, so it has the fields `some`", |schema| {
            nested(schema, 2).fields[0].name = "none".to_owned();
        }),
        ("schema `Mood` has two names for one number", |schema| {
            nested(schema, 3).variants.push(VariantLayout { name: "Again".to_owned(), value: 4 });
        }),
        ("variant `Eager` of schema `Mood` is 400, which 1 bytes do not hold", |schema| {
            nested(schema, 3).variants[1].value = 400;
        }),
    ];
    for (expected, change) in cases {
        let reason = refusal(change);
        assert!(reason.contains(expected), "`{expected}` is missing in: {reason}");
    }
}

/// The type that lies so deep in another.
fn deep_inner(schema: &SchemaLayout, depth: u32) -> &Arc<SchemaLayout> {
    let inner = schema.fields[0].schema.as_ref().expect("a nested type");
    if depth == 1 { inner } else { deep_inner(inner, depth - 1) }
}

/// Verifies that a schema which contains itself, or very many fields, is refused and hangs nothing.
#[test]
fn schemas_without_end_are_refused() {
    let mut deep = SchemaLayout::of::<Slot>();
    for _ in 0..9 {
        let mut outer = SchemaLayout::new("Deep");
        (outer.byte_size, outer.align) = (deep.byte_size, deep.align);
        outer.fields.push(FieldLayout {
            schema: Some(Arc::new(deep)),
            ..FieldLayout::new("inner", 0, FieldType::Nested, 1)
        });
        deep = outer;
    }
    let reason = refusal(|schema| *schema = deep.clone());
    assert!(reason.contains("lies deeper than 8 types in each other"), "{reason}");
    // Nor where what lies within was read before, for a term of its own.
    let half = Arc::clone(deep_inner(&deep, 5));
    let terms =
        [(*half).clone(), deep.clone()].map(|schema| Term { kind: TermKind::Read, schema: Some(schema) });
    let guest = Guest::new().system(System::new("look", "").query(terms));
    let game = Game::new().component::<Everything>().script("guest.wasm", guest.to_wasm()).start();
    let reason = game.failure("guest");
    assert!(reason.contains("lies deeper than 8 types in each other"), "{reason}");
    let mut long = SchemaLayout::new("Long");
    long.byte_size = 1025;
    long.fields = (0..1025).map(|at| FieldLayout::new(&format!("f{at}"), at, FieldType::U8, 1)).collect();
    let reason = refusal(|schema| *schema = long);
    assert!(
        reason.contains("schema `Long` has 1025 fields with those of its nested types; 1024 are"),
        "{reason}"
    );
}
