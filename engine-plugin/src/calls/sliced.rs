//! Columns and resources whose values have strings or lists: they are packed value by value, and what a
//! call left is taken out of the module's memory value by value.

use bevy::prelude::*;

use crate::calls::column_mut::ColumnMut;
use crate::calls::columns::{Rows, WorldColumns};
use crate::calls::current_rows::CurrentRows;
use crate::calls::rows::QueryRows;
use crate::calls::write_back::{check_value, make_canonical_value};
use crate::module::faults::Fault;
use crate::module::layout::{CheckedColumn, CheckedValue};
use crate::types::slices::{gather, relocate};
use crate::types::value::BadField;

/// The values of one column, or one resource, during a call.
#[derive(Debug, Default)]
pub(crate) struct SlicedValues {
    /// The values side by side, as the column has them but for the addresses.
    pub rows: Vec<u8>,
    /// What their strings and lists cover.
    pub heap: Vec<u8>,
    /// Where in `heap` that of each row is.
    spans: Vec<(usize, usize)>,
    /// The packed bytes of each value as it was given to the call, where they are kept.
    given: Vec<Vec<u8>>,
    /// What the call left: rows that differ, each with its packed bytes.
    changed: Vec<(usize, Vec<u8>)>,
}

impl SlicedValues {
    /// Forgets the values of the last call.
    fn clear(&mut self) {
        self.rows.clear();
        self.heap.clear();
        self.spans.clear();
        self.given.clear();
        self.changed.clear();
    }

    /// Takes in one value: its own bytes, and then what its strings and lists cover.
    fn push(&mut self, row_bytes: usize, packed: &[u8], keep: bool) {
        if keep {
            self.given.push(packed.to_vec());
        }
        let (own, covered) = packed.split_at(row_bytes);
        self.heap.resize(self.heap.len().next_multiple_of(8), 0);
        self.spans.push((self.heap.len(), self.heap.len() + covered.len()));
        self.rows.extend_from_slice(own);
        self.heap.extend_from_slice(covered);
    }

    /// Takes in the rows of a column.
    pub fn read(
        &mut self,
        columns: &WorldColumns<'_, '_>,
        column: &CheckedColumn,
        rows: &QueryRows,
        packed: &mut Vec<u8>,
        keep: bool,
    ) {
        self.clear();
        let row_bytes = column.value.schema.byte_size as usize;
        let Ok(()) = columns.read(column, rows, packed, |run| {
            match run {
                Rows::Present(_, packed) => self.push(row_bytes, packed, keep),
                Rows::Absent(rows) => {
                    self.spans.resize(self.spans.len() + rows, (self.heap.len(), self.heap.len()));
                    if keep {
                        self.given.resize(self.spans.len(), Vec::new());
                    }
                    self.rows.resize(self.rows.len() + rows * row_bytes, 0);
                }
            }
            Ok::<(), std::convert::Infallible>(())
        });
    }

    /// Takes in a resource.
    pub fn read_resource(
        &mut self,
        columns: &WorldColumns<'_, '_>,
        value: &CheckedValue,
        packed: &mut Vec<u8>,
        keep: bool,
    ) {
        self.clear();
        let row_bytes = value.schema.byte_size as usize;
        columns.read_resource(value, packed, |packed| self.push(row_bytes, packed, keep));
    }

    /// Has all strings and lists point to where the heap will be, at `address` in the module.
    pub fn relocate(&mut self, value: &CheckedValue, address: u32) {
        let row_bytes = (value.schema.byte_size as usize).max(1);
        for (row, &(start, end)) in self.rows.chunks_exact_mut(row_bytes).zip(&self.spans) {
            relocate(&value.schema, row, &mut self.heap[start..end], address.wrapping_add(start as u32));
        }
    }

    /// Whether row `row` and what it covers are as the call was given them.
    fn is_untouched(&self, row: usize, row_bytes: usize, after: Left<'_>) -> bool {
        let own = row * row_bytes..(row + 1) * row_bytes;
        let (start, end) = self.spans.get(row).copied().unwrap_or_default();
        self.rows.get(own.clone()) == after.rows.get(own)
            && self.heap.get(start..end) == after.heap.get(start..end)
    }

