//! The way back: versions that ran before, and versions that are taken back.

use bevy::log::warn;
use bevy::prelude::*;

use crate::calls::run::SharedPolicy;
use crate::calls::slot::{Running, SystemRecord};
use crate::insight::status::ScriptStatus;
use crate::live::carry::StateBefore;
use crate::live::prepare::{prepare, replace};
use crate::live::script_components::commit;
use crate::live::swap::swap;
use crate::live::versions::faults_of;

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
