//! Counted loops that nobody wrote: pointers that are stepped, addresses of every kind, numbers that are none.

use arbitrary::{Arbitrary, Unstructured};
use peristyle_metering_differential::{Checked, Engine, Entry, Wasmi, check_with};

const MODULES: u64 = 150;
const FUNCTIONS: u32 = 6;

/// Locals that hold addresses, of which a loop steps some.
const POINTERS: [&str; 3] = ["$p", "$q", "$r"];

/// Where pointers begin: where the floats are, at the end of the memory and of everything, and in between.
const STARTS: [i64; 8] = [0, 16, 2_048, 30_000, 65_300, 65_500, (1 << 32) - 40, (1 << 32) - 400];

fn pick<'a, T: ?Sized>(of: &mut Unstructured<'_>, from: &[&'a T]) -> &'a T {
    from[of.int_in_range(0..=from.len() - 1).unwrap()]
}

/// Where something is read or written.
fn address(of: &mut Unstructured<'_>) -> String {
    let pointer = pick(of, &POINTERS);
    let constant = of.int_in_range(0..=7).unwrap() * 4;
    match of.int_in_range(0..=9).unwrap() {
        0..=3 => format!("(local.get {pointer})"),
        4..=6 => format!("(i32.add (local.get {pointer}) (i32.const {constant}))"),
        7 => format!("(local.tee $t (i32.add (local.get {pointer}) (i32.const {constant})))"),
        8 => "(local.get $t)".to_owned(),
        _ => format!("(i32.and (local.get {pointer}) (i32.const 4092))"),
    }
}

fn offset(of: &mut Unstructured<'_>) -> u32 {
    [0, 0, 0, 4, 8, 2, 65_500, 70_000][of.int_in_range(0..=7).unwrap()]
}

fn number(of: &mut Unstructured<'_>, depth: u32) -> String {
    let kinds = if depth == 0 { 2 } else { 6 };
    match of.int_in_range(0..=kinds).unwrap() {
        0 => "(local.get $f)".to_owned(),
        1 | 2 => {
            let offset = offset(of) % 65_500;
            format!("(f32.load offset={offset} {})", address(of))
        }
        3 => format!("(f32.neg {})", number(of, depth - 1)),
        _ => {
            let operator = pick(of, &["add", "sub", "mul", "min"]);
            let (left, right) = (number(of, depth - 1), number(of, depth - 1));
            format!("(f32.{operator} {left} {right})")
        }
    }
}

fn statement(of: &mut Unstructured<'_>) -> String {
    match of.int_in_range(0..=12).unwrap() {
        0..=4 => format!("(f32.store offset={} {} {})", offset(of), address(of), number(of, 2)),
        5 => format!("(local.set $f {})", number(of, 2)),
        6 => format!("(i32.store offset={} {} (i32.load {}))", offset(of), address(of), address(of)),
        7 => format!("(i32.store {} (local.get {}))", address(of), pick(of, &POINTERS)),
        8 => format!("(local.set $t (i32.add (local.get {}) (i32.const 4)))", pick(of, &POINTERS)),
        9 => format!("(v128.store8_lane 1 {} (v128.load {}))", address(of), address(of)),
        10 => format!("(global.set $g (i32.xor (global.get $g) (i32.load {})))", address(of)),
        11 => format!(
            "(v128.store {} (f32x4.add (v128.load {}) (v128.load {})))",
            address(of),
            address(of),
            address(of)
        ),
        _ => "(i32.store (i32.const 3000) (local.get $n))".to_owned(),
    }
}

/// The step of a counter with the test behind it, and where the counter begins.
fn counted(of: &mut Unstructured<'_>) -> (String, i32) {
    let rounds = of.int_in_range(1..=23).unwrap();
    let by = |step: i32| format!("(local.tee $n (i32.add (local.get $n) (i32.const {step})))");
    match of.int_in_range(0..=5).unwrap() {
        0 => (by(-1), rounds),
        1 => (format!("(i32.ne {} (local.get $end))", by(4)), 100 - 4 * rounds),
        2 => (format!("(i32.ne (local.get $end) {})", by(1)), 100 - rounds),
        3 => (format!("(i32.lt_u {} (i32.const 100))", by(3)), (100 - 3 * rounds).max(0)),
        4 => (format!("(i32.lt_s {} (i32.const 5))", by(2)), 5 - 2 * rounds),
        _ => ("(i32.ne (local.get $n) (i32.const 0))".to_owned(), rounds),
    }
}

fn function(of: &mut Unstructured<'_>, number: u32) -> String {
    let mut body: Vec<String> = (0..of.int_in_range(1..=7).unwrap()).map(|_| statement(of)).collect();
    let mut starts = String::new();
    for pointer in POINTERS {
        let start = STARTS[of.int_in_range(0..=STARTS.len() - 1).unwrap()] as u32;
        starts += &format!("(local.set {pointer} (i32.const {}))", start.cast_signed());
        let step = [0, 4, 12, 20, 4_096, -4][of.int_in_range(0..=5).unwrap()];
        if step != 0 {
            let at = of.int_in_range(0..=body.len()).unwrap();
            body.insert(
                at,
                format!("(local.set {pointer} (i32.add (local.get {pointer}) (i32.const {step})))"),
            );
        }
    }
    let (test, first) = counted(of);
    if test == "(i32.ne (local.get $n) (i32.const 0))" {
        let at = of.int_in_range(0..=body.len()).unwrap();
        body.insert(at, "(local.set $n (i32.add (local.get $n) (i32.const -1)))".to_owned());
    }
    let body = body.join("\n      ");
    format!(
        "  (func (export \"{number}\") (param i32) (result i32)
    (local $p i32) (local $q i32) (local $r i32) (local $t i32) (local $n i32) (local $end i32) (local $f f32)
    {starts} (local.set $n (i32.const {first})) (local.set $end (i32.const 100))
    (loop $again
      {body}
      (br_if $again {test}))
    (f32.store (i32.const 40000) (local.get $f))
    (i32.add (local.get $t) (i32.add (local.get $n) (i32.add (local.get $p) (i32.add (local.get $q) (local.get $r))))))\n"
    )
}

