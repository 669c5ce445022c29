//! What is put together of loops whose rounds are charged at once.

use crate::addresses::{COUNT, STEP, metered};
use peristyle_metering::Options;

/// What several rounds in one hold, with the loop's number of rounds behind it.
fn unrolled(locals: &str, code: &str) -> String {
    let written = metered(locals, code, &Options::default());
    written.split(|operator| operator == "loop").nth(1).unwrap().join(", ")
}

/// Verifies that pointers and the counter are stepped once for four rounds, and that offsets say which round is which.
#[test]
fn four_rounds_step_once() {
    let code = format!("(loop $again (i32.store offset=4 (local.get $p) (i32.const 7)) {STEP} {COUNT})");
    let found = unrolled("", &code);
    let stores = "get 0, 7, store 4, get 0, 7, store 16, get 0, 7, store 28, get 0, 7, store 40, ";
    assert!(found.starts_with(&format!("{stores}get 0, 48, add, set 0, get 1, -4, add, set 1, ")), "{found}");

    // What reads the pointer behind its step finds it one further.
    let code = format!("(loop $again {STEP} (i32.store (local.get $p) (i32.const 7)) {COUNT})");
    let found = unrolled("", &code);
    assert!(found.starts_with("get 0, 7, store 12, get 0, 7, store 24, get 0, 7, store 36, "), "{found}");
}

/// Verifies that a local that something reads as a number is stepped in each round.
#[test]
fn numbers_are_stepped_in_each_round() {
    let store = "(i32.store (local.get $p) (local.get $n))";
    let found = unrolled("", &format!("(loop $again {store} {STEP} {COUNT})"));
    let counted = "get 1, -1, add, set 1, ";
    assert_eq!(found.matches(counted).count(), 4, "{found}");
    assert!(found.contains("get 0, get 1, store 12, "), "{found}");

    let store = "(i32.store (local.get $p) (local.get $p))";
    let found = unrolled("", &format!("(loop $again {store} {STEP} {COUNT})"));
    assert_eq!(found.matches("get 0, get 0, store 0, get 0, 12, add, set 0, ").count(), 4, "{found}");
}

/// Verifies that a round of many operators comes twice, and one of very many as it is.
#[test]
fn long_rounds_come_less_often() {
    let stores = |number: usize| "(i32.store (local.get $p) (i32.const 7)) ".repeat(number);
    let loops = |number: usize| {
        let written = metered("", &format!("(loop $again {} {COUNT})", stores(number)), &Options::default());
        let in_one = written.split(|operator| operator == "loop").nth(1).unwrap();
        in_one.iter().filter(|operator| *operator == "store 0").count()
    };
    // Of three operators each, and four that count.
    assert_eq!([loops(20), loops(21), loops(41)], [4 * 20, 2 * 21, 2 * 41]);
    assert_eq!(loops(42), 42);
}
