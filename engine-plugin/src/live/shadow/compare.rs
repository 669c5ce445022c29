//! What two versions made of the same call, side by side.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Instant;

use bevy::prelude::Entity;

use super::{Shadow, ShadowDifference, ShadowSystem, of};
use crate::calls::call::{Call, Ended, written_columns, written_resources};
use crate::calls::columns::{Rows, WorldColumns};
use crate::calls::frame::{FramePlan, PlannedColumn};
use crate::calls::rows::QueryRows;
use crate::calls::sliced::SlicedValues;
use crate::calls::slot::Version;
use crate::module::faults::Fault;
use crate::module::layout::{CheckedColumn, CheckedParams, CheckedValue};
use crate::types::value::make_canonical;

/// Letters of a value that are told.
const LETTERS_MAX: usize = 400;

impl Shadow {
    /// Holds what the running version did in a call against what the new one made of it. After so many faults in a row it
    /// ends the run.
    pub fn compare(
        &mut self,
        call: &mut Call<'_, '_, '_>,
        record: usize,
        outcome: &Result<Ended, Fault>,
        faults_max: u32,
    ) {
        let began = Instant::now();
        self.compare_call(call, record, outcome, faults_max);
        call.began += began.elapsed();
    }

    fn compare_call(
        &mut self,
        call: &Call<'_, '_, '_>,
        record: usize,
        outcome: &Result<Ended, Fault>,
        faults_max: u32,
    ) {
        let Self { version, systems, report: all } = self;
        let Some((index, calls, report)) = of(systems, all, record) else { return };
        let Some(tried) = calls.tried.take() else { return };
        report.fuel_running += call.fuel_used;
        report.faults_running += u64::from(outcome.is_err());
        let tried = match tried {
            Ok(tried) => tried,
            Err(fault) => {
                report.faults += 1;
                report.first_fault.get_or_insert_with(|| fault.to_string());
                calls.faults_in_row += 1;
                if faults_max > 0 && calls.faults_in_row >= faults_max {
                    let name = &report.name;
                    all.ended =
                        Some(format!("`{name}` would have faulted {faults_max} times in a row: {fault}"));
                }
                return;
            }
        };
        calls.faults_in_row = 0;
        if !matches!(outcome, Ok(Ended::Finished(_))) {
            // So that both go on from the same.
            (version.state, calls.random) = std::mem::take(&mut calls.before);
            let _ = version.restart();
            return;
        }
        let (Some(beside), Some(running)) = (&version.instance, &call.version.instance) else { return };
        let frame = call.version.frames.address();
        // Both were given the same, so that their frames are laid out alike.
        let plan = &call.scratch.plan;
        let both = Both {
            columns: call.columns,
            params: &version.layout.systems[index].params,
            plan,
            call: report.calls,
            running: Left::of(running.memory(), frame, plan, &call.scratch.sliced),
            shadow: Left::of(beside.memory(), tried.frame, plan, &tried.sliced),
        };
        let mut listed = std::mem::take(&mut report.differences);
        let columns = both.columns(&call.scratch.queries, &mut listed);
        let resources = both.resources(&mut listed);
        let differs = columns.values + resources.values > 0 || calls.pending != call.record.pending;
        report.calls_different += u64::from(differs);
        report.rows += columns.compared;
        report.rows_different += columns.values;
        report.differences = listed;
    }

    /// Notes the state blocks that differ, where both versions have them.
    pub fn compare_state(&mut self, running: &Version) {
        for (block, held) in self.version.state_blocks() {
            let of_running = running.state_blocks().find(|(other, _)| {
                other.name == block.name && other.schema.check_against(&block.schema).is_ok()
            });
            if let Some((_, of_running)) = of_running.filter(|(_, of_running)| *of_running != held) {
                let [running, shadow] = [of_running, held].map(|value| brief(block.schema.show(value)));
                let name = block.name.clone();
                self.report.state.push(ShadowDifference { call: 0, name, entity: None, running, shadow });
            }
        }
    }
}

/// The beginning of a value as text.
fn brief(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LETTERS_MAX) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// What a call left.
struct Left<'a> {
    frame: &'a [u8],
    sliced: &'a [SlicedValues],
}

impl<'a> Left<'a> {
    fn of(memory: &'a [u8], frame: u32, plan: &FramePlan, sliced: &'a [SlicedValues]) -> Self {
        // The frame was reserved in this memory, which never shrinks.
        Self { frame: &memory[frame as usize..][..plan.bytes as usize], sliced }
    }

    /// Rows that the call changed and their packed bytes, of the column or resource with that number among those that have
    /// strings or lists.
    fn changed(&self, at: usize) -> &'a [(usize, Vec<u8>)] {
        self.sliced.get(at).map(SlicedValues::changed).unwrap_or_default()
    }
}

/// How much differs between two calls.
#[derive(Default)]
struct Differences {
    /// Rows that were compared.
    compared: u64,
    /// Of these, or of resources, how many differ.
    values: u64,
}

