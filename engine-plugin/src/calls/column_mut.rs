//! Rows of one column, to be written: their bytes and their change ticks.
#![expect(unsafe_code, reason = "rows of a component that is known by id alone are written as bytes")]

use std::cell::UnsafeCell;
use std::panic::Location;

use bevy::ecs::change_detection::{MaybeLocation, Tick};

use crate::calls::rows::RowRun;
use crate::types::mirror::Mirror;
use crate::types::schema::SchemaLayout;

/// Rows of one column, to be written.
pub(crate) struct ColumnMut<'a> {
    pub rows: RowsMut<'a>,
    pub changed: &'a [UnsafeCell<Tick>],
    pub changed_by: MaybeLocation<&'a [UnsafeCell<&'static Location<'static>>]>,
    pub this_run: Tick,
}

pub(crate) enum RowsMut<'a> {
    Packed(&'a mut [u8]),
    /// Rows of a table that lie alone, each of which is named once and nothing else touches for
    /// `'a`. `data` and the change ticks are those of all of the table's rows, which it has.
    Scattered {
        data: *mut u8,
        alone: &'a [RowRun],
    },
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
        match &self.rows {
            RowsMut::Scattered { alone, .. } => alone.len(),
            RowsMut::Packed(_) | RowsMut::Mirrored { .. } => self.changed.len(),
        }
    }

    /// The packed bytes of `rows` rows from row `first` on; `packed` holds them where they are mirrored or
    /// lie alone.
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
            RowsMut::Scattered { data, alone } => {
                // SAFETY: the table has these rows, and `self` has them alone.
                unsafe { gather(*data, &alone[first..][..rows], row_bytes, packed) };
                packed
            }
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

    /// The bytes of `rows` rows from row `first` on, if they lie side by side as they are.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn packed(&self, first: usize, rows: usize, row_bytes: usize) -> Option<&[u8]> {
        match &self.rows {
            RowsMut::Packed(bytes) => Some(&bytes[first * row_bytes..][..rows * row_bytes]),
            RowsMut::Scattered { .. } | RowsMut::Mirrored { .. } => None,
        }
    }

    /// Writes rows that lie side by side, all of which differ, and returns how many they are. The bytes are
    /// valid for the schema's fields.
    ///
    /// # Panics
    /// If there are no such rows, or `bytes` is not made of whole ones.
    #[track_caller]
    pub fn write_all(&mut self, first: usize, bytes: &[u8], row_bytes: usize) -> u32 {
        let RowsMut::Packed(rows) = &mut self.rows else { return 0 };
        rows[first * row_bytes..][..bytes.len()].copy_from_slice(bytes);
        let rows = bytes.len() / row_bytes;
        for tick in &self.changed[first..][..rows] {
            // SAFETY: write access to a component covers its ticks, and `self` is borrowed exclusively.
            unsafe { *tick.get() = self.this_run };
        }
        if let Some(changed_by) = self.changed_by.into_option() {
            for place in &changed_by[first..][..rows] {
                // SAFETY: as for the ticks.
                unsafe { *place.get() = Location::caller() };
            }
        }
        rows as u32
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
            RowsMut::Scattered { data, alone } => {
                for row in ones(differing) {
                    let packed = &block[row * row_bytes..][..row_bytes];
                    let row = alone[first + row].first as usize;
                    // SAFETY: the table has this row of `row_bytes` bytes, and `self` has it alone,
                    // with its ticks; the bytes are a value of the component.
                    unsafe {
                        data.add(row * row_bytes).copy_from_nonoverlapping(packed.as_ptr(), row_bytes);
                        *self.changed[row].get() = self.this_run;
                    }
                    if let Some(changed_by) = self.changed_by.into_option() {
                        // SAFETY: as for the ticks.
                        unsafe { *changed_by[row].get() = Location::caller() };
                    }
                }
                return;
            }
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

/// Copies rows of `row_bytes` bytes that lie alone into `packed`, one after the other.
///
/// # Safety
/// From `data` on there are the rows of a table, of `row_bytes` initialized bytes each, which has
/// all of `alone` and which nobody writes meanwhile.
pub(crate) unsafe fn gather(data: *const u8, alone: &[RowRun], row_bytes: usize, packed: &mut Vec<u8>) {
    /// # Safety
    /// As for `gather`; the rows have `BYTES` bytes.
    unsafe fn sized<const BYTES: usize>(data: *const u8, alone: &[RowRun], packed: &mut [u8]) {
        for (run, packed) in alone.iter().zip(packed.as_chunks_mut::<BYTES>().0) {
            // SAFETY: the table has this row; an array of bytes needs no alignment.
            *packed = unsafe { data.add(run.first as usize * BYTES).cast::<[u8; BYTES]>().read() };
        }
    }
    packed.resize(alone.len() * row_bytes, 0);
    // SAFETY: the caller's promise; each size is that of a row.
    unsafe {
        match row_bytes {
            4 => sized::<4>(data, alone, packed),
            8 => sized::<8>(data, alone, packed),
            12 => sized::<12>(data, alone, packed),
            16 => sized::<16>(data, alone, packed),
            24 => sized::<24>(data, alone, packed),
            32 => sized::<32>(data, alone, packed),
            _ => {
                for (row, run) in alone.iter().enumerate() {
                    let place = packed[row * row_bytes..][..row_bytes].as_mut_ptr();
                    place.copy_from_nonoverlapping(data.add(run.first as usize * row_bytes), row_bytes);
                }
            }
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

#[cfg(test)]
mod tests {
    use bevy::ecs::storage::TableId;

    use super::*;

    #[test]
    fn rows_of_every_size_are_gathered() {
        let alone = [9, 2, 4, 0].map(|first| RowRun { table: TableId::empty(), first, rows: 1 });
        for row_bytes in 0..=40 {
            let table: Vec<u8> = (0..10 * row_bytes).map(|index| index as u8).collect();
            let row = |run: &RowRun| table[run.first as usize * row_bytes..][..row_bytes].to_vec();
            let mut packed = vec![7; 3];
            // SAFETY: the table has 10 rows of that many bytes.
            unsafe { gather(table.as_ptr(), &alone, row_bytes, &mut packed) };
            assert_eq!(packed, alone.iter().flat_map(row).collect::<Vec<u8>>(), "{row_bytes}");
        }
    }
}
