//! Rows of the world become columns of a call frame, and columns are checked against the rows.

use std::convert::Infallible;

use crate::calls::columns::{Rows, WorldColumns};
use crate::calls::frame::PlannedColumn;
use crate::calls::rows::QueryRows;
use crate::calls::sliced::SlicedValues;
use crate::calls::write_back;
use crate::module::faults::Fault;
use crate::module::layout::{CheckedColumn, CheckedParams};
use crate::types::value;

/// Packs all columns and resources that have strings or lists, and keeps them as they were where `keep` says so.
pub(crate) fn read_sliced(
    columns: &WorldColumns<'_, '_>,
    params: &CheckedParams,
    rows_of: &[QueryRows],
    sliced: &mut Vec<SlicedValues>,
    packed: &mut Vec<u8>,
    keep: bool,
) {
    sliced.resize_with(params.sliced().count(), SlicedValues::default);
    let mut sliced = sliced.iter_mut();
    for (query, rows) in params.queries.iter().zip(rows_of) {
        let with_slices = query.columns.iter().filter(|column| column.value.has_slices);
        for (column, values) in with_slices.zip(&mut sliced) {
            values.read(columns, column, rows, packed, keep);
        }
    }
    let with_slices = params.resources.iter().filter(|resource| resource.value.has_slices);
    for (resource, values) in with_slices.zip(sliced) {
        values.read_resource(columns, &resource.value, packed, keep);
    }
}

/// Copies one column, and its presence mask, into the frame.
pub(crate) fn map_column(
    columns: &WorldColumns<'_, '_>,
    (column, sliced): (&CheckedColumn, Option<&SlicedValues>),
    rows: &QueryRows,
    planned: &PlannedColumn,
    frame: &mut [u8],
    packed: &mut Vec<u8>,
) {
    let row_bytes = column.value.schema.byte_size as usize;
    let mask_bytes = if column.optional { rows.len().div_ceil(8) as usize } else { 0 };
    // The rest of the last vector is read by nobody who counts rows, yet what it holds must not
    // depend on earlier calls.
    fill_up(frame, planned.offset as usize + planned.bytes as usize);
    frame[planned.offset as usize - planned.gap as usize..planned.offset as usize].fill(0);
    let (before, mask) = frame.split_at_mut(planned.presence as usize);
    let (frame, mask) = if column.optional {
        let mask = &mut mask[..mask_bytes.next_multiple_of(peristyle_abi::COLUMN_ALIGN as usize)];
        mask.fill(0);
        (before, mask)
    } else {
        (mask, before)
    };
    let (mut at, mut row) = (planned.offset as usize, 0);
    let Ok(()) = columns.read(column, rows, packed, |run| {
        match run {
            Rows::Present(rows, bytes) => {
                let bytes = sliced.map_or(bytes, |values| &values.rows[row * row_bytes..][..row_bytes]);
                frame[at..at + bytes.len()].copy_from_slice(bytes);
                at += bytes.len();
                if column.optional {
                    (row..row + rows).for_each(|row| mask[row / 8] |= 1 << (row % 8));
                }
                row += rows;
            }
            Rows::Absent(absent) => {
                let rows = &mut frame[at..at + absent * row_bytes];
                rows.fill(0);
                if !column.value.has_zero {
                    // A guest may look at these rows, so they hold values as well.
                    let rows = rows.chunks_exact_mut(row_bytes.max(1));
                    rows.for_each(|row| value::fill_enums(&column.value.schema, row));
                }
                at += absent * row_bytes;
                row += absent;
            }
        }
        Ok::<(), Infallible>(())
    });
    let end = planned.offset as usize + planned.bytes as usize;
    debug_assert_eq!(at, end, "a table changed while it was mapped");
}

/// Fills what is left of the vector in which a column ends with zeros.
pub(crate) fn fill_up(frame: &mut [u8], end: usize) {
    frame[end..end.next_multiple_of(peristyle_abi::COLUMN_ALIGN as usize)].fill(0);
}

/// Checks every row of a column that differs from what the world has.
pub(crate) fn check_column(
    columns: &WorldColumns<'_, '_>,
    column: &CheckedColumn,
    rows: &QueryRows,
    mut after: &[u8],
    packed: &mut Vec<u8>,
) -> Result<(), Fault> {
    let row_bytes = column.value.schema.byte_size as usize;
    let mut first_row = 0;
    columns.read(column, rows, packed, |run| {
        let rows = match run {
            Rows::Absent(absent) => absent,
            Rows::Present(rows, before) => {
                write_back::check(&column.value, before, &after[..before.len()], first_row)?;
                rows
            }
        };
        first_row += rows as u32;
        after = &after[rows * row_bytes..];
        Ok(())
    })
}
