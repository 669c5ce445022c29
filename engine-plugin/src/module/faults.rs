//! Why a call did not finish, and what a system's faults in a row lead to.

use std::borrow::Cow;
use thiserror::Error;
use xxhash_rust::xxh3::Xxh3;

/// What a guest said when it gave up: its panic, or its own `fault`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestFault {
    /// The message, cut at `Limits::log_line_bytes_max`.
    pub message: String,
    /// The source file, or empty where the guest does not know.
    pub file: String,
    /// The line, from 1; 0 where the guest does not know.
    pub line: u32,
    /// The column, from 1; 0 where the guest does not know.
    pub column: u32,
}

impl GuestFault {
    /// A fault that the host finds while it serves a guest.
    pub(crate) fn of_host(message: String) -> Self {
        Self { message, ..Self::default() }
    }
}

impl std::fmt::Display for GuestFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if !self.file.is_empty() {
            write!(f, " (at {}:{}:{})", self.file, self.line, self.column)?;
        }
        Ok(())
    }
}

/// Why a call did not finish. Nothing that it did has happened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The call used up its own budget.
    #[error(
        "out of fuel: it used its budget of {budget} ({rows} rows); look for an endless loop, or spread the work over \
         ticks"
    )]
    OutOfFuel {
        /// The budget of this call.
        budget: u64,
        /// Rows of all its queries.
        rows: u32,
    },
    /// The call was suspended so often that it is taken to be endless.
    #[error(
        "it was suspended {passes} times and has not finished, and suspended_passes_max is as many; it used {fuel} \
         fuel; look for an endless loop"
    )]
    SuspendedTooLong {
        /// How often.
        passes: u32,
        /// The fuel that it used in all.
        fuel: u64,
    },
    /// The scripts before it had left too little of the frame's fuel. It does not count towards
    /// pausing, since the system may be innocent.
    #[error("the frame's fuel is spent: {left} of the {budget} that it may use were left")]
    FrameFuelSpent {
        /// What was left for this call.
        left: u64,
        /// What it could have used.
        budget: u64,
    },
    /// The other systems of its module had left too little of the module's fuel for this frame. It does not
    /// count towards pausing either.
    #[error("its module's fuel for this frame is spent: {left} of the {budget} that it may use were left")]
    ModuleFuelSpent {
        /// What was left for this call.
        left: u64,
        /// What it could have used.
        budget: u64,
    },
    /// The engine stopped the call.
    #[error("trap: {0}")]
    Trap(String),
    /// The guest panicked or called `fault`.
    #[error("{0}")]
    Guest(GuestFault),
    /// The export returned a number other than 0.
    #[error("its function returned {0}; 0 means that it finished")]
    Returned(i32),
    /// The guest left bytes in a column that are no value of the field's type.
    #[error(
        "bad write: row {row} of `{component}{}{field}` holds {found}, where it must be {expected}",
        dot(field)
    )]
    BadWrite {
        /// The component.
        component: String,
        /// The way to the field, as `goal` or `slots[2].count`; empty where the component has no fields.
        field: String,
        /// The row, counted in the query's order.
        row: u32,
        /// What was found.
        found: String,
        /// What is possible.
        expected: Cow<'static, str>,
    },
    /// One of its commands cannot be done. None of them was.
    #[error("bad command: number {number}, {command}: {problem}")]
    BadCommand {
        /// Its number among the call's commands, from 0.
        number: u32,
        /// What it is, as `insert` or `spawn`.
        command: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It asks for a resource that the game has registered and not inserted, or has removed. It
    /// does not count towards pausing: the call waits until the resource is there.
    #[error("resource `{resource}` is not there yet")]
    MissingResource {
        /// The resource.
        resource: String,
    },
    /// The queries matched more rows than `Limits::rows_max`.
    #[error("its queries match {rows} rows; the limit rows_max is {rows_max}")]
    TooManyRows {
        /// Rows of all its queries.
        rows: u64,
        /// The limit.
        rows_max: u32,
    },
    /// Calls inside calls went deeper than `Limits::recursion_max`, or took more than
    /// `Limits::stack_bytes_max`.
    #[error(
        "recursion too deep: the limit recursion_max is {recursion_max} calls, and stack_bytes_max is \
         {stack_bytes_max} bytes of locals"
    )]
    Recursion {
        /// The limit on calls.
        recursion_max: u32,
        /// The limit on what their locals take.
        stack_bytes_max: u32,
    },
    /// The columns do not fit into `Limits::memory_pages_max`.
    #[error(
        "its columns take {frame_bytes} bytes, and the module's memory of {memory_bytes} bytes cannot grow \
         by that; the limit memory_pages_max is {memory_pages_max}"
    )]
    MemoryLimit {
        /// Bytes of the call frame.
        frame_bytes: u64,
        /// Bytes of the memory as it was.
        memory_bytes: u64,
        /// The limit in pages of 64 KiB.
        memory_pages_max: u32,
    },
    /// After a fault no new instance could be made.
    #[error("its module could not be started again: {0}")]
    Restart(String),
}

