//! The seam: what an engine does for one instance of a module.

use peristyle_metering::Gauge;

use super::host::HostState;
use crate::module::faults::GuestFault;

/// One instance of a metered module in some engine.
pub(super) trait Machine: Send + Sync {
    /// The whole linear memory.
    fn memory(&self) -> &[u8];

    /// The whole linear memory.
    fn memory_mut(&mut self) -> &mut [u8];

    /// Adds pages to the memory; the pages that there were before, or `None` where a limit forbids it.
    fn grow(&mut self, pages: u32) -> Option<u32>;

    /// The address that the manifest's global holds.
    fn manifest_address(&self) -> u32;

    /// The gauge that the module counts its fuel by.
    fn gauge(&mut self) -> Gauge;

    /// Sets the gauge.
    fn set_gauge(&mut self, gauge: Gauge);

    /// What must move with the memory where another instance goes on in the place of this one.
    fn snapshot(&mut self) -> Snapshot;

    /// Takes over a snapshot of another instance of the same module.
    fn restore(&mut self, snapshot: &Snapshot);

    /// In a traced module, the offsets in its file of the operator that was executing when a call stopped and
    /// of the call sites that led to it, innermost first.
    fn trace(&self) -> Vec<u32>;

    /// The host's side.
    fn host(&self) -> &HostState;

    /// The host's side.
    fn host_mut(&mut self) -> &mut HostState;

    /// Calls the module's `_initialize`, which must be there.
    fn initialize(&mut self) -> Result<(), Stop>;

    /// Calls a system by its index.
    fn call(&mut self, system: usize, frame: u32) -> Result<i32, Stop>;

    /// The same, but where its fuel runs out the call is only suspended: `None`.
    fn call_suspendable(&mut self, system: usize, frame: u32) -> Result<Option<i32>, Stop>;

    /// Goes on with the suspended call.
    fn resume(&mut self) -> Result<Option<i32>, Stop>;
}

/// Why a call did not return.
#[derive(Clone, Debug)]
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

impl Stop {
    pub fn no_such_system() -> Self {
        Self::Trap("it has no such system".to_owned())
    }
}

/// The mutable globals of an instance, but for the gauge.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// The bits of each; `None` for references, which a module cannot pass on.
    pub globals: Vec<Option<u128>>,
}

/// How a stop of the host travels through an engine.
#[derive(Debug)]
pub(super) struct Signal(pub Stop);

impl std::fmt::Display for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host stopped the call")
    }
}

impl std::error::Error for Signal {}

/// The traps that every engine has, in the words of the log: the same whichever engine it was.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trap {
    Unreachable,
    MemoryOutOfBounds,
    TableOutOfBounds,
    NullFunction,
    WrongSignature,
    DivisionByZero,
    IntegerOverflow,
    NotAnInteger,
}

impl Trap {
    pub fn stop(self) -> Stop {
        Stop::Trap(
            match self {
                Self::Unreachable => "`unreachable` was executed, as by a panic or a failed assertion",
                Self::MemoryOutOfBounds => "memory access out of bounds",
                Self::TableOutOfBounds => "table access out of bounds",
                Self::NullFunction => "a function was called through an empty place of a table",
                Self::WrongSignature => "a function of another type was called through a table",
                Self::DivisionByZero => "integer division by zero",
                Self::IntegerOverflow => {
                    "integer overflow, in a division or in a conversion from a floating-point number"
                }
                Self::NotAnInteger => "a NaN was converted to an integer",
            }
            .to_owned(),
        )
    }
}
