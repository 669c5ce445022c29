//! One call of one script system: map, call, finish.

use std::sync::Arc;
use std::time::Instant;

use bevy::prelude::Resource;

use crate::Limits;
use crate::clock::ScriptTime;
use crate::columns::WorldColumns;
use crate::commands::{PendingCommands, Records, decode, first_provisional};
use crate::condition::CheckedCondition;
use crate::faults::Fault;
use crate::frame::{FramePlan, Inputs};
use crate::inbox::Inbox;
use crate::layout::{CheckedParams, CheckedSystem, CheckedValue};
use crate::mapping::{check_column, fill_up, map_column, read_sliced};
use crate::policy::{Allowance, fault_of};
use crate::report::source_frames;
use crate::rows::QueryRows;
use crate::sliced::{GuestSlices, Left, SlicedValues};
use crate::slices::relocate;
use crate::slot::{ModuleSlot, Phases, Running, SystemRecord, Version};
use crate::source::SourceFrame;
use crate::write_back::{self, RowScratch};

/// What calls of one system use again and again, so that a frame allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    plan: FramePlan,
    /// The rows of each query.
    queries: Vec<QueryRows>,
    rows: RowScratch,
    /// The values of each column and resource that has strings or lists, in order.
    sliced: Vec<SlicedValues>,
}

/// What the game has settled for every call.
#[derive(Debug)]
pub(crate) struct CallPolicy {
    pub limits: Arc<Limits>,
    pub faults_before_pause: u32,
}

/// The policy, shared by all script systems.
#[derive(Resource)]
pub(crate) struct SharedPolicy(pub Arc<CallPolicy>);

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
    let Running { version: Some(version), records, log, paused_by_game: false, calls, .. } = &mut *running
    else {
        return;
    };
    let record = &mut records[record];
    let Some(index) = record.index.filter(|_| !record.paused) else { return };
    let layout = Arc::clone(&version.layout);
    let system = &layout.systems[index];
    let is_due = |condition: &CheckedCondition| match condition {
        CheckedCondition::Every(ticks) => time.tick.is_multiple_of(*ticks),
        CheckedCondition::OnMessage(number) => record.inboxes.get_mut(*number).is_some_and(|inbox| {
            columns.collect(inbox, policy.limits.message_bytes_max);
            inbox.len() > 0
        }),
        // Bevy has asked it.
        CheckedCondition::Game(_) => true,
    };
    if !system.conditions.iter().all(is_due) {
        return;
    }
    let mut events = system.params.messages.iter().zip(&mut record.inboxes);
    let mut is_observer = false;
    let happened = events.by_ref().filter(|(messages, _)| messages.is_event).any(|(_, inbox)| {
        is_observer = true;
        columns.collect(inbox, policy.limits.message_bytes_max);
        inbox.len() > 0
    });
    if is_observer && !happened {
        return;
    }
    *calls = calls.wrapping_add(1);

    let began = Instant::now();
    let (limits, phases) = (&*policy.limits, Phases::default());
    let first_entity = first_provisional(*calls);
    let mut call =
        Call { version, record, columns, time, limits, scratch, first_entity, began, phases, fuel_used: 0 };
    let rows = match call.match_rows(&system.params) {
        Ok(rows) => rows,
        Err(fault) => {
            let telling = call.record.count_fault(&fault, policy.faults_before_pause);
            return call.record.tell_fault(&slot.name, fault, Vec::new(), telling);
        }
    };
    let budget = system.budget(rows);
    let record = &mut *call.record;
    let fuel = budget.min(record.fuel_left_in_frame);
    let allowance = Allowance { fuel, budget, rows, is_module_short: record.is_module_short };
    record.stats.rows = rows;
    record.stats.rows_total += u64::from(rows);
    record.stats.fuel_budget = budget;
    if fuel == 0 && budget > 0 {
        record.stats.starved += 1;
        record.starved_in_row = record.starved_in_row.saturating_add(1);
        return;
    }
    let outcome = call.transact(system, index, &allowance);
    let logged = log.len();
    call.version.publish_logs(&system.name, log);
    call.record.keep_lines(&log[logged..]);
    let telling =
        outcome.as_ref().err().map(|fault| call.record.count_fault(fault, policy.faults_before_pause));
    let frames = match (&outcome, telling) {
        (Err(fault), Some(telling)) if telling.is_due() && fault.has_place() => {
            call.trace(system, index, &allowance)
        }
        _ => Vec::new(),
    };
    let Call { record, version, columns, scratch, fuel_used, phases, .. } = call;
    record.stats.bytes_mapped = scratch.plan.bytes - u64::from(scratch.plan.records.1);
    // Whatever a stopped call left behind in the instance goes with the instance.
    let outcome = outcome.map_err(|fault| match version.restart() {
        Ok(()) => fault,
        Err(error) => Fault::Restart(format!("{error} (after: {fault})")),
    });
    record.note_call(fuel_used, began, phases);
    match outcome {
        Ok(rows_changed) => {
            record.faults_in_row = 0;
            record.starved_in_row = 0;
            record.last_run = Some(columns.this_run());
            record.stats.rows_changed = rows_changed;
        }
        Err(fault) => record.tell_fault(&slot.name, fault, frames, telling.unwrap_or_default()),
    }
}

