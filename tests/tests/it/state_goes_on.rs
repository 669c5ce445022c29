//! What a script keeps goes on in its next version: state blocks, and the components that it defines.

mod components;
mod kept;
mod model;
mod versions;

use std::sync::Arc;

use bevy::prelude::*;
use bevy_peristyle::abi::{FieldType, SchemaKind};
use bevy_peristyle::{FieldLayout, ModuleStatus, Schema, SchemaLayout, Scripts, VariantLayout};
use peristyle_tests::components::Frozen;
use peristyle_tests::{Game, Guest, System, without, write};

use FieldType::{F32, F64, I8, I16, I32, U8, U16, U32, U64};

/// How many bytes of state the tests look at.
const BYTES: usize = 1024;

/// Where a module shows its state block, and takes a new one from where `set` is 1.
#[derive(Component, Schema, Clone, Copy)]
#[repr(C)]
struct Exchange {
    set: u32,
    input: [u8; BYTES],
    output: [u8; BYTES],
}

impl Exchange {
    const NEW: Self = Self { set: 0, input: [0; BYTES], output: [0; BYTES] };
}

/// A struct in the making, whose fields lie side by side.
#[derive(Clone)]
struct Fields(SchemaLayout);

fn fields(name: &str) -> Fields {
    Fields(SchemaLayout::new(name))
}

impl Fields {
    fn add(mut self, mut field: FieldLayout) -> Self {
        let layout = &mut self.0;
        field.offset = layout.byte_size;
        layout.byte_size += field.byte_size();
        layout.align = layout.align.max(field.align());
        layout.fields.push(field);
        self
    }

    fn one(self, name: &str, field_type: FieldType) -> Self {
        self.many(name, field_type, 1)
    }

    fn many(self, name: &str, field_type: FieldType, count: u32) -> Self {
        self.add(FieldLayout::new(name, 0, field_type, count))
    }

    fn nested(self, name: &str, schema: &SchemaLayout, count: u32) -> Self {
        let schema = Some(Arc::new(schema.clone()));
        self.add(FieldLayout { schema, ..FieldLayout::new(name, 0, FieldType::Nested, count) })
    }

    fn done(self) -> SchemaLayout {
        self.0
    }
}

/// An enum or flags of one byte.
fn names(kind: SchemaKind, variants: &[(&str, u64)]) -> SchemaLayout {
    let variant = |&(name, value): &(&str, u64)| VariantLayout { name: name.to_owned(), value };
    let mut variants: Vec<_> = variants.iter().map(variant).collect();
    variants.sort_by_key(|variant| variant.value);
    SchemaLayout { kind, byte_size: 1, variants, ..SchemaLayout::new("Names") }
}

/// Perhaps a value of two bytes or fewer.
fn option(value: FieldLayout) -> SchemaLayout {
    let tag = match value.align() {
        2 => U16,
        _ => U8,
    };
    SchemaLayout { kind: SchemaKind::Option, ..fields("Option").one("some", tag).add(value).done() }
}

/// A module that keeps a block and shows it.
fn keeps(schema: &SchemaLayout, first: &[u8]) -> Guest {
    let (state, bytes) = (Guest::state_address(), schema.byte_size);
    let output = 4 + BYTES;
    let body = format!(
        "(local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
         (if (call $rows (local.get $frame) (i32.const 0)) (then
            (if (i32.load (local.get $a)) (then
                (memory.copy (i32.const {state}) (i32.add (local.get $a) (i32.const 4)) (i32.const {bytes}))))
            (memory.copy (i32.add (local.get $a) (i32.const {output})) (i32.const {state}) (i32.const {bytes}))))"
    );
    let system = System::new("exchange", &body).query([write::<Exchange>(), without::<Frozen>()]);
    Guest::new().system(system).state_of("tally", schema, first)
}

/// A game with one module, `m`, whose versions follow each other.
struct Live {
    game: Game,
    shown: Entity,
    running: Vec<u8>,
}

