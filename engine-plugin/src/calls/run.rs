//! Whether a script system is called in a pass, with how much fuel, and what comes of it.

use std::sync::Arc;
use std::time::Instant;

use bevy::prelude::Resource;

use crate::Limits;
use crate::calls::call::{Call, Ended, Scratch};
use crate::calls::columns::WorldColumns;
use crate::calls::policy::Allowance;
use crate::calls::slot::{ModuleSlot, Phases, Running, SystemRecord};
use crate::module::faults::Fault;
use crate::module::layout::CheckedSystem;
use crate::offer::clock::ScriptTime;
use crate::offer::condition::CheckedCondition;
use crate::types::value::first_provisional;

/// What the game has settled for every call.
#[derive(Debug)]
pub(crate) struct CallPolicy {
    pub limits: Arc<Limits>,
    pub faults_before_pause: u32,
    /// In how many of its first frames a version that faults is taken back.
    pub trial_frames: u32,
}

/// The policy, shared by all script systems.
#[derive(Resource)]
pub(crate) struct SharedPolicy(pub Arc<CallPolicy>);

/// Runs the system whose record is there once, if it may run.
pub(crate) fn run(
    slot: &ModuleSlot,
    at: usize,
    columns: &mut WorldColumns<'_, '_>,
    time: &ScriptTime,
    policy: &CallPolicy,
    scratch: &mut Scratch,
) {
    let mut running = slot.lock();
    let suspended = running.records.iter().filter(|record| record.suspended.is_some()).count();
    let Running { version: Some(version), records, log, paused_by_game: false, calls, shadow, .. } =
        &mut *running
    else {
        return;
    };
    let record = &mut records[at];
    let Some(index) = record.index.filter(|_| !record.paused) else { return };
    let layout = Arc::clone(&version.layout);
    let system = &layout.systems[index];
    let limits = &*policy.limits;
    if record.suspended.is_none() {
        if !is_due(system, record, columns, time, limits) {
            return;
        }
        *calls = calls.wrapping_add(1);
    }

    let began = Instant::now();
    let mut call = Call {
        version,
        record,
        columns,
        log,
        time,
        limits,
        scratch,
        first_entity: first_provisional(*calls),
        may_suspend: system.suspends && suspended < limits.suspended_calls_max as usize,
        began,
        phases: Phases::default(),
        fuel_used: 0,
        stopped: None,
    };
    let rows = match &call.record.suspended {
        Some(suspended) => Ok(suspended.rows),
        None => call.match_rows(&system.params),
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(fault) => {
            let telling = call.record.count_fault(&fault, policy.faults_before_pause);
            return call.record.tell_fault(&slot.name, fault, Vec::new(), telling);
        }
    };
    let Some(allowance) = allowance(call.record, system.budget(rows), rows) else { return };
    if let Some(shadow) = shadow {
        shadow.go_before(&mut call, at, rows);
    }
    let outcome = match call.record.suspended.take() {
        Some(suspended) => call.resume(suspended, system, &allowance),
        None => call.transact(system, index, &allowance),
    };
    if let Some(shadow) = shadow {
        shadow.compare(&mut call, at, &outcome, policy.faults_before_pause);
    }
    let telling =
        outcome.as_ref().err().map(|fault| call.record.count_fault(fault, policy.faults_before_pause));
    let frames = match (&outcome, telling) {
        (Err(fault), Some(telling)) if telling.is_due() && fault.has_place() => {
            call.trace(system, index, allowance.fuel, fault)
        }
        _ => Vec::new(),
    };
    let Call { record, version, fuel_used, phases, began, .. } = call;
    // Whatever a stopped call left behind in the instance goes with the instance.
    let outcome = outcome.map_err(|fault| match version.restart() {
        Ok(()) => fault,
        Err(error) => Fault::Restart(format!("{error} (after: {fault})")),
    });
    record.note_call(fuel_used, began, phases);
    record.stats.suspended_passes = record.suspended.as_ref().map_or(0, |suspended| suspended.passes);
    match outcome {
        Ok(ended) => {
            record.starved_in_row = 0;
            if let Ended::Finished(rows_changed) = ended {
                record.faults_in_row = 0;
                record.stats.rows_changed = rows_changed;
            }
        }
        Err(fault) => record.tell_fault(&slot.name, fault, frames, telling.unwrap_or_default()),
    }
}

/// Whether the conditions hold that are not Bevy's, and what it observes has happened.
fn is_due(
    system: &CheckedSystem,
    record: &mut SystemRecord,
    columns: &WorldColumns<'_, '_>,
    time: &ScriptTime,
    limits: &Limits,
) -> bool {
    let holds = |condition: &CheckedCondition| match condition {
        CheckedCondition::Every(ticks) => time.tick.is_multiple_of(*ticks),
        CheckedCondition::OnMessage(number) => record.inboxes.get_mut(*number).is_some_and(|inbox| {
            columns.collect(inbox, limits.message_bytes_max);
            inbox.len() > 0
        }),
        // Bevy has asked it.
        CheckedCondition::Game(_) => true,
    };
    if !system.conditions.iter().all(holds) {
        return false;
    }
    let mut events = system.params.messages.iter().zip(&mut record.inboxes);
    let mut is_observer = false;
    let happened = events.by_ref().filter(|(messages, _)| messages.is_event).any(|(_, inbox)| {
        is_observer = true;
        columns.collect(inbox, limits.message_bytes_max);
        inbox.len() > 0
    });
    happened || !is_observer
}

/// What a call may use, which is noted; `None` where that is nothing.
fn allowance(record: &mut SystemRecord, budget: u64, rows: u32) -> Option<Allowance> {
    let fuel = budget.min(record.fuel_left_in_frame);
    record.stats.rows = rows;
    record.stats.rows_total += u64::from(rows);
    record.stats.fuel_budget = budget;
    if fuel == 0 && budget > 0 {
        record.stats.starved += 1;
        record.starved_in_row = record.starved_in_row.saturating_add(1);
        return None;
    }
    Some(Allowance { fuel, budget, rows, is_module_short: record.is_module_short })
}