struct Call<'a, 'w, 's> {
    version: &'a mut Version,
    record: &'a mut SystemRecord,
    columns: &'a mut WorldColumns<'w, 's>,
    time: &'a ScriptTime,
    limits: &'a Limits,
    scratch: &'a mut Scratch,
    /// The id of the first entity that the call spawns.
    first_entity: u64,
    began: Instant,
    phases: Phases,
    fuel_used: u64,
}

impl Call<'_, '_, '_> {
    /// Finds the rows of each query; their sum, or a fault where they are too many or a resource
    /// is missing.
    fn match_rows(&mut self, params: &CheckedParams) -> Result<u32, Fault> {
        for resource in &params.resources {
            if !self.columns.has_resource(&resource.value) {
                return Err(Fault::MissingResource { resource: resource.value.schema.name.clone() });
            }
        }
        let Scratch { plan, queries: rows_of, .. } = &mut *self.scratch;
        let queries = self.columns.queries();
        plan.rows.clear();
        rows_of.resize_with(queries.len(), QueryRows::default);
        let mut total = 0u64;
        for (query, rows) in queries.iter().zip(rows_of) {
            self.columns.match_rows(query, self.record.last_run, rows);
            total = total.saturating_add(rows.len());
            plan.rows.push(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        }
        for inbox in &mut self.record.inboxes {
            self.columns.collect(inbox, self.limits.message_bytes_max);
            total = total.saturating_add(inbox.len().into());
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
        allowance: &Allowance,
    ) -> Result<u32, Fault> {
        let frame = self.map(&system.params)?;
        let mapped = Instant::now();
        self.phases.map = mapped.duration_since(self.began);
        let Some(instance) = &mut self.version.instance else {
            return Err(Fault::Restart(format!("`{}` has no instance", system.name)));
        };
        let report = instance.call(index, frame, allowance.fuel);
        let called = Instant::now();
        self.phases.call = called.duration_since(mapped);
        self.fuel_used = report.fuel_used;
        match report.outcome {
            Ok(0) => {}
            Ok(code) => return Err(Fault::Returned(code)),
            Err(stop) => return Err(fault_of(stop, self.limits, allowance)),
        }
        let rows_changed = self.finish(&system.params, frame)?;
        self.version.commit_state();
        self.phases.write_back = called.elapsed();
        Ok(rows_changed)
    }

    /// Does a call that stopped once more, in an instance that says where it is: the functions that were
    /// running. Nothing was written, so it is given the same and does the same.
    fn trace(&mut self, system: &CheckedSystem, index: usize, allowance: &Allowance) -> Vec<SourceFrame> {
        if !self.version.start_traced() {
            return Vec::new();
        }
        let Ok(frame) = self.map(&system.params) else { return Vec::new() };
        let Some(instance) = &mut self.version.instance else { return Vec::new() };
        match instance.call(index, frame, allowance.fuel).outcome {
            Ok(_) => Vec::new(),
            Err(_) => source_frames(self.version.compiled.wasm(), &instance.trace()),
        }
    }

    /// Copies the rows of all queries into the module's memory; the address of the call frame.
    fn map(&mut self, params: &CheckedParams) -> Result<u32, Fault> {
        let Scratch { plan, queries: rows_of, rows: scratch, sliced } = &mut *self.scratch;
        read_sliced(self.columns, params, rows_of, sliced, &mut scratch.before);
        plan.lay_out(params, &self.record.inboxes, sliced, self.limits);
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
        for (index, rows) in instance.row_indices(rows_of.len()).into_iter().flatten().zip(rows_of.iter()) {
            self.columns.entities(rows, |entities| index.extend(entities));
        }
        let frame = &mut instance.memory_mut()[address as usize..][..plan.bytes as usize];
        let inputs = Inputs { time: self.time, random: &self.record.random, first_entity: self.first_entity };
        plan.write_header(params, &inputs, address, frame);
        let mut heaps = plan.heaps.iter();
        for ((values, value), &heap) in sliced.iter_mut().zip(params.sliced()).zip(&mut heaps) {
            values.relocate(value, address + heap);
            frame[heap as usize..][..values.heap.len()].copy_from_slice(&values.heap);
            fill_up(frame, heap as usize + values.heap.len());
        }
        let mut sliced = sliced.iter();
        let mut planned = plan.columns.iter();
        for (query, rows) in params.queries.iter().zip(rows_of.iter()) {
            for (column, planned) in query.columns.iter().zip(&mut planned) {
                let values = if column.value.has_slices { sliced.next() } else { None };
                map_column(self.columns, (column, values), rows, planned, frame, &mut scratch.before);
            }
        }
        for (resource, planned) in params.resources.iter().zip(&plan.resources) {
            let (offset, bytes) = (planned.offset as usize, planned.bytes as usize);
            let mut copy = |packed: &[u8]| frame[offset..][..bytes].copy_from_slice(packed);
            match if resource.value.has_slices { sliced.next() } else { None } {
                Some(values) => copy(&values.rows),
                None => {
                    self.columns.read_resource(&resource.value, &mut scratch.before, copy);
                }
            }
            fill_up(frame, offset + bytes);
        }
        for (inbox, (planned, _)) in self.record.inboxes.iter().zip(&plan.messages) {
            let (offset, bytes) = (planned.offset as usize, planned.bytes as usize);
            let messages = inbox.messages();
            frame[offset..][..bytes].copy_from_slice(&messages.rows);
            fill_up(frame, offset + bytes);
            if messages.heap.is_empty() {
                continue;
            }
            if let Some(&at) = heaps.next() {
                let mut heap = messages.heap.clone();
                let row_bytes = (inbox.schema.byte_size as usize).max(1);
                for row in frame[offset..][..bytes].chunks_exact_mut(row_bytes) {
                    relocate(&inbox.schema, row, &mut heap, address + at);
                }
                frame[at as usize..][..heap.len()].copy_from_slice(&heap);
                fill_up(frame, at as usize + heap.len());
            }
        }
        Ok(address)
    }

    /// Checks everything that the guest wrote, and only then writes it; how many rows changed.
    fn finish(&mut self, params: &CheckedParams, frame: u32) -> Result<u32, Fault> {
        let Some(instance) = &self.version.instance else { return Ok(0) };
        let Scratch { plan, queries: rows_of, rows: scratch, sliced } = &mut *self.scratch;
        let mut guest = GuestSlices { memory: instance.memory(), left: self.limits.slice_bytes_max as usize };
        let frame = &instance.memory()[frame as usize..][..plan.bytes as usize];
        let written = || {
            let columns = params.queries.iter().zip(rows_of.iter());
            let columns =
                columns.flat_map(|(query, rows)| query.columns.iter().map(move |column| (column, rows)));
            columns.zip(&plan.columns).filter(|((column, _), _)| column.write)
        };
        let resources =
            || params.resources.iter().zip(&plan.resources).filter(|(resource, _)| resource.write);

        let sliced_at = |value: &CheckedValue| params.sliced().position(|other| std::ptr::eq(other, value));
        for ((column, rows), planned) in written() {
            if let Some((at, values)) =
                sliced_at(&column.value).and_then(|at| Some((at, sliced.get_mut(at)?)))
            {
                let after =
                    Left { rows: planned.of(frame), heap: plan.heap_of(at, values.heap.len(), frame) };
                values.take(self.columns, (column, rows), after, &mut guest, &mut scratch.before)?;
            } else if column.value.has_bad_values {
                check_column(self.columns, column, rows, planned.of(frame), &mut scratch.before)?;
            }
        }
        for (resource, planned) in resources() {
            let after = planned.of(frame);
            match sliced_at(&resource.value).and_then(|at| Some((at, sliced.get_mut(at)?))) {
                Some((at, values)) => {
                    let before = &mut scratch.before;
                    let after = Left { rows: after, heap: plan.heap_of(at, values.heap.len(), frame) };
                    values.take_resource(self.columns, &resource.value, after, &mut guest, before)?;
                }
                None => write_back::check_resource(&resource.value, after)?,
            }
        }
        if let Some(terms) = &params.commands {
            let (offset, bytes) = plan.records;
            let (used, spawned) = plan.read_commands(frame);
            let records = Records {
                room: &frame[offset as usize..][..bytes as usize],
                used,
                spawned,
                first_entity: self.first_entity,
                terms,
                entities_max: self.limits.entities_max,
                offered: &params.offered,
                memory: guest.memory,
                slice_bytes_max: guest.left,
            };
            let pending: &mut PendingCommands = &mut self.record.pending;
            pending.clear();
            if let Err(fault) = decode(&records, self.columns.world(), pending) {
                pending.clear();
                return Err(fault);
            }
        }

        let mut rows_changed = 0;
        for ((column, rows), planned) in written() {
            let mut after = planned.of(frame);
            let row_bytes = column.value.schema.byte_size as usize;
            let values = sliced_at(&column.value).and_then(|at| sliced.get(at));
            let mut first_row = 0;
            self.columns.write(column, rows, |run| {
                let rows = run.as_ref().map_or_else(|&absent| absent, |run| run.len());
                if let Some(values) = values {
                    rows_changed += run.map_or(0, |mut run| values.write(first_row, &mut run));
                    first_row += rows;
                    return;
                }
                let (of_run, rest) = after.split_at(rows * row_bytes);
                if let Ok(mut run) = run {
                    rows_changed += write_back::write(&column.value, &mut run, of_run, scratch);
                }
                after = rest;
            });
        }
        for (resource, planned) in resources() {
            match sliced_at(&resource.value).and_then(|at| sliced.get(at)) {
                Some(values) => values.write_resource(self.columns, &resource.value),
                None => {
                    write_back::write_resource(&resource.value, self.columns, planned.of(frame), scratch);
                }
            }
        }
        self.record.inboxes.iter_mut().for_each(Inbox::clear);
        if params.has_random {
            self.record.random = plan.read_random(frame);
        }
        Ok(rows_changed)
    }
}
