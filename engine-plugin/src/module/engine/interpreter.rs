//! wasmi, the engine that every module starts on.

use peristyle_abi::{INITIALIZE_EXPORT, MANIFEST_EXPORT, MEMORY_EXPORT};
use peristyle_metering::trace::{CALLS_END_EXPORT, CALLS_EXPORT, PC_EXPORT, frames};
use peristyle_metering::{ENTER_NAME, EXHAUSTED_MODULE, FUEL_EXPORT, Gauge, LEAVE_NAME, WROTE_NAME};
use wasmi::{
    Caller, CompilationMode, Config, Engine, Error, Global, Linker, Memory, Module, Store, StoreLimits,
    StoreLimitsBuilder, TrapCode, TypedFunc, TypedResumableCall, TypedResumableCallHostTrap, Val,
};

use super::host::{self, Calling, HostState};
use super::machine::{Machine, Signal, Snapshot, Stop, Trap};
use super::{CompiledModule, EngineError, PAGE_BYTES};
use crate::Limits;

/// Translates a metered module.
pub(super) fn translate(metered: &[u8], limits: &Limits) -> Result<Module, EngineError> {
    Module::new(&Engine::new(&config(limits)), metered)
        .map_err(|error| EngineError::Engine(error.to_string()))
}

/// The engine's settings. What could make two runs differ is refused by metering; modules count
/// their own fuel and depth.
fn config(limits: &Limits) -> Config {
    /// Calls that metering does not count, because they are small and call nothing.
    const UNCOUNTED_CALLS: usize = 2;
    // The engine takes no more than this.
    let stack_bytes = limits.stack_bytes_max.min(1_000_000) as usize;
    let mut config = Config::default();
    config
        .consume_fuel(false)
        // The work of a call must not depend on whether it is the first.
        .compilation_mode(CompilationMode::Eager)
        .set_max_recursion_depth(limits.recursion_max as usize + UNCOUNTED_CALLS)
        .set_min_stack_height(stack_bytes.min(1024))
        .set_max_stack_height(stack_bytes)
        .ignore_custom_sections(true);
    config
}

/// What the engine keeps with an instance.
struct StoreState {
    limits: StoreLimits,
    host: HostState,
    memory: Option<Memory>,
    fuel: Option<Global>,
}

/// One instance.
pub(super) struct Interpreted {
    store: Store<StoreState>,
    memory: Memory,
    fuel: Global,
    manifest: Global,
    globals: Vec<Global>,
    initialize: Option<TypedFunc<(), ()>>,
    systems: Vec<TypedFunc<i32, i32>>,
    suspended: Option<TypedResumableCallHostTrap<i32>>,
    trace: Option<Trace>,
}

/// Where a traced module says where it is.
struct Trace {
    pc: Global,
    calls: Memory,
    calls_end: Global,
}

