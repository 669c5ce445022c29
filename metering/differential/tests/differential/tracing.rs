//! Traced modules say exactly where they are.

use peristyle_metering::trace::frames;
use peristyle_metering::{Exhaustion, Instrument, Options, Placement, meter};
use peristyle_metering_differential::{Call, Outcome, Traced, Wasmi};
use wasmparser::{Operator, Parser, Payload};

/// A way to go wrong in each innermost function, two and more calls inside.
const MODULE: &str = r#"(module
    (import "host" "note" (func $note))
    (memory 1 2)
    (table $t 4 4 funcref)
    (elem (i32.const 0) $divide $load $note $again)
    (type $nothing (func))
    (type $unary (func (param i32) (result i32)))

    (func $divide (drop (i32.div_s (i32.const 7) (i32.load (i32.const 0)))))
    (func $load (param i32) (result i32) (i64.store (i32.const 8) (i64.const 1))
        (i32.wrap_i64 (i64.load (local.get 0))))
    (func $abort (drop (call $load (i32.const 4))) (nop) (unreachable))
    (func $spin (local i32) (loop (local.set 0 (i32.const 1)) (loop (br_if 1 (local.get 0)))))
    (func $say (nop) (call $note))
    (func $leap (call $say) (return_call $divide))
    (func $again (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (call $divide)))
        (call $again (i32.sub (local.get 0) (i32.const 1))))
    (func $around (param i32) (result i32)
        (call_indirect $t (type $unary) (local.get 0) (local.get 0)))
    (func $twice (call $say) (drop (call $load (i32.const 0))) (call $abort))
    (func $fill (param i32) (memory.fill (i32.const 70000) (i32.const 0) (local.get 0)))

    (func (export "divide") (param i32) (call $say) (call $divide))
    (func (export "load") (param i32) (drop (i32.const 3))
        (drop (call $load (i32.add (call $load (i32.const 0)) (i32.const 65529)))))
    (func (export "abort") (param i32) (call $twice))
    (func (export "spin") (param i32) (call $say) (call $spin))
    (func (export "leap") (param i32) (call $leap))
    (func (export "recurse") (param i32) (drop (call $again (i32.const 5))))
    (func (export "missing") (param i32) (drop (call $around (i32.const 4))))
    (func (export "mistyped") (param i32) (drop (call $around (i32.const 2))))
    (func (export "indirect") (param i32) (drop (call $around (i32.const 3))))
    (func (export "host_by_table") (param i32)
        (call_indirect $t (type $nothing) (i32.const 2)) (call $divide))
    (func (export "fill") (param i32) (call $fill (i32.const 16))))"#;

const DIVIDE: u32 = 1;
const LOAD: u32 = 2;
const ABORT: u32 = 3;
const SPIN: u32 = 4;
const SAY: u32 = 5;
const LEAP: u32 = 6;
const AGAIN: u32 = 7;
const AROUND: u32 = 8;
const TWICE: u32 = 9;
const FILL: u32 = 10;
const EXPORTS: [&str; 11] = [
    "divide",
    "load",
    "abort",
    "spin",
    "leap",
    "recurse",
    "missing",
    "mistyped",
    "indirect",
    "host_by_table",
    "fill",
];

