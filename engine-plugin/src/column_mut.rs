//! Rows of one column, to be written: their bytes and their change ticks.
#![expect(unsafe_code, reason = "rows of a component that is known by id alone are written as bytes")]

use std::cell::UnsafeCell;
use std::panic::Location;

use bevy::ecs::change_detection::{MaybeLocation, Tick};

use crate::mirror::Mirror;
use crate::schema::SchemaLayout;

/// Rows of one column, to be written.
pub(crate) struct ColumnMut<'a> {
    pub rows: RowsMut<'a>,
    pub changed: &'a [UnsafeCell<Tick>],
    pub changed_by: MaybeLocation<&'a [UnsafeCell<&'static Location<'static>>]>,
    pub this_run: Tick,
}

pub(crate) enum RowsMut<'a> {
    Packed(&'a mut [u8]),
    /// `rows` rows of a component that nothing else touches for `'a`.
    Mirrored {
        data: *mut u8,
        rows: usize,
        mirror: Mirror,
    },
}

impl ColumnMut<'_> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.changed.len()
    }

    /// The packed bytes of `rows` rows from row `first` on; `packed` holds
    /// them where they are mirrored.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn block<'b>(
        &'b self,
        first: usize,
        rows: usize,
        schema: &SchemaLayout,
        packed: &'b mut Vec<u8>,
    ) -> &'b [u8] {
        let row_bytes = schema.byte_size as usize;
        match &self.rows {
            RowsMut::Packed(bytes) => &bytes[first * row_bytes..][..rows * row_bytes],
            RowsMut::Mirrored { data, rows: len, mirror } => {
                assert!(first + rows <= *len, "rows {first} to {} of {len}", first + rows);
                packed.clear();
                for row in first..first + rows {
                    // SAFETY: the run has this row, and `self` has it alone.
                    unsafe { mirror.pack(data.add(row * mirror.stride), schema, packed) }
                }
                packed
            }
        }
    }

    /// Writes the rows of a block that begins with row `first`, and marks as changed those whose
    /// bit is set in `differing`; the others are what they were. The bytes are valid for the
    /// schema's fields.
    ///
    /// # Panics
    /// If there are no such rows, or `block` is not made of whole ones.
    #[track_caller]
    pub fn write_block(&mut self, first: usize, block: &[u8], row_bytes: usize, differing: u64) {
        match &mut self.rows {
            RowsMut::Packed(rows) => rows[first * row_bytes..][..block.len()].copy_from_slice(block),
            RowsMut::Mirrored { data, rows, mirror } => {
                for row in ones(differing) {
                    assert!(first + row < *rows, "row {} of {rows}", first + row);
                    // SAFETY: the run has this row, and `self` has it alone; `write_back` checked
                    // the bytes.
                    unsafe {
                        mirror.unpack(
                            &block[row * row_bytes..][..row_bytes],
                            data.add((first + row) * mirror.stride),
                        );
                    }
                }
            }
        }
        let rows = block.len() / row_bytes;
        let changed = &self.changed[first..][..rows];
        if differing.count_ones() as usize == rows {
            for tick in changed {
                // SAFETY: write access to a component covers its ticks, and `self` is borrowed
                // exclusively.
                unsafe { *tick.get() = self.this_run };
            }
        } else {
            for row in ones(differing) {
                // SAFETY: as above.
                unsafe { *changed[row].get() = self.this_run };
            }
        }
        if let Some(changed_by) = self.changed_by.into_option() {
            for row in ones(differing) {
                // SAFETY: as for the ticks.
                unsafe { *changed_by[first + row].get() = Location::caller() };
            }
        }
    }
}

impl ColumnMut<'_> {
    /// Has a mirrored row take over packed bytes, which were checked, and marks it as changed.
    ///
    /// # Panics
    /// If there is no such row.
    #[track_caller]
    pub fn write_row(&mut self, row: usize, packed: &[u8]) {
        let RowsMut::Mirrored { data, rows, mirror } = &mut self.rows else { return };
        assert!(row < *rows, "row {row} of {rows}");
        // SAFETY: the run has this row, and `self` has it alone; `write_back` checked the bytes.
        unsafe { mirror.unpack(packed, data.add(row * mirror.stride)) };
        // SAFETY: write access to a component covers its ticks, and `self` is borrowed exclusively.
        unsafe { *self.changed[row].get() = self.this_run };
        if let Some(changed_by) = self.changed_by.into_option() {
            // SAFETY: as for the ticks.
            unsafe { *changed_by[row].get() = Location::caller() };
        }
    }
}

/// The indices of the bits that are set, in ascending order.
pub(crate) fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let one = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(one)
    })
}
