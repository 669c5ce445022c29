//! Which constants become part of offsets.

use peristyle_metering::{Exhaustion, Options, meter};
use wasmparser::{Operator, Parser, Payload};

/// The operators of the first function, metered.
pub fn metered(locals: &str, code: &str, options: &Options) -> Vec<String> {
    let wat = format!("(module (memory 1) (func (param $p i32) (param $n i32) (local {locals}) {code}))");
    let metered = meter(&wat::parse_str(wat).unwrap(), options).unwrap();
    let mut written = Vec::new();
    for payload in Parser::new(0).parse_all(&metered.wasm) {
        let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
        for operator in body.get_operators_reader().unwrap() {
            written.push(match operator.unwrap() {
                Operator::LocalGet { local_index } => format!("get {local_index}"),
                Operator::LocalSet { local_index } => format!("set {local_index}"),
                Operator::LocalTee { local_index } => format!("tee {local_index}"),
                Operator::I32Const { value } => value.to_string(),
                Operator::I64Const { value } => value.to_string(),
                Operator::I32Add => "add".to_owned(),
                Operator::I32Load { memarg } => format!("load {}", memarg.offset),
                Operator::I32Store { memarg } => format!("store {}", memarg.offset),
                Operator::F32Store { memarg } => format!("store {}", memarg.offset),
                Operator::Loop { .. } => "loop".to_owned(),
                Operator::Else => "else".to_owned(),
                Operator::I64LtU => "below".to_owned(),
                _ => "…".to_owned(),
            });
        }
    }
    written
}

/// What the first loop holds that is executed where all of its rounds are charged at once, up to its counter: behind
/// the loop of several rounds in one, for what is left of them.
fn folded(locals: &str, code: &str) -> String {
    let options = Options { exhaustion: Exhaustion::Trap, ..Options::default() };
    let written = metered(locals, code, &options);
    let fast = written.split(|operator| operator == "loop").nth(2).unwrap();
    let end = fast.iter().position(|operator| operator == "get 1").unwrap();
    fast[..end].join(", ")
}

pub const COUNT: &str = "(br_if $again (local.tee $n (i32.add (local.get $n) (i32.const -1))))";
pub const STEP: &str = "(local.set $p (i32.add (local.get $p) (i32.const 12)))";
const STEPPED: &str = "get 0, 12, add, set 0";

/// Verifies that sums are folded that are an address at once, and those that are kept in a local only to be one.
#[test]
fn sums_become_offsets() {
    let at_once = "(i32.store (i32.add (local.get $p) (i32.const 8))
        (i32.load offset=4 (i32.add (local.get $p) (i32.const 4))))";
    let found = folded("", &format!("(loop $again {at_once} {STEP} {COUNT})"));
    assert_eq!(found, format!("get 0, get 0, load 8, store 8, {STEPPED}"));

    let kept = "(i32.store (local.tee $t (i32.add (local.get $p) (i32.const 4))) (i32.load offset=16 (local.get $t)))
        (local.set $t (i32.add (local.get $p) (i32.const 8))) (i32.store (local.get $t) (i32.load (local.get $t)))";
    let found = folded("$t i32", &format!("(loop $again {kept} {STEP} {COUNT})"));
    assert_eq!(found, format!("get 0, get 0, load 20, store 4, get 0, get 0, load 8, store 8, {STEPPED}"));

    // What reads the local before the loop, or sets it first, does not mind.
    let code = format!(
        "(drop (local.get $t)) (loop $again {kept} {STEP} {COUNT})
            (if (local.get $p) (then (local.set $t (i32.const 1))) (else (return))) (drop (local.get $t))"
    );
    assert_eq!(folded("$t i32", &code), found);
}

/// Verifies that whether a pointer wraps is looked at before the loop, with the greatest step and constant, and that
/// the loop as it was written is there for where one does.
#[test]
fn whether_a_pointer_wraps_is_looked_at_first() {
    let code = format!(
        "(loop $again
            (i32.store (i32.add (local.get $p) (i32.const 8)) (i32.load (i32.add (local.get $q) (i32.const 4))))
            (local.set $q (i32.add (local.get $q) (i32.const 20))) {STEP} {COUNT})"
    );
    let written = metered("$q i32", &code, &Options::default()).join(", ");
    // The first local behind the function's own ones holds the gauge, the next one the rounds.
    let looked_at = "get 0, get 2, …, …, get 4, …, 20, …, …, 4294967288, below, …, …";
    assert!(written.contains(looked_at), "{written}");
    let slow = written.split("else").nth(1).unwrap();
    assert!(slow.contains("get 0, 8, add, get 2, 4, add, load 0, store 0, "), "{slow}");
}

