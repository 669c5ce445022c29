//! wasmi.

use peristyle_metering::trace::{CALLS_END_EXPORT, CALLS_EXPORT, PC_EXPORT, frames};
use peristyle_metering::{
    ENTER_NAME, EXHAUSTED_MODULE, EXHAUSTED_NAME, FUEL_EXPORT, FuelProfile, GLOBAL_EXPORT_PREFIX, Gauge,
    RESERVED_PREFIX,
};
use wasmi::{
    AsContext, Caller, Config, Engine as WasmiEngine, Extern, ExternType, Func, Instance, Linker, Module,
    Store, Val,
};

use crate::call::{FRAME_PAGES, Hash};
use crate::{Call, Engine, Error, Observation, Outcome, frame_words};

/// wasmi, with the features and limits that the plugin uses.
#[derive(Debug, Default)]
pub struct Wasmi;

/// What a traced call showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// What is seen afterwards, as of any module.
    pub observation: Observation,
    /// The offsets of what executed last and of its callers, innermost first.
    pub frames: Vec<u32>,
    /// The same whenever an imported function was called, except where fuel ran out.
    pub at_host_calls: Vec<Vec<u32>>,
}

/// What a profiled call showed.
#[derive(Clone, Debug)]
pub struct Profiled {
    /// What is seen afterwards, as of any module.
    pub observation: Observation,
    /// Where its fuel went.
    pub profile: FuelProfile,
    /// The functions that were in when it ended, outermost first.
    pub stack: Vec<u32>,
}

impl Wasmi {
    /// Makes each call in a new instance of a traced module.
    ///
    /// # Errors
    /// The engine did not understand.
    pub fn run_traced(&self, wasm: &[u8], calls: &[Call]) -> Result<Vec<Traced>, Error> {
        let engine = WasmiEngine::new(&config());
        let module = Module::new(&engine, wasm).map_err(failed)?;
        let trace = |call| {
            let mut store = Store::new(&engine, Witness::default());
            let (instance, observation) = observe(&mut store, &module, call)?;
            let frames = read_frames(&store, |name| instance.get_export(&store, name));
            Ok(Traced {
                observation,
                frames: frames.unwrap_or_default(),
                at_host_calls: store.into_data().traces,
            })
        };
        calls.iter().map(trace).collect()
    }

    /// Makes each call in a new instance of a profiled module.
    ///
    /// # Errors
    /// The engine did not understand.
    pub fn run_profiled(&self, wasm: &[u8], calls: &[Call]) -> Result<Vec<Profiled>, Error> {
        let engine = WasmiEngine::new(&config());
        let module = Module::new(&engine, wasm).map_err(failed)?;
        let profile = |call: &Call| {
            let mut store = Store::new(&engine, Witness::default());
            store.data_mut().profile.begin(Gauge::new(call.fuel, call.depth).fuel());
            let (_, observation) = observe(&mut store, &module, call)?;
            let mut profile = store.into_data().profile;
            let stack = profile.stack().collect();
            profile.end(Gauge::from_bits(observation.gauge).fuel());
            Ok(Profiled { observation, profile, stack })
        };
        calls.iter().map(profile).collect()
    }
}

/// What imported functions see while a call lasts.
#[derive(Debug, Default)]
struct Witness {
    traces: Vec<Vec<u32>>,
    profile: FuelProfile,
}

/// A host function that ends the call where fuel ran out, or notes what it sees.
fn witness(
    mut caller: Caller<'_, Witness>,
    (from, name): (&str, &str),
    first: Option<&Val>,
) -> Result<(), Stop> {
    if from != EXHAUSTED_MODULE {
        if let Some(frames) = read_frames(&caller, |name| caller.get_export(name)) {
            caller.data_mut().traces.push(frames);
        }
        return Ok(());
    }
    let gauge = caller.get_export(FUEL_EXPORT).and_then(Extern::into_global).map(|fuel| fuel.get(&caller));
    let Some(Val::I64(gauge)) = gauge else { return Err(Stop) };
    let fuel_left = Gauge::from_bits(gauge).fuel();
    let profile = &mut caller.data_mut().profile;
    match (name, first) {
        (EXHAUSTED_NAME, _) => return Err(Stop),
        (ENTER_NAME, Some(Val::I32(function))) => profile.enter(function.cast_unsigned(), fuel_left),
        _ => profile.leave(fuel_left),
    }
    Ok(())
}

/// What a traced module's exports say; nothing for one that is not traced.
fn read_frames(store: impl AsContext, export: impl Fn(&str) -> Option<Extern>) -> Option<Vec<u32>> {
    let number = |name| match export(name)?.into_global()?.get(&store) {
        Val::I32(value) => Some(value.cast_unsigned()),
        _ => None,
    };
    let calls = export(CALLS_EXPORT)?.into_memory()?;
    Some(frames(number(PC_EXPORT)?, calls.data(&store), number(CALLS_END_EXPORT)?))
}

