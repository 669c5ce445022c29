//! Profiled modules say exactly which function used which fuel.

use peristyle_metering::{Instrument, Options, meter};
use peristyle_metering_differential::{Call, Wasmi};

/// Every way out of a function.
const MODULE: &str = r#"(module
    (import "host" "note" (func $note (result i32 i32)))
    (func $two (result i32 i32) (i32.const 1) (i32.const 2))
    (func $early (param i32) (result i32 i32)
        (if (i32.eqz (local.get 0)) (then (i32.const 5) (i32.const 6) (i32.const 7) (return)))
        (block $out (result i32 i32)
            (i32.const 9) (i32.const 8)
            (br_if 1 (i32.eq (local.get 0) (i32.const 1)))
            (br_table 0 1 1 (i32.sub (local.get 0) (i32.const 2)))))
    (func $tail (result i32 i32) (return_call $early (i32.const 0)))
    (func $tail_host (result i32 i32) (i32.const 77) (return_call $note))
    (func $drops (param i32) (call $early (local.get 0)) (drop) (drop))
    (func (export "f") (param i32)
        (call $two) (drop) (drop)
        (call $drops (i32.const 0)) (call $drops (i32.const 1))
        (call $drops (i32.const 2)) (call $drops (i32.const 3))
        (call $tail) (drop) (drop)
        (call $tail_host) (drop) (drop)))"#;

/// Verifies each function's calls and fuel against what the schedule says.
#[test]
fn every_way_out_of_a_function_is_exact() {
    let options = Options { instrument: Instrument::Profile, ..Options::default() };
    let metered = meter(&wat::parse_str(MODULE).unwrap(), &options).unwrap();
    let call = Call { export: "f".to_owned(), arguments: vec![Some(0)], fuel: 1_000, depth: 9 };
    let profiled = Wasmi.run_profiled(&metered.wasm, &[call]).unwrap().remove(0);
    let functions = profiled.profile.functions();
    let rows: Vec<_> = functions.iter().map(|f| (f.function, f.calls, f.self_fuel, f.total_fuel)).collect();
    // `early`: 2 twice for eqz and if; then with eq and br_if 4; then with sub and br_table 7, twice.
    let early = 2 + 4 + 7 + 7 + 2;
    let drops = 4 * 8;
    let f = 7 * 8 - 8 + 8;
    let expected = [
        (1, 1, 0, 0),
        (2, 5, early, early),
        (3, 1, 8, 8),
        (4, 1, 24, 24),
        (5, 4, drops, drops + early - 2),
        (6, 1, f, f + drops + early + 8 + 24),
    ];
    assert_eq!(rows, expected);
    assert_eq!(profiled.profile.fuel(), f + drops + early + 8 + 24);
    let folded = profiled.profile.folded(|function| function.to_string());
    assert_eq!(folded, "6 56\n6;2 2\n6;3 8\n6;4 24\n6;5 32\n6;5;2 20\n");
}
