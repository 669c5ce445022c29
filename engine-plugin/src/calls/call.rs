//! One call of one script system: map, call, finish.

use std::mem;
use std::time::Instant;

use crate::Limits;
use crate::calls::columns::WorldColumns;
use crate::calls::commands::{PendingCommands, Records, decode};
use crate::calls::frame::{FramePlan, Inputs, PlannedColumn};
use crate::calls::inbox::Inbox;
use crate::calls::mapping::{check_column, fill_up, map_column, read_sliced};
use crate::calls::policy::{Allowance, fault_of};
use crate::calls::rows::QueryRows;
use crate::calls::sliced::{GuestSlices, Left, SlicedValues};
use crate::calls::slot::{Phases, SystemRecord, Version};
use crate::calls::suspension::Suspended;
use crate::calls::write_back::{self, RowScratch};
use crate::insight::script_log::ScriptLogLine;
use crate::module::engine::Stop;
use crate::module::faults::Fault;
use crate::module::layout::{CheckedColumn, CheckedParams, CheckedResource, CheckedSystem};
use crate::offer::clock::ScriptTime;
use crate::types::slices::relocate;

/// What calls of one system use again and again, so that a frame allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub plan: FramePlan,
    /// The rows of each query.
    pub queries: Vec<QueryRows>,
    pub rows: RowScratch,
    /// The values of each column and resource that has strings or lists, in order.
    pub sliced: Vec<SlicedValues>,
}

/// How a call ended that was not stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// So many rows were changed.
    Finished(u32),
    /// It goes on in the next pass.
    Suspended,
}

/// One call, and all that it may touch.
pub(crate) struct Call<'a, 'w, 's> {
    pub version: &'a mut Version,
    pub record: &'a mut SystemRecord,
    pub columns: &'a mut WorldColumns<'w, 's>,
    pub log: &'a mut Vec<ScriptLogLine>,
    pub time: &'a ScriptTime,
    pub limits: &'a Limits,
    pub scratch: &'a mut Scratch,
    /// The id of the first entity that the call spawns.
    pub first_entity: u64,
    /// Whether it may be suspended.
    pub may_suspend: bool,
    pub began: Instant,
    pub phases: Phases,
    pub fuel_used: u64,
    /// What a suspended call was given that has stopped now.
    pub stopped: Option<Box<Suspended>>,
}

/// What a call left that was only tried. Its call frame is laid out as that of the running one's call, which is given the same.
#[derive(Debug)]
pub(crate) struct Tried {
    /// Where its call frame is in its instance.
    pub frame: u32,
    pub sliced: Vec<SlicedValues>,
}