impl Fault {
    /// Whether the system itself is to blame, so that the fault counts towards pausing it.
    pub(crate) fn counts_towards_pause(&self) -> bool {
        !(self.is_starvation() || matches!(self, Self::MissingResource { .. }))
    }

    /// Whether it came about in the module's code, at a place that can be named.
    pub(crate) fn has_place(&self) -> bool {
        matches!(
            self,
            Self::OutOfFuel { .. }
                | Self::SuspendedTooLong { .. }
                | Self::BadWrite { .. }
                | Self::Trap(_)
                | Self::Guest(_)
                | Self::Recursion { .. }
        )
    }

    /// Whether others had used the fuel.
    pub(crate) fn is_starvation(&self) -> bool {
        matches!(self, Self::FrameFuelSpent { .. } | Self::ModuleFuelSpent { .. })
    }
}

fn dot(field: &str) -> &'static str {
    if field.is_empty() { "" } else { "." }
}

/// Faults of one system after which the log names the same one again.
const FAULTS_BETWEEN_LINES: u64 = 100;

/// Different faults of one system that are remembered; beyond, the oldest is forgotten.
const FAULTS_REMEMBERED_MAX: usize = 16;

/// Which faults of one system the log has named, so that one which comes and goes does not fill it.
/// Faults whose texts differ in their digits alone count as the same.
#[derive(Debug, Default)]
pub(crate) struct NamedFaults {
    /// The hash of its text without digits, and how often it came.
    known: Vec<(u64, u64)>,
}

impl NamedFaults {
    /// How often that fault has come, where the log is to name it.
    pub fn is_due(&mut self, fault: &Fault) -> Option<u64> {
        let mut hasher = Xxh3::new();
        let text = fault.to_string();
        text.split(|c: char| c.is_ascii_digit()).for_each(|part| hasher.update(part.as_bytes()));
        let hash = hasher.digest();
        let at = self.known.iter().position(|&(known, _)| known == hash).unwrap_or_else(|| {
            if self.known.len() == FAULTS_REMEMBERED_MAX {
                self.known.remove(0);
            }
            self.known.push((hash, 0));
            self.known.len() - 1
        });
        let times = &mut self.known[at].1;
        *times += 1;
        (*times % FAULTS_BETWEEN_LINES == 1).then_some(*times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_at_first_and_then_now_and_then() {
        let mut named = NamedFaults::default();
        let trap = |row: u64| Fault::Trap(format!("row {row} of this"));
        let due: Vec<u64> = (0..250).filter_map(|row| named.is_due(&trap(row))).collect();
        assert_eq!(due, [1, 101, 201]);
        assert_eq!(named.is_due(&Fault::Returned(3)), Some(1), "another one");
        assert_eq!(named.is_due(&Fault::Returned(4)), None);
    }
}
