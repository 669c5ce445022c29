//! The contract itself: one layout in every language, and modules of the first day still run.

use std::fmt::Write;

use bevy::prelude::*;
use bevy_peristyle::Schema;
use peristyle_tests::Game;
use peristyle_tests::components::Counter;
use wasmi::{Engine, Linker, Module, Store};

/// A file of this package.
fn file(path: &str) -> Vec<u8> {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Verifies that Zig sees every struct of the contract with the size and offsets of the Rust
/// definition.
#[test]
fn rust_and_zig_print_the_same_layout() {
    let engine = Engine::default();
    let module = Module::new(&engine, file("guests/built/zig_layout.wasm")).expect("a module");
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("peristyle", "log", |_: i32, _: i32, _: i32| {}).expect("a name of its own");
    linker
        .func_wrap("peristyle", "fault", |_: i32, _: i32, _: i32, _: i32, _: i32, _: i32| {})
        .expect("a name of its own");
    let instance = linker.instantiate_and_start(&mut store, &module).expect("an instance");
    let address = |name: &str| {
        let value = instance.get_global(&store, name).expect("the export").get(&store);
        usize::try_from(value.i32().expect("an i32")).expect("an address")
    };
    let memory = instance.get_memory(&store, "memory").expect("a memory").data(&store);
    let len = memory[address("layout_table_len")..].first_chunk().expect("a length");
    let zig = &memory[address("layout_table")..][..u32::from_le_bytes(*len) as usize];

    let mut rust = String::new();
    bevy_peristyle::abi::layout::write_table(&mut rust).expect("a string takes it");
    assert_eq!(std::str::from_utf8(zig).expect("text"), rust);
}

/// Verifies that C asserts the same of its structs: their sizes and all of their fields' offsets.
#[test]
fn rust_and_c_have_the_same_layout() {
    let header = String::from_utf8(file("../guest-api/c/peristyle_layout.h")).expect("text");
    let mut c = String::new();
    for line in header.lines().filter_map(|line| line.strip_suffix(");")) {
        if let Some((name, size)) =
            line.strip_prefix("PERISTYLE_SIZE(Peristyle").and_then(|row| row.split_once(", "))
        {
            writeln!(c, "{name} {size}").expect("a string takes it");
        } else if let Some((_, row)) = line.strip_prefix("PERISTYLE_AT(").and_then(|row| row.split_once(", "))
        {
            writeln!(c, "  {}", row.replace(", ", " ")).expect("a string takes it");
        }
    }
    let mut rust = String::new();
    bevy_peristyle::abi::layout::write_table(&mut rust).expect("a string takes it");
    assert_eq!(c, rust);
}

/// Verifies that a module built on the first day of ABI v1 still runs. Never rebuild the fixture.
#[test]
fn frozen_modules_of_version_1_still_run() {
    let mut game = Game::new().script("counter.wasm", file("fixtures/frozen_v1_counter.wasm")).start();
    let counter = game.spawn(Counter { value: 0 });
    game.steps(3);
    assert_eq!(game.get::<Counter>(counter).value, 3);

    /// As the module of the first day knew it.
    #[derive(Component, Schema, Clone, Copy, Default)]
    #[repr(C)]
    struct Beacon {
        period: u32,
        offset: u32,
        level: f32,
    }
    let game = Game::new().component::<Beacon>();
    let mut game = game.script("beacon.wasm", file("fixtures/frozen_v1_beacon.wasm")).start();
    let beacon = game.spawn(Beacon { period: 10, offset: 3, level: -1.0 });
    game.steps(4);
    let Beacon { period, offset, level } = game.get::<Beacon>(beacon);
    assert_eq!((period, offset), (10, 3));
    assert!((0.0..=1.0).contains(&level), "{level}");
    assert_eq!(game.system("beacon", "blink").stats.faults, 0);
}

/// Verifies the module that the contract's documentation ends with, word for word.
#[test]
fn the_module_in_the_documentation_runs() {
    let wat = String::from_utf8(file("fixtures/minimal.wat")).expect("text");
    let readme = String::from_utf8(file("../guest-api/README.md")).expect("text");
    assert!(
        readme.contains(wat.trim()),
        "guest-api/README.md shows another module than tests/fixtures/minimal.wat"
    );
    let mut game = Game::new().script("minimal.wat", wat).start();
    let counters = [5, 6, 7].map(|value| game.spawn(Counter { value }));
    game.steps(2);
    assert_eq!(counters.map(|counter| game.get::<Counter>(counter).value), [7, 8, 9]);
    assert_eq!(game.system("minimal", "count").stats.faults, 0);
}

/// Verifies that fuel figures are those on record: fuel is a promise, and a change of it is a
/// change that the changelog names.
#[test]
fn fuel_is_as_on_record() {
    let recorded = String::from_utf8(file("golden/fuel.txt")).expect("text");
    let mut found = String::new();
    for line in recorded.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[module, system, rows, _fuel] = fields.as_slice() else {
            writeln!(found, "{line}").expect("a string takes it");
            continue;
        };
        let mut game = Game::new().script("guest.wasm", file(&format!("fixtures/{module}.wasm"))).start();
        for value in 0..rows.parse().expect("a number of rows") {
            game.spawn(Counter { value });
        }
        game.step();
        let fuel = game.system("guest", system).stats.fuel;
        writeln!(found, "{module} {system} {rows} {fuel}").expect("a string takes it");
    }
    assert_eq!(
        found, recorded,
        "tests/golden/fuel.txt (left: now). If the engine or the contract changed on purpose, put the new figures \
         there and name the change under \"Fuel\" in CHANGELOG.md"
    );
}
