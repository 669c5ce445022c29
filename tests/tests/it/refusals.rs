//! What cannot run is refused with a reason that says what to do, and the rest plays on.

use bevy_peristyle::abi::{FieldType, SystemDescriptor, TermKind};
use bevy_peristyle::{FieldLayout, SchemaLayout};
use peristyle_tests::components::{Counter, Frozen, Ping, Position, Score, Velocity};
use peristyle_tests::{Game, Guest, System, Term, read, with, without, write};

/// Why a file does not run, while another module does.
fn reason(bytes: impl AsRef<[u8]>) -> String {
    let good = Guest::new().system(System::increments("count", [write::<Counter>()]));
    let mut game = Game::new().script("bad.wasm", bytes).script("good.wasm", good.to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    game.steps(2);
    assert_eq!(game.get::<Counter>(counter).value, 2, "the other module plays on");
    game.failure("bad")
}

fn reason_of(guest: &Guest) -> String {
    reason(guest.to_wasm())
}

fn idle() -> System {
    System::new("idle", "").query([read::<Counter>()])
}

/// A guest whose idea of `Position` was changed.
fn misled(change: impl FnOnce(&mut SchemaLayout)) -> Guest {
    let mut schema = SchemaLayout::of::<Position>();
    change(&mut schema);
    Guest::new().system(System::new("look", "").query([Term { kind: TermKind::Read, schema: Some(schema) }]))
}

#[track_caller]
fn assert_says(reason: &str, parts: &[&str]) {
    for part in parts {
        assert!(reason.contains(part), "`{part}` is missing in: {reason}");
    }
}

/// Verifies that bytes which are no module are refused.
#[test]
fn files_that_are_no_modules() {
    assert_says(&reason(b"not wasm at all"), &["not valid WebAssembly"]);
    assert_says(&reason(b""), &["the file is empty"]);
    // Text belongs into a file that says so.
    assert_says(&reason(Guest::new().system(idle()).to_wat()), &["begins with \"(module", "`.wat` file"]);
    let good = Guest::new().system(idle()).to_wasm();
    assert_says(&reason(&good[..good.len() - 7]), &["not valid WebAssembly"]);
}

/// Verifies that every difference between the module's and the game's layout is named.
#[test]
fn layout_mismatches_name_the_field_and_both_sides() {
    let swapped = misled(|schema| {
        schema.fields[0].offset = 4;
        schema.fields[1].offset = 0;
    });
    assert_says(
        &reason_of(&swapped),
        &[
            "`look`",
            "`Position`",
            "field `x` is at offset 0 in the game and at 4",
            "the game has `Position { x: f32, y: f32, z: f32 }`",
        ],
    );
    let wrong_type = misled(|schema| schema.fields[2].field_type = FieldType::I32);
    assert_says(&reason_of(&wrong_type), &["field `z` is f32 in the game and i32 in the module"]);
    let renamed = misled(|schema| schema.fields[1].name = "why".to_owned());
    assert_says(&reason_of(&renamed), &["the game's field `y` (f32 at offset 4) is missing"]);
    let larger = misled(|schema| {
        schema.byte_size = 16;
        schema.fields.push(FieldLayout::new("w", 12, FieldType::F32, 1));
    });
    assert_says(&reason_of(&larger), &["the module's field `w` does not exist in the game", "x, y, z"]);
    let padded = misled(|schema| schema.byte_size = 16);
    assert_says(&reason_of(&padded), &["schema `Position`", "bytes 12 to 16 that belong to no field"]);
    let aligned = misled(|schema| schema.align = 2);
    assert_says(&reason_of(&aligned), &["12 bytes aligned to 4 in the game", "aligned to 2 in the module"]);
    let gap = misled(|schema| {
        schema.byte_size = 16;
        schema.fields[2].offset = 12;
    });
    assert_says(&reason_of(&gap), &["field `z` at offset 12, and no field at 8"]);
    let nothing = misled(|schema| schema.fields[2].count = 0);
    assert_says(&reason_of(&nothing), &["field `z`", "has no elements"]);
    let outside = misled(|schema| schema.byte_size = 8);
    assert_says(&reason_of(&outside), &["field `z`", "ends at byte 12 of a row of 8"]);
}

/// Verifies that an unknown component lists the known ones.
#[test]
fn an_unknown_component_lists_what_the_game_offers() {
    let guest = misled(|schema| schema.name = "Positoin".to_owned());
    assert_says(&reason_of(&guest), &["`Positoin`", "Position", "Velocity"]);
}

/// Verifies that a system may not map one component twice.
#[test]
fn queries_that_could_touch_one_row_twice() {
    let twice = Guest::new().system(System::new("s", "").query([read::<Counter>(), write::<Counter>()]));
    assert_says(&reason_of(&twice), &["`Counter` is there twice"]);
    let overlapping =
        Guest::new().system(System::new("s", "").query([write::<Counter>()]).query([read::<Counter>()]));
    assert_says(&reason_of(&overlapping), &["queries 0 and 1", "`Counter`", "with or without"]);
    let unbounded = Guest::new().system(System::new("s", "").query([without::<Frozen>()]));
    assert_says(&reason_of(&unbounded), &["no term that a row must have"]);
    // Kept apart by with and without, the same two queries are fine.
    let apart = Guest::new().system(
        System::new("s", "")
            .query([write::<Counter>(), without::<Frozen>()])
            .query([read::<Counter>(), with::<Frozen>()]),
    );
    let mut game = Game::new().script("apart.wasm", apart.to_wasm()).start();
    game.step();
    assert_eq!(game.system("apart", "s").stats.calls, 1);
}

/// Verifies that wrong imports and exports are named.
#[test]
fn wrong_imports_and_exports() {
    let wasi = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)) (memory (export "memory") 1)
        (global (export "peristyle_manifest") i32 (i32.const 0)))"#;
    assert_says(&reason(wat(wasi)), &["`wasi_snapshot_preview1::fd_write`", "peristyle::log"]);
    let log = r#"(module (import "peristyle" "log" (func (param f64))) (memory (export "memory") 1)
        (global (export "peristyle_manifest") i32 (i32.const 0)))"#;
    assert_says(&reason(wat(log)), &["`peristyle::log`", "(f64)", "(i32, i32, i32)"]);
    assert_says(&reason(wat("(module)")), &["export `memory` is missing"]);
    assert_says(
        &reason(wat(r#"(module (memory (export "memory") 1))"#)),
        &["`peristyle_manifest` is missing"],
    );
    let mutable = r#"(module (memory (export "memory") 1)
        (global (export "peristyle_manifest") (mut i32) (i32.const 0)))"#;
    assert_says(&reason(wat(mutable)), &["a mutable i32 global", "an immutable i32 global"]);
    let signature = Guest::new()
        .system(idle())
        .to_wat()
        .replace("(param $frame i32) (result i32) (local $a", "(param $frame i64) (result i32) (local $a");
    let signature =
        signature.replace("(export \"idle\") (param $frame i32)", "(export \"idle\") (param $frame i64)");
    assert_says(&reason(wat(&signature)), &["system `idle`", "(i64) -> (i32)", "(frame: i32) -> i32"]);
}