/// Verifies that the stores which are done again with numbers that are canonical go where they went.
#[test]
fn stores_that_are_done_again_have_the_same_offset() {
    let code = format!(
        "(loop $again (f32.store offset=2 (i32.add (local.get $p) (i32.const 8)) (f32.sqrt (f32.load (local.get $p))))
            {STEP} {COUNT})"
    );
    let written = metered("", &code, &Options { canonical_nan: true, ..Options::default() }).join(", ");
    let (fast, slow) = written.split_once("else").unwrap();
    for offset in [22, 34, 46] {
        assert_eq!(fast.matches(&format!("store {offset}")).count(), 2, "{fast}");
    }
    assert_eq!([fast.matches("store 10").count(), fast.matches("store 2,").count()], [4, 0], "{fast}");
    assert_eq!([slow.matches("store 10").count(), slow.matches("store 2,").count()], [0, 2], "{slow}");
}

/// Verifies that a sum stays in its local where that is read as something else, later, or of another pointer.
#[test]
fn sums_that_somebody_else_reads_stay() {
    let sum = "(local.tee $t (i32.add (local.get $p) (i32.const 4)))";
    let store = format!("(i32.store {sum} (i32.load (local.get $t)))");
    let stays = "get 0, 4, add, tee 2, get 2, load 0, store 0, get 0, 12, add, set 0";
    for code in [
        format!("(loop $again {store} {STEP} {COUNT}) (drop (local.get $t))"),
        format!(
            "(loop $again {store} {STEP} {COUNT}) (block (br_if 0 (local.get $p)) (local.set $t (i32.const 1))) (drop (local.get $t))"
        ),
        format!(
            "(loop $around (drop (local.get $t)) (loop $again {store} {STEP} {COUNT}) (br_if $around (local.get $p)))"
        ),
    ] {
        let all = metered("$t i32", &code, &Options::default()).join(", ");
        // Four rounds in one, the rest of them, and where they are not charged at once.
        assert_eq!(all.matches(stays).count(), 6, "{code}: {all}");
    }
    let next_round =
        format!("(loop $again (i32.store offset=8 (local.get $t) (i32.const 0)) {store} {STEP} {COUNT})");
    assert_eq!(folded("$t i32", &next_round), format!("get 2, 0, store 8, {stays}"));
    let number = format!("(loop $again (i32.store {sum} (local.get $t)) {STEP} {COUNT})");
    assert_eq!(folded("$t i32", &number), format!("get 0, 4, add, tee 2, get 2, store 0, {STEPPED}"));
    let moved = format!("(loop $again {store} {STEP} (i32.store (local.get $t) (i32.const 1)) {COUNT})");
    assert_eq!(folded("$t i32", &moved), format!("{stays}, get 2, 1, store 0"));
}

/// Verifies that only what changes by a constant in each round is taken for a pointer, and nothing that is sure to wrap.
#[test]
fn pointers_that_may_do_anything_are_left_alone() {
    let store = "(i32.store (i32.add (local.get $p) (i32.const 4)) (i32.const 0))";
    for step in [
        format!("{STEP} {STEP}"),
        "(local.set $p (i32.add (local.get $p) (i32.const -12)))".to_owned(),
        "(local.set $p (i32.mul (local.get $p) (i32.const 12)))".to_owned(),
        "(local.set $p (i32.load (local.get $p)))".to_owned(),
    ] {
        let found = folded("", &format!("(loop $again {store} {step} {COUNT})"));
        assert!(found.starts_with("get 0, 4, add, 0, store 0, "), "{step}: {found}");
    }
    let standing = folded("", &format!("(loop $again {store} {COUNT})"));
    assert_eq!(standing, "get 0, 0, store 4");
    // From below zero up to zero.
    let count = "(br_if $again (local.tee $n (i32.add (local.get $n) (i32.const 4))))";
    let wraps =
        format!("(loop $again (i32.store (i32.add (local.get $n) (i32.const 4)) (i32.const 0)) {count})");
    let written = metered("", &wraps, &Options::default()).join(", ");
    assert_eq!(written.matches("get 1, 4, add, 0, store 0").count(), 6, "{written}");
    // The greatest offset that is raised to, and one that would be greater.
    for (offset, found) in [(65_531, "get 0, 0, store 65535, "), (65_532, "get 0, 4, add, 0, store 65532, ")]
    {
        let far = format!("(i32.store offset={offset} (i32.add (local.get $p) (i32.const 4)) (i32.const 0))");
        let written = folded("", &format!("(loop $again {far} {STEP} {COUNT})"));
        assert!(written.starts_with(found), "{written}");
    }
}
