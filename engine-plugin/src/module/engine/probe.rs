//! Detects an engine that was compiled in a way that overflows the native stack.

use thiserror::Error;
use wasmi::{Caller, Engine, Linker, Module, Store};

/// The engine was compiled with debug assertions, or only in part with optimization, so that a
/// loop in a module would overflow the game's stack.
#[derive(Debug, Error)]
#[error(
    "the WebAssembly engine was compiled with debug assertions, or only in part with optimization, so a loop \
     in a script would overflow the game's stack (it grew by {stack_bytes} bytes in {iterations} turns of a loop).\n\
     Add these lines to the Cargo.toml at the root of your workspace, and the same for any other profile of \
     yours that is not optimized or turns debug assertions on:\n\n{CURE}"
)]
pub struct EngineProfileError {
    /// Turns of the loop that was run.
    pub iterations: u32,
    /// Bytes that the native stack grew by meanwhile; 0 in a sound build.
    pub stack_bytes: usize,
}

/// The lines that a workspace needs.
pub(crate) const CURE: &str = "\
[profile.dev.package.wasmi]
opt-level = 3
debug-assertions = false

[profile.dev.package.wasmi_core]
opt-level = 3
debug-assertions = false

[profile.dev.package.wasmi_ir]
opt-level = 3
debug-assertions = false
";

/// Turns of the loop: few, since in the worst build each turn leaves some 60 KiB of frames behind.
const ITERATIONS: u32 = 4;

/// Runs a short loop of every kind of operator and looks whether the native stack grows with it.
///
/// wasmi dispatches by tail calls, which the compiler makes only in optimized code without debug
/// assertions; and an operator whose helper in another crate is not inlined loses them too. A
/// library cannot set the profile of those who use it, so the plugin calls this when it starts.
///
/// # Errors
/// [`EngineProfileError`], whose message has the lines to add.
///
/// ```
/// bevy_peristyle::check_engine_profile().expect("this workspace sets the profile");
/// ```
pub fn check_engine_profile() -> Result<(), EngineProfileError> {
    let stack_bytes = stack_growth(&operators(), ITERATIONS).unwrap_or(0);
    // A sound build calls the host from the same depth every time. A call that is no tail call
    // takes at least 16 bytes.
    if stack_bytes < 16 * (ITERATIONS as usize - 1) {
        return Ok(());
    }
    Err(EngineProfileError { iterations: ITERATIONS, stack_bytes })
}

/// Whether the engine runs so slowly that it must have been compiled without optimization.
///
/// Only a warning hangs on it: the clock of a busy machine is no proof.
pub(crate) fn engine_is_slow() -> bool {
    const TURNS: u32 = 2_000;
    let run = || -> Result<std::time::Duration, wasmi::Error> {
        let body = "(loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))";
        let wat = format!(r#"(module (func (export "run") (param i32) {body}))"#);
        let wasm = wat::parse_str(wat).map_err(|error| wasmi::Error::new(error.to_string()))?;
        let engine = Engine::default();
        let module = Module::new(&engine, wasm)?;
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module)?;
        let function = instance.get_typed_func::<i32, ()>(&store, "run")?;
        let began = std::time::Instant::now();
        function.call(&mut store, TURNS as i32)?;
        Ok(began.elapsed())
    };
    // An optimized engine takes some nanoseconds a turn, one without optimization about a
    // thousand. The best of three, since the first may be interrupted.
    let best = (0..3).filter_map(|_| run().ok()).min();
    best.is_some_and(|time| time > std::time::Duration::from_nanos(200) * TURNS)
}

