//! One instance of a module, and calls into it.

use wasmi::{Error, Global, Linker, Memory, Store, StoreLimitsBuilder, TrapCode, TypedFunc, Val};

use super::host::{FaultSignal, GuestLog, HostState};
use super::row_index::RowIndex;
use super::{CompiledModule, EngineError, PAGE_BYTES, host};
use crate::faults::GuestFault;
use peristyle_abi::{INITIALIZE_EXPORT, MANIFEST_EXPORT, MEMORY_EXPORT};

/// Why a call did not return.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It used up its fuel.
    OutOfFuel,
    /// Calls inside calls went too deep.
    Recursion,
    /// The engine stopped it, for the reason given.
    Trap(String),
    /// It called `fault`, or misused one of the host's functions.
    Guest(GuestFault),
}

/// What one call did.
#[derive(Debug)]
pub(crate) struct CallReport {
    pub fuel_used: u64,
    /// What the export returned, or why it did not return.
    pub outcome: Result<i32, Stop>,
}

/// One instance of a module. After a [`Stop`] it must be dropped.
pub(crate) struct Instance {
    store: Store<HostState>,
    memory: Memory,
    manifest: Global,
    initialize: Option<TypedFunc<(), ()>>,
    systems: Vec<TypedFunc<i32, i32>>,
    /// Whether it imports `row_of`.
    asks_for_rows: bool,
}

impl Instance {
    /// Makes an instance with the given exports as its systems. No guest code runs.
    pub fn new<'a>(
        compiled: &CompiledModule,
        exports: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, EngineError> {
        let limits = &compiled.limits;
        let failed = |error: &dyn std::fmt::Display| EngineError::Instantiate {
            reason: error.to_string(),
            memory_pages_max: limits.memory_pages_max,
            table_elements_max: limits.table_elements_max,
        };
        let engine = compiled.module.engine();
        let state = HostState {
            limits: StoreLimitsBuilder::new()
                .memory_size(limits.memory_pages_max as usize * PAGE_BYTES as usize)
                .table_elements(limits.table_elements_max as usize)
                .build(),
            memory: None,
            logs: Vec::new(),
            log_lines_left: limits.log_lines_per_frame_max,
            log_lines_dropped: 0,
            log_line_bytes_max: limits.log_line_bytes_max,
            rows: Vec::new(),
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limits);
        let mut linker = Linker::new(engine);
        host::link(&mut linker).map_err(|error| failed(&error))?;
        // Data and element segments are copied in without fuel: their size is the file's.
        store.set_fuel(u64::MAX).map_err(|error| failed(&error))?;
        let instance =
            linker.instantiate_and_start(&mut store, &compiled.module).map_err(|error| failed(&error))?;
        let missing = |name: &str| failed(&format_args!("its export `{name}` vanished"));
        let memory = instance.get_memory(&store, MEMORY_EXPORT).ok_or_else(|| missing(MEMORY_EXPORT))?;
        let manifest =
            instance.get_global(&store, MANIFEST_EXPORT).ok_or_else(|| missing(MANIFEST_EXPORT))?;
        store.data_mut().memory = Some(memory);
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
        let asks_for_rows = compiled.asks_for_rows;
        Ok(Self { store, memory, manifest, initialize, systems, asks_for_rows })
    }

    /// The address that the manifest's global holds.
    pub fn manifest_address(&self) -> u32 {
        match self.manifest.get(&self.store) {
            Val::I32(address) => address.cast_unsigned(),
            _ => 0,
        }
    }

    /// The whole linear memory.
    pub fn memory(&self) -> &[u8] {
        self.memory.data(&self.store)
    }

    /// The whole linear memory.
    pub fn memory_mut(&mut self) -> &mut [u8] {
        self.memory.data_mut(&mut self.store)
    }

    /// Adds `pages` to the memory and returns the address of the first new byte, or `None` where
    /// a limit forbids it.
    pub fn grow(&mut self, pages: u32) -> Option<u32> {
        let before = self.memory.grow(&mut self.store, u64::from(pages)).ok()?;
        u32::try_from(before).ok()?.checked_mul(PAGE_BYTES)
    }

    /// Runs the module's own preparation, where it has one.
    pub fn initialize(&mut self, fuel: u64) -> CallReport {
        match self.initialize {
            Some(initialize) => self.run(fuel, |store| initialize.call(store, ()).map(|()| 0)),
            None => CallReport { fuel_used: 0, outcome: Ok(0) },
        }
    }

    /// Calls the system with that index among the exports that the instance was made with.
    pub fn call(&mut self, system: usize, frame: u32, fuel: u64) -> CallReport {
        let Some(&function) = self.systems.get(system) else {
            let outcome = Err(Stop::Trap("it has no such system".to_owned()));
            return CallReport { fuel_used: 0, outcome };
        };
        self.run(fuel, |store| function.call(store, frame.cast_signed()))
    }

    fn run(
        &mut self,
        fuel: u64,
        call: impl FnOnce(&mut Store<HostState>) -> Result<i32, Error>,
    ) -> CallReport {
        // Fuel is switched on in the engine's settings, so neither access fails.
        let _ = self.store.set_fuel(fuel);
        let outcome = call(&mut self.store).map_err(stop);
        let fuel_used = fuel.saturating_sub(self.store.get_fuel().unwrap_or(0));
        CallReport { fuel_used, outcome }
    }

    /// The index for `row_of` with one entry for each query of the next call, all empty; `None`
    /// where the module has no use for it.
    pub fn row_indices(&mut self, queries: usize) -> Option<&mut [RowIndex]> {
        if !self.asks_for_rows {
            return None;
        }
        let rows = &mut self.store.data_mut().rows;
        rows.resize_with(queries, RowIndex::default);
        rows.iter_mut().for_each(RowIndex::clear);
        Some(rows)
    }

    /// Allows `lines` more log lines; called once a frame.
    pub fn set_log_lines_left(&mut self, lines: u32) {
        self.store.data_mut().log_lines_left = lines;
    }

    /// Lines that may still be logged in this frame.
    pub fn log_lines_left(&self) -> u32 {
        self.store.data().log_lines_left
    }

    /// The lines logged since the last look, and how many were dropped by the limit.
    pub fn take_logs(&mut self) -> (std::vec::Drain<'_, GuestLog>, u32) {
        let state = self.store.data_mut();
        let dropped = std::mem::take(&mut state.log_lines_dropped);
        (state.logs.drain(..), dropped)
    }
}

fn stop(mut error: Error) -> Stop {
    if let Some(FaultSignal(fault)) = error.downcast_mut::<FaultSignal>() {
        return Stop::Guest(std::mem::take(fault));
    }
    match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => Stop::OutOfFuel,
        Some(TrapCode::StackOverflow) => Stop::Recursion,
        _ => Stop::Trap(error.to_string()),
    }
}
