//! What the world has of the rows of a column now, packed.

use crate::calls::columns::{Rows, WorldColumns};
use crate::calls::rows::QueryRows;
use crate::module::layout::CheckedColumn;

/// What the world has of the rows of a column now.
#[derive(Debug, Default)]
pub(crate) struct CurrentRows {
    bytes: Vec<u8>,
    /// Where in `bytes` each row is; the same place twice where it lacks the component.
    ends: Vec<usize>,
    present: Vec<bool>,
}

impl CurrentRows {
    pub fn of(columns: &WorldColumns<'_, '_>, column: &CheckedColumn, rows: &QueryRows) -> Self {
        let row_bytes = (column.value.schema.byte_size as usize).max(1);
        let (mut current, mut packed) = (Self::default(), Vec::new());
        let Ok(()) = columns.read(column, rows, &mut packed, |run| {
            match run {
                Rows::Present(_, bytes) if column.value.has_slices => current.push(bytes),
                Rows::Present(_, bytes) => bytes.chunks_exact(row_bytes).for_each(|row| current.push(row)),
                Rows::Absent(rows) => {
                    let rows = current.ends.len() + rows;
                    current.ends.resize(rows, current.bytes.len());
                    current.present.resize(rows, false);
                }
            }
            Ok::<(), std::convert::Infallible>(())
        });
        current
    }

    /// Adds a row, packed.
    pub fn push(&mut self, row: &[u8]) {
        self.bytes.extend_from_slice(row);
        self.ends.push(self.bytes.len());
        self.present.push(true);
    }

    /// The packed bytes of a row; `None` where it lacks the component.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let begin = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let bytes = self.bytes.get(begin..*self.ends.get(row)?);
        bytes.filter(|_| self.present.get(row) == Some(&true))
    }
}