/// A module of loops. Where its memory begins there are floats of which some are no numbers.
fn module(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(8_000)
    .collect();
    let of = &mut Unstructured::new(&bytes);
    let mut data = String::new();
    for _ in 0..1_024 {
        let bits = match u8::arbitrary(of).unwrap() % 16 {
            0 => 0x7fc0_0001_u32,
            1 => 0xff80_0123,
            2 => 0x7f80_0000,
            other => (f32::from(other) - 7.5).to_bits(),
        };
        bits.to_le_bytes().iter().for_each(|byte| data += &format!("\\{byte:02x}"));
    }
    let functions: String = (0..FUNCTIONS).map(|number| function(of, number)).collect();
    format!(
        "(module (memory (export \"memory\") 1 2) (global $g (mut i32) (i32.const 0))\n  (data (i32.const 0) \"{data}\")\n{functions})"
    )
}

fn assert_same(wat: &str, checked: &Checked, counts: impl Fn(&String) -> bool) {
    let differences: Vec<&String> =
        checked.differences.iter().filter(|difference| counts(difference)).collect();
    let text = wat.lines().filter(|line| !line.contains("(data")).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{differences:#?}\n{text}");
}

/// Verifies that they do and cost what they do where each operator is charged by itself.
#[test]
fn counted_loops_of_any_kind_agree_with_plain_ones() {
    let (mut finished, mut calls) = (0, 0);
    for seed in 0..MODULES {
        let wat = module(seed);
        let entry = Entry::new(format!("loops {seed}"), wat::parse_str(&wat).unwrap()).unwrap();
        let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Wasmi)];
        let checked = check_with(&entry, &mut engines, 100_000).unwrap();
        assert_same(&wat, &checked, |_| true);
        finished += checked.golden.iter().filter(|line| line.contains(" finished ")).count();
        calls += checked.golden.len();
        #[cfg(feature = "jit")]
        {
            let mut engines: Vec<Box<dyn Engine>> =
                vec![Box::new(peristyle_metering_differential::Wasmtime::new().unwrap())];
            let checked = check_with(&entry, &mut engines, 100_000).unwrap();
            // Where a compiled call traps, what is no number may not be canonical yet.
            assert_same(&wat, &checked, |difference| !difference.contains("trapped with"));
        }
    }
    println!("{finished} of {calls} finished");
    assert!(finished * 3 > calls && finished < calls, "{finished} of {calls} finished");
}