/// What two calls left that were given the same.
struct Both<'a> {
    columns: &'a WorldColumns<'a, 'a>,
    params: &'a CheckedParams,
    plan: &'a FramePlan,
    /// The call's number.
    call: u64,
    running: Left<'a>,
    shadow: Left<'a>,
}

impl Both<'_> {
    fn columns(&self, queries: &[QueryRows], listed: &mut Vec<ShadowDifference>) -> Differences {
        let mut found = Differences::default();
        for ((column, rows), planned) in written_columns(self.params, queries, self.plan) {
            found.compared += rows.len();
            let entity = |row| self.entity(rows, row);
            found.values +=
                self.value(listed, (&column.value, planned), || self.present(column, rows), entity);
        }
        found
    }

    fn resources(&self, listed: &mut Vec<ShadowDifference>) -> Differences {
        let mut found = Differences::default();
        for (resource, planned) in written_resources(self.params, self.plan) {
            found.values += self.value(listed, (&resource.value, planned), || None, |_| None);
        }
        found
    }

    /// Compares the rows of a column, or a resource, and lists those that had not differed before. How many differ.
    fn value(
        &self,
        listed: &mut Vec<ShadowDifference>,
        (value, planned): (&CheckedValue, &PlannedColumn),
        present: impl FnOnce() -> Option<Vec<bool>>,
        entity: impl Fn(usize) -> Option<Entity>,
    ) -> u64 {
        let (mut values, name) = (0, &value.schema.name);
        let mut note = |row: usize, show: &dyn Fn() -> [String; 2]| {
            values += 1;
            if listed.len() >= ShadowSystem::DIFFERENCES_MAX {
                return;
            }
            let (call, entity) = (self.call, entity(row));
            if !listed.iter().any(|other| other.entity == entity && other.name == *name) {
                let [running, shadow] = show().map(brief);
                listed.push(ShadowDifference { call, name: name.clone(), entity, running, shadow });
            }
        };
        match self.params.sliced_at(value) {
            Some(at) => self.sliced_rows(value, at, &mut note),
            None => self.rows(value, planned, present, &mut note),
        }
        values
    }

    /// Compares values without strings and lists; of those of an optional column the rows that have the component.
    fn rows(
        &self,
        value: &CheckedValue,
        planned: &PlannedColumn,
        present: impl FnOnce() -> Option<Vec<bool>>,
        note: &mut impl FnMut(usize, &dyn Fn() -> [String; 2]),
    ) {
        let [running, shadow] = [&self.running, &self.shadow].map(|left| planned.of(left.frame));
        if running == shadow {
            return;
        }
        let (row_bytes, present) = ((value.schema.byte_size as usize).max(1), present());
        let rows = running.chunks_exact(row_bytes).zip(shadow.chunks_exact(row_bytes));
        for (row, (running, shadow)) in rows.enumerate() {
            if running == shadow || present.as_ref().is_some_and(|present| present.get(row) != Some(&true)) {
                continue;
            }
            let both = [running, shadow].map(|bytes| {
                let mut bytes = bytes.to_vec();
                make_canonical(&value.schema, &mut bytes);
                bytes
            });
            if both[0] != both[1] {
                note(row, &|| both.each_ref().map(|bytes| value.schema.show(bytes)));
            }
        }
    }

    /// Compares values with strings or lists.
    fn sliced_rows(
        &self,
        value: &CheckedValue,
        at: usize,
        note: &mut impl FnMut(usize, &dyn Fn() -> [String; 2]),
    ) {
        let changed = [&self.running, &self.shadow].map(|left| left.changed(at));
        let rows: BTreeSet<usize> = changed.iter().copied().flatten().map(|(row, _)| *row).collect();
        for row in rows {
            let both = changed.map(|changed| {
                // In the order of their rows.
                let found = changed.binary_search_by_key(&row, |(row, _)| *row).ok()?;
                changed.get(found).map(|(_, packed)| packed.as_slice())
            });
            if both[0] != both[1] {
                let as_it_was = || format!("{} as it was", value.schema.name);
                note(row, &|| {
                    both.map(|packed| packed.map_or_else(as_it_was, |packed| value.schema.show(packed)))
                });
            }
        }
    }

    /// Which rows have the component of an optional column: nothing comes of what is written to the others.
    fn present(&self, column: &CheckedColumn, rows: &QueryRows) -> Option<Vec<bool>> {
        let mut present = Vec::new();
        if !column.optional {
            return None;
        }
        let Ok(()) = self.columns.read(column, rows, &mut Vec::new(), |run| {
            let (rows, has) = match run {
                Rows::Present(rows, _) => (rows, true),
                Rows::Absent(rows) => (rows, false),
            };
            present.resize(present.len() + rows, has);
            Ok::<(), Infallible>(())
        });
        Some(present)
    }

    fn entity(&self, rows: &QueryRows, row: usize) -> Option<Entity> {
        let (mut before, mut found) = (0, None);
        self.columns.entities(rows, |entities| {
            found = found.or_else(|| entities.get(row.checked_sub(before)?).copied());
            before += entities.len();
        });
        found
    }
}
