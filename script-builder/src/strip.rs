//! Takes out of a module what differs from machine to machine and what no engine reads.

use std::borrow::Cow;

use wasm_encoder::{CustomSection, Module, RawSection, Section};
use wasmparser::{Parser, Payload};

use crate::error::Error;

/// The module without debug information and without the list of its compilers.
///
/// Debug sections carry the folder of the build, and `producers` the compiler's version: neither
/// belongs in a file that is compared byte for byte. What of the debug sections is worth keeping
/// comes back as thin line tables. The `name` section stays, for faults and
/// profiles; `target_features` stays, for optimizers.
pub fn strip(module: &[u8]) -> Result<Vec<u8>, Error> {
    let mut stripped = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if matches!(&payload, Payload::CustomSection(section) if is_dropped(section.name())) {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            // The parser's offsets lie in `module`, so they fit.
            let data = &module[range.start as usize..range.end as usize];
            stripped.section(&RawSection { id, data });
        }
    }
    Ok(stripped.finish())
}

/// The module with custom sections after all others.
pub fn with_sections(mut module: Vec<u8>, sections: &[(&str, Vec<u8>)]) -> Vec<u8> {
    for (name, data) in sections {
        CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to(&mut module);
    }
    module
}

fn is_dropped(section: &str) -> bool {
    section.starts_with(".debug_") || section == "producers"
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = r#"(module $named
        (memory (export "memory") 1)
        (global (export "peristyle_manifest") i32 (i32.const 16))
        (func $run (export "run") (param i32) (result i32) i32.const 0)
        (data (i32.const 16) "PRST")
        EXTRA)"#;

    fn module(extra: &str) -> Vec<u8> {
        wat::parse_str(MODULE.replace("EXTRA", extra)).unwrap()
    }

    fn custom_sections(module: &[u8]) -> Vec<String> {
        let sections = Parser::new(0).parse_all(module).filter_map(|payload| match payload.unwrap() {
            Payload::CustomSection(section) => Some(section.name().to_owned()),
            _ => None,
        });
        sections.collect()
    }

    #[test]
    fn debug_and_producers_go_and_the_rest_stays() {
        let extra = r#"(@custom ".debug_info" "/home/someone") (@custom ".debug_line" "x")
            (@custom "producers" "compiler 1.2") (@custom "target_features" "simd")"#;
        let stripped = strip(&module(extra)).unwrap();
        let mut kept = custom_sections(&stripped);
        kept.sort();
        assert_eq!(kept, ["name", "target_features"]);
        assert_eq!(stripped, strip(&module(r#"(@custom "target_features" "simd")"#)).unwrap());
    }

    #[test]
    fn sections_are_added_at_the_end() {
        let sections = [(".debug_line", b"rows".to_vec()), (".debug_info", b"functions".to_vec())];
        let module = with_sections(module(""), &sections);
        assert_eq!(custom_sections(&module), ["name", ".debug_line", ".debug_info"]);
        assert!(module.ends_with(b"functions"));
    }

    #[test]
    fn a_module_with_nothing_to_strip_keeps_its_bytes() {
        assert_eq!(strip(&module("")).unwrap(), module(""));
    }

    #[test]
    fn bytes_that_are_no_module_are_refused() {
        assert!(matches!(strip(b"#!/bin/sh"), Err(Error::NotAModule(_))));
    }
}
