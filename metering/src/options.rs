//! What a host may choose.

use crate::schedule::CostSchedule;

/// What a host may choose. The default is what Peristyle uses.
///
/// ```
/// use peristyle_metering::{Exhaustion, Options};
///
/// let options = Options { exhaustion: Exhaustion::Trap, ..Options::default() };
/// assert_eq!(options.memory_pages_max, Some(2_048));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What everything costs.
    pub schedule: CostSchedule,
    /// What a module does where fuel runs out.
    pub exhaustion: Exhaustion,
    /// The most pages of 64 KiB that a memory may grow to. A module that allows itself more, or
    /// names no maximum, is given this one. `None` leaves maxima as they are and refuses a memory
    /// without one, since how far it can grow depends on the machine.
    pub memory_pages_max: Option<u32>,
    /// The same for the elements of each table.
    pub table_elements_max: Option<u32>,
    /// What a module says about its execution, besides its fuel.
    pub instrument: Instrument,
    /// Whether results of floating-point operators that are not numbers become the canonical one, where
    /// the specification leaves their bits to the engine. For hosts whose engine cannot do that, such
    /// as browsers, or does it after every operator, as Cranelift does: here only results are looked at that
    /// somebody can tell from each other, who stores them for instance. It costs nothing in fuel.
    pub canonical_nan: bool,
    /// Where charges go.
    pub placement: Placement,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            schedule: CostSchedule::V1,
            exhaustion: Exhaustion::Host,
            memory_pages_max: Some(2_048),
            table_elements_max: Some(10_000),
            instrument: Instrument::None,
            canonical_nan: false,
            placement: Placement::Merged,
        }
    }
}

/// What a module does where fuel runs out or calls nest too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhaustion {
    /// It calls the import [`EXHAUSTED_NAME`](crate::EXHAUSTED_NAME) of
    /// [`EXHAUSTED_MODULE`](crate::EXHAUSTED_MODULE) and goes on if that returns. The host refills
    /// the gauge before it returns, or raises an error to stop or to suspend the call.
    Host,
    /// It calls the same import, which raises an error: the call cannot go on. Where a compiler runs the
    /// module, this is cheaper, since nothing needs to outlive that call.
    Stop,
    /// It executes `unreachable`. The gauge says why.
    Trap,
}

/// Where charges go. Every placement gives the same figures at every check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// As few charges as the checks allow.
    Merged,
    /// One before each operator that costs anything: slow, and plain enough to compare with.
    EveryOperator,
}

/// What a module says about its execution, besides its fuel. Fuel is the same with all of them, and so is
/// the operator at which it runs out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instrument {
    /// Nothing.
    #[default]
    None,
    /// Which operator executes, and the call sites that led to it: see [`trace`](crate::trace). The module
    /// has a second memory then, which not every engine takes, and takes up to about twice as long.
    Trace,
    /// The same, and that something was written to the memory: behind each operator that writes, the module calls
    /// the import [`WROTE_NAME`](crate::WROTE_NAME) of [`EXHAUSTED_MODULE`](crate::EXHAUSTED_MODULE), so that a host
    /// can look who it was that wrote something.
    Watch,
    /// Which function begins and that it is left, at an exact gauge: for a
    /// [`FuelProfile`](crate::FuelProfile). The module calls the imports [`ENTER_NAME`](crate::ENTER_NAME)
    /// and [`LEAVE_NAME`](crate::LEAVE_NAME) of [`EXHAUSTED_MODULE`](crate::EXHAUSTED_MODULE), charges
    /// by [`Placement::EveryOperator`], and is several times slower.
    Profile,
}
