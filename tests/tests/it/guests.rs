//! Real compiled guests, built from `tests/guests` by `cargo xtask build-scripts`.

use bevy_peristyle::{Fault, FuelBudgets, PeristylePlugin};
use peristyle_tests::Game;
use peristyle_tests::components::{Counter, Trigger};

/// The bytes of a built test guest.
fn built(name: &str) -> Vec<u8> {
    let path = format!("{}/guests/built/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; run `cargo xtask build-scripts`"))
}

/// Verifies that state blocks of Rust, Zig and C guests go on from call to call.
#[test]
fn counters_in_every_language_count() {
    for name in ["rust_counter", "zig_counter", "c_counter"] {
        let mut game = Game::new().script(&format!("{name}.wasm"), built(name)).start();
        let counters = [(); 3].map(|()| game.spawn(Counter { value: 77 }));
        game.steps(5);
        for counter in counters {
            assert_eq!(game.get::<Counter>(counter).value, 5, "{name}");
        }
        assert_eq!(game.system(name, "count").stats.faults, 0);
    }
}

/// Verifies that a panic is a fault with its message, and undoes the call and the state block.
#[test]
fn a_panic_is_a_fault_with_a_message_and_undoes_the_call() {
    for (name, message) in [("rust_panics", "is armed: 9"), ("zig_panics", "index out of bounds")] {
        let mut game = Game::new().script(&format!("{name}.wasm"), built(name)).start();
        let counter = game.spawn(Counter { value: 0 });
        let trigger = game.spawn(Trigger { armed: 0 });
        game.steps(2);
        assert_eq!(game.get::<Counter>(counter).value, 2, "{name}");
        game.world().entity_mut(trigger).insert(Trigger { armed: 9 });
        game.step();
        let Fault::Guest(fault) = game.fault(name, "detonate") else {
            panic!("{:?}", game.fault(name, "detonate"))
        };
        assert!(fault.message.contains(message), "{fault}");
        assert_eq!(game.get::<Counter>(counter).value, 2, "{name}: nothing is written");
        game.world().entity_mut(trigger).insert(Trigger { armed: 0 });
        game.step();
        assert_eq!(game.get::<Counter>(counter).value, 3, "{name}: the state block is as before the fault");
    }
}

/// Verifies that a Rust panic says where it happened.
#[test]
fn a_rust_panic_names_its_file_and_line() {
    let mut game = Game::new().script("rust_panics.wasm", built("rust_panics")).start();
    game.spawn(Counter::default());
    game.spawn(Trigger { armed: 1 });
    game.step();
    let Fault::Guest(fault) = game.fault("rust_panics", "detonate") else {
        panic!("a panic is the guest's fault")
    };
    assert!(fault.file.ends_with("rust_panics/src/lib.rs") && fault.line > 0 && fault.column > 0, "{fault}");
}

/// Verifies that memory which a guest takes inside a call and the host's columns stay apart, while
/// both grow.
#[test]
fn a_first_allocation_inside_a_call_and_the_columns_stay_apart() {
    let fuel = FuelBudgets { per_call: 100_000_000, per_frame: u64::MAX, ..FuelBudgets::default() };
    let plugin = PeristylePlugin { fuel, watch: false, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script("zig_allocates.wasm", built("zig_allocates")).start();
    let (mut rows, mut entities) = (0u32, Vec::new());
    for more in [3, 60_000, 1, 100_000] {
        for entity in std::mem::take(&mut entities) {
            game.world().despawn(entity);
        }
        rows += more;
        entities.extend((0..rows).map(|value| game.spawn(Counter { value })));
        game.step();
        let stats = &game.system("zig_allocates", "allocate").stats;
        assert_eq!((stats.faults, stats.rows), (0, rows), "{:?}", stats.last_fault);
        assert_eq!(stats.rows_changed, rows);
    }
}

/// Verifies that a guest can log, in every level.
#[test]
fn a_guest_logs_without_a_fault() {
    let mut game = Game::new().script("zig_layout.wasm", built("zig_layout")).start();
    game.steps(2);
    assert_eq!(game.system("zig_layout", "report").stats.faults, 0);
}