impl Interpreted {
    /// Makes an instance with the given exports as its systems. No guest code runs.
    pub fn new<'a>(
        compiled: &CompiledModule,
        module: &Module,
        exports: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EngineError> {
        let limits = &compiled.limits;
        let failed = |error: &dyn std::fmt::Display| compiled.not_instantiated(error);
        let engine = module.engine();
        let state = StoreState {
            limits: StoreLimitsBuilder::new()
                .memory_size(limits.memory_pages_max as usize * PAGE_BYTES as usize)
                .table_elements(limits.table_elements_max as usize)
                .build(),
            host: HostState::new(limits),
            memory: None,
            fuel: None,
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limits);
        let mut linker = Linker::new(engine);
        link(&mut linker).map_err(|error| failed(&error))?;
        let instance = linker.instantiate_and_start(&mut store, module).map_err(|error| failed(&error))?;
        let missing = |name: &str| failed(&format_args!("its export `{name}` vanished"));
        let memory = instance.get_memory(&store, MEMORY_EXPORT).ok_or_else(|| missing(MEMORY_EXPORT))?;
        let global = |name: &str| instance.get_global(&store, name).ok_or_else(|| missing(name));
        let (manifest, fuel) = (global(MANIFEST_EXPORT)?, global(FUEL_EXPORT)?);
        let globals = compiled.global_exports.iter().map(|name| global(name)).collect::<Result<_, _>>()?;
        let initialize = compiled
            .has_initialize
            .then(|| instance.get_typed_func(&store, INITIALIZE_EXPORT))
            .transpose()
            .map_err(|error| failed(&error))?;
        let systems = exports
            .into_iter()
            .map(|export| instance.get_typed_func(&store, export))
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&error))?;
        let trace = instance.get_global(&store, PC_EXPORT).and_then(|pc| {
            let calls = instance.get_memory(&store, CALLS_EXPORT)?;
            Some(Trace { pc, calls, calls_end: instance.get_global(&store, CALLS_END_EXPORT)? })
        });
        let state = store.data_mut();
        (state.memory, state.fuel) = (Some(memory), Some(fuel));
        Ok(Self { store, memory, fuel, manifest, globals, initialize, systems, suspended: None, trace })
    }

    fn function(&self, system: usize) -> Result<TypedFunc<i32, i32>, Stop> {
        self.systems.get(system).copied().ok_or_else(Stop::no_such_system)
    }

    fn u32(&self, global: Global) -> u32 {
        match global.get(&self.store) {
            Val::I32(value) => value.cast_unsigned(),
            _ => 0,
        }
    }

    /// Forgets where the last call was.
    fn reset_trace(&mut self) {
        for global in self.trace.iter().flat_map(|trace| [trace.pc, trace.calls_end]) {
            // Metering made it a mutable i32.
            let _ = global.set(&mut self.store, Val::I32(0));
        }
    }

    /// What came of a call that can be suspended.
    fn settle(&mut self, outcome: Result<TypedResumableCall<i32>, Error>) -> Result<Option<i32>, Stop> {
        match outcome.map_err(|error| stop(&error))? {
            TypedResumableCall::Finished(result) => Ok(Some(result)),
            TypedResumableCall::HostTrap(trap) => match stop(trap.host_error()) {
                Stop::OutOfFuel => {
                    self.suspended = Some(trap);
                    Ok(None)
                }
                stop => Err(stop),
            },
            TypedResumableCall::OutOfFuel(_) => Err(Stop::OutOfFuel),
        }
    }
}

impl Machine for Interpreted {
    fn memory(&self) -> &[u8] {
        self.memory.data(&self.store)
    }

    fn memory_mut(&mut self) -> &mut [u8] {
        self.memory.data_mut(&mut self.store)
    }

    fn grow(&mut self, pages: u32) -> Option<u32> {
        let before = self.memory.grow(&mut self.store, u64::from(pages)).ok()?;
        u32::try_from(before).ok()
    }

    fn manifest_address(&self) -> u32 {
        self.u32(self.manifest)
    }

    fn gauge(&mut self) -> Gauge {
        match self.fuel.get(&self.store) {
            Val::I64(bits) => Gauge::from_bits(bits),
            _ => Gauge::new(0, 0),
        }
    }

    fn set_gauge(&mut self, gauge: Gauge) {
        // Metering made it a mutable i64.
        let _ = self.fuel.set(&mut self.store, Val::I64(gauge.to_bits()));
    }

    fn snapshot(&mut self) -> Snapshot {
        let globals = self.globals.iter().map(|global| match global.get(&self.store) {
            Val::I32(value) => Some(value.cast_unsigned().into()),
            Val::I64(value) => Some(value.cast_unsigned().into()),
            Val::F32(value) => Some(value.to_bits().into()),
            Val::F64(value) => Some(value.to_bits().into()),
            Val::V128(value) => Some(value.as_u128()),
            _ => None,
        });
        Snapshot { globals: globals.collect() }
    }

    fn restore(&mut self, snapshot: &Snapshot) {
        for (global, bits) in self.globals.iter().zip(&snapshot.globals) {
            let Some(bits) = *bits else { continue };
            let value = match global.get(&self.store) {
                Val::I32(_) => Val::I32((bits as u32).cast_signed()),
                Val::I64(_) => Val::I64((bits as u64).cast_signed()),
                Val::F32(_) => Val::F32(wasmi::F32::from_bits(bits as u32)),
                Val::F64(_) => Val::F64(wasmi::F64::from_bits(bits as u64)),
                Val::V128(_) => Val::V128(bits.into()),
                _ => continue,
            };
            // Exported by metering because it is mutable.
            let _ = global.set(&mut self.store, value);
        }
    }

