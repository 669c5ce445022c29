//! Calls that go on in a later pass: what ran out of fuel waits in an instance of its own, and what it
//! changed is written when it finishes, where nobody else has changed it meanwhile.

use std::mem;

use bevy::ecs::change_detection::Tick;
use bevy::prelude::Entity;

use crate::calls::call::{Call, Ended};
use crate::calls::current_rows::CurrentRows;
use crate::calls::frame::{FramePlan, PlannedColumn};
use crate::calls::inbox::{GivenMessages, Inbox};
use crate::calls::policy::{Allowance, fault_of};
use crate::calls::rows::QueryRows;
use crate::calls::sliced::SlicedValues;
use crate::module::engine::{EngineKind, Instance, Stop};
use crate::module::faults::Fault;
use crate::module::layout::{CheckedColumn, CheckedParams, CheckedSystem};

/// A call that waits for its next pass.
pub(crate) struct Suspended {
    /// In which it stopped; no other call uses it.
    instance: Instance,
    /// Where its call frame is.
    frame: u32,
    given: Given,
    plan: FramePlan,
    sliced: Vec<SlicedValues>,
    first_entity: u64,
    /// When it began, by Bevy's change ticks.
    began: Tick,
    pub rows: u32,
    /// Passes that it has taken.
    pub passes: u32,
    /// Fuel that it has used in all of them.
    pub fuel_used: u64,
}

impl std::fmt::Debug for Suspended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suspended").field("passes", &self.passes).finish_non_exhaustive()
    }
}

/// What a call was given, as it was then.
pub(crate) struct Given {
    /// The call frame up to the room for strings and lists.
    frame: Vec<u8>,
    /// Of each query.
    entities: Vec<Vec<Entity>>,
    state: Vec<u8>,
    messages: Vec<GivenMessages>,
}