/// How far apart the stack addresses are that the host sees from the turns of one loop.
fn stack_growth(body: &str, iterations: u32) -> Result<usize, wasmi::Error> {
    let wat = format!(
        r#"(module
            (import "" "mark" (func $mark))
            (memory 1)
            (data $data "peristyle")
            (table $table 4 funcref)
            (elem (i32.const 0) $identity)
            (global $i32 (mut i32) (i32.const 1)) (global $i64 (mut i64) (i64.const 1))
            (global $f32 (mut f32) (f32.const 1)) (global $f64 (mut f64) (f64.const 1))
            (type $unary (func (param i32) (result i32)))
            (func $identity (param i32) (result i32) (local.get 0))
            (func (export "run") (local $turn i32)
                (local $i32 i32) (local $i64 i64) (local $f32 f32) (local $f64 f64) (local $v128 v128)
                (local.set $i32 (i32.const 1)) (local.set $i64 (i64.const 1))
                (local.set $f32 (f32.const 1)) (local.set $f64 (f64.const 1))
                (loop $next
                    (call $mark)
                    {body}
                    (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
                    (br_if $next (i32.lt_u (local.get $turn) (i32.const {iterations}))))))"#
    );
    let engine = Engine::default();
    let wasm = wat::parse_str(wat).map_err(|error| wasmi::Error::new(error.to_string()))?;
    let module = Module::new(&engine, wasm)?;
    let mut store = Store::new(&engine, (usize::MAX, 0usize));
    let mut linker = Linker::new(&engine);
    linker.func_wrap("", "mark", |mut caller: Caller<'_, (usize, usize)>| {
        let here = 0u8;
        let address = core::ptr::from_ref(core::hint::black_box(&here)).addr();
        let (lowest, highest) = caller.data_mut();
        *lowest = (*lowest).min(address);
        *highest = (*highest).max(address);
    })?;
    let instance = linker.instantiate_and_start(&mut store, &module)?;
    instance.get_typed_func::<(), ()>(&store, "run")?.call(&mut store, ())?;
    let (lowest, highest) = *store.data();
    Ok(highest.saturating_sub(lowest))
}

/// One of every kind of operator, with operands from locals, constants and other operators.
fn operators() -> String {
    const ADDRESSES: [&str; 3] =
        ["(i32.const 64)", "(local.get $i32)", "(i32.add (local.get $i32) (i32.const 3))"];
    let mut body: Vec<String> = Vec::new();
    for (ty, unary, binary, narrow) in [
        ("i32", &INTEGER_UNARY, &INTEGER_BINARY[..], &["8", "16"][..]),
        ("i64", &INTEGER_UNARY, &INTEGER_BINARY[..], &["8", "16", "32"][..]),
        ("f32", &FLOAT_UNARY, &FLOAT_BINARY[..], &[][..]),
        ("f64", &FLOAT_UNARY, &FLOAT_BINARY[..], &[][..]),
    ] {
        let local = format!("(local.get ${ty})");
        let constant = format!("({ty}.const 1)");
        let nested = format!("({ty}.add {local} {constant})");
        let operands = [&local, &constant, &nested];
        for operator in unary {
            body.extend(operands.map(|a| format!("(drop ({ty}.{operator} {a}))")));
        }
        for (operator, a) in binary.iter().flat_map(|operator| operands.map(|a| (operator, a))) {
            body.extend(operands.map(|b| format!("(drop ({ty}.{operator} {a} {b}))")));
        }
        for address in ADDRESSES {
            body.push(format!("(drop ({ty}.load {address})) (drop ({ty}.load offset=128 {address}))"));
            body.extend(
                operands.map(|a| format!("({ty}.store {address} {a}) ({ty}.store offset=128 {address} {a})")),
            );
            for bits in narrow {
                body.push(format!(
                    "(drop ({ty}.load{bits}_s {address})) (drop ({ty}.load{bits}_u {address}))"
                ));
                body.extend(operands.map(|a| format!("({ty}.store{bits} {address} {a})")));
            }
        }
        body.push(format!("(global.set ${ty} (global.get ${ty})) (local.set ${ty} {constant})"));
        body.extend(operands.map(|a| format!("(drop (select {a} {local} (local.get $i32)))")));
    }
    body.extend(OTHERS.map(str::to_owned));
    for (shape, lane) in [
        ("i8x16", "i32"),
        ("i16x8", "i32"),
        ("i32x4", "i32"),
        ("i64x2", "i64"),
        ("f32x4", "f32"),
        ("f64x2", "f64"),
    ] {
        body.push(format!("(local.set $v128 ({shape}.splat (local.get ${lane})))"));
        let sign = if matches!(shape, "i8x16" | "i16x8") { "_u" } else { "" };
        body.push(format!("(drop ({shape}.extract_lane{sign} 1 (local.get $v128)))"));
        body.push(format!("(drop ({shape}.replace_lane 1 (local.get $v128) (local.get ${lane})))"));
        let more: &[&str] = match shape {
            "f32x4" | "f64x2" => &["mul", "div", "min", "max", "lt"],
            "i8x16" => &["eq", "swizzle"],
            _ => &["mul", "eq"],
        };
        for operator in ["add", "sub"].iter().chain(more) {
            body.push(format!("(drop ({shape}.{operator} (local.get $v128) (local.get $v128)))"));
        }
    }
    body.join("\n")
}

