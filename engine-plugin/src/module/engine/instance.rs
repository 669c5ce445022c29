//! One instance of a module, and calls into it.

use peristyle_metering::{FuelProfile, Gauge};

use super::host::{GuestLog, Watch};
use super::interpreter::Interpreted;
#[cfg(feature = "jit")]
use super::jit::Compiled;
use super::machine::{Machine, Stop};
use super::row_index::RowIndex;
use super::{CompiledModule, EngineError, EngineKind, PAGE_BYTES};

/// What one call did.
#[derive(Debug)]
pub(crate) struct CallReport {
    pub fuel_used: u64,
    /// What the export returned, `None` where the call was suspended, or why it did not return.
    pub outcome: Result<Option<i32>, Stop>,
}

/// One instance of a module. After a [`Stop`] it must be dropped.
pub(crate) struct Instance {
    machine: Box<dyn Machine>,
    /// Whether it says where its fuel goes.
    is_profiled: bool,
    recursion_max: u32,
    has_initialize: bool,
    /// Whether it imports `row_of`.
    asks_for_rows: bool,
}

impl Instance {
    /// Makes an instance of that kind with the given exports as its systems. No guest code runs.
    pub fn new<'a>(
        compiled: &CompiledModule,
        exports: impl IntoIterator<Item = &'a str>,
        kind: EngineKind,
    ) -> Result<Self, EngineError> {
        let missing = || EngineError::Engine("what it was made into is gone".to_owned());
        let module = match kind {
            EngineKind::Interpreter => &compiled.module,
            EngineKind::Profiler => compiled.profiled().ok_or_else(missing)?,
            EngineKind::Tracer => compiled.traced().ok_or_else(missing)?,
            EngineKind::Watcher => compiled.watched().ok_or_else(missing)?,
            #[cfg(feature = "jit")]
            EngineKind::Compiler => {
                let module = compiled.jit().ok_or_else(missing)?;
                return Ok(Self::of(compiled, Compiled::new(compiled, module, exports)?));
            }
        };
        let mut instance = Self::of(compiled, Interpreted::new(compiled, module, exports)?);
        instance.is_profiled = kind == EngineKind::Profiler;
        Ok(instance)
    }

    /// Takes over everything that another instance of the same module keeps.
    pub fn take_over(&mut self, other: &mut Self) -> Result<(), EngineError> {
        let (from, to) = (other.machine.memory().len(), self.machine.memory().len());
        let pages = from.saturating_sub(to).div_ceil(PAGE_BYTES as usize);
        if pages > 0 && self.machine.grow(pages as u32).is_none() {
            return Err(EngineError::Engine(format!("its memory of {from} bytes has no room")));
        }
        self.machine.memory_mut()[..from].copy_from_slice(other.machine.memory());
        self.machine.restore(&other.machine.snapshot());
        std::mem::swap(self.machine.host_mut(), other.machine.host_mut());
        Ok(())
    }

    /// Has calls of a watched module stop where part of its memory becomes bad.
    pub fn watch(&mut self, watch: Watch) {
        self.machine.host_mut().watch = Some(watch);
    }

    fn of(compiled: &CompiledModule, machine: impl Machine + 'static) -> Self {
        Self {
            machine: Box::new(machine),
            is_profiled: false,
            recursion_max: compiled.limits.recursion_max,
            has_initialize: compiled.has_initialize,
            asks_for_rows: compiled.asks_for_rows,
        }
    }

    /// After a call of a traced module stopped: the offsets in the module's file of the operator that was
    /// executing and of the call sites that led to it, innermost first.
    pub fn trace(&self) -> Vec<u32> {
        self.machine.trace()
    }

    /// The address that the manifest's global holds.
    pub fn manifest_address(&self) -> u32 {
        self.machine.manifest_address()
    }

    /// The whole linear memory.
    pub fn memory(&self) -> &[u8] {
        self.machine.memory()
    }

    /// The whole linear memory.
    pub fn memory_mut(&mut self) -> &mut [u8] {
        self.machine.memory_mut()
    }

    /// Adds `pages` to the memory and returns the address of the first new byte, or `None` where
    /// a limit forbids it.
    pub fn grow(&mut self, pages: u32) -> Option<u32> {
        self.machine.grow(pages)?.checked_mul(PAGE_BYTES)
    }

    /// Runs the module's own preparation, where it has one.
    pub fn initialize(&mut self, fuel: u64) -> CallReport {
        if !self.has_initialize {
            return CallReport { fuel_used: 0, outcome: Ok(Some(0)) };
        }
        self.run(fuel, |machine| machine.initialize().map(|()| Some(0)))
    }

    /// Calls the system with that index among the exports that the instance was made with.
    pub fn call(&mut self, system: usize, frame: u32, fuel: u64) -> CallReport {
        self.run(fuel, |machine| machine.call(system, frame).map(Some))
    }

    /// The same, but where the fuel runs out the call is suspended: [`Instance::resume`] goes on with it.
    pub fn call_suspendable(&mut self, system: usize, frame: u32, fuel: u64) -> CallReport {
        self.run(fuel, |machine| machine.call_suspendable(system, frame))
    }

    /// Goes on with the suspended call, with that much fuel.
    pub fn resume(&mut self, fuel: u64) -> CallReport {
        let stopped = self.machine.gauge();
        let gauge = stopped.with_fuel(fuel);
        if self.is_profiled {
            let given = gauge.fuel().saturating_sub(stopped.fuel());
            self.machine.host_mut().profile.refill(u64::try_from(given).unwrap_or(0));
        }
        self.run_from(gauge, |machine| machine.resume())
    }

    fn run(
        &mut self,
        fuel: u64,
        call: impl FnOnce(&mut dyn Machine) -> Result<Option<i32>, Stop>,
    ) -> CallReport {
        let gauge = Gauge::new(fuel, self.recursion_max);
        if self.is_profiled {
            self.machine.host_mut().profile.begin(gauge.fuel());
        }
        self.run_from(gauge, call)
    }

    fn run_from(
        &mut self,
        gauge: Gauge,
        call: impl FnOnce(&mut dyn Machine) -> Result<Option<i32>, Stop>,
    ) -> CallReport {
        self.machine.set_gauge(gauge);
        let outcome = call(&mut *self.machine);
        // Below zero where it stopped: it used more than it had.
        let left = self.machine.gauge().fuel();
        if self.is_profiled && !matches!(outcome, Ok(None)) {
            self.machine.host_mut().profile.end(left);
        }
        CallReport { fuel_used: u64::try_from(gauge.fuel().saturating_sub(left)).unwrap_or(0), outcome }
    }

    /// Where the fuel of the calls went that have ended since the last look, where it is profiled. That of a suspended call is
    /// kept until it has ended.
    pub fn take_profile(&mut self) -> Option<FuelProfile> {
        let profile = self.is_profiled.then(|| &mut self.machine.host_mut().profile)?;
        let is_suspended = profile.stack().len() > 0;
        if is_suspended { None } else { Some(std::mem::take(profile)) }
    }

    /// The index for `row_of` with one entry for each query of the next call, all empty; `None`
    /// where the module has no use for it.
    pub fn row_indices(&mut self, queries: usize) -> Option<&mut [RowIndex]> {
        if !self.asks_for_rows {
            return None;
        }
        let rows = &mut self.machine.host_mut().rows;
        rows.resize_with(queries, RowIndex::default);
        rows.iter_mut().for_each(RowIndex::clear);
        Some(rows)
    }

    /// Allows `lines` more log lines; called once a frame.
    pub fn set_log_lines_left(&mut self, lines: u32) {
        self.machine.host_mut().log_lines_left = lines;
    }

    /// Lines that may still be logged in this frame.
    pub fn log_lines_left(&self) -> u32 {
        self.machine.host().log_lines_left
    }

    /// The lines logged since the last look, and how many were dropped by the limit.
    pub fn take_logs(&mut self) -> (std::vec::Drain<'_, GuestLog>, u32) {
        let state = self.machine.host_mut();
        let dropped = std::mem::take(&mut state.log_lines_dropped);
        (state.logs.drain(..), dropped)
    }
}