impl Live {
    fn start(guest: &Guest) -> Self {
        let running = guest.to_wasm();
        let mut game = Game::new().component::<Exchange>().script("m.wasm", &running).start();
        assert_eq!(game.module("m").status, ModuleStatus::Running);
        let shown = game.spawn(Exchange::NEW);
        game.step();
        Self { game, shown, running }
    }

    /// Loads a version; why it was refused, where it was. Then the one before is put back.
    fn reload(&mut self, guest: &Guest) -> Result<(), String> {
        let bytes = guest.to_wasm();
        self.load(&bytes);
        let module = self.game.module("m");
        let Some(error) = module.last_error.clone() else {
            self.running = bytes;
            self.game.step();
            return Ok(());
        };
        let running = self.running.clone();
        self.load(&running);
        Err(error)
    }

    fn load(&mut self, bytes: &[u8]) {
        let before = (self.game.module("m").reloads, self.game.module("m").last_error.clone());
        self.game.write("m.wasm", bytes);
        assert!(self.game.world().resource_mut::<Scripts>().reload("m"));
        self.game.step_until("the new version is looked at", |game| {
            (game.module("m").reloads, &game.module("m").last_error) != (before.0, &before.1)
        });
    }

    /// The block as the module sees it.
    fn block(&self, schema: &SchemaLayout) -> String {
        schema.show(&self.game.get::<Exchange>(self.shown).output[..schema.byte_size as usize])
    }

    /// What was dropped with the last version.
    fn dropped(&self) -> Vec<String> {
        let moved = self.game.module("m").moved.iter();
        moved.flat_map(|moved| &moved.dropped).map(ToString::to_string).collect()
    }
}

/// The bytes of some numbers, one after the other.
macro_rules! bytes {
    ($($number:expr),* $(,)?) => {
        [$(&$number.to_le_bytes()[..]),*].concat()
    };
}

/// Verifies that fields are found by name wherever they are, grow wider, come and go.
#[test]
fn fields_move_by_name_grow_wider_come_and_go() {
    let first = fields("Tally")
        .one("count", U8)
        .one("level", I8)
        .one("id", U16)
        .one("old", U32)
        .one("ratio", F32)
        .one("debt", I16)
        .one("steps", U16);
    let mut live =
        Live::start(&keeps(&first.done(), &bytes![200u8, -3i8, 60_000u16, 7u32, 1.5f32, -9i16, 65_535u16]));
    let second = fields("Tally")
        .one("ratio", F64)
        .one("steps", F32)
        .one("id", U32)
        .one("bonus", U32)
        .one("count", U16)
        .one("level", I16)
        .one("debt", F64)
        .done();
    let fresh = bytes![0f64, 0f32, 0u32, 42u32, 0u16, 0i16, 0f64];
    live.reload(&keeps(&second, &fresh)).expect("nothing is lost");
    assert_eq!(
        live.block(&second),
        "Tally { ratio: 1.5, steps: 65535, id: 60000, bonus: 42, count: 200, level: -3, debt: -9 }"
    );
    assert_eq!(live.dropped(), ["`old` (u32), which held 7"]);
    let moved = &live.game.module("m").moved[0];
    assert_eq!(moved.added, ["bonus: u32"]);
    assert_eq!(moved.widened.len(), 6, "{:?}", moved.widened);
    assert_eq!(moved.widened[0], "ratio: f32 -> f64");
}