/// Verifies that what would make two machines differ is refused.
#[test]
fn what_is_not_deterministic_or_runs_too_early() {
    let start = Guest::new().system(idle()).extra("(func $begin) (start $begin)");
    assert_says(&reason_of(&start), &["start"]);
    let relaxed = Guest::new()
        .system(idle())
        .extra("(func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))");
    assert_says(&reason_of(&relaxed), &["relaxed SIMD (`I8x16RelaxedSwizzle`)", "not permitted"]);
}

/// Verifies the header of the manifest.
#[test]
fn manifests_of_another_kind_or_version() {
    let magic = Guest::new().system(idle()).edit_manifest(|manifest| manifest.magic = 7);
    assert_says(&reason_of(&magic), &["no manifest at 0x400", "PRST"]);
    let newer = Guest::new().system(idle()).edit_manifest(|manifest| manifest.abi_version = 2);
    assert_says(&reason_of(&newer), &["ABI version 2", "version 1", "update the game"]);
    let smaller = Guest::new().system(idle()).edit_manifest(|manifest| manifest.size = 60);
    assert_says(&reason_of(&smaller), &["the manifest says that it is 60 bytes", "64"]);
    let outside = Guest::new().system(idle()).edit_manifest(|manifest| manifest.systems.ptr = 0xffff_fff0);
    assert_says(&reason_of(&outside), &["system 0", "outside of the module's memory"]);
}

/// Verifies that a feature which the host lacks is refused by its name.
#[test]
fn features_that_the_host_lacks_are_named() {
    let guest = Guest::new().system(idle()).edit_manifest(|manifest| manifest.features = 1 << 40 | 1 << 63);
    assert_says(&reason_of(&guest), &["feature bit 40", "feature bit 63"]);
}

/// Verifies that what the contract keeps for later must be left at 0.
#[test]
fn reserved_fields_must_be_zero() {
    let flags = Guest::new().system(idle()).edit_manifest(|manifest| manifest.flags = 2);
    assert_says(&reason_of(&flags), &["the manifest: `flags`", "must be 0, not 0x2"]);
    let components = Guest::new().system(idle()).edit_manifest(|manifest| manifest.components.len = 1);
    assert_says(&reason_of(&components), &["`components.len`"]);
}