impl Call<'_, '_, '_> {
    /// Finds the rows of each query; their sum, or a fault where they are too many or a resource
    /// is missing.
    pub fn match_rows(&mut self, params: &CheckedParams) -> Result<u32, Fault> {
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

    /// Maps, calls and finishes; how that ended, or why nothing happened.
    pub fn transact(
        &mut self,
        system: &CheckedSystem,
        index: usize,
        allowance: &Allowance,
    ) -> Result<Ended, Fault> {
        let frame = self.map(&system.params)?;
        let given = self.may_suspend.then(|| self.given(frame));
        let mapped = Instant::now();
        self.phases.map = mapped.duration_since(self.began);
        let plan = &self.scratch.plan;
        self.record.stats.bytes_mapped = plan.bytes - u64::from(plan.records.1);
        let Some(instance) = &mut self.version.instance else {
            return Err(Fault::Restart(format!("`{}` has no instance", system.name)));
        };
        let report = if self.may_suspend {
            instance.call_suspendable(index, frame, allowance.fuel)
        } else {
            instance.call(index, frame, allowance.fuel)
        };
        let called = Instant::now();
        self.phases.call = called.duration_since(mapped);
        self.fuel_used = report.fuel_used;
        self.take_logs(system);
        if !self.has_finished(report.outcome, allowance)? {
            return match given {
                Some(given) => self.suspend(given, frame, allowance),
                None => Err(fault_of(Stop::OutOfFuel, self.limits, allowance)),
            };
        }
        let rows_changed = self.finish(&system.params, frame)?;
        self.record.inboxes.iter_mut().for_each(Inbox::clear);
        self.record.last_run = Some(self.columns.this_run());
        self.version.commit_state();
        self.phases.write_back = called.elapsed();
        Ok(Ended::Finished(rows_changed))
    }

    /// Maps, calls and checks as [`transact`](Self::transact) does, and then only the state blocks and the random generator
    /// go on.
    pub fn try_out(&mut self, system: &CheckedSystem, index: usize, fuel: u64) -> Result<Tried, Fault> {
        let frame = self.map(&system.params)?;
        let Some(instance) = &mut self.version.instance else {
            return Err(Fault::Restart(format!("`{}` has no instance", system.name)));
        };
        let report = instance.call(index, frame, fuel);
        self.fuel_used = report.fuel_used;
        self.version.publish_logs(&system.name, &mut Vec::new());
        let allowance = Allowance { fuel, budget: fuel, rows: 0, is_module_short: false };
        if !self.has_finished(report.outcome, &allowance)? {
            return Err(fault_of(Stop::OutOfFuel, self.limits, &allowance));
        }
        self.check(&system.params, frame)?;
        self.read_random(&system.params, frame);
        self.version.commit_state();
        Ok(Tried { frame, sliced: mem::take(&mut self.scratch.sliced) })
    }

    /// Whether a call has come to its end, and not to that of its fuel.
    fn has_finished(&self, outcome: Result<Option<i32>, Stop>, allowance: &Allowance) -> Result<bool, Fault> {
        match outcome {
            Ok(Some(0)) => Ok(true),
            Ok(Some(code)) => Err(Fault::Returned(code)),
            Ok(None) => Ok(false),
            Err(stop) => Err(fault_of(stop, self.limits, allowance)),
        }
    }

    /// Passes on what the system logged, and where its fuel went.
    pub fn take_logs(&mut self, system: &CheckedSystem) {
        let logged = self.log.len();
        self.version.publish_logs(&system.name, self.log);
        self.version.note_profile();
        self.record.keep_lines(&self.log[logged..]);
    }

    /// Copies the rows of all queries into the module's memory; the address of the call frame.
    pub fn map(&mut self, params: &CheckedParams) -> Result<u32, Fault> {
        let Scratch { plan, queries: rows_of, rows: scratch, sliced } = &mut *self.scratch;
        read_sliced(self.columns, params, rows_of, sliced, &mut scratch.before, self.may_suspend);
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
    pub fn finish(&mut self, params: &CheckedParams, frame: u32) -> Result<u32, Fault> {
        self.check(params, frame)?;
        let rows_changed = self.write(params, frame);
        self.read_random(params, frame);
        Ok(rows_changed)
    }

    /// Checks everything that the guest wrote.
    fn check(&mut self, params: &CheckedParams, frame: u32) -> Result<(), Fault> {
        let Some(instance) = &self.version.instance else { return Ok(()) };
        let Scratch { plan, queries: rows_of, rows: scratch, sliced } = &mut *self.scratch;
        let mut guest = GuestSlices { memory: instance.memory(), left: self.limits.slice_bytes_max as usize };
        let frame = &instance.memory()[frame as usize..][..plan.bytes as usize];
        for ((column, rows), planned) in written_columns(params, rows_of, plan) {
            if let Some((at, values)) =
                params.sliced_at(&column.value).and_then(|at| Some((at, sliced.get_mut(at)?)))
            {
                let after =
                    Left { rows: planned.of(frame), heap: plan.heap_of(at, values.heap.len(), frame) };
                values.take(self.columns, (column, rows), after, &mut guest, &mut scratch.before)?;
            } else if column.value.has_bad_values {
                check_column(self.columns, column, rows, planned.of(frame), &mut scratch.before)?;
            }
        }
        for (resource, planned) in written_resources(params, plan) {
            let after = planned.of(frame);
            match params.sliced_at(&resource.value).and_then(|at| Some((at, sliced.get_mut(at)?))) {
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
                kinds: params.command_kinds,
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
        Ok(())
    }

    /// Writes what was checked; how many rows changed.
    fn write(&mut self, params: &CheckedParams, frame: u32) -> u32 {
        let Some(instance) = &self.version.instance else { return 0 };
        let Scratch { plan, queries: rows_of, rows: scratch, sliced } = &mut *self.scratch;
        let frame = &instance.memory()[frame as usize..][..plan.bytes as usize];
        let mut rows_changed = 0;
        for ((column, rows), planned) in written_columns(params, rows_of, plan) {
            let mut after = planned.of(frame);
            let row_bytes = column.value.schema.byte_size as usize;
            let values = params.sliced_at(&column.value).and_then(|at| sliced.get(at));
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
        for (resource, planned) in written_resources(params, plan) {
            match params.sliced_at(&resource.value).and_then(|at| sliced.get(at)) {
                Some(values) => values.write_resource(self.columns, &resource.value),
                None => {
                    write_back::write_resource(&resource.value, self.columns, planned.of(frame), scratch);
                }
            }
        }
        rows_changed
    }

    /// Keeps the random generator as the call left it.
    fn read_random(&mut self, params: &CheckedParams, frame: u32) {
        let plan = &self.scratch.plan;
        if let Some(instance) = self.version.instance.as_ref().filter(|_| params.has_random) {
            let frame = &instance.memory()[frame as usize..][..plan.bytes as usize];
            self.record.random = plan.read_random(frame);
        }
    }
}

/// The columns that a call may write, with the rows of their queries and where they are in the frame.
pub(crate) fn written_columns<'a>(
    params: &'a CheckedParams,
    rows_of: &'a [QueryRows],
    plan: &'a FramePlan,
) -> impl Iterator<Item = ((&'a CheckedColumn, &'a QueryRows), &'a PlannedColumn)> {
    let columns = params.queries.iter().zip(rows_of);
    let columns = columns.flat_map(|(query, rows)| query.columns.iter().map(move |column| (column, rows)));
    columns.zip(&plan.columns).filter(|((column, _), _)| column.write)
}

/// The resources that a call may write, and where they are in the frame.
pub(crate) fn written_resources<'a>(
    params: &'a CheckedParams,
    plan: &'a FramePlan,
) -> impl Iterator<Item = (&'a CheckedResource, &'a PlannedColumn)> {
    params.resources.iter().zip(&plan.resources).filter(|(resource, _)| resource.write)
}
