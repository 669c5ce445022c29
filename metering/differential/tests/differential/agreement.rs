//! Metered modules do the same on every engine that is here, and what a charge before every operator says.

use std::fs;
use std::path::Path;

use peristyle_metering_differential::{
    Checked, Engine, Entry, Wasmi, check, check_with, corpus, engines, golden_text,
};

use crate::generated::generated;

fn assert_same(checked: &Checked) {
    assert!(checked.differences.is_empty(), "{}", checked.differences.join("\n"));
}

/// Verifies fuel, the point of exhaustion, memory and globals over every module of this project, and
/// that fuel is what it was.
#[test]
fn engines_agree_over_the_corpus_and_fuel_is_as_recorded() {
    let mut engines = engines().unwrap();
    let checked: Vec<Checked> =
        corpus().unwrap().iter().map(|entry| check(entry, &mut engines).unwrap()).collect();
    checked.iter().for_each(assert_same);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden/fuel.txt");
    let recorded = fs::read_to_string(golden).unwrap();
    let found = golden_text(&checked);
    for (recorded, found) in recorded.lines().zip(found.lines()) {
        assert_eq!(recorded, found, "if a module changed: cargo xtask fuel-check --bless");
    }
    assert_eq!(recorded.lines().count(), found.lines().count());
}

/// Verifies the same for loops whose rounds are counted before they begin, at the edges of counting.
#[test]
fn counted_loops_agree_with_plain_ones() {
    let compared = [
        "(i32.ne (local.tee $i (i32.add (local.get $i) (i32.const STEP))) (i32.const BOUND))",
        "(i32.ne (i32.const BOUND) (local.tee $i (i32.add (local.get $i) (i32.const STEP))))",
        "(i32.ne (local.tee $i (i32.add (local.get $i) (i32.const STEP))) (local.get $bound))",
        "(i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const STEP))) (i32.const BOUND))",
        "(i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const STEP))) (i32.const BOUND))",
        "(local.tee $i (i32.add (local.get $i) (i32.const STEP)))",
        // The comparison may see the local before a round changes another.
        "(i32.ne (local.get $j) (local.tee $i (i32.add (local.get $i) (i32.const STEP))))",
    ];
    let steps = [1, -1, 4, -12, 0x1000_0000, i32::MAX, i32::MIN, 0];
    let ends = [0, 1, -4, 100, i32::MAX - 3, i32::MIN];
    // Both engines were compared over the corpus; here it is about the arithmetic.
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Wasmi)];
    for compare in compared {
        for step in steps {
            let mut wat = String::from("(module (memory 1 2)");
            for (start, bound) in ends.iter().flat_map(|start| ends.map(|bound| (start, bound))) {
                let compare = compare.replace("STEP", &step.to_string()).replace("BOUND", &bound.to_string());
                wat += &format!(
                    "(func (export \"{start}/{bound}\") (param i32) (result i32)
                        (local $i i32) (local $j i32) (local $bound i32)
                        (local.set $i (i32.const {start})) (local.set $bound (i32.const {bound}))
                        (loop
                            (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get $i)))
                            (local.set $j (i32.const {bound}))
                            (br_if 0 {compare}))
                        (i32.store (i32.const 16) (local.get $j))
                        (local.get $i))"
                );
            }
            wat += ")";
            let wasm = wat::parse_str(&wat).unwrap();
            let entry = Entry::new(format!("by {step}: {compare}"), wasm).unwrap();
            assert_same(&check_with(&entry, &mut engines, 3_000).unwrap());
        }
    }
}

/// Verifies the same over generated modules, on wasmi.
#[test]
fn merged_charges_agree_with_plain_ones_over_generated_modules() {
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Wasmi)];
    let (mut modules, mut calls) = (0, 0);
    for entry in generated(0..600) {
        // A module that cannot be instantiated says nothing.
        let Ok(checked) = check(&entry, &mut engines) else { continue };
        assert_same(&checked);
        modules += 1;
        calls += checked.calls;
    }
    println!("{modules} modules, {calls} calls");
    assert!(modules > 50, "only {modules} modules could be run");
}