/// What the host's function raises where fuel runs out.
#[derive(Debug)]
struct Stop;

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl wasmi::errors::HostError for Stop {}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Failed { name: "wasmi", message: error.to_string() }
}

/// The engine's settings.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config
        .compilation_mode(wasmi::CompilationMode::Eager)
        .set_max_recursion_depth(20_000)
        .set_max_stack_height(1_000_000)
        .wasm_relaxed_simd(false);
    config
}

/// An instance whose imports do nothing, but note where they were called.
fn instantiate(store: &mut Store<Witness>, module: &Module) -> Result<Instance, Error> {
    let mut linker = Linker::new(store.engine());
    for import in module.imports() {
        let item: Extern = match import.ty() {
            ExternType::Func(ty) => {
                let name = (import.module().to_owned(), import.name().to_owned());
                let results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
                Func::new(&mut *store, ty.clone(), move |caller, arguments, out| {
                    witness(caller, (&name.0, &name.1), arguments.first()).map_err(wasmi::Error::host)?;
                    out.clone_from_slice(&results);
                    Ok(())
                })
                .into()
            }
            ExternType::Global(ty) => {
                wasmi::Global::new(&mut *store, Val::default_for_ty(ty.content()), ty.mutability()).into()
            }
            _ => return Err(failed("imports a memory or table")),
        };
        // A module may import the same thing twice.
        let _ = linker.define(import.module(), import.name(), item);
    }
    linker.instantiate_and_start(&mut *store, module).map_err(failed)
}

impl Engine for Wasmi {
    fn name(&self) -> &str {
        "wasmi 2.0.0"
    }

    fn run(&mut self, wasm: &[u8], calls: &[Call]) -> Result<Vec<Observation>, Error> {
        let engine = WasmiEngine::new(&config());
        let module = Module::new(&engine, wasm).map_err(failed)?;
        calls
            .iter()
            .map(|call| Ok(observe(&mut Store::new(&engine, Witness::default()), &module, call)?.1))
            .collect()
    }
}

fn observe(
    mut store: &mut Store<Witness>,
    module: &Module,
    call: &Call,
) -> Result<(Instance, Observation), Error> {
    let instance = instantiate(store, module)?;
    let mut own = instance.exports(&store).filter(|export| !export.name().starts_with(RESERVED_PREFIX));
    let memory = own.find_map(|export| export.into_memory());
    drop(own);
    let mut frame = 0;
    if let Some(memory) = memory
        && let Ok(pages) = memory.grow(&mut store, u64::from(FRAME_PAGES))
    {
        frame = pages as u32 * 65_536;
        let bytes: Vec<u8> = frame_words(frame).flat_map(u32::to_le_bytes).collect();
        memory.write(&mut store, frame as usize, &bytes).map_err(failed)?;
    }
    let fuel = instance.get_global(&store, FUEL_EXPORT).ok_or_else(|| failed("exports no fuel"))?;
    let gauge = Gauge::new(call.fuel, call.depth).to_bits();
    fuel.set(&mut store, Val::I64(gauge)).map_err(failed)?;
    let function = instance.get_func(&store, &call.export).ok_or_else(|| failed("no such export"))?;
    let arguments: Vec<Val> =
        call.arguments.iter().map(|value| Val::I32(value.unwrap_or(frame.cast_signed()))).collect();
    let mut results: Vec<Val> =
        function.ty(&store).results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
    let outcome = match function.call(&mut store, &arguments, &mut results) {
        Ok(()) => Outcome::Finished,
        Err(error) if error.downcast_ref::<Stop>().is_some() => Outcome::Stopped,
        Err(_) => Outcome::Trapped,
    };
    let mut hash = Hash::new();
    if let Some(memory) = memory {
        hash.bytes(memory.data(&store));
    }
    let mut globals: Vec<(u32, wasmi::Global)> = instance
        .exports(&store)
        .filter_map(|export| {
            let index = export.name().strip_prefix(GLOBAL_EXPORT_PREFIX)?.parse().ok()?;
            Some((index, export.into_global()?))
        })
        .collect();
    globals.sort_by_key(|(index, _)| *index);
    for (_, global) in globals {
        let bits = match global.get(&store) {
            Val::I32(value) => u64::from(value.cast_unsigned()),
            Val::I64(value) => value.cast_unsigned(),
            Val::F32(value) => u64::from(value.to_bits()),
            Val::F64(value) => value.to_bits(),
            // JavaScript cannot read the others.
            _ => 0,
        };
        hash.word(bits as u32);
        hash.word((bits >> 32) as u32);
    }
    if let (Outcome::Finished, [Val::I32(result)]) = (outcome, results.as_slice()) {
        hash.word(result.cast_unsigned());
    }
    let gauge = match fuel.get(&store) {
        Val::I64(gauge) => gauge,
        other => return Err(failed(format!("fuel is {other:?}"))),
    };
    Ok((instance, Observation { outcome, gauge, state: hash.finish() }))
}
