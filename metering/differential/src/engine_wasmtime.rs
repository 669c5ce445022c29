//! wasmtime, where the feature `jit` is on.

use std::num::NonZeroUsize;

use peristyle_metering::{EXHAUSTED_MODULE, FUEL_EXPORT, GLOBAL_EXPORT_PREFIX, Gauge, RESERVED_PREFIX};
use wasmtime::{
    Config, Engine as WasmtimeEngine, Extern, ExternType, Func, Instance, Linker, Memory, Module, Store, Val,
    WasmBacktrace,
};

use crate::call::{FRAME_PAGES, Hash};
use crate::{Call, Engine, Error, Observation, Outcome, frame_words};

/// The native stack that a module may use: less than a thread has, and more than our calls need.
const STACK_BYTES: usize = 1 << 20;

/// More frames than our calls nest.
const FRAMES_MAX: usize = 40_000;

/// wasmtime, which compiles modules to the processor's own code.
pub struct Wasmtime {
    engine: WasmtimeEngine,
    /// The same for modules that are not metered: what is no number is made canonical by the engine.
    unmetered: WasmtimeEngine,
}

/// What the host's function raises where fuel runs out.
#[derive(Debug)]
struct Stop;

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Stop {}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Failed { name: "wasmtime", message: error.to_string() }
}

/// The engine's settings: everything that could differ from another engine is off, but for results that are not
/// numbers, which modules make canonical themselves with fewer checks.
#[must_use]
pub fn wasmtime_config() -> Config {
    let mut config = Config::new();
    config
        .max_wasm_stack(STACK_BYTES)
        .relaxed_simd_deterministic(true)
        .wasm_backtrace_max_frames(NonZeroUsize::new(FRAMES_MAX))
        .wasm_relaxed_simd(false);
    config
}

impl Wasmtime {
    /// A new engine.
    ///
    /// # Errors
    /// It cannot run on this machine.
    pub fn new() -> Result<Self, Error> {
        let mut unmetered = wasmtime_config();
        unmetered.cranelift_nan_canonicalization(true);
        Ok(Self {
            engine: WasmtimeEngine::new(&wasmtime_config()).map_err(failed)?,
            unmetered: WasmtimeEngine::new(&unmetered).map_err(failed)?,
        })
    }

    /// For each call of a module that is not metered where it trapped: the offsets of the operator and of its
    /// callers, innermost first. Nothing where it finished. The fuel is not asked for: such a call must end.
    ///
    /// # Errors
    /// The engine did not understand.
    pub fn backtraces(&self, wasm: &[u8], calls: &[Call]) -> Result<Vec<Vec<u32>>, Error> {
        let module = Module::new(&self.unmetered, wasm).map_err(failed)?;
        let trace = |call: &Call| {
            let mut store = Store::new(&self.unmetered, ());
            let started = start(&mut store, &module, call)?;
            let Err(error) = started.result else { return Ok(Vec::new()) };
            let trace = error.downcast_ref::<WasmBacktrace>().ok_or_else(|| failed("no backtrace"))?;
            let offset = |frame: &wasmtime::FrameInfo| frame.module_offset().map(|offset| offset as u32);
            Ok(trace.frames().iter().filter_map(offset).collect())
        };
        calls.iter().map(trace).collect()
    }
}

/// An instance whose imports do nothing, but for the one that ends a call.
fn instantiate(store: &mut Store<()>, module: &Module) -> Result<Instance, Error> {
    let mut linker = Linker::new(store.engine());
    linker.allow_shadowing(true);
    for import in module.imports() {
        let item: Extern = match import.ty() {
            ExternType::Func(ty) => {
                let stops = import.module() == EXHAUSTED_MODULE;
                let results = ty.clone();
                Func::new(&mut *store, ty, move |_, _, out| {
                    if stops {
                        return Err(wasmtime::Error::new(Stop));
                    }
                    for (out, ty) in out.iter_mut().zip(results.results()) {
                        *out = Val::default_for_ty(&ty).unwrap_or(Val::I32(0));
                    }
                    Ok(())
                })
                .into()
            }
            ExternType::Global(ty) => {
                let zero = Val::default_for_ty(ty.content()).unwrap_or(Val::I32(0));
                wasmtime::Global::new(&mut *store, ty, zero).map_err(failed)?.into()
            }
            _ => return Err(failed("imports a memory or table")),
        };
        linker.define(&mut *store, import.module(), import.name(), item).map_err(failed)?;
    }
    linker.instantiate(&mut *store, module).map_err(failed)
}

