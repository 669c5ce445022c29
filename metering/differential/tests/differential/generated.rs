//! Modules that nobody wrote.

use std::ops::Range;

use arbitrary::Unstructured;
use peristyle_metering_differential::Entry;
use wasm_smith::{Config, Module};

/// The modules of these seeds that export functions that can be called.
pub fn generated(seeds: Range<u64>) -> impl Iterator<Item = Entry> {
    let config = config();
    seeds.filter_map(move |seed| {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        let bytes: Vec<u8> = std::iter::repeat_with(next).take(2_000).collect();
        let module = Module::new(config.clone(), &mut Unstructured::new(&bytes)).ok()?;
        let entry = Entry::new(format!("generated {seed}"), module.to_bytes()).ok()?;
        (!entry.calls.is_empty()).then_some(entry)
    })
}

#[expect(clippy::field_reassign_with_default, reason = "the configuration is not exhaustive")]
fn config() -> Config {
    let mut config = Config::default();
    config.allow_start_export = false;
    config.bulk_memory_enabled = true;
    config.compact_imports_enabled = false;
    config.exceptions_enabled = false;
    config.gc_enabled = false;
    config.max_memories = 1;
    config.max_memory32_bytes = 1 << 18;
    config.max_table_elements = 1_000;
    config.min_exports = 4;
    config.min_funcs = 3;
    config.memory64_enabled = false;
    config.relaxed_simd_enabled = false;
    config.shared_everything_threads_enabled = false;
    config.tail_call_enabled = true;
    config.threads_enabled = false;
    config.wide_arithmetic_enabled = false;
    config
}