/// The offset of a function's operator, the nth with such a name, as the parser has it.
fn offset(wasm: &[u8], function: u32, name: &str, nth: usize) -> u32 {
    let bodies = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload.unwrap() {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    let body = { bodies }.nth(function as usize - 1).unwrap();
    let named = |operator: &Operator<'_>| format!("{operator:?}").split(' ').next() == Some(name);
    let operators = body.get_operators_reader().unwrap().into_iter_with_offsets().map(Result::unwrap);
    operators.filter(|(operator, _)| named(operator)).nth(nth).unwrap().1 as u32
}

fn traced(wasm: &[u8], options: &Options, export: &str, fuel: u64, depth: u32) -> Traced {
    let metered = meter(wasm, options).unwrap();
    let call = Call { export: export.to_owned(), arguments: vec![Some(0)], fuel, depth };
    Wasmi.run_traced(&metered.wasm, &[call]).unwrap().remove(0)
}

fn every_option() -> Vec<Options> {
    let mut every = Vec::new();
    for exhaustion in [Exhaustion::Host, Exhaustion::Stop, Exhaustion::Trap] {
        for placement in [Placement::Merged, Placement::EveryOperator] {
            let instrument = Instrument::Trace;
            every.push(Options { exhaustion, placement, instrument, ..Options::default() });
        }
    }
    every
}

/// Verifies the offset of what trapped and those of all callers.
#[test]
fn traps_name_their_operator_and_every_caller() {
    let wasm = wat::parse_str(MODULE).unwrap();
    let at = |function, name, nth| offset(&wasm, function, name, nth);
    let export = |name| FILL + 1 + EXPORTS.iter().position(|export| *export == name).unwrap() as u32;
    let from = |name, nth| at(export(name), "Call", nth);
    let divides = at(DIVIDE, "I32DivS", 0);
    let mut recursion = vec![divides, at(AGAIN, "Call", 0)];
    recursion.extend([at(AGAIN, "Call", 1); 5]);
    recursion.push(from("recurse", 0));
    let mut indirect = vec![divides, at(AGAIN, "Call", 0)];
    indirect.extend([at(AGAIN, "Call", 1); 3]);
    indirect.extend([at(AROUND, "CallIndirect", 0), from("indirect", 0)]);
    let cases = [
        ("divide", vec![divides, from("divide", 1)]),
        ("load", vec![at(LOAD, "I64Load", 0), from("load", 1)]),
        ("abort", vec![at(ABORT, "Unreachable", 0), at(TWICE, "Call", 2), from("abort", 0)]),
        // The function that left by a tail call is not there any more.
        ("leap", vec![divides, from("leap", 0)]),
        ("recurse", recursion),
        ("missing", vec![at(AROUND, "CallIndirect", 0), from("missing", 0)]),
        ("mistyped", vec![at(AROUND, "CallIndirect", 0), from("mistyped", 0)]),
        ("indirect", indirect),
        ("host_by_table", vec![divides, from("host_by_table", 0)]),
        ("fill", vec![at(FILL, "MemoryFill", 0), from("fill", 0)]),
    ];
    for options in every_option() {
        for (name, expected) in &cases {
            let traced = traced(&wasm, &options, name, 100_000, 100);
            assert_eq!(traced.observation.outcome, Outcome::Trapped, "{name}");
            assert_eq!(traced.frames, *expected, "{name} {options:?}");
        }
    }
}

/// Verifies the same where fuel runs out: the loop, the function, the call or the bulk operation.
#[test]
fn exhaustion_names_what_was_checked() {
    let wasm = wat::parse_str(MODULE).unwrap();
    let at = |function, name, nth| offset(&wasm, function, name, nth);
    // Locals are declared in two bytes more than none.
    let begins = |function, first, declarations| at(function, first, 0) - declarations;
    let spin = FILL + 4;
    let says = at(spin, "Call", 0);
    for options in every_option() {
        // A trap where fuel runs out is a trap like any other.
        let stopped = |export, fuel, depth| traced(&wasm, &options, export, fuel, depth).frames;
        assert_eq!(stopped("spin", 0, 9), [begins(SAY, "Nop", 1), says]);
        assert_eq!(stopped("spin", 10, 9), [at(SAY, "Call", 0), says]);
        let spins = at(spin, "Call", 1);
        // 8 and 24 for the first call and the host's, then 8 for the second.
        assert_eq!(stopped("spin", 39, 9), [begins(SPIN, "Loop", 3), spins]);
        assert_eq!(stopped("spin", 40, 9), [at(SPIN, "Loop", 1), spins]);
        assert_eq!(stopped("spin", 41, 9), [at(SPIN, "Loop", 0), spins]);
        let mut deep = vec![at(AGAIN, "LocalGet", 0) - 1];
        deep.extend([at(AGAIN, "Call", 1); 2]);
        deep.push(at(FILL + 6, "Call", 0));
        assert_eq!(stopped("recurse", 9_000, 2), deep);
        assert_eq!(stopped("fill", 20, 9).len(), 2);
        assert_eq!(stopped("fill", 8, 9), [at(FILL, "MemoryFill", 0), at(FILL + 11, "Call", 0)]);
    }
}

/// Verifies that a host function sees where it was called, directly, by a table and after tail calls.
#[test]
fn host_functions_see_who_called_them() {
    let wasm = wat::parse_str(MODULE).unwrap();
    let at = |function, name, nth| offset(&wasm, function, name, nth);
    let says = at(SAY, "Call", 0);
    for options in every_option() {
        let seen = |export| traced(&wasm, &options, export, 100_000, 100).at_host_calls;
        assert_eq!(seen("divide"), [[says, at(FILL + 1, "Call", 0)]]);
        assert_eq!(seen("abort"), [[says, at(TWICE, "Call", 0), at(FILL + 3, "Call", 0)]]);
        assert_eq!(seen("leap"), [[says, at(LEAP, "Call", 0), at(FILL + 5, "Call", 0)]]);
        assert_eq!(seen("host_by_table"), [[at(FILL + 10, "CallIndirect", 0)]]);
    }
}

/// Verifies that the deepest recursion that a gauge counts is there from end to end, and that further call
/// sites than that are never written behind the memory's end.
#[test]
fn the_deepest_recursion_fits() {
    let wat = r#"(module (func $down (call $down)) (func (export "f") (param i32) (call $down)))"#;
    let wasm = wat::parse_str(wat).unwrap();
    let mut expected = vec![offset(&wasm, 1, "Call", 0) - 1];
    expected.extend([offset(&wasm, 1, "Call", 0); 15_000]);
    expected.push(offset(&wasm, 2, "Call", 0));
    let options = &every_option()[0];
    assert_eq!(traced(&wasm, options, "f", 1_000_000, 15_000).frames, expected);
}

/// Verifies that any numbers give frames, and never a panic.
#[test]
fn frames_of_anything_are_read() {
    assert!(frames(0, &[], 0).is_empty());
    assert_eq!(frames(5, &[1, 0, 0, 0, 2, 0, 0], u32::MAX), [5, 1]);
    assert_eq!(frames(5, &[1, 0, 0, 0, 2, 0, 0], 7), [5, 1]);
    assert_eq!(frames(5, &[1, 0, 0, 0], 3), [5]);
}