impl Call<'_, '_, '_> {
    /// What the call is given, before it runs.
    pub fn given(&self, frame: u32) -> Given {
        let memory = self.version.instance.as_ref().map(Instance::memory).unwrap_or_default();
        let (bytes, _) = self.scratch.plan.slices;
        let entities = |rows: &QueryRows| {
            let mut all = Vec::new();
            self.columns.entities(rows, |entities| all.extend_from_slice(entities));
            all
        };
        Given {
            frame: memory[frame as usize..][..bytes as usize].to_vec(),
            entities: self.scratch.queries.iter().map(entities).collect(),
            state: self.version.state.clone(),
            messages: self.record.inboxes.iter().map(Inbox::given).collect(),
        }
    }

    /// Has the call wait, in the instance that it ran in; its module goes on in another.
    pub fn suspend(&mut self, given: Given, frame: u32, allowance: &Allowance) -> Result<Ended, Fault> {
        let instance = self.version.detach().map_err(|error| Fault::Restart(error.to_string()))?;
        let Some(instance) = instance else { return Err(Fault::Restart("it has no instance".to_owned())) };
        self.record.suspended = Some(Box::new(Suspended {
            instance,
            frame,
            given,
            plan: mem::take(&mut self.scratch.plan),
            sliced: mem::take(&mut self.scratch.sliced),
            first_entity: self.first_entity,
            began: self.columns.this_run(),
            rows: allowance.rows,
            passes: 1,
            fuel_used: self.fuel_used,
        }));
        Ok(Ended::Suspended)
    }

    /// Goes on with a suspended call.
    pub fn resume(
        &mut self,
        mut suspended: Box<Suspended>,
        system: &CheckedSystem,
        allowance: &Allowance,
    ) -> Result<Ended, Fault> {
        let report = suspended.instance.resume(allowance.fuel);
        self.phases.call = self.began.elapsed();
        self.fuel_used = report.fuel_used;
        suspended.fuel_used = suspended.fuel_used.saturating_add(report.fuel_used);
        // While its instance is in the place of the module's, all goes as for any other call.
        let own = self.version.instance.replace(suspended.instance);
        self.take_logs(system);
        let outcome = match report.outcome {
            Ok(Some(0)) => {
                self.scratch.plan = mem::take(&mut suspended.plan);
                self.scratch.sliced = mem::take(&mut suspended.sliced);
                self.finish_late(system, suspended.frame, suspended.first_entity, &suspended.given)
            }
            Ok(Some(code)) => Err(Fault::Returned(code)),
            Ok(None) => Ok(Ended::Suspended),
            Err(Stop::OutOfFuel) => {
                Err(Fault::SuspendedTooLong { passes: suspended.passes, fuel: suspended.fuel_used })
            }
            Err(stop) => Err(fault_of(stop, self.limits, allowance)),
        };
        let Some(instance) = mem::replace(&mut self.version.instance, own) else {
            return Err(Fault::Restart("it has no instance".to_owned()));
        };
        if let Ok(Ended::Finished(_)) = outcome {
            let lost = self.version.merge_state(&suspended.given.state, &instance);
            self.record.stats.rows_skipped += lost;
            self.version.restore_state();
            for (inbox, given) in self.record.inboxes.iter_mut().zip(&suspended.given.messages) {
                inbox.forget(*given);
            }
            self.record.last_run = Some(suspended.began);
            return outcome;
        }
        suspended.instance = instance;
        suspended.passes += 1;
        if outcome.is_ok() && suspended.passes <= self.limits.suspended_passes_max {
            self.record.suspended = Some(suspended);
            return outcome;
        }
        let (passes, fuel) = (suspended.passes, suspended.fuel_used);
        self.stopped = Some(suspended);
        outcome.and(Err(Fault::SuspendedTooLong { passes, fuel }))
    }

    /// Writes what the call changed and nobody else has changed meanwhile.
    fn finish_late(
        &mut self,
        system: &CheckedSystem,
        frame: u32,
        first_entity: u64,
        given: &Given,
    ) -> Result<Ended, Fault> {
        self.first_entity = first_entity;
        let mut kept = Vec::new();
        let lost = self.rebase(&system.params, frame, given, &mut kept);
        let rows_changed = self.finish(&system.params, frame).map_err(|fault| match fault {
            Fault::BadWrite { component, field, row, found, expected } => {
                let writes = |column: &CheckedColumn| column.write && column.value.schema.name == component;
                let query = system.params.queries.iter().position(|query| query.columns.iter().any(writes));
                let number = query.and_then(|query| kept.get(query)).and_then(|kept| kept.get(row as usize));
                Fault::BadWrite { row: number.copied().unwrap_or(row), component, field, found, expected }
            }
            other => other,
        })?;
        self.record.stats.rows_skipped += lost;
        Ok(Ended::Finished(rows_changed))
    }

    /// Brings the columns that the call left up to the world as it is: rows of entities that are gone are taken
    /// out, and rows that the call left alone, or that others have changed, become what they are now. How
    /// many rows that the call had changed are lost; in `kept` the numbers of the rows that are still there.
    fn rebase(
        &mut self,
        params: &CheckedParams,
        frame: u32,
        given: &Given,
        kept_of: &mut Vec<Vec<u32>>,
    ) -> u64 {
        let Some(instance) = &mut self.version.instance else { return 0 };
        let scratch = &mut *self.scratch;
        let bytes = scratch.plan.bytes as usize;
        let frame = &mut instance.memory_mut()[frame as usize..][..bytes];
        let heaps = scratch.plan.heaps.clone();
        let mut heaps = heaps.into_iter();
        let mut sliced = scratch.sliced.iter_mut();
        let mut planned = scratch.plan.columns.iter_mut();
        let mut lost = 0;
        scratch.queries.resize_with(params.queries.len(), QueryRows::default);
        let matched = self.columns.queries().iter().zip(&mut scratch.queries);
        for (((query, rows), entities), checked) in matched.zip(&given.entities).zip(params.queries.iter()) {
            let mut kept = Vec::new();
            self.columns.find_rows(query, entities, rows, &mut kept);
            for column in &checked.columns {
                let Some(planned) = planned.next() else { return lost };
                let sliced = if column.value.has_slices { sliced.next().zip(heaps.next()) } else { None };
                if !column.write {
                    continue;
                }
                let current = CurrentRows::of(self.columns, column, rows);
                let row_bytes = column.value.schema.byte_size as usize;
                lost += match sliced {
                    Some((values, heap)) => {
                        let (columns, heap) = frame.split_at_mut(heap as usize);
                        let after = &mut columns[planned.offset as usize..][..planned.bytes as usize];
                        let heap = &mut heap[..values.heap.len()];
                        values.rebase(row_bytes, &kept, &current, after, heap)
                    }
                    None => rebase_rows(row_bytes, &kept, &current, planned.of(&given.frame), planned, frame),
                };
                planned.bytes = (kept.len() * row_bytes) as u32;
            }
            kept_of.push(kept);
        }
        for (resource, planned) in params.resources.iter().zip(&scratch.plan.resources) {
            let sliced = if resource.value.has_slices { sliced.next().zip(heaps.next()) } else { None };
            if !resource.write {
                continue;
            }
            let packed = &mut scratch.rows.before;
            let mut current = CurrentRows::default();
            self.columns.read_resource(&resource.value, packed, |packed| current.push(packed));
            let row_bytes = planned.bytes as usize;
            lost += match sliced {
                Some((values, heap)) => {
                    let (columns, heap) = frame.split_at_mut(heap as usize);
                    let after = &mut columns[planned.offset as usize..][..row_bytes];
                    values.rebase(row_bytes, &[0], &current, after, &mut heap[..values.heap.len()])
                }
                None => rebase_rows(row_bytes, &[0], &current, planned.of(&given.frame), planned, frame),
            };
        }
        lost
    }

    /// Puts a traced instance in the place of the module's, and into it what a call was given: the address of the
    /// call frame.
    pub fn give_again(&mut self, stopped: &Suspended) -> Option<u32> {
        let state = mem::replace(&mut self.version.state, stopped.given.state.clone());
        let is_there = self.version.start_traced(EngineKind::Tracer);
        self.version.state = state;
        let instance = self.version.instance.as_mut().filter(|_| is_there)?;
        let address = self.version.frames.reserve(instance, stopped.plan.bytes)?;
        if address != stopped.frame {
            return None;
        }
        let frame = &stopped.given.frame;
        instance.memory_mut()[address as usize..][..frame.len()].copy_from_slice(frame);
        let queries = stopped.given.entities.len();
        let indices = instance.row_indices(queries).into_iter().flatten();
        indices.zip(&stopped.given.entities).for_each(|(index, entities)| index.extend(entities));
        Some(address)
    }
}

/// The same as [`SlicedValues::rebase`], for rows without strings and lists, which were `given`.
fn rebase_rows(
    row_bytes: usize,
    kept: &[u32],
    current: &CurrentRows,
    given: &[u8],
    planned: &PlannedColumn,
    frame: &mut [u8],
) -> u64 {
    let after = &mut frame[planned.offset as usize..][..planned.bytes as usize];
    let (mut lost, mut to) = (0, 0);
    let mut kept = kept.iter().enumerate().peekable();
    for (row, given) in given.chunks_exact(row_bytes.max(1)).enumerate() {
        let own = row * row_bytes..(row + 1) * row_bytes;
        let is_changed = after[own.clone()] != *given;
        let Some((now, _)) = kept.next_if(|&(_, &number)| number as usize == row) else {
            lost += u64::from(is_changed);
            continue;
        };
        match current.get(now) {
            Some(current) if !is_changed || current != given => {
                lost += u64::from(is_changed);
                after[own.clone()].copy_from_slice(current);
            }
            None => lost += u64::from(is_changed),
            Some(_) => {}
        }
        after.copy_within(own, to);
        to += row_bytes;
    }
    lost
}
