//! What a metered module has.

use peristyle_metering::{Instrument, Options, meter};
use wasmparser::{KnownCustom, Name, Parser, Payload};

fn metered(wat: &str, options: &Options) -> String {
    let wasm = wat::parse_str(wat).unwrap();
    let metered = meter(&wasm, options).unwrap();
    let mut found = String::new();
    for payload in Parser::new(0).parse_all(&metered.wasm) {
        match payload.unwrap() {
            Payload::MemorySection(section) => {
                for memory in section {
                    found += &format!("memory max {:?}; ", memory.unwrap().maximum);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    found += &format!("table max {:?}; ", table.unwrap().ty.maximum);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.unwrap();
                    found += &format!("{} {}; ", export.name, export.index);
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Name(names) => {
                    for name in names {
                        let Name::Function(map) = name.unwrap() else { continue };
                        for naming in map {
                            let naming = naming.unwrap();
                            found += &format!("${} {}; ", naming.name, naming.index);
                        }
                    }
                }
                _ => found += &format!("{} {}; ", section.name(), section.data().len()),
            },
            _ => {}
        }
    }
    found
}

/// Verifies that maxima are imposed and that globals are exported.
#[test]
fn maxima_are_imposed_and_globals_exported() {
    let wat = "(module (import \"a\" \"g\" (global (mut i64))) (memory 1) (table 1 50000 funcref)
        (global i32 (i32.const 1)) (global (mut i32) (i32.const 1)))";
    let found = metered(wat, &Options::default());
    let expected = "table max Some(10000); memory max Some(2048); \
        __peristyle_fuel 3; __peristyle_global_0 0; __peristyle_global_2 2; ";
    assert_eq!(found, expected);
}

/// Verifies that a host is told of state that it cannot take a snapshot of.
#[test]
fn hidden_state_is_named() {
    let hides = |fields: &str, code: &str| {
        let wat = format!(
            "(module (memory 1) (table 2 9 funcref) (data $d \"x\") (elem $e func $f) {fields}
                (func $f (drop (table.get 0 (i32.const 0))) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) {code}))"
        );
        meter(&wat::parse_str(wat).unwrap(), &Options::default()).unwrap().has_hidden_state
    };
    assert!(!hides("(global (mut i32) (i32.const 1)) (global funcref (ref.null func))", ""));
    assert!(hides("(global (mut funcref) (ref.null func))", ""));
    for code in [
        "(table.set 0 (i32.const 0) (ref.null func))",
        "(drop (table.grow 0 (ref.null func) (i32.const 0)))",
        "(table.fill 0 (i32.const 0) (ref.null func) (i32.const 0))",
        "(table.copy 0 0 (i32.const 0) (i32.const 0) (i32.const 0))",
        "(table.init $e (i32.const 0) (i32.const 0) (i32.const 0))",
        "(elem.drop $e)",
        "(data.drop $d)",
    ] {
        assert!(hides("", code), "{code}");
    }
}

/// Verifies that names move with their functions and that other custom sections stay as they are.
#[test]
fn names_and_custom_sections_are_kept() {
    let wat = "(module (import \"a\" \"f\" (func $host)) (func $mine (export \"mine\"))
        (@custom \".debug_line\" \"abcdef\") (@custom \"producers\" (after last) \"\\00\"))";
    let found = metered(wat, &Options::default());
    assert_eq!(found, "mine 2; __peristyle_fuel 0; .debug_line 6; producers 1; $host 0; $mine 2; ");
}

/// Verifies that a traced module has its exports besides the others, whether it has a memory or none.
#[test]
fn traced_modules_have_exports_of_their_own() {
    let options = Options { instrument: Instrument::Trace, ..Options::default() };
    let own = "__peristyle_fuel 1; __peristyle_pc 2; __peristyle_calls";
    for (memory, max, index) in [("(memory 1 2)", "memory max Some(2); ", 1), ("", "", 0)] {
        let found = metered(&format!("(module {memory} (global i32 (i32.const 1)))"), &options);
        let expected = format!("{max}memory max Some(2); {own} {index}; __peristyle_calls_end 3; ");
        assert_eq!(found, expected);
    }
}
