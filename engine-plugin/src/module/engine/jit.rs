//! wasmtime, which compiles modules to the processor's own code, where the feature `jit` is on.

use std::sync::OnceLock;

use peristyle_abi::{INITIALIZE_EXPORT, MANIFEST_EXPORT, MEMORY_EXPORT};
use peristyle_metering::{FUEL_EXPORT, Gauge};
use wasmtime::{
    Caller, Config, Engine, Error, Global, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder,
    Trap as Code, TypedFunc, Val,
};

use super::host::{self, Calling, HostState};
use super::machine::{Machine, Signal, Snapshot, Stop, Trap};
use super::{CompiledModule, EngineError, PAGE_BYTES};

/// The native stack that calls of a module may take: less than a thread has. Modules count the depth of their
/// calls themselves.
const STACK_BYTES: usize = 3 << 19;

/// Compiles a metered module.
pub(super) fn compile(metered: &[u8]) -> Result<Module, EngineError> {
    let engine = engine().as_ref().map_err(|error| EngineError::Engine(error.clone()))?;
    Module::new(engine, metered).map_err(|error| EngineError::Engine(error.to_string()))
}

/// One for all modules: what it compiled is freed with the modules.
fn engine() -> &'static Result<Engine, String> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config
            .wasm_relaxed_simd(false)
            .max_wasm_stack(STACK_BYTES)
            // Where a fault is, the interpreter finds out.
            .wasm_backtrace_max_frames(None);
        Engine::new(&config).map_err(|error| error.to_string())
    })
}

/// What the engine keeps with an instance.
struct StoreState {
    limits: StoreLimits,
    host: HostState,
    memory: Option<Memory>,
    fuel: Option<Global>,
}

/// One instance.
pub(super) struct Compiled {
    /// To read a global the engine wants the store exclusively, and callers have it shared.
    manifest_address: u32,
    store: Store<StoreState>,
    memory: Memory,
    fuel: Global,
    globals: Vec<Global>,
    initialize: Option<TypedFunc<(), ()>>,
    systems: Vec<TypedFunc<i32, i32>>,
}

impl Compiled {
    /// Makes an instance with the given exports as its systems. No guest code runs.
    pub fn new<'a>(
        compiled: &CompiledModule,
        module: &Module,
        exports: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EngineError> {
        let limits = &compiled.limits;
        let failed = |error: &dyn std::fmt::Display| compiled.not_instantiated(error);
        let state = StoreState {
            limits: StoreLimitsBuilder::new()
                .memory_size(limits.memory_pages_max as usize * PAGE_BYTES as usize)
                .table_elements(limits.table_elements_max as usize)
                .build(),
            host: HostState::new(limits),
            memory: None,
            fuel: None,
        };
        let mut store = Store::new(module.engine(), state);
        store.limiter(|state| &mut state.limits);
        let mut linker = Linker::new(module.engine());
        link(&mut linker).map_err(|error| failed(&error))?;
        let instance = linker.instantiate(&mut store, module).map_err(|error| failed(&error))?;
        let missing = |name: &str| failed(&format_args!("its export `{name}` vanished"));
        let memory = instance.get_memory(&mut store, MEMORY_EXPORT).ok_or_else(|| missing(MEMORY_EXPORT))?;
        let mut global = |name: &str| instance.get_global(&mut store, name).ok_or_else(|| missing(name));
        let (manifest, fuel) = (global(MANIFEST_EXPORT)?, global(FUEL_EXPORT)?);
        let globals = compiled.global_exports.iter().map(|name| global(name)).collect::<Result<_, _>>()?;
        let manifest_address = manifest.get(&mut store).i32().unwrap_or(0).cast_unsigned();
        let initialize = compiled
            .has_initialize
            .then(|| instance.get_typed_func(&mut store, INITIALIZE_EXPORT))
            .transpose()
            .map_err(|error| failed(&error))?;
        let systems = exports
            .into_iter()
            .map(|export| instance.get_typed_func(&mut store, export))
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&error))?;
        let state = store.data_mut();
        (state.memory, state.fuel) = (Some(memory), Some(fuel));
        Ok(Self { manifest_address, store, memory, fuel, globals, initialize, systems })
    }
}

