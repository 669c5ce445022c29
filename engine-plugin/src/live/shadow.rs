//! A new version of a module beside the running one: it is given the same in each call, in an instance of its own, and
//! nothing that it does happens; what it would have done is held against what the other did.

pub(crate) mod begin;
mod compare;
mod report;

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use bevy::prelude::*;

pub use report::{ShadowDifference, ShadowReport, ShadowSystem};

use crate::calls::call::{Call, Tried};
use crate::calls::commands::PendingCommands;
use crate::calls::slot::{Phases, Running, Version};
use crate::module::faults::Fault;
use crate::module::layout::CheckedSystem;
use crate::module::module_asset::ModuleContent;

/// A version that runs beside another.
#[derive(Debug)]
pub(crate) struct Shadow {
    version: Version,
    /// In the order of the report's systems.
    systems: Vec<ShadowCalls>,
    pub report: ShadowReport,
}

/// The calls of one system that are made twice.
#[derive(Debug)]
struct ShadowCalls {
    /// Its place in the new version, and in the records of the module; `None` where it is not compared.
    place: Option<(usize, usize)>,
    /// Its random generator.
    random: [u64; 4],
    pending: PendingCommands,
    /// The state blocks and the generator as they were before that call.
    before: (Vec<u8>, [u64; 4]),
    faults_in_row: u32,
    /// What came of the call that the running version is about to make.
    tried: Option<Result<Tried, Fault>>,
}

/// A version that has been asked to run beside another, until it is promoted or dropped.
#[derive(Debug)]
pub(crate) struct Shadowed {
    pub content: ModuleContent,
    pub hash: u64,
}

impl Shadow {
    pub fn beside(running: &Running, version: Version, frames: u32) -> Option<Self> {
        let old = running.version.as_ref()?;
        let old_systems = &old.layout.systems;
        let (mut systems, mut reports) = (Vec::new(), Vec::new());
        for (index, system) in version.layout.systems.iter().enumerate() {
            let record = running.records.iter().position(|record| record.name == system.name);
            let place = record.map(|record| (index, record));
            let before = old_systems.iter().find(|old| old.name == system.name);
            let not_compared = not_comparable(before, system);
            let random = record.map_or([0; 4], |record| running.records[record].random);
            let place = place.filter(|_| not_compared.is_none());
            systems.push(ShadowCalls {
                place,
                random,
                pending: PendingCommands::default(),
                before: (Vec::new(), random),
                faults_in_row: 0,
                tried: None,
            });
            reports.push(ShadowSystem { name: system.name.clone(), not_compared, ..ShadowSystem::default() });
        }
        let is_gone =
            |old: &&CheckedSystem| version.layout.systems.iter().all(|system| system.name != old.name);
        reports.extend(old_systems.iter().filter(is_gone).map(|old| ShadowSystem {
            name: old.name.clone(),
            not_compared: Some("the new version does not have it".to_owned()),
            ..ShadowSystem::default()
        }));
        let report = ShadowReport {
            version: version.hash,
            running: old.hash,
            frames,
            frames_done: 0,
            ended: None,
            systems: reports,
            state: Vec::new(),
        };
        Some(Self { version, systems, report })
    }

    /// New log lines for a frame.
    pub fn set_log_lines_left(&mut self, lines: u32) {
        if let Some(instance) = &mut self.version.instance {
            instance.set_log_lines_left(lines);
        }
    }

    /// Does what the running version is about to do in a call, on copies of the same.
    pub fn go_before(&mut self, call: &mut Call<'_, '_, '_>, record: usize, rows: u32) {
        let Self { version, systems, report } = self;
        if report.is_done() {
            return;
        }
        let Some((index, calls, report)) = of(systems, report, record) else { return };
        let began = Instant::now();
        calls.before.0.clone_from(&version.state);
        calls.before.1 = calls.random;
        let layout = Arc::clone(&version.layout);
        let system = &layout.systems[index];
        // While they are in the places of the running version's, all goes as for any other call.
        let mut swap = |call: &mut Call<'_, '_, '_>| {
            mem::swap(call.version, version);
            mem::swap(&mut call.record.random, &mut calls.random);
            mem::swap(&mut call.record.pending, &mut calls.pending);
        };
        swap(call);
        let tried = call.try_out(system, index, system.budget(rows));
        if tried.is_err() {
            // Whatever a stopped call left behind in the instance goes with the instance.
            let _ = call.version.restart();
        }
        swap(call);
        calls.tried = Some(tried);
        report.calls += 1;
        report.fuel += call.fuel_used;
        report.fuel_max = report.fuel_max.max(call.fuel_used);
        call.fuel_used = 0;
        // Its time is none of the running version's.
        call.phases = Phases::default();
        call.began += began.elapsed();
    }
}

/// The index of the system with that record in the new version, with its calls and what is said of them, if they
/// are made twice.
fn of<'s>(
    systems: &'s mut [ShadowCalls],
    report: &'s mut ShadowReport,
    record: usize,
) -> Option<(usize, &'s mut ShadowCalls, &'s mut ShadowSystem)> {
    let mut systems = systems.iter_mut().zip(&mut report.systems);
    systems.find_map(|(calls, report)| {
        let (index, _) = calls.place.filter(|(_, at)| *at == record)?;
        Some((index, calls, report))
    })
}

/// Why the calls of a system cannot be made for both versions.
fn not_comparable(running: Option<&CheckedSystem>, system: &CheckedSystem) -> Option<String> {
    let Some(running) = running else { return Some("the running version does not have it".to_owned()) };
    let why = if running.schedule != system.schedule {
        "it runs in another schedule"
    } else if running.params != system.params {
        "it reads or writes something else than in the running version"
    } else if running.conditions != system.conditions {
        "it runs under other conditions"
    } else if running.suspends || system.suspends {
        "its calls may be suspended"
    } else {
        return None;
    };
    Some(why.to_owned())
}