const INTEGER_UNARY: [&str; 5] = ["clz", "ctz", "popcnt", "eqz", "extend8_s"];
const INTEGER_BINARY: [&str; 25] = [
    "add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor", "shl", "shr_s", "shr_u",
    "rotl", "rotr", "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
];
const FLOAT_UNARY: [&str; 5] = ["abs", "neg", "ceil", "nearest", "sqrt"];
const FLOAT_BINARY: [&str; 13] =
    ["add", "sub", "mul", "div", "min", "max", "copysign", "eq", "ne", "lt", "gt", "le", "ge"];

/// What has no pattern.
const OTHERS: [&str; 21] = [
    "(drop (i32.wrap_i64 (local.get $i64))) (drop (i64.extend_i32_s (local.get $i32)))",
    "(drop (i32.trunc_f32_s (local.get $f32))) (drop (i64.trunc_f64_u (local.get $f64)))",
    "(drop (i32.trunc_sat_f32_s (local.get $f32))) (drop (i64.trunc_sat_f64_u (local.get $f64)))",
    "(drop (f32.convert_i32_u (local.get $i32))) (drop (f64.convert_i64_s (local.get $i64)))",
    "(drop (f32.demote_f64 (local.get $f64))) (drop (f64.promote_f32 (local.get $f32)))",
    "(drop (i32.reinterpret_f32 (local.get $f32))) (drop (f64.reinterpret_i64 (local.get $i64)))",
    "(drop (call $identity (local.get $i32)))",
    "(drop (call_indirect (type $unary) (local.get $i32) (i32.const 0)))",
    "(drop (memory.size)) (drop (memory.grow (i32.const 0)))",
    "(memory.fill (i32.const 256) (i32.const 0) (i32.const 8))",
    "(memory.copy (i32.const 256) (i32.const 512) (i32.const 8))",
    "(memory.init $data (i32.const 256) (i32.const 0) (i32.const 0))",
    "(drop (table.get (i32.const 0))) (drop (table.size)) (drop (ref.is_null (ref.null func)))",
    "(table.set (i32.const 1) (table.get (i32.const 0))) (drop (table.grow (ref.null func) (i32.const 0)))",
    "(table.fill (i32.const 1) (ref.null func) (i32.const 1)) (table.copy (i32.const 2) (i32.const 1) (i32.const 1))",
    "(block $a (block $b (br_table $a $b (local.get $i32))))",
    "(block (br_if 0 (i64.eqz (local.get $i64)))) (if (f32.lt (local.get $f32) (f32.const 2)) (then (nop)) (else (nop)))",
    "(v128.store (i32.const 256) (v128.load (i32.const 512))) (drop (v128.load32_splat (i32.const 256)))",
    "(drop (v128.bitselect (local.get $v128) (local.get $v128) (v128.not (local.get $v128))))",
    "(drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (local.get $v128) (local.get $v128)))",
    "(drop (i32x4.trunc_sat_f32x4_s (local.get $v128))) (drop (v128.any_true (local.get $v128)))",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Verifies that the loop of all operators really runs: a loop that traps would hide growth.
    #[test]
    fn the_loop_of_all_operators_runs_to_its_end() {
        stack_growth(&operators(), ITERATIONS).expect("every operator is valid and none traps");
    }
}