    fn trace(&self) -> Vec<u32> {
        let Some(trace) = &self.trace else { return Vec::new() };
        frames(self.u32(trace.pc), trace.calls.data(&self.store), self.u32(trace.calls_end))
    }

    fn host(&self) -> &HostState {
        &self.store.data().host
    }

    fn host_mut(&mut self) -> &mut HostState {
        &mut self.store.data_mut().host
    }

    fn initialize(&mut self) -> Result<(), Stop> {
        self.initialize
            .map_or(Ok(()), |initialize| initialize.call(&mut self.store, ()).map_err(|error| stop(&error)))
    }

    fn call(&mut self, system: usize, frame: u32) -> Result<i32, Stop> {
        self.reset_trace();
        self.function(system)?.call(&mut self.store, frame.cast_signed()).map_err(|error| stop(&error))
    }

    fn call_suspendable(&mut self, system: usize, frame: u32) -> Result<Option<i32>, Stop> {
        self.reset_trace();
        let outcome = self.function(system)?.call_resumable(&mut self.store, frame.cast_signed());
        self.settle(outcome)
    }

    fn resume(&mut self) -> Result<Option<i32>, Stop> {
        let Some(suspended) = self.suspended.take() else {
            return Err(Stop::Trap("it has no suspended call".to_owned()));
        };
        let result = self.store.data_mut().host.result.take().map(Val::I32);
        let outcome = suspended.resume(&mut self.store, result.as_slice());
        self.settle(outcome)
    }
}

impl Calling for Caller<'_, StoreState> {
    fn parts(&mut self) -> (&[u8], &mut HostState) {
        match self.data().memory {
            Some(memory) => {
                let (memory, state) = memory.data_and_store_mut(self);
                (memory, &mut state.host)
            }
            None => (&[], &mut self.data_mut().host),
        }
    }

    fn gauge(&mut self) -> Gauge {
        match self.data().fuel.map(|fuel| fuel.get(&*self)) {
            Some(Val::I64(bits)) => Gauge::from_bits(bits),
            _ => Gauge::new(0, 0),
        }
    }

    fn set_gauge(&mut self, gauge: Gauge) {
        if let Some(fuel) = self.data().fuel {
            // Metering made it a mutable i64.
            let _ = fuel.set(self, Val::I64(gauge.to_bits()));
        }
    }
}

/// Links what modules may call, and what the instrumented ones call beside that.
fn link(linker: &mut Linker<StoreState>) -> Result<(), Error> {
    type From<'c> = Caller<'c, StoreState>;
    let error = |stop| Error::host(Signal(stop));
    host::link_contract!(&mut *linker, From<'_>, error);
    linker.func_wrap(EXHAUSTED_MODULE, WROTE_NAME, move |mut from: From<'_>| {
        host::wrote(&mut from).map_err(error)
    })?;
    linker.func_wrap(EXHAUSTED_MODULE, ENTER_NAME, |mut from: From<'_>, function: u32| {
        let left = from.gauge().fuel();
        from.data_mut().host.profile.enter(function, left);
    })?;
    linker.func_wrap(EXHAUSTED_MODULE, LEAVE_NAME, |mut from: From<'_>| {
        let left = from.gauge().fuel();
        from.data_mut().host.profile.leave(left);
    })?;
    Ok(())
}

impl wasmi::errors::HostError for Signal {}

fn stop(error: &Error) -> Stop {
    if let Some(Signal(stop)) = error.downcast_ref::<Signal>() {
        return stop.clone();
    }
    let trap = match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => Trap::MemoryOutOfBounds,
        Some(TrapCode::TableOutOfBounds) => Trap::TableOutOfBounds,
        Some(TrapCode::IndirectCallToNull) => Trap::NullFunction,
        Some(TrapCode::BadSignature) => Trap::WrongSignature,
        Some(TrapCode::IntegerDivisionByZero) => Trap::DivisionByZero,
        Some(TrapCode::IntegerOverflow) => Trap::IntegerOverflow,
        Some(TrapCode::BadConversionToInteger) => Trap::NotAnInteger,
        Some(TrapCode::StackOverflow) => return Stop::Recursion,
        Some(TrapCode::OutOfFuel) => return Stop::OutOfFuel,
        _ => return Stop::Trap(error.to_string()),
    };
    trap.stop()
}
