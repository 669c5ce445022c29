//! One call of one script system: map, call, finish.

use std::convert::Infallible;
use std::time::Instant;

use bevy::prelude::Resource;

use crate::Limits;
use crate::clock::ScriptTime;
use crate::columns::WorldColumns;
use crate::faults::Fault;
use crate::frame::FramePlan;
use crate::layout::CheckedSystem;
use crate::slot::{ModuleSlot, Phases, Running, Version, apply_fault_policy, fault_of};
use crate::write_back::{self, RowScratch};

/// What calls of one system use again and again, so that a frame allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    plan: FramePlan,
    rows: RowScratch,
}

/// What the game has settled for every call.
#[derive(Debug)]
pub(crate) struct CallPolicy {
    pub limits: std::sync::Arc<Limits>,
    pub faults_before_pause: u32,
}

/// The policy, shared by all script systems.
#[derive(Resource)]
pub(crate) struct SharedPolicy(pub std::sync::Arc<CallPolicy>);

/// Runs the system with that record once, if it may run.
pub(crate) fn run(
    slot: &ModuleSlot,
    record: usize,
    columns: &mut WorldColumns<'_, '_>,
    time: &ScriptTime,
    policy: &CallPolicy,
    scratch: &mut Scratch,
) {
    let mut running = slot.lock();
    let Running { version: Some(version), records, log, paused_by_game: false, .. } = &mut *running else {
        return;
    };
    let record = &mut records[record];
    let Some(index) = record.index.filter(|_| !record.paused) else { return };
    let layout = std::sync::Arc::clone(&version.layout);
    let system = &layout.systems[index];

    let began = Instant::now();
    let (limits, phases) = (&*policy.limits, Phases::default());
    let mut call = Call { version, columns, time, limits, scratch, began, phases, fuel_used: 0 };
    let rows = match call.count_rows() {
        Ok(rows) => rows,
        Err(fault) => return apply_fault_policy(&slot.name, record, fault, policy.faults_before_pause),
    };
    let budget = system.budget(rows);
    let fuel = budget.min(record.fuel_left_in_frame);
    record.stats.rows = rows;
    record.stats.rows_total += u64::from(rows);
    record.stats.fuel_budget = budget;
    if fuel == 0 && budget > 0 {
        record.stats.starved += 1;
        return;
    }
    let outcome = call.transact(system, index, fuel, budget, rows);
    let Call { fuel_used, phases, .. } = call;
    record.stats.bytes_mapped = scratch.plan.bytes;
    version.publish_logs(&system.name, log);
    // Whatever a stopped call left behind in the instance goes with the instance.
    let outcome = outcome.map_err(|fault| match version.restart() {
        Ok(()) => fault,
        Err(error) => Fault::Restart(format!("{error} (after: {fault})")),
    });
    record.note_call(fuel_used, began, phases);
    match outcome {
        Ok(rows_changed) => {
            record.faults_in_row = 0;
            record.stats.rows_changed = rows_changed;
        }
        Err(fault) => apply_fault_policy(&slot.name, record, fault, policy.faults_before_pause),
    }
}

struct Call<'a, 'w, 's> {
    version: &'a mut Version,
    columns: &'a mut WorldColumns<'w, 's>,
    time: &'a ScriptTime,
    limits: &'a Limits,
    scratch: &'a mut Scratch,
    began: Instant,
    phases: Phases,
    fuel_used: u64,
}

