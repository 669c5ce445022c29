//! A module that stores what every floating-point operator makes of everything that is no number.

use std::fmt::Write as _;

/// Quiet and signalling ones of either sign, with and without other bits, the canonical one among them; what becomes
/// one when added, multiplied or divided; and ordinary numbers.
const F32: &[u32] = &[
    0x7fc0_0000,
    0xffc0_0000,
    0x7fc1_2345,
    0xffff_ffff,
    0x7f80_0001,
    0xff80_0001,
    0x7fa5_a5a5,
    0x7f80_0000,
    0xff80_0000,
    0,
    0x8000_0000,
    0x3fc0_0000,
    0xc020_0000,
    0x0000_0001,
    0x7f7f_ffff,
];
const F64: &[u64] = &[
    0x7ff8_0000_0000_0000,
    0xfff8_0000_0000_0000,
    0x7ff8_1234_5678_9abc,
    0xffff_ffff_ffff_ffff,
    0x7ff0_0000_0000_0001,
    0xfff0_0000_0000_0001,
    0x7ff4_a5a5_a5a5_a5a5,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0,
    0x8000_0000_0000_0000,
    0x3ff8_0000_0000_0000,
    0xc004_0000_0000_0000,
    0x0000_0000_0000_0001,
    0x7fef_ffff_ffff_ffff,
];

const BINARY: &[&str] = &["add", "sub", "mul", "div", "min", "max"];
const UNARY: &[&str] = &["sqrt", "ceil", "floor", "trunc", "nearest"];
/// Operators that move and compare bits, and must leave them as they are.
const BITS_BINARY: &[&str] = &["copysign"];
const BITS_UNARY: &[&str] = &["abs", "neg"];
const LANES_BITS: &[&str] = &["pmin", "pmax"];

/// Where results go, one behind the other.
const OUT: u32 = 4_096;

/// The module, as text. Its memory begins with the values, each four times.
pub(crate) fn nans() -> String {
    let mut data = String::new();
    for value in F32 {
        data += &escaped(&value.to_le_bytes()).repeat(4);
    }
    for value in F64 {
        data += &escaped(&value.to_le_bytes()).repeat(2);
    }
    let mut wat = format!("(module (memory (export \"memory\") 1 8) (data (i32.const 0) \"{data}\")\n");
    for (ty, access) in [("f32", "f32"), ("f64", "f64"), ("f32x4", "v128"), ("f64x2", "v128")] {
        let bits = if access == "v128" { LANES_BITS } else { BITS_BINARY };
        for op in BINARY.iter().chain(bits) {
            both(&mut wat, ty, access, &format!("{ty}.{op}"));
        }
        for op in UNARY.iter().chain(BITS_UNARY) {
            one(&mut wat, ty, access, access, &format!("{ty}.{op}"));
        }
    }
    one(&mut wat, "f64", "f64", "f32", "f32.demote_f64");
    one(&mut wat, "f32", "f32", "f64", "f64.promote_f32");
    one(&mut wat, "f64x2", "v128", "v128", "f32x4.demote_f64x2_zero");
    one(&mut wat, "f32x4", "v128", "v128", "f64x2.promote_low_f32x4");
    chained(&mut wat);
    wat += ")";
    wat
}

fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

/// Where the values of a type begin, and behind the last.
fn values(ty: &str) -> (usize, usize) {
    let [first, second] = [F32.len() * 16, F64.len() * 16];
    if ty.starts_with("f32") { (0, first) } else { (first, first + second) }
}

/// Every pair of values.
fn both(wat: &mut String, ty: &str, access: &str, op: &str) {
    let (begin, end) = values(ty);
    let _ = writeln!(
        wat,
        "(func (export \"{op}\") (param i32) (local $a i32) (local $b i32) (local $out i32)
            (local.set $out (i32.const {OUT})) (local.set $a (i32.const {begin}))
            (loop $as
                (local.set $b (i32.const {begin}))
                (loop $bs
                    ({access}.store (local.get $out)
                        ({op} ({access}.load (local.get $a)) ({access}.load (local.get $b))))
                    (local.set $out (i32.add (local.get $out) (i32.const 16)))
                    (br_if $bs (i32.ne (local.tee $b (i32.add (local.get $b) (i32.const 16))) (i32.const {end}))))
                (br_if $as (i32.ne (local.tee $a (i32.add (local.get $a) (i32.const 16))) (i32.const {end})))))"
    );
}

/// Every value.
fn one(wat: &mut String, ty: &str, access: &str, result: &str, op: &str) {
    let (begin, end) = values(ty);
    let _ = writeln!(
        wat,
        "(func (export \"{op}\") (param i32) (local $a i32)
            (local.set $a (i32.const {begin}))
            (loop $as
                ({result}.store offset={OUT} (local.get $a) ({op} ({access}.load (local.get $a))))
                (br_if $as (i32.ne (local.tee $a (i32.add (local.get $a) (i32.const 16))) (i32.const {end})))))"
    );
}

/// Results that are not numbers as operands, arguments, results and the content of globals.
fn chained(wat: &mut String) {
    let (begin, end) = values("f64");
    let _ = writeln!(
        wat,
        "(global $f32 (mut f32) (f32.const 1.5)) (global $f64 (mut f64) (f64.const -2.5))
        (func $sum (param f32 f64) (result f64)
            (f64.add (f64.promote_f32 (f32.mul (local.get 0) (f32.const -1))) (local.get 1)))
        (func (export \"chained\") (param i32) (result f64) (local $a i32) (local $sum f64)
            (local.set $a (i32.const {begin}))
            (loop $as
                (local.set $sum (f64.load (local.get $a)))
                (f64.store offset={OUT} (local.get $a)
                    (f64.neg (f64.sqrt (f64.sub (f64.load (local.get $a)) (local.get $sum)))))
                (global.set $f32 (f32.demote_f64 (f64.copysign (local.get $sum) (f64.const -1))))
                (global.set $f64 (call $sum (global.get $f32) (local.get $sum)))
                (i64.store offset={OUT} (i32.add (local.get $a) (i32.const 8))
                    (i64.reinterpret_f64 (global.get $f64)))
                (i32.store offset={} (local.get $a)
                    (f64.lt (f64.div (f64.const 0) (f64.load (local.get $a))) (f64.const 1)))
                (v128.store offset={} (local.get $a)
                    (f64x2.add (f32x4.min (v128.load (local.get $a)) (v128.load (i32.const 32)))
                        (v128.load (local.get $a))))
                (br_if $as (i32.ne (local.tee $a (i32.add (local.get $a) (i32.const 16))) (i32.const {end}))))
            (f64.mul (global.get $f64) (f64.const 2)))",
        OUT + 2_048,
        OUT + 4_096
    );
}
