//! Versions of a module: those that ran, and the one that is on trial.

use crate::calls::slot::{Running, SystemRecord};
use crate::module::module_asset::ModuleContent;

/// A version of a module that runs, or has run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScriptVersion {
    /// xxh3-64 of its file.
    pub hash: u64,
    /// Why it was taken back, if it was: it faulted in its first frames.
    pub rolled_back: Option<String>,
    pub(crate) content: ModuleContent,
}

/// A version that has run for a few frames, and what there was before it.
#[derive(Debug)]
pub(crate) struct Trial {
    pub frames: u32,
    /// The version that ran before, which did not fault.
    pub before: u64,
    /// Its state blocks as they were.
    pub state: Vec<u8>,
    /// The random generators of all records as they were.
    pub generators: Vec<[u64; 4]>,
    /// How many calls had not finished, of all records.
    pub faults: u64,
}

impl Trial {
    /// What is kept of the version that runs, so that the next one can be taken back. `None` where it faults itself, or
    /// there is none.
    pub fn of(running: &Running) -> Option<Self> {
        let version = running.version.as_ref()?;
        let faults = |record: &SystemRecord| record.paused || record.faults_in_row > 0;
        if running.records.iter().any(faults) {
            return None;
        }
        Some(Self {
            frames: 0,
            before: version.hash,
            state: version.state.clone(),
            generators: running.records.iter().map(|record| record.random).collect(),
            faults: faults_of(running),
        })
    }
}

/// Calls of all systems that did not finish, over all versions.
pub(crate) fn faults_of(running: &Running) -> u64 {
    running.records.iter().map(|record| record.stats.faults).sum()
}
