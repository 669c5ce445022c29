//! A module as large as a real one.

use peristyle_tests::components::Counter;
use peristyle_tests::{Guest, System, write};

/// A module of at least `bytes` bytes, nearly all of them code, whose system writes `version` into
/// every counter's first row.
///
/// It is made of functions as compilers make them: a loop, memory, branches and calls of one
/// another. None but the first is called, yet all are checked and translated.
pub fn large_module(bytes: usize, version: u32) -> Vec<u8> {
    // What one function takes, found by trying: the first guess is never far off.
    let mut functions = bytes / 150;
    loop {
        let module = module(functions, version);
        if module.len() >= bytes {
            return module;
        }
        functions += (bytes - module.len()).div_ceil(150);
    }
}

fn module(functions: usize, version: u32) -> Vec<u8> {
    let body = format!(
        "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const {version}))
         (drop (call $f0 (local.get $frame) (i32.const 3)))"
    );
    let functions: String = (0..functions).map(function).collect();
    Guest::new().system(System::new("set", &body).query([write::<Counter>()])).extra(&functions).to_wasm()
}

fn function(index: usize) -> String {
    let seed = (index as u32).wrapping_mul(2_654_435_761);
    let (a, b, address) = (seed | 1, seed >> 7, 70_000 + index * 16);
    let call = match index {
        0 => "(local.get $sum)".to_owned(),
        _ => format!("(call $f{} (local.get $sum) (i32.const 1))", index - 1),
    };
    format!(
        "(func $f{index} (param $x i32) (param $n i32) (result i32) (local $i i32) (local $sum i32) (local $y f32)
            (block $done (loop $next
                (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
                (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const {a}))
                    (i32.xor (local.get $x) (i32.shr_u (local.get $sum) (i32.const 15)))))
                (local.set $y (f32.add (local.get $y) (f32.mul (f32.load (i32.const {address}))
                    (f32.convert_i32_s (i32.and (local.get $sum) (i32.const {b}))))))
                (if (i32.lt_s (local.get $sum) (i32.const {b}))
                    (then (f32.store offset=4 (i32.const {address}) (f32.neg (local.get $y))))
                    (else (i32.store offset=8 (i32.const {address})
                        (i32.rotl (local.get $sum) (local.get $i)))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $next)))
            (if (result i32) (i32.eqz (local.get $n)) (then {call}) (else (local.get $sum))))\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_has_the_size_that_was_asked_for() {
        let module = large_module(100_000, 7);
        assert!((90_000..120_000).contains(&module.len()), "{} bytes", module.len());
        assert_ne!(module, large_module(100_000, 8));
    }
}
