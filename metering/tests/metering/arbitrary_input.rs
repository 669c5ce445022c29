//! Total on any input; what comes out is valid.

use std::fs;
use std::path::{Path, PathBuf};

use arbitrary::Unstructured;
use peristyle_metering::{Exhaustion, Instrument, MeterError, Options, Placement, meter};
use proptest::prelude::*;
use wasm_smith::{Config, Module};
use wasmparser::{Validator, WasmFeatures};

/// The options that a module is metered with.
fn every_option() -> impl Iterator<Item = Options> {
    let mut every = Vec::new();
    for instrument in [Instrument::None, Instrument::Trace, Instrument::Watch, Instrument::Profile] {
        for exhaustion in [Exhaustion::Host, Exhaustion::Stop, Exhaustion::Trap] {
            for placement in [Placement::Merged, Placement::EveryOperator] {
                let canonical_nan = every.len() % 3 == 1;
                every.push(Options {
                    instrument,
                    exhaustion,
                    canonical_nan,
                    placement,
                    ..Options::default()
                });
            }
        }
    }
    every.into_iter()
}

fn assert_valid(wasm: &[u8], options: &Options, what: &dyn std::fmt::Display) {
    let mut features = WasmFeatures::default() - WasmFeatures::GC - WasmFeatures::RELAXED_SIMD;
    features
        .set(WasmFeatures::MULTI_MEMORY, matches!(options.instrument, Instrument::Trace | Instrument::Watch));
    if let Err(error) = Validator::new_with_features(features).validate_all(wasm) {
        panic!("{what}: metered module is invalid: {error}");
    }
}

/// The modules that this project has built.
fn built_modules() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = [
        "assets/scripts",
        "assets/breakout",
        "tests/fixtures",
        "tests/guests/built",
        "benches/guests/built",
        "metering/differential/workloads",
    ];
    let mut modules: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect();
    modules.sort();
    modules
}

/// Verifies that every module of this project comes out valid, by every option.
#[test]
fn built_modules_come_out_valid() {
    let modules = built_modules();
    assert!(modules.len() > 30, "{} modules", modules.len());
    for path in modules {
        let wasm = fs::read(&path).unwrap();
        for options in every_option() {
            let metered =
                meter(&wasm, &options).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_valid(&metered.wasm, &options, &path.display());
        }
    }
}

/// A generator of modules that are mostly permitted.
#[expect(clippy::field_reassign_with_default, reason = "the configuration is not exhaustive")]
fn config(seed: u64) -> Config {
    let mut config = Config::default();
    config.allow_start_export = seed.is_multiple_of(16);
    config.bulk_memory_enabled = true;
    config.exceptions_enabled = seed % 16 == 1;
    config.gc_enabled = false;
    config.max_imports = 4;
    config.max_memories = 1;
    config.max_memory32_bytes = 1 << 20;
    config.max_table_elements = 1_000;
    config.memory64_enabled = false;
    config.min_funcs = 1;
    config.multi_value_enabled = true;
    config.reference_types_enabled = true;
    config.relaxed_simd_enabled = seed % 16 == 2;
    config.shared_everything_threads_enabled = false;
    config.simd_enabled = seed.is_multiple_of(3);
    config.compact_imports_enabled = false;
    config.tail_call_enabled = seed.is_multiple_of(2);
    config.threads_enabled = false;
    config.wide_arithmetic_enabled = false;
    config.extended_const_enabled = seed.is_multiple_of(5);
    config
}

fn random_bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Verifies that generated modules come out valid or are refused by name, thousands of them.
#[test]
fn generated_modules_come_out_valid_or_are_refused() {
    let (mut metered, mut refused) = (0, 0);
    for seed in 0..2_000 {
        let bytes = random_bytes(seed, 2_000);
        let Ok(module) = Module::new(config(seed), &mut Unstructured::new(&bytes)) else { continue };
        let wasm = module.to_bytes();
        for options in every_option().skip(seed as usize % 3).step_by(3) {
            match meter(&wasm, &options) {
                Ok(result) => {
                    metered += 1;
                    assert_valid(&result.wasm, &options, &seed);
                }
                Err(MeterError::Refused { .. }) => refused += 1,
                // Blocks may have types of proposals that nothing else of the module names.
                Err(MeterError::Invalid { message, .. }) if message.contains("feature") => refused += 1,
                Err(error) => panic!("seed {seed}: {error}"),
            }
        }
    }
    println!("{metered} metered, {refused} refused");
    assert!(metered > 2_000, "only {metered} were metered, {refused} refused");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Verifies that any bytes are an error or come out valid.
    #[test]
    fn arbitrary_bytes_do_not_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), header: bool) {
        if header {
            bytes.splice(0..0, *b"\0asm\x01\0\0\0");
        }
        let options = Options::default();
        if let Ok(metered) = meter(&bytes, &options) {
            assert_valid(&metered.wasm, &options, &"arbitrary bytes");
        }
    }

    /// Verifies that broken modules are an error or come out valid.
    #[test]
    fn mutated_modules_do_not_panic(
        pick: prop::sample::Index,
        option: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let modules = built_modules();
        let mut bytes = fs::read(pick.get(&modules)).unwrap();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let options = option.get(&every_option().collect::<Vec<_>>()).clone();
        if let Ok(metered) = meter(&bytes, &options) {
            assert_valid(&metered.wasm, &options, &"mutated module");
        }
    }
}