/// Verifies that a version which would lose values is refused with the reason, and that nothing has happened then;
/// that another name drops the value; and that a block may begin afresh instead.
#[test]
fn a_version_that_would_lose_values_is_refused() {
    let first = fields("Tally").one("count", U32).one("ratio", F32).done();
    let mut live = Live::start(&keeps(&first, &bytes![70_000u32, 0.5f32]));
    let version = live.game.module("m").version;
    for (schema, expected) in [
        (
            fields("Tally").one("count", U16).one("more", U16),
            "was u32 and is u16, which does not hold every u32",
        ),
        (fields("Tally").one("count", I32), "was u32 and is i32, which does not hold every u32"),
        (fields("Tally").one("count", F32), "was u32 and is f32, which does not hold every u32"),
        (fields("Tally").many("count", FieldType::Bool, 4), "which has another number of dimensions"),
        (fields("Tally").one("count", FieldType::Entity), "was u32 and is entity, which is something else"),
    ] {
        let schema = schema.done();
        let reason = live.reload(&keeps(&schema, &[])).expect_err("it would lose the count");
        assert!(reason.contains("state block `tally` cannot go on: field `count` "), "{reason}");
        assert!(reason.contains(expected) && reason.contains("another name"), "{reason}");
        assert_eq!(live.block(&first), "Tally { count: 70000, ratio: 0.5 }");
        assert_eq!((live.game.module("m").version, live.game.module("m").reloads), (version, 0));
    }
    let renamed = fields("Tally").one("tries", U16).one("more", U16).one("ratio", F32).done();
    live.reload(&keeps(&renamed, &bytes![1u16, 2u16, 3f32])).expect("the count is dropped");
    assert_eq!(live.block(&renamed), "Tally { tries: 1, more: 2, ratio: 0.5 }");
    assert_eq!(live.dropped(), ["`count` (u32), which held 70000"]);

    let narrow =
        fields("Tally").one("tries", U8).one("more", U8).one("reserved", U16).one("ratio", F32).done();
    let fresh = bytes![5u8, 6u8, 0u16, 7f32];
    live.reload(&keeps(&narrow, &fresh)).expect_err("it would lose tries");
    live.reload(&keeps(&narrow, &fresh).afresh()).expect("it begins afresh");
    assert_eq!(live.block(&narrow), "Tally { tries: 5, more: 6, reserved: 0, ratio: 7 }");
    assert_eq!(live.dropped(), ["all, which held Tally { tries: 1, more: 2, ratio: 0.5 }"]);
    assert!(live.game.module("m").moved[0].afresh.as_ref().is_some_and(|why| why.contains("field `tries`")));
    // Where it can go on it does, whatever its author has said.
    let wide = fields("Tally").one("ratio", F32).one("tries", U32).done();
    live.reload(&keeps(&wide, &[0; 8]).afresh()).expect("nothing is lost but `more`");
    assert_eq!(live.block(&wide), "Tally { ratio: 7, tries: 5 }");
}

/// Verifies that a block which is gone is named with what it held, and that new fields begin as `_initialize` says.
#[test]
fn a_block_that_is_gone_is_named_and_a_new_one_begins_as_the_module_says() {
    let first = fields("Tally").one("count", U32).done();
    let other = fields("Other").one("secret", U64).done();
    let guest = keeps(&first, &bytes![3u32]).state_of("other", &other, &bytes![99u64]);
    let mut live = Live::start(&guest);
    let second = fields("Tally").one("count", U32).one("from", U32).done();
    let initialize = format!(
        r#"(func (export "_initialize") (i64.store (i32.const {}) (i64.const 0x7b_0000_0064)))"#,
        Guest::state_address()
    );
    live.reload(&keeps(&second, &[0; 8]).extra(&initialize)).expect("nothing of it is lost");
    assert_eq!(live.block(&second), "Tally { count: 3, from: 123 }");
    assert_eq!(live.dropped(), ["all, which held Other { secret: 99 }"]);
}

/// Verifies that nested types move by their own fields, and arrays element by element.
#[test]
fn nested_types_and_arrays_move_element_by_element() {
    let slot = fields("Slot").one("age", U8).one("kind", U8).done();
    let first = fields("Tally").nested("slots", &slot, 2).many("marks", U8, 4).done();
    let mut live = Live::start(&keeps(&first, &[1, 2, 3, 4, 5, 6, 0, 0]));
    // A type within may be called otherwise.
    let slot = fields("Place").one("kind", U16).one("seen", U16).done();
    let second = fields("Tally").nested("slots", &slot, 3).many("marks", U16, 2).done();
    let fresh: Vec<u8> = (10..18u16).flat_map(u16::to_le_bytes).collect();
    live.reload(&keeps(&second, &fresh)).expect("what is cut off is zero");
    assert_eq!(
        live.block(&second),
        "Tally { slots: [Place { kind: 2, seen: 11 }, Place { kind: 4, seen: 13 }, Place { kind: 14, seen: 15 }], \
         marks: [5, 6] }"
    );
    assert_eq!(live.dropped(), ["`slots[].age` (u8), which held 1, 3"]);
    assert_eq!(live.game.module("m").moved[0].added, ["slots[].seen: u16", "slots[2..3]"]);

    let short = fields("Tally").nested("slots", &slot, 2).many("marks", U16, 2).done();
    let reason = live.reload(&keeps(&short, &[])).expect_err("it would lose a place");
    let expected = "field `slots` was [3]Place and is [2]Place, and its element 2, which has no place there, is \
                    Place { kind: 14, seen: 15 }";
    assert!(reason.contains(expected), "{reason}");
    assert_eq!(live.game.module("m").reloads, 1);
}