impl Machine for Compiled {
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
        self.manifest_address
    }

    fn gauge(&mut self) -> Gauge {
        Gauge::from_bits(self.fuel.get(&mut self.store).i64().unwrap_or(0))
    }

    fn set_gauge(&mut self, gauge: Gauge) {
        // Metering made it a mutable i64.
        let _ = self.fuel.set(&mut self.store, Val::I64(gauge.to_bits()));
    }

    fn snapshot(&mut self) -> Snapshot {
        let globals = self.globals.iter().map(|global| match global.get(&mut self.store) {
            Val::I32(value) => Some(value.cast_unsigned().into()),
            Val::I64(value) => Some(value.cast_unsigned().into()),
            Val::F32(bits) => Some(bits.into()),
            Val::F64(bits) => Some(bits.into()),
            Val::V128(bits) => Some(bits.as_u128()),
            _ => None,
        });
        Snapshot { globals: globals.collect() }
    }

    fn restore(&mut self, snapshot: &Snapshot) {
        for (global, bits) in self.globals.iter().zip(&snapshot.globals) {
            let Some(bits) = *bits else { continue };
            let value = match global.get(&mut self.store) {
                Val::I32(_) => Val::I32((bits as u32).cast_signed()),
                Val::I64(_) => Val::I64((bits as u64).cast_signed()),
                Val::F32(_) => Val::F32(bits as u32),
                Val::F64(_) => Val::F64(bits as u64),
                Val::V128(_) => Val::V128(bits.into()),
                _ => continue,
            };
            // Exported by metering because it is mutable.
            let _ = global.set(&mut self.store, value);
        }
    }

    fn trace(&self) -> Vec<u32> {
        Vec::new()
    }

    fn host(&self) -> &HostState {
        &self.store.data().host
    }

    fn host_mut(&mut self) -> &mut HostState {
        &mut self.store.data_mut().host
    }

    fn initialize(&mut self) -> Result<(), Stop> {
        let Some(initialize) = &self.initialize else { return Ok(()) };
        initialize.call(&mut self.store, ()).map_err(|error| stop(&error))
    }

    fn call(&mut self, system: usize, frame: u32) -> Result<i32, Stop> {
        let Some(function) = self.systems.get(system) else { return Err(Stop::no_such_system()) };
        function.call(&mut self.store, frame.cast_signed()).map_err(|error| stop(&error))
    }

    fn call_suspendable(&mut self, system: usize, frame: u32) -> Result<Option<i32>, Stop> {
        // Modules with systems that suspend stay with the interpreter.
        self.call(system, frame).map(Some)
    }

    fn resume(&mut self) -> Result<Option<i32>, Stop> {
        Err(Stop::Trap("it has no suspended call".to_owned()))
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
        let fuel = self.data().fuel.and_then(|fuel| fuel.get(self).i64());
        Gauge::from_bits(fuel.unwrap_or(0))
    }

    fn set_gauge(&mut self, gauge: Gauge) {
        if let Some(fuel) = self.data().fuel {
            // Metering made it a mutable i64.
            let _ = fuel.set(self, Val::I64(gauge.to_bits()));
        }
    }
}

/// Links what modules may call.
fn link(linker: &mut Linker<StoreState>) -> Result<(), Error> {
    host::link_contract!(linker, Caller<'_, StoreState>, |stop| Error::new(Signal(stop)));
    Ok(())
}

fn stop(error: &Error) -> Stop {
    if let Some(Signal(stop)) = error.downcast_ref::<Signal>() {
        return stop.clone();
    }
    let trap = match error.downcast_ref::<Code>() {
        Some(Code::UnreachableCodeReached) => Trap::Unreachable,
        Some(Code::MemoryOutOfBounds) => Trap::MemoryOutOfBounds,
        Some(Code::TableOutOfBounds) => Trap::TableOutOfBounds,
        Some(Code::IndirectCallToNull) => Trap::NullFunction,
        Some(Code::BadSignature) => Trap::WrongSignature,
        Some(Code::IntegerDivisionByZero) => Trap::DivisionByZero,
        Some(Code::IntegerOverflow) => Trap::IntegerOverflow,
        Some(Code::BadConversionToInteger) => Trap::NotAnInteger,
        Some(Code::StackOverflow) => return Stop::Recursion,
        _ => return Stop::Trap(error.to_string()),
    };
    trap.stop()
}