/// Verifies that a name of the module's own that is mistyped is found at once.
#[test]
fn a_mistyped_name_of_an_own_system_lists_the_known_ones() {
    let typo =
        Guest::new().system(idle()).system(System::new("other", "").query([read::<Counter>()]).after("idel"));
    assert_says(&reason_of(&typo), &["system `other` names `idel`", "it has: idle, other"]);
    let full = Guest::new()
        .system(idle())
        .system(System::new("other", "").query([read::<Counter>()]).after("bad::idel"));
    assert_says(&reason_of(&full), &["`bad::idel`"]);
}

/// Verifies that an unknown number in a descriptor lists the known ones.
#[test]
fn unknown_codes_list_the_known_ones() {
    // The first system's schedule is the second word of its descriptor.
    let guest = Guest::new().system(idle());
    let mut wasm = guest.to_wasm();
    let size = (size_of::<SystemDescriptor>() as u32).to_le_bytes();
    let at = wasm
        .windows(8)
        .position(|bytes| bytes[..4] == size && bytes[4..] == [0; 4])
        .expect("a system descriptor");
    wasm[at + 4] = 9;
    assert_says(&reason(wasm), &["the schedule of system `idle` is 9", "0 FixedUpdate, 1 Update, 2 First"]);
}

/// Verifies that names must be unique, and state blocks apart.
#[test]
fn names_used_twice_and_blocks_that_overlap() {
    let twice = Guest::new().system(idle()).system(idle());
    let wat_text = twice.to_wat().replacen("(export \"idle\")", "(export \"other\")", 1);
    assert_says(&reason(wat(&wat_text)), &["system `idle` is used twice"]);
    let overlapping =
        Guest::new().system(idle()).state::<Counter>("a", &[0; 4]).arena(Guest::state_address() - 8, 64);
    assert_says(&reason_of(&overlapping), &["the arena", "state block `a`", "overlap"]);
    let outside = Guest::new().system(idle()).arena(131_000, 1_000);
    assert_says(&reason_of(&outside), &["the arena", "outside"]);
    let separator = Guest::new().system(System::new("a::b", "").query([read::<Counter>()]));
    assert_says(&reason_of(&separator), &["`a::b`", "::"]);
}

/// Verifies that a module which prepares itself badly does not run.
#[test]
fn initialize_that_traps_or_never_ends() {
    let traps = Guest::new().system(idle()).extra(r#"(func (export "_initialize") (unreachable))"#);
    assert_says(&reason_of(&traps), &["`_initialize` failed", "unreachable"]);
    let endless = Guest::new().system(idle()).extra(r#"(func (export "_initialize") (loop $l (br $l)))"#);
    assert_says(&reason_of(&endless), &["`_initialize` used up its fuel"]);
}

/// Verifies that a file which is not there is survived.
#[test]
fn a_missing_file() {
    let mut game = Game::new();
    bevy_peristyle::PeristyleAppExt::add_script(&mut game.app, "nowhere.wasm");
    let mut game = game.start();
    game.steps(2);
    assert_says(&game.failure("nowhere"), &["nowhere.wasm"]);
}

/// Verifies that the text format is loaded too, and that an error in it shows the line.
#[test]
fn text_format_modules_load_and_their_errors_show_the_line() {
    let good = Guest::new().system(System::increments("count", [write::<Counter>(), read::<Velocity>()]));
    let bad = "(module\n  (func (export \"f\") (result i32)\n    (i32.const 1) (i32.bad))\n)";
    let mut game = Game::new().script("good.wat", good.to_wat()).script("bad.wat", bad).start();
    let counter = game.spawn((Counter { value: 0 }, Velocity::default()));
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 1);
    assert_says(&game.failure("bad"), &["3:20", "i32.bad"]);
}

fn wat(text: &str) -> Vec<u8> {
    ::wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Verifies that no part of a module is taken for a module: what a full disk or a broken download
/// leaves behind.
#[test]
fn no_part_of_a_module_is_a_module() {
    let whole = Guest::new().system(idle()).state::<Counter>("state", &[1, 2, 3, 4]).to_wasm();
    for part in (0..24).map(|part| whole.len() * part / 24) {
        let game = Game::new().script("bad.wasm", &whole[..part]).start();
        assert_says(&game.failure("bad"), &[]);
    }
}

/// Verifies that an error about a name says what may have been meant.
#[test]
fn names_that_are_not_there_come_with_a_hint() {
    let renamed = misled(|schema| schema.name = "Positoin".to_owned());
    assert_says(&reason_of(&renamed), &["`Positoin`", "did you mean `Position`?"]);
    let resource = Guest::new().system(System::new("look", "").query([read::<Score>(), read::<Position>()]));
    assert_says(&reason_of(&resource), &["`Score` is a resource here, and no component"]);
    let message = Guest::new().system(System::new("look", "").resource(read::<Ping>()));
    assert_says(&reason_of(&message), &["`Ping` is a kind of messages here, and no resource"]);
    let event = Guest::new().system(System::new("look", "").on(read::<Ping>()));
    assert_says(&reason_of(&event), &["`Ping` is a kind of messages here, and no event"]);
}
