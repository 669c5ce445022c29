//! Traces say what wasmtime's own backtraces of the unmetered module say.

use peristyle_metering::{Instrument, Options, meter};
use peristyle_metering_differential::{Call, Entry, Outcome, Wasmi, Wasmtime, corpus};

use crate::generated::generated;

/// Whether wasmtime, which gives a machine instruction one offset, has made one of an operator and of what is next
/// to it: of an `unreachable` and the `if` around it or the branch to it, or of a load and what takes its result.
fn is_merged(wasm: &[u8], found: u32, expected: u32) -> bool {
    const BRANCHES: [u8; 3] = [0x04, 0x0c, 0x0d];
    match wasm[found as usize] {
        0x00 => (expected..expected + 4).contains(&found) || BRANCHES.contains(&wasm[expected as usize]),
        0x28..=0x35 => (found..found + 16).contains(&expected),
        _ => false,
    }
}

/// Compares every call that traps; returns how many there were, how many of them wasmtime shows at
/// another operator, and their frames.
fn compare(entry: &Entry, wasmtime: &Wasmtime) -> Option<[usize; 3]> {
    let options = Options { instrument: Instrument::Trace, ..Options::default() };
    // A module that is refused, or cannot be instantiated, says nothing.
    let metered = meter(&entry.wasm, &options).ok()?;
    let mut calls = Vec::new();
    for (export, arguments) in &entry.calls {
        for argument in [None, Some(0), Some(-1), Some(70_000), Some(i32::MAX)] {
            let arguments = vec![argument; arguments.len()];
            calls.push(Call { export: export.clone(), arguments, fuel: 100_000, depth: 400 });
        }
    }
    let traced = Wasmi.run_traced(&metered.wasm, &calls).ok()?;
    let trapped = calls.into_iter().zip(traced);
    let (calls, traced): (Vec<Call>, Vec<_>) =
        trapped.filter(|(_, traced)| traced.observation.outcome == Outcome::Trapped).unzip();
    let backtraces = wasmtime.backtraces(&entry.wasm, &calls).ok()?;
    let mut merged = 0;
    for ((call, traced), backtrace) in calls.iter().zip(&traced).zip(&backtraces) {
        let mut expected = backtrace.clone();
        if let ([found, ..], [expected, ..]) = (traced.frames.as_slice(), expected.as_mut_slice())
            && is_merged(&entry.wasm, *found, *expected)
        {
            *expected = *found;
            merged += 1;
        }
        assert_eq!(traced.frames, expected, "{}::{}", entry.name, call.export);
    }
    Some([calls.len(), merged, backtraces.iter().map(Vec::len).sum()])
}

/// Verifies it for every call of the corpus and of generated modules that traps.
#[test]
fn traces_are_the_backtraces_of_wasmtime() {
    let wasmtime = Wasmtime::new().unwrap();
    let mut sums = [0; 3];
    for entry in corpus().unwrap().into_iter().chain(generated(0..3_000)) {
        let found = compare(&entry, &wasmtime).unwrap_or_default();
        sums = std::array::from_fn(|index| sums[index] + found[index]);
    }
    let [traps, merged, frames] = sums;
    println!("{traps} traps, {merged} of them at another operator, {frames} frames");
    assert!(traps > 300 && frames > traps, "{sums:?}");
}