    /// Of a call that was suspended: keeps the rows with these numbers, and undoes in `after` and `heap` what the call did
    /// to a row that others have changed meanwhile. `current` is what the world has of each kept row, `None` where
    /// it lacks the component. How many changed rows are lost.
    pub fn rebase(
        &mut self,
        row_bytes: usize,
        kept: &[u32],
        current: &CurrentRows,
        after: &mut [u8],
        heap: &mut [u8],
    ) -> u64 {
        let mut lost = 0;
        let mut kept = kept.iter().enumerate().peekable();
        let (mut rows, mut spans, mut to) = (Vec::new(), Vec::new(), 0);
        for row in 0..self.spans.len() {
            let own = row * row_bytes..(row + 1) * row_bytes;
            let is_touched = !self.is_untouched(row, row_bytes, Left { rows: after, heap });
            let Some((now, _)) = kept.next_if(|&(_, &number)| number as usize == row) else {
                lost += u64::from(is_touched);
                continue;
            };
            let span = self.spans[row];
            if is_touched && current.get(now) != self.given.get(row).map(Vec::as_slice) {
                lost += 1;
                after[own.clone()].copy_from_slice(&self.rows[own.clone()]);
                heap[span.0..span.1].copy_from_slice(&self.heap[span.0..span.1]);
            }
            after.copy_within(own.clone(), to);
            to += row_bytes;
            rows.extend_from_slice(&self.rows[own]);
            spans.push(span);
        }
        (self.rows, self.spans) = (rows, spans);
        lost
    }

    /// Takes the rows of a column that differ out of the module's memory, and checks them.
    pub fn take(
        &mut self,
        columns: &WorldColumns<'_, '_>,
        (column, rows): (&CheckedColumn, &QueryRows),
        after: Left<'_>,
        guest: &mut GuestSlices<'_>,
        packed: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if self.rows == after.rows && self.heap == after.heap {
            return Ok(());
        }
        let row_bytes = column.value.schema.byte_size as usize;
        let mut row = 0;
        columns.read(column, rows, packed, |run| {
            match run {
                Rows::Absent(rows) => row += rows,
                Rows::Present(_, before) => {
                    if !self.is_untouched(row, row_bytes, after) {
                        let after = &after.rows[row * row_bytes..][..row_bytes];
                        self.take_value(&column.value, before, after, row, guest)?;
                    }
                    row += 1;
                }
            }
            Ok(())
        })
    }

    /// Takes a resource out of the module's memory if it differs, and checks it.
    pub fn take_resource(
        &mut self,
        columns: &WorldColumns<'_, '_>,
        value: &CheckedValue,
        after: Left<'_>,
        guest: &mut GuestSlices<'_>,
        packed: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if self.rows == after.rows && self.heap == after.heap {
            return Ok(());
        }
        let take = |before: &[u8]| self.take_value(value, before, after.rows, 0, guest);
        columns.read_resource(value, packed, take).unwrap_or(Ok(()))
    }

    fn take_value(
        &mut self,
        value: &CheckedValue,
        before: &[u8],
        after: &[u8],
        row: usize,
        guest: &mut GuestSlices<'_>,
    ) -> Result<(), Fault> {
        let mut taken = Vec::new();
        guest.take(value, after, &|_| false, &mut taken).map_err(|bad| Fault::BadWrite {
            component: value.schema.name.clone(),
            field: bad.field,
            row: row as u32,
            found: bad.found,
            expected: bad.expected,
        })?;
        if taken != before {
            self.changed.push((row, taken));
        }
        Ok(())
    }

    /// What the call left: rows that differ, each with its packed bytes.
    pub fn changed(&self) -> &[(usize, Vec<u8>)] {
        &self.changed
    }

    /// Writes the changed rows that are among those from `first_row` on; how many they were.
    pub fn write(&self, first_row: usize, rows: &mut ColumnMut<'_>) -> u32 {
        let mut written = 0;
        for (row, packed) in &self.changed {
            if let Some(row) = row.checked_sub(first_row).filter(|&row| row < rows.len()) {
                rows.write_row(row, packed);
                written += 1;
            }
        }
        written
    }

    /// Writes the changed resource.
    pub fn write_resource(&self, columns: &mut WorldColumns<'_, '_>, value: &CheckedValue) {
        for (_, packed) in &self.changed {
            columns.write_resource(value, packed);
        }
    }
}

/// What a call left where its values and what they cover had been put.
#[derive(Clone, Copy)]
pub(crate) struct Left<'f> {
    pub rows: &'f [u8],
    pub heap: &'f [u8],
}

/// A module's memory after a call, and how many bytes of strings and lists may be taken out of it.
pub(crate) struct GuestSlices<'m> {
    pub memory: &'m [u8],
    pub left: usize,
}

impl GuestSlices<'_> {
    /// The packed bytes of a value that a call left, checked and canonical.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn take(
        &mut self,
        value: &CheckedValue,
        bytes: &[u8],
        is_spawned: &impl Fn(u64) -> bool,
        out: &mut Vec<u8>,
    ) -> Result<(), BadField> {
        gather(&value.schema, bytes, self.memory, &mut self.left, is_spawned, out)?;
        make_canonical_value(value, out);
        check_value(value, out, is_spawned)
    }
}
