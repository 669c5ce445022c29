//! What a metered module has.

use std::fs;

use peristyle_metering::{Options, meter};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use crate::arbitrary_input::{built_modules, every_option};

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

/// Verifies that names move with their functions and that other custom sections stay as they are.
#[test]
fn names_and_custom_sections_are_kept() {
    let wat = "(module (import \"a\" \"f\" (func $host)) (func $mine (export \"mine\"))
        (@custom \".debug_line\" \"abcdef\") (@custom \"producers\" (after last) \"\\00\"))";
    let found = metered(wat, &Options::default());
    assert_eq!(found, "mine 2; __peristyle_fuel 0; .debug_line 6; producers 1; $host 0; $mine 2; ");
}

/// Verifies that the offset map leads every operator of every module back to where it was.
#[test]
fn the_offset_map_leads_back() {
    for path in built_modules() {
        let wasm = fs::read(&path).unwrap();
        for options in every_option() {
            let metered = meter(&wasm, &options).unwrap();
            let map = metered.offset_map.as_ref().unwrap();
            let mut found = 0;
            for payload in Parser::new(0).parse_all(&metered.wasm) {
                let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
                for operator in body.get_operators_reader().unwrap().into_iter_with_offsets() {
                    let (_, offset) = operator.unwrap();
                    let original = map.original(offset as u32).unwrap();
                    let same = wasm[original as usize] == metered.wasm[offset as usize];
                    found += usize::from(same);
                }
            }
            assert!(found > 0, "{}", path.display());
        }
        let map_bytes =
            meter(&wasm, &every_option().next().unwrap()).unwrap().offset_map.unwrap().size_bytes();
        assert!(map_bytes < 2 * wasm.len() + 1_000, "{}: {map_bytes} bytes", path.display());
    }
}

/// Verifies that an operator that cannot be mistaken is found where it was.
#[test]
fn the_offset_map_finds_one_operator() {
    let wat = "(module (func (export \"f\") (param i32) (result i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.div_s (i32.const 7777) (local.get 0))))";
    let wasm = wat::parse_str(wat).unwrap();
    let options = Options { offset_map: true, ..Options::default() };
    let metered = meter(&wasm, &options).unwrap();
    // `i32.div_s`
    let find = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == 0x6d).unwrap() as u32;
    let (new, old) = (find(&metered.wasm), find(&wasm));
    assert_eq!(metered.offset_map.unwrap().original(new), Some(old));
}
