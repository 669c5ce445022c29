//! Faults of compiled scripts name the line of the source, with which the module was built.

use std::path::Path;

use bevy_peristyle::{Fault, FaultReport, PeristylePlugin, ScriptEngine, SourceFrame};
use peristyle_tests::Game;
use peristyle_tests::components::{Counter, Switch, Trigger};

const GUESTS: [(&str, &str); 2] = [
    ("rust_faults", "tests/guests/rust_faults/src/lib.rs"),
    ("zig_faults", "tests/guests/zig_faults/zig_faults.zig"),
];

/// What `Trigger::armed` has the guests do, and how the line is marked that does it.
const FAULTS: [(u32, &str); 7] =
    [(1, "divide"), (2, "index"), (3, "overflow"), (4, "panic"), (5, "trap"), (6, "loop"), (7, "recursion")];

/// The number of the line that is marked so.
fn marked_line(source: &str, fault: &str) -> u32 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(source);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let line = text.lines().position(|line| line.trim_end().ends_with(&format!("// fault: {fault}")));
    line.unwrap_or_else(|| panic!("{source} has no line for {fault}")) as u32 + 1
}

fn fault(guest: &str, armed: u32, engine: ScriptEngine) -> FaultReport {
    let path = format!("{}/guests/built/{guest}.wasm", env!("CARGO_MANIFEST_DIR"));
    let module = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let plugin = PeristylePlugin { engine, watch: false, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script("guest.wasm", module).start();
    game.spawn((Trigger { armed }, Counter { value: 0 }));
    game.spawn(Switch::default());
    game.step();
    let report = game.system("guest", "misbehave").stats.last_report.as_deref().cloned();
    report.unwrap_or_else(|| panic!("{guest} did not fault at {armed}"))
}

fn check(engine: ScriptEngine) {
    for (guest, source) in GUESTS {
        for (armed, name) in FAULTS {
            let report = fault(guest, armed, engine);
            let place = report.place().unwrap_or_else(|| panic!("{guest}, {name}: no place in {report}"));
            let marked = (source, marked_line(source, name));
            let is_marked = |frame: &SourceFrame| (frame.file.as_str(), frame.line) == marked;
            // Fuel runs out at the head of the loop, where the first thing in it may be another function's.
            let is_named =
                if name == "loop" { report.frames.iter().any(is_marked) } else { is_marked(place) };
            assert!(is_named, "{guest}, {name}: {marked:?} is not the place of {report}");
            assert!(report.frames.iter().any(|frame| frame.function.contains("misbehave")), "{report}");
        }
    }
}

/// Verifies the places of all kinds of faults in Rust and in Zig.
#[test]
fn every_fault_names_its_line() {
    check(ScriptEngine::Interpreter);
}

/// Verifies the same where the compiler runs them.
#[cfg(feature = "jit")]
#[test]
fn every_fault_names_its_line_on_the_compiler() {
    check(ScriptEngine::CompilerFromTheStart);
}

/// Verifies that a function which the compiler put into another is named, and the other as well.
#[test]
fn inlined_functions_are_named() {
    for ((guest, _), names) in GUESTS.into_iter().zip([["pick", "misbehave"], ["pick", "misbehave"]]) {
        let report = fault(guest, 2, ScriptEngine::Interpreter);
        let place = report.place().map(|place| (place.function.as_str(), place.is_inlined));
        assert!(place.is_some_and(|(function, inlined)| function.contains(names[0]) && inlined), "{report}");
        assert!(report.to_string().contains(names[1]), "{report}");
    }
}

/// Verifies that a bad write names the row, and the line that wrote it.
#[test]
fn a_bad_write_names_its_row_and_its_line() {
    for (guest, source) in GUESTS {
        let report = fault(guest, 8, ScriptEngine::Interpreter);
        assert!(matches!(report.fault, Fault::BadWrite { row: 0, .. }), "{guest}: {report}");
        let place = report.place().map(|place| (place.file.as_str(), place.line));
        assert_eq!(place, Some((source, marked_line(source, "write"))), "{guest}: {report}");
    }
}
