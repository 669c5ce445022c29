//! What a fault leads to: a report in the log, and after enough of them in a row a pause.

use std::sync::Arc;

use bevy::log::{debug, error, warn};

use crate::Limits;
use crate::calls::slot::SystemRecord;
use crate::insight::report::FaultReport;
use crate::module::engine::Stop;
use crate::module::faults::Fault;
use crate::module::source::SourceFrame;

/// What a call may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// What it may use now.
    pub fuel: u64,
    /// What it could use if nobody else had used anything.
    pub budget: u64,
    pub rows: u32,
    /// Whether it is its module's fuel that is short, and not that of all scripts.
    pub is_module_short: bool,
}

/// Turns the engine's stop into a fault.
pub(crate) fn fault_of(stop: Stop, limits: &Limits, allowance: &Allowance) -> Fault {
    let Allowance { fuel, budget, rows, is_module_short } = *allowance;
    match stop {
        Stop::OutOfFuel if fuel >= budget => Fault::OutOfFuel { budget, rows },
        Stop::OutOfFuel if is_module_short => Fault::ModuleFuelSpent { left: fuel, budget },
        Stop::OutOfFuel => Fault::FrameFuelSpent { left: fuel, budget },
        Stop::Recursion => {
            Fault::Recursion { recursion_max: limits.recursion_max, stack_bytes_max: limits.stack_bytes_max }
        }
        Stop::Trap(trap) => Fault::Trap(trap),
        Stop::Guest(fault) => Fault::Guest(fault),
    }
}

/// What is told about a fault, once it was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Telling {
    /// How often that fault has come, where the log is to name it.
    pub times: Option<u64>,
    /// Whether the system is paused by it.
    pub pauses: bool,
}

impl Telling {
    /// Whether anybody is to be told.
    pub fn is_due(self) -> bool {
        self.times.is_some() || self.pauses
    }
}

impl SystemRecord {
    /// Counts a fault, and pauses the system where it is one too many in a row.
    pub fn count_fault(&mut self, fault: &Fault, faults_before_pause: u32) -> Telling {
        self.stats.faults += 1;
        self.starved_in_row = if fault.is_starvation() { self.starved_in_row.saturating_add(1) } else { 0 };
        if !fault.counts_towards_pause() {
            return Telling::default();
        }
        self.faults_in_row += 1;
        self.paused = self.faults_in_row >= faults_before_pause;
        let times = if self.faults_in_row == 1 { self.named_faults.is_due(fault) } else { None };
        Telling { times, pauses: self.paused }
    }

    /// Tells a fault that was counted.
    pub fn tell_fault(&mut self, module: &str, fault: Fault, frames: Vec<SourceFrame>, telling: Telling) {
        let system = &self.name;
        let last = self.stats.last_report.take();
        let report = match last {
            // Known from the last time.
            Some(last) if frames.is_empty() && last.fault == fault => last,
            _ => Arc::new(FaultReport::new(fault.clone(), frames, self.last_lines.iter().cloned().collect())),
        };
        match telling.times {
            Some(1) => {
                warn!("script {module}::{system} did not finish, and nothing it did has happened: {report}")
            }
            Some(times) => {
                warn!("script {module}::{system} did not finish; this happened {times} times: {report}")
            }
            None => debug!("script {module}::{system} did not finish: {report}"),
        }
        if telling.pauses {
            error!(
                "script {module}::{system} is paused after {} faults in a row; change its file to resume it. \
                 The last fault: {report}",
                self.faults_in_row
            );
        }
        self.stats.last_report = Some(report);
        self.stats.last_fault = Some(Arc::new(fault));
    }
}
