//! What came of a shadow run.

use std::fmt;

use bevy::prelude::Entity;

/// How a new version of a module compares with the running one, call by call; in [`ScriptStatus::shadow`] while it runs
/// and afterwards.
///
/// Its `Display` is a table for people:
///
/// ```text
/// version 0a57c4ad62ad5ff1 beside 6a14b4f7b0bbb33c for 120 of 120 frames
/// system     calls  rows     differ  fuel a call  beside
/// integrate  120    24000    3120    15600        15480
///   integrate: 104 of 120 calls differ
///     call 3, entity 12v0: Velocity { x: 1 } would be Velocity { x: 1.2 }
///     call 17, entity 4v0: Velocity { x: -3 } would be Velocity { x: -3.6 }
/// steer      not compared: it reads or writes something else than in the running version
/// ```
///
/// [`ScriptStatus::shadow`]: crate::ScriptStatus::shadow
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShadowReport {
    /// xxh3-64 of the new version's file.
    pub version: u64,
    /// The version that runs.
    pub running: u64,
    /// For how many frames it runs beside the other.
    pub frames: u32,
    /// Of these, how many are over. Those in which the game paused the module are none.
    pub frames_done: u32,
    /// Why it ended before all of them were over, if it did.
    pub ended: Option<String>,
    /// Its systems, and then those that only the running version has.
    pub systems: Vec<ShadowSystem>,
    /// State blocks that differ at the end: what the running version holds, and what the new one does.
    pub state: Vec<ShadowDifference>,
}

/// How one system of a new version compares with that of the running one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShadowSystem {
    /// Its name.
    pub name: String,
    /// Why nothing is compared, if nothing is.
    pub not_compared: Option<String>,
    /// Calls that were made twice: in `FixedUpdate` one for each fixed step, of which a frame may have none or several.
    pub calls: u64,
    /// Of these, how many would have come out differently, in rows, resources or commands.
    pub calls_different: u64,
    /// Rows that the calls could write, over all columns and calls.
    pub rows: u64,
    /// Of these, how many would have come out differently.
    pub rows_different: u64,
    /// Which they are, and resources that would: each component of an entity, and each resource, in the first call in which
    /// it would; the first [`DIFFERENCES_MAX`](Self::DIFFERENCES_MAX) of them.
    pub differences: Vec<ShadowDifference>,
    /// Fuel that the running version's calls used.
    pub fuel_running: u64,
    /// Fuel that the new version's calls would have used.
    pub fuel: u64,
    /// The most that one call would have used.
    pub fuel_max: u64,
    /// Calls of the new version that would have faulted.
    pub faults: u64,
    /// Why the first of them would.
    pub first_fault: Option<String>,
    /// Calls of the running version that faulted.
    pub faults_running: u64,
}

impl ShadowSystem {
    /// The most [`differences`](Self::differences) that are listed.
    pub const DIFFERENCES_MAX: usize = 64;
}

/// One value that would have come out differently.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShadowDifference {
    /// The call, from 1 on; 0 for a state block at the end.
    pub call: u64,
    /// The name of the component, resource or state block.
    pub name: String,
    /// The entity whose component it is, if it is one's.
    pub entity: Option<Entity>,
    /// What the running version made of it.
    pub running: String,
    /// What the new one would have.
    pub shadow: String,
}

impl fmt::Display for ShadowDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.call > 0 {
            write!(f, "call {}, ", self.call)?;
        }
        if let Some(entity) = self.entity {
            write!(f, "entity {entity}: ")?;
        }
        write!(f, "{} would be {}", self.running, self.shadow)
    }
}

impl ShadowReport {
    /// Whether all of its frames are over, or it has ended.
    pub fn is_done(&self) -> bool {
        self.frames_done >= self.frames || self.ended.is_some()
    }

    /// Whether every system was called and compared, came out the same, and faulted in neither version.
    pub fn is_same(&self) -> bool {
        let is_same = |system: &ShadowSystem| {
            let faults = system.faults + system.faults_running;
            system.not_compared.is_none() && system.calls > 0 && system.calls_different + faults == 0
        };
        self.ended.is_none() && self.state.is_empty() && self.systems.iter().all(is_same)
    }
}

/// The table's columns, and how wide all but the first and last are.
const HEADINGS: [&str; 5] = ["calls", "rows", "differ", "fuel a call", "beside"];
const WIDTHS: [usize; 4] = [7, 9, 8, 13];

/// Of each system.
const DIFFERENCES_SHOWN: usize = 4;

impl fmt::Display for ShadowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, running, frames, frames_done, .. } = self;
        write!(f, "version {version:016x} beside {running:016x} for {frames_done} of {frames} frames")?;
        if let Some(why) = &self.ended {
            write!(f, "; ended, since {why}")?;
        }
        let names = self.systems.iter().map(|system| system.name.len());
        let width = names.max().unwrap_or(0).max("system".len());
        let mut line = |name: &str, cells: [String; 5]| {
            write!(f, "\n{name:width$}")?;
            for (cell, width) in cells.iter().zip(WIDTHS) {
                write!(f, "  {cell:<w$}", w = width - 2)?;
            }
            write!(f, "  {}", cells[4])
        };
        line("system", HEADINGS.map(str::to_owned))?;
        for system in self.systems.iter().filter(|system| system.not_compared.is_none()) {
            let calls = system.calls.max(1);
            let cells = [
                system.calls,
                system.rows,
                system.rows_different,
                system.fuel_running / calls,
                system.fuel / calls,
            ];
            line(&system.name, cells.map(|figure| figure.to_string()))?;
        }
        for system in &self.systems {
            let name = &system.name;
            if let Some(why) = &system.not_compared {
                write!(f, "\n{name:width$}  not compared: {why}")?;
            }
            if system.calls_different > 0 {
                write!(f, "\n  {name}: {} of {} calls differ", system.calls_different, system.calls)?;
                if system.differences.is_empty() {
                    f.write_str(", in their commands alone")?;
                }
                for difference in system.differences.iter().take(DIFFERENCES_SHOWN) {
                    write!(f, "\n    {difference}")?;
                }
                let more = system.differences.len().saturating_sub(DIFFERENCES_SHOWN);
                if more > 0 {
                    let or_more = system.differences.len() == ShadowSystem::DIFFERENCES_MAX;
                    write!(f, "\n    and {more}{} more", if or_more { " or" } else { "" })?;
                }
            }
            if let Some(fault) = &system.first_fault {
                write!(
                    f,
                    "\n  {name}: {} of {} calls would have faulted, first: {fault}",
                    system.faults, system.calls
                )?;
            }
        }
        for block in &self.state {
            write!(f, "\n  state at the end: {block}")?;
        }
        Ok(())
    }
}