/// Verifies that arrays of several dimensions keep each element where its indices say.
#[test]
fn arrays_of_several_dimensions_move_by_their_indices() {
    let grid = |rows: u32, columns: u32| {
        let mut field = FieldLayout::new("grid", 0, U8, rows * columns);
        field.shape = vec![rows, columns];
        fields("Tally").add(field).done()
    };
    let mut live = Live::start(&keeps(&grid(2, 3), &[1, 2, 0, 4, 5, 0]));
    live.reload(&keeps(&grid(3, 2), &[9; 6])).expect("what is cut off is zero");
    assert_eq!(live.block(&grid(3, 2)), "Tally { grid: [1, 2, 4, 5, 9, 9] }");
    let reason = live.reload(&keeps(&grid(3, 1), &[9; 3])).expect_err("it would lose the second column");
    assert!(reason.contains("field `grid[0]` was [3][2]u8 and is [3][1]u8, and its element 1"), "{reason}");
    let reason = live.reload(&keeps(&fields("Tally").many("grid", U8, 6).done(), &[9; 6]));
    assert!(reason.expect_err("nobody knows the order").contains("another number of dimensions"));
}

/// Verifies that options, enums and flags go by what they mean, and are refused where that is gone.
#[test]
fn options_enums_and_flags_go_by_what_they_mean() {
    let mood = names(SchemaKind::Enum, &[("Calm", 0), ("Eager", 1)]);
    let tools = names(SchemaKind::Flags, &[("SAW", 1), ("AXE", 2), ("ROPE", 4)]);
    let first = fields("Tally")
        .nested("mood", &mood, 1)
        .nested("tools", &tools, 1)
        .nested("none", &option(FieldLayout::new("value", 0, U8, 1)), 1)
        .nested("some", &option(FieldLayout::new("value", 0, U8, 1)), 1)
        .done();
    let mut live = Live::start(&keeps(&first, &[1, 5, 0, 0, 1, 8]));

    let version = |moods: &[(&str, u64)], flags: &[(&str, u64)]| {
        let wide = option(FieldLayout::new("value", 0, U16, 1));
        fields("Tally")
            .nested("some", &wide, 1)
            .nested("none", &wide, 1)
            .nested("tools", &names(SchemaKind::Flags, flags), 1)
            .nested("mood", &names(SchemaKind::Enum, moods), 1)
            .done()
    };
    let (moods, flags) = ([("Eager", 3), ("Sad", 1)], [("ROPE", 1), ("SAW", 128)]);
    let calm = version(&[("Calm", 1), ("Sad", 0)], &flags);
    let reason = live.reload(&keeps(&calm, &[])).expect_err("nobody is eager any more");
    assert!(reason.contains("field `mood` is Eager, which is gone: Sad 0, Calm 1 are left"), "{reason}");
    let reason = live.reload(&keeps(&version(&moods, &flags[..1]), &[])).expect_err("the saw is gone");
    assert!(reason.contains("field `tools` is SAW, which is gone: ROPE 1 are left"), "{reason}");

    let second = version(&moods, &flags);
    // The fresh `none` holds something, and the one before does not.
    live.reload(&keeps(&second, &[0, 0, 0, 0, 1, 0, 7, 0, 0, 1])).expect("nothing is lost");
    assert_eq!(live.block(&second), "Tally { some: 8, none: none, tools: ROPE | SAW, mood: Eager }");
}
