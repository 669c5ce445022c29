//! After a finished call: rows that differ are checked, then written and marked as changed.

use peristyle_abi::FieldType;

use crate::columns::ColumnMut;
use crate::faults::Fault;
use crate::layout::CheckedColumn;

/// Rows that are compared at once. Where a block is equal, none of its rows is looked at.
const BLOCK_ROWS: usize = 64;

/// Calls `differs` with the index of each row in which `before` and `after` differ.
fn each_differing_row(
    before: &[u8],
    after: &[u8],
    row_bytes: usize,
    mut differs: impl FnMut(usize) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if row_bytes == 0 {
        return Ok(());
    }
    let blocks = before.chunks(BLOCK_ROWS * row_bytes).zip(after.chunks(BLOCK_ROWS * row_bytes));
    for (block, (before, after)) in blocks.enumerate() {
        if before == after {
            continue;
        }
        let rows = before.chunks_exact(row_bytes).zip(after.chunks_exact(row_bytes));
        for (row, (before, after)) in rows.enumerate() {
            if before != after {
                differs(block * BLOCK_ROWS + row)?;
            }
        }
    }
    Ok(())
}

/// Checks every row of `after` that differs from `before`; `first_row` is the row's number in
/// the query.
pub(crate) fn check(
    column: &CheckedColumn,
    before: &[u8],
    after: &[u8],
    first_row: u32,
) -> Result<(), Fault> {
    if !column.has_invalid_bits {
        return Ok(());
    }
    let row_bytes = column.schema.byte_size as usize;
    each_differing_row(before, after, row_bytes, |row| {
        let bytes = &after[row * row_bytes..][..row_bytes];
        for field in column.schema.fields.iter().filter(|field| field.field_type == FieldType::Bool) {
            let elements = &bytes[field.offset as usize..][..field.count as usize];
            if let Some(found) = elements.iter().find(|&&byte| byte > 1) {
                return Err(Fault::BadWrite {
                    component: column.schema.name.clone(),
                    field: field.name.clone(),
                    row: first_row.saturating_add(row as u32),
                    field_type: field.field_type.name(),
                    expected: "0 or 1",
                    found: found.to_string(),
                });
            }
        }
        Ok(())
    })
}

/// Writes the rows of `after` that differ, and returns how many they were.
///
/// `scratch` holds single rows: a mirrored one in its packed form, and one whose NaNs are made
/// canonical.
pub(crate) fn write(
    column: &CheckedColumn,
    rows: &mut ColumnMut<'_>,
    after: &[u8],
    scratch: &mut RowScratch,
) -> u32 {
    let row_bytes = column.schema.byte_size as usize;
    if row_bytes == 0 {
        return 0;
    }
    let RowScratch { before, after: canonical } = scratch;
    before.clear();
    before.resize(row_bytes, 0);
    let mut written = 0;
    for (block, after) in after.chunks(BLOCK_ROWS * row_bytes).enumerate() {
        let first = block * BLOCK_ROWS;
        if rows.packed().is_some_and(|rows| rows[first * row_bytes..][..after.len()] == *after) {
            continue;
        }
        for (row, after) in (first..).zip(after.chunks_exact(row_bytes)) {
            rows.pack(row, before);
            if before == after {
                continue;
            }
            if column.has_floats {
                canonical.clear();
                canonical.extend_from_slice(after);
                make_nans_canonical(column, canonical);
                if before == canonical {
                    continue;
                }
                rows.write_row(row, canonical);
            } else {
                rows.write_row(row, after);
            }
            written += 1;
        }
    }
    written
}

/// Room for single rows, kept from call to call.
#[derive(Debug, Default)]
pub(crate) struct RowScratch {
    pub before: Vec<u8>,
    after: Vec<u8>,
}

/// Gives every NaN in a row the one bit pattern that all machines agree on.
fn make_nans_canonical(column: &CheckedColumn, row: &mut [u8]) {
    for field in &column.schema.fields {
        let bytes = &mut row[field.offset as usize..][..(field.count * field.field_type.size()) as usize];
        match field.field_type {
            FieldType::F32 => {
                for element in bytes.as_chunks_mut::<4>().0 {
                    if f32::from_le_bytes(*element).is_nan() {
                        *element = 0x7fc0_0000_u32.to_le_bytes();
                    }
                }
            }
            FieldType::F64 => {
                for element in bytes.as_chunks_mut::<8>().0 {
                    if f64::from_le_bytes(*element).is_nan() {
                        *element = 0x7ff8_0000_0000_0000_u64.to_le_bytes();
                    }
                }
            }
            _ => {}
        }
    }
}
