//! What metering adds to a function: a list of steps, each before one of its operators.

use crate::counted::Counted;
use crate::schedule::LengthCost;

/// What metering adds to one function.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What to add, and before which operator; in order.
    pub steps: Vec<(u32, Step)>,
    /// Ranges of operators that can never execute, and are left out.
    pub dead: Vec<(u32, u32)>,
    /// Loops that are charged at once where there is fuel for all of their rounds; in order.
    pub counted: Vec<Counted>,
    /// Whether it is checked where the function begins.
    pub checks_entry: bool,
    /// Where the gauge is kept within the function.
    pub home: Home,
}

impl Plan {
    /// Whether the function does not touch the gauge at all.
    pub fn is_inert(&self) -> bool {
        self.steps.is_empty() && !self.checks_entry
    }
}

/// Where the gauge is kept within a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Home {
    /// In the global.
    #[default]
    Global,
    /// In a local, written back before anybody else could look at the global.
    Local,
}

/// One thing that metering adds. Amounts are in units of the gauge.
///
/// What has executed and not been charged yet is *pending*; amounts that a check must take into account are
/// known where it stands, since all ways to it agree on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Read the global again: somebody else had it.
    Reload,
    /// Check, with this much pending.
    Check { pending: i64 },
    /// Subtract.
    Charge(i64),
    /// Write back.
    Sync,
    /// Check before an imported function is called; nothing is pending.
    CheckHostCall,
    /// Charge by the length on top of the stack, then check; nothing is pending.
    ChargeLength(LengthCost),
}

impl Step {
    /// The order of steps before one operator.
    pub fn rank(self) -> u8 {
        match self {
            Self::Reload | Self::Check { .. } => 0,
            Self::Charge(_) => 1,
            Self::Sync => 2,
            Self::CheckHostCall | Self::ChargeLength(_) => 3,
        }
    }

    /// About how many operations of wasmi a step is, in either home.
    pub fn weight(self, home: Home) -> u64 {
        let (global, local) = match self {
            Self::Reload => (0, 2),
            Self::Check { .. } | Self::CheckHostCall => (2, 1),
            Self::Charge(_) => (3, 1),
            Self::Sync => (0, 1),
            Self::ChargeLength(_) => (4, 3),
        };
        match home {
            Home::Global => global,
            Home::Local => local,
        }
    }
}