impl Call<'_, '_, '_> {
    /// Rows of each query into the plan; their sum, or a fault where they are too many.
    fn count_rows(&mut self) -> Result<u32, Fault> {
        let plan = &mut self.scratch.plan;
        plan.rows.clear();
        let mut total = 0u64;
        for query in self.columns.queries() {
            let rows = self.columns.rows(query);
            total = total.saturating_add(rows);
            plan.rows.push(u32::try_from(rows).unwrap_or(u32::MAX));
        }
        let rows_max = self.limits.rows_max;
        match u32::try_from(total) {
            Ok(rows) if rows <= rows_max => Ok(rows),
            _ => Err(Fault::TooManyRows { rows: total, rows_max }),
        }
    }

    /// Maps, calls and finishes; how many rows were changed, or why nothing was.
    fn transact(
        &mut self,
        system: &CheckedSystem,
        index: usize,
        fuel: u64,
        budget: u64,
        rows: u32,
    ) -> Result<u32, Fault> {
        let frame = self.map()?;
        let mapped = Instant::now();
        self.phases.map = mapped.duration_since(self.began);
        let Some(instance) = &mut self.version.instance else {
            return Err(Fault::Restart(format!("`{}` has no instance", system.name)));
        };
        let report = instance.call(index, frame, fuel);
        let called = Instant::now();
        self.phases.call = called.duration_since(mapped);
        self.fuel_used = report.fuel_used;
        match report.outcome {
            Ok(0) => {}
            Ok(code) => return Err(Fault::Returned(code)),
            Err(stop) => return Err(fault_of(stop, self.limits, fuel, budget, rows)),
        }
        let rows_changed = self.finish(frame)?;
        self.version.commit_state();
        self.phases.write_back = called.elapsed();
        Ok(rows_changed)
    }

    /// Copies the rows of all queries into the module's memory; the address of the call frame.
    fn map(&mut self) -> Result<u32, Fault> {
        let Scratch { plan, rows: scratch } = &mut *self.scratch;
        let queries = self.columns.queries();
        plan.lay_out(queries.iter().map(|query| query.checked()));
        if self.version.instance.is_none() {
            // A restart failed before; perhaps this one does not.
            self.version.restart().map_err(|error| Fault::Restart(error.to_string()))?;
        }
        let Version { instance: Some(instance), frames, .. } = &mut *self.version else {
            return Err(Fault::Restart("it has no instance".to_owned()));
        };
        let address = frames.reserve(instance, plan.bytes).ok_or_else(|| Fault::MemoryLimit {
            frame_bytes: plan.bytes,
            memory_bytes: instance.memory().len() as u64,
            memory_pages_max: self.limits.memory_pages_max,
        })?;
        let frame = &mut instance.memory_mut()[address as usize..][..plan.bytes as usize];
        plan.write_header(queries, self.time, address, frame);
        let mut planned = plan.columns.iter();
        for (query, matched) in queries.iter().enumerate() {
            for (column, &(offset, bytes)) in (0..matched.checked().columns.len()).zip(&mut planned) {
                let mut at = offset as usize;
                let Ok(()) = self.columns.read(query, column, &mut scratch.before, |rows| {
                    frame[at..at + rows.len()].copy_from_slice(rows);
                    at += rows.len();
                    Ok::<(), Infallible>(())
                });
                debug_assert_eq!(at, offset as usize + bytes as usize, "a table changed while it was mapped");
                // The rest of the last vector is read by nobody who counts rows, yet what it
                // holds must not depend on earlier calls.
                let end = at.next_multiple_of(peristyle_abi::COLUMN_ALIGN as usize);
                frame[at..end].fill(0);
            }
        }
        Ok(address)
    }

    /// Checks everything that the guest wrote, and only then writes it; how many rows changed.
    fn finish(&mut self, frame: u32) -> Result<u32, Fault> {
        let Some(instance) = &self.version.instance else { return Ok(0) };
        let Scratch { plan, rows: scratch } = &mut *self.scratch;
        let frame = &instance.memory()[frame as usize..][..plan.bytes as usize];
        let queries = self.columns.queries();
        let written = || {
            let columns = queries.iter().enumerate().flat_map(|(query, matched)| {
                matched
                    .checked()
                    .columns
                    .iter()
                    .enumerate()
                    .map(move |(column, checked)| (query, column, checked))
            });
            columns.zip(&plan.columns).filter(|((.., checked), _)| checked.write).map(
                |((query, column, checked), &(offset, bytes))| {
                    (query, column, checked, &frame[offset as usize..][..bytes as usize])
                },
            )
        };
        for (query, column, checked, mut after) in written() {
            if !checked.has_bad_values {
                continue;
            }
            let mut first_row = 0;
            self.columns.read(query, column, &mut scratch.before, |before| {
                let (rows, rest) = after.split_at(before.len());
                write_back::check(checked, before, rows, first_row)?;
                first_row += before.len() as u32 / checked.schema.byte_size;
                after = rest;
                Ok(())
            })?;
        }
        let mut rows_changed = 0;
        for (query, column, checked, mut after) in written() {
            self.columns.write(query, column, |mut column| {
                let (rows, rest) = after.split_at(column.len() * checked.schema.byte_size as usize);
                rows_changed += write_back::write(checked, &mut column, rows, scratch);
                after = rest;
            });
        }
        Ok(rows_changed)
    }
}