/// A call that was made.
struct Started {
    instance: Instance,
    memory: Option<Memory>,
    result: wasmtime::Result<Vec<Val>>,
}

/// Makes a call in a new instance.
fn start(store: &mut Store<()>, module: &Module, call: &Call) -> Result<Started, Error> {
    let instance = instantiate(store, module)?;
    let mut own = instance.exports(&mut *store).filter(|export| !export.name().starts_with(RESERVED_PREFIX));
    let memory = own.find_map(wasmtime::Export::into_memory);
    drop(own);
    let mut frame = 0;
    if let Some(memory) = memory
        && let Ok(pages) = memory.grow(&mut *store, u64::from(FRAME_PAGES))
    {
        frame = pages as u32 * 65_536;
        let bytes: Vec<u8> = frame_words(frame).flat_map(u32::to_le_bytes).collect();
        memory.write(&mut *store, frame as usize, &bytes).map_err(failed)?;
    }
    if let Some(fuel) = instance.get_global(&mut *store, FUEL_EXPORT) {
        let gauge = Gauge::new(call.fuel, call.depth).to_bits();
        fuel.set(&mut *store, Val::I64(gauge)).map_err(failed)?;
    }
    let function = instance.get_func(&mut *store, &call.export).ok_or_else(|| failed("no such export"))?;
    let arguments: Vec<Val> =
        call.arguments.iter().map(|value| Val::I32(value.unwrap_or(frame.cast_signed()))).collect();
    let mut results = vec![Val::I32(0); function.ty(&*store).results().len()];
    let result = function.call(&mut *store, &arguments, &mut results);
    Ok(Started { instance, memory, result: result.map(|()| results) })
}

impl Engine for Wasmtime {
    fn name(&self) -> &str {
        "wasmtime 48"
    }

    fn leaves_nan_open(&self) -> bool {
        true
    }

    fn run(&mut self, wasm: &[u8], calls: &[Call]) -> Result<Vec<Observation>, Error> {
        let module = Module::new(&self.engine, wasm).map_err(failed)?;
        calls.iter().map(|call| observe(&self.engine, &module, call)).collect()
    }
}

fn observe(engine: &WasmtimeEngine, module: &Module, call: &Call) -> Result<Observation, Error> {
    let mut store = Store::new(engine, ());
    let Started { instance, memory, result } = start(&mut store, module, call)?;
    let outcome = match &result {
        Ok(_) => Outcome::Finished,
        Err(error) if error.downcast_ref::<Stop>().is_some() => Outcome::Stopped,
        Err(_) => Outcome::Trapped,
    };
    let mut hash = Hash::new();
    if let Some(memory) = memory {
        hash.bytes(memory.data(&store));
    }
    let mut globals: Vec<(u32, wasmtime::Global)> = instance
        .exports(&mut store)
        .filter_map(|export| {
            let index = export.name().strip_prefix(GLOBAL_EXPORT_PREFIX)?.parse().ok()?;
            Some((index, export.into_global()?))
        })
        .collect();
    globals.sort_by_key(|(index, _)| *index);
    for (_, global) in globals {
        let bits = match global.get(&mut store) {
            Val::I32(value) => u64::from(value.cast_unsigned()),
            Val::I64(value) => value.cast_unsigned(),
            Val::F32(bits) => u64::from(bits),
            Val::F64(bits) => bits,
            // JavaScript cannot read the others.
            _ => 0,
        };
        hash.word(bits as u32);
        hash.word((bits >> 32) as u32);
    }
    if let Ok([Val::I32(result)]) = result.as_deref() {
        hash.word(result.cast_unsigned());
    }
    let fuel = instance.get_global(&mut store, FUEL_EXPORT).ok_or_else(|| failed("exports no fuel"))?;
    let Val::I64(gauge) = fuel.get(&mut store) else { return Err(failed("fuel is no i64")) };
    Ok(Observation { outcome, gauge, state: hash.finish() })
}
