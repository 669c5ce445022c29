//! Versions of a module: those that ran, the one that is on trial, and the way back.

use bevy::prelude::*;

use crate::carry::StateBefore;
use crate::module_asset::ModuleContent;
use crate::reload::{prepare, replace};
use crate::run::SharedPolicy;
use crate::script_components::commit;
use crate::scripts::ScriptStatus;
use crate::slot::{Running, SystemRecord};
use crate::swap::swap;

/// A version of a module that runs, or has run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScriptVersion {
    /// xxh3-64 of its file.
    pub hash: u64,
    /// Why it was taken back, if it was: it faulted in its first frames.
    pub rolled_back: Option<String>,
    content: ModuleContent,
}

/// A version that has run for a few frames, and what there was before it.
#[derive(Debug)]
pub(crate) struct Trial {
    frames: u32,
    /// The version that ran before, which did not fault.
    before: u64,
    /// Its state blocks as they were.
    state: Vec<u8>,
    /// The random generators of all records as they were.
    generators: Vec<[u64; 4]>,
    /// How many calls had not finished, of all records.
    faults: u64,
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
fn faults_of(running: &Running) -> u64 {
    running.records.iter().map(|record| record.stats.faults).sum()
}

impl ScriptStatus {
    /// Puts a version that was swapped in behind those that ran before it.
    pub(crate) fn note_version(&mut self, hash: u64, content: ModuleContent, kept_max: u32) {
        self.versions.retain(|version| version.hash != hash);
        self.versions.push(ScriptVersion { hash, rolled_back: None, content });
        let needed = [self.version, self.trial.as_ref().map(|trial| trial.before)];
        while self.versions.len() > kept_max.max(2) as usize {
            let oldest = self.versions.iter().position(|version| !needed.contains(&Some(version.hash)));
            self.versions.remove(oldest.unwrap_or(0));
        }
    }

    /// The version so many places behind the running one in the order in which they came; before it where that is
    /// negative.
    pub(crate) fn version_beside(&self, places: isize) -> Option<u64> {
        let running = self.versions.iter().position(|version| Some(version.hash) == self.version)?;
        Some(self.versions.get(running.checked_add_signed(places)?)?.hash)
    }

    /// What a version that is kept consists of.
    pub(crate) fn content_of(&self, hash: u64) -> Option<ModuleContent> {
        let version = self.versions.iter().find(|version| version.hash == hash)?;
        Some(version.content.clone())
    }

    /// Why a version was taken back, if it was.
    pub(crate) fn rolled_back(&self, hash: u64) -> Option<&str> {
        self.versions.iter().find(|version| version.hash == hash)?.rolled_back.as_deref()
    }
}

/// Has a version run that ran before. State blocks go on as in every reload.
pub(crate) fn use_version(world: &mut World, status: &mut ScriptStatus, hash: u64) {
    if status.version == Some(hash) {
        return;
    }
    let Some(found) = status.versions.iter_mut().find(|version| version.hash == hash) else {
        let name = &status.name;
        return warn!("script {name} has no version {hash:016x} any more");
    };
    found.rolled_back = None;
    let content = found.content.clone();
    replace(world, status, content, hash);
}

/// Once a frame: takes a version back that has faulted in its first frames.
pub(crate) fn judge(world: &mut World, status: &mut ScriptStatus) {
    let Some(trial) = &mut status.trial else { return };
    let running = status.slot.lock();
    if faults_of(&running) > trial.faults {
        let reason = why(&running, trial.frames);
        drop(running);
        return roll_back(world, status, reason);
    }
    drop(running);
    trial.frames += 1;
    if trial.frames > world.resource::<SharedPolicy>().0.trial_frames {
        status.trial = None;
    }
}

/// What a version did that has faulted.
fn why(running: &Running, frames: u32) -> String {
    let faulted = |record: &&SystemRecord| record.index.is_some() && record.faults_in_row > 0;
    let record = running.records.iter().find(faulted).or(running.records.first());
    let report = record.and_then(|record| Some((&record.name, record.stats.last_report.as_ref()?)));
    let (system, fault) = match report {
        Some((system, report)) => (system.as_str(), report.headline()),
        None => ("one of its systems", "a fault".to_owned()),
    };
    format!("`{system}` faulted in frame {} of the new version: {fault}", frames + 1)
}

fn roll_back(world: &mut World, status: &mut ScriptStatus, reason: String) {
    let (Some(trial), Some(bad)) = (status.trial.take(), status.version) else { return };
    let Some(content) = status.content_of(trial.before) else { return };
    let before = StateBefore::Is(trial.state);
    let (version, definitions, carried) =
        match prepare(world, &status.slot, &status.path, content, trial.before, before) {
            Ok(prepared) => prepared,
            Err(refusal) => {
                return warn!(
                    "script {}: {reason}; the version before it cannot run any more: {refusal}",
                    status.name
                );
            }
        };
    commit(world, &status.name, definitions);
    swap(world, status, version, carried);
    status.trial = None;
    for (record, generator) in status.slot.lock().records.iter_mut().zip(trial.generators) {
        record.random = generator;
    }
    if let Some(version) = status.versions.iter_mut().find(|version| version.hash == bad) {
        version.rolled_back = Some(reason.clone());
    }
    let reason = format!("version {bad:016x} is taken back, {:016x} goes on: {reason}", trial.before);
    warn!("script {} ({}): {reason}", status.name, status.path);
    status.last_error = Some(reason);
}
