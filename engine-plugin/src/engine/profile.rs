//! Detects an engine that was compiled in a way that overflows the native stack.

use thiserror::Error;
use wasmi::{Caller, Engine, Linker, Module, Store};

/// The engine was compiled with debug assertions, so that a loop in a module would overflow the
/// game's stack.
#[derive(Debug, Error)]
#[error(
    "the WebAssembly engine was compiled with debug assertions: a loop in a script would overflow the game's stack\n\
     (it grew by {stack_bytes} bytes in {iterations} turns of a loop). \
     Add these lines to the Cargo.toml at the root of your workspace:\n\n\
     [profile.dev.package.wasmi]\n\
     opt-level = 3\n\
     debug-assertions = false\n\n\
     and the same for any other profile of yours that turns debug assertions on"
)]
pub struct EngineProfileError {
    /// Turns of the loop that was run.
    pub iterations: u32,
    /// Bytes that the native stack grew by meanwhile; 0 in a sound build.
    pub stack_bytes: usize,
}

/// Turns of the loop: enough to tell growth from noise, and at some 900 bytes a turn far from
/// the end of any stack.
const ITERATIONS: u32 = 64;

/// Runs a short loop in the engine and looks whether the native stack grows with it.
///
/// wasmi dispatches by tail calls that debug assertions turn into ordinary calls. A library
/// cannot set the profile of those who use it, so the plugin calls this when it starts.
///
/// # Errors
/// [`EngineProfileError`], whose message has the lines to add.
///
/// ```
/// bevy_peristyle::check_engine_profile().expect("this workspace sets the profile");
/// ```
pub fn check_engine_profile() -> Result<(), EngineProfileError> {
    let stack_bytes = stack_growth().unwrap_or(0);
    // A sound build calls the host from the same depth every time.
    if stack_bytes < 16 * ITERATIONS as usize {
        return Ok(());
    }
    Err(EngineProfileError { iterations: ITERATIONS, stack_bytes })
}

/// How far apart the stack addresses are that the host sees from the turns of one loop.
fn stack_growth() -> Result<usize, wasmi::Error> {
    let wat = format!(
        r#"(module
            (import "" "mark" (func $mark))
            (func (export "run") (local $i i32)
                (loop $turn
                    (call $mark)
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br_if $turn (i32.lt_u (local.get $i) (i32.const {ITERATIONS}))))))"#
    );
    let engine = Engine::default();
    let module = Module::new(&engine, wat)?;
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
