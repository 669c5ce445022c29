//! What two versions made of the same call, side by side.

use std::convert::Infallible;
use std::time::Instant;

use bevy::prelude::Entity;

use super::{Shadow, ShadowDifference, ShadowSystem, of};
use crate::call::{Call, Ended};
use crate::columns::{Rows, WorldColumns};
use crate::faults::Fault;
use crate::frame::FramePlan;
use crate::layout::{CheckedColumn, CheckedParams, CheckedValue};
use crate::rows::QueryRows;
use crate::schema::SchemaLayout;
use crate::sliced::SlicedValues;
use crate::slot::Version;
use crate::value::make_canonical;

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
        let both = Both {
            columns: call.columns,
            params: &version.layout.systems[index].params,
            queries: &call.scratch.queries,
            running: Left::of(running.memory(), frame, &call.scratch.plan, &call.scratch.sliced),
            shadow: Left::of(beside.memory(), tried.frame, &tried.plan, &tried.sliced),
        };
        let before = report.rows_different;
        both.compare_columns(report);
        let differs = before != report.rows_different
            || both.compare_resources(report)
            || calls.pending != call.record.pending;
        report.calls_different += u64::from(differs);
    }

    /// Notes the state blocks that differ, where both versions have them.
    pub fn compare_state(&mut self, running: &Version) {
        for (block, held) in self.version.state_blocks() {
            let of_running = running.state_blocks().find(|(other, _)| {
                other.name == block.name && other.schema.check_against(&block.schema).is_ok()
            });
            if let Some((_, of_running)) = of_running.filter(|(_, of_running)| *of_running != held) {
                self.report.state.push(difference(0, None, &block.schema, of_running, held));
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

fn difference(
    call: u64,
    entity: Option<Entity>,
    schema: &SchemaLayout,
    running: &[u8],
    shadow: &[u8],
) -> ShadowDifference {
    ShadowDifference {
        call,
        entity,
        running: brief(schema.show(running)),
        shadow: brief(schema.show(shadow)),
    }
}

/// What a call left.
struct Left<'a> {
    frame: &'a [u8],
    plan: &'a FramePlan,
    sliced: &'a [SlicedValues],
}

impl<'a> Left<'a> {
    fn of(memory: &'a [u8], frame: u32, plan: &'a FramePlan, sliced: &'a [SlicedValues]) -> Self {
        // The frame was reserved in this memory, which never shrinks.
        Self { frame: &memory[frame as usize..][..plan.bytes as usize], plan, sliced }
    }
}

/// What two calls left that were given the same.
struct Both<'a> {
    columns: &'a WorldColumns<'a, 'a>,
    params: &'a CheckedParams,
    queries: &'a [QueryRows],
    running: Left<'a>,
    shadow: Left<'a>,
}

impl<'a> Both<'a> {
    fn compare_columns(&self, report: &mut ShadowSystem) {
        let columns = self.params.queries.iter().zip(self.queries);
        let columns =
            columns.flat_map(|(query, rows)| query.columns.iter().map(move |column| (column, rows)));
        let planned = self.running.plan.columns.iter().zip(&self.shadow.plan.columns);
        let mut sliced = 0;
        for ((column, rows), (running, shadow)) in columns.zip(planned) {
            let at = sliced;
            sliced += usize::from(column.value.has_slices);
            if !column.write {
                continue;
            }
            report.rows += rows.len();
            let entity = |row: usize| self.entity(rows, row);
            if column.value.has_slices {
                self.compare_sliced(report, at, &column.value, entity);
            } else {
                let (running, shadow) = (running.of(self.running.frame), shadow.of(self.shadow.frame));
                compare_rows(
                    report,
                    &column.value,
                    (running, shadow),
                    self.present(column, rows).as_deref(),
                    entity,
                );
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

    /// Whether a resource differs.
    fn compare_resources(&self, report: &mut ShadowSystem) -> bool {
        let resources = self.params.resources.iter().zip(&self.running.plan.resources);
        let mut sliced = self.params.queries.iter().flat_map(|query| query.columns.iter());
        let mut sliced = sliced.by_ref().filter(|column| column.value.has_slices).count();
        let mut all = ShadowSystem { calls: report.calls, ..ShadowSystem::default() };
        for ((resource, running), shadow) in resources.zip(&self.shadow.plan.resources) {
            let at = sliced;
            sliced += usize::from(resource.value.has_slices);
            if !resource.write {
                continue;
            }
            if resource.value.has_slices {
                self.compare_sliced(&mut all, at, &resource.value, |_| None);
            } else {
                let (running, shadow) = (running.of(self.running.frame), shadow.of(self.shadow.frame));
                compare_rows(&mut all, &resource.value, (running, shadow), None, |_| None);
            }
        }
        report.first = report.first.take().or(all.first);
        all.rows_different > 0
    }

    /// Compares values with strings or lists, of the column or resource with that number among such.
    fn compare_sliced(
        &self,
        report: &mut ShadowSystem,
        at: usize,
        value: &CheckedValue,
        entity: impl Fn(usize) -> Option<Entity>,
    ) {
        let changed = |left: &Left<'a>| left.sliced.get(at).map(SlicedValues::changed).unwrap_or_default();
        let (running, shadow) = (changed(&self.running), changed(&self.shadow));
        let mut rows: Vec<usize> = running.iter().chain(shadow).map(|(row, _)| *row).collect();
        rows.sort_unstable();
        rows.dedup();
        for row in rows {
            // Both are in the order of their rows.
            let of = |changed: &'a [(usize, Vec<u8>)]| {
                let found = changed.binary_search_by_key(&row, |(row, _)| *row).ok()?;
                changed.get(found).map(|(_, packed)| packed.as_slice())
            };
            let (running, shadow) = (of(running), of(shadow));
            if running == shadow {
                continue;
            }
            report.rows_different += 1;
            if report.first.is_none() {
                let as_it_was = || format!("{} as it was", value.schema.name);
                let show = |packed: Option<&[u8]>| {
                    packed.map_or_else(as_it_was, |packed| brief(value.schema.show(packed)))
                };
                let (call, entity) = (report.calls, entity(row));
                report.first =
                    Some(ShadowDifference { call, entity, running: show(running), shadow: show(shadow) });
            }
        }
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

fn compare_rows(
    report: &mut ShadowSystem,
    value: &CheckedValue,
    (running, shadow): (&[u8], &[u8]),
    present: Option<&[bool]>,
    entity: impl Fn(usize) -> Option<Entity>,
) {
    let row_bytes = (value.schema.byte_size as usize).max(1);
    if running == shadow {
        return;
    }
    for (row, (running, shadow)) in
        running.chunks_exact(row_bytes).zip(shadow.chunks_exact(row_bytes)).enumerate()
    {
        if running == shadow || present.is_some_and(|present| present.get(row) != Some(&true)) {
            continue;
        }
        let (mut running, mut shadow) = (running.to_vec(), shadow.to_vec());
        make_canonical(&value.schema, &mut running);
        make_canonical(&value.schema, &mut shadow);
        if running == shadow {
            continue;
        }
        report.rows_different += 1;
        if report.first.is_none() {
            report.first = Some(difference(report.calls, entity(row), &value.schema, &running, &shadow));
        }
    }
}
