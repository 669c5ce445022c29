//! Arithmetic over whole columns, four numbers at a time.
//!
//! One instruction on a `v128` does the work of four on an `f32`, and the compiler makes no
//! vectors of row loops by itself. So a column of `f32` fields is worth taking as [`flat`]
//! numbers: `position += velocity * dt` then takes a fraction of the fuel, and less time.
//!
//! ```
//! use peristyle::prelude::*;
//! use peristyle::vector::{axpy, flat, flat_mut};
//!
//! # #[derive(Clone, Copy, Debug, PartialEq, Schema)]
//! # #[repr(C)]
//! # struct Position { x: f32, y: f32, z: f32 }
//! # #[derive(Clone, Copy, Schema)]
//! # #[repr(C)]
//! # struct Velocity { x: f32, y: f32, z: f32 }
//! #[system]
//! fn integrate(time: Time, mut movers: Query<(&mut Position, &Velocity)>) {
//!     let (positions, velocities) = movers.columns_mut();
//!     axpy(flat_mut(positions), time.delta_seconds, flat(velocities));
//! }
//! # let mut positions = [Position { x: 1.0, y: 2.0, z: 3.0 }];
//! # integrate(
//! #     Time { delta_seconds: 0.5, elapsed_seconds: 0.5, tick: 1 },
//! #     Query::from_columns((&mut positions[..], &[Velocity { x: 2.0, y: 4.0, z: 6.0 }][..])),
//! # );
//! # assert_eq!(positions, [Position { x: 2.0, y: 4.0, z: 6.0 }]);
//! ```
//!
//! | over | functions |
//! |---|---|
//! | numbers, one by one | [`axpy`], [`scale`], [`add`], [`sub`], [`mul`], [`clamp`], [`lerp`], [`select`] |
//! | rows of three | [`dot`], [`length`], [`normalize`], [`clamp_length`], [`scale_rows`], [`select_rows`] |
//!
//! Each gives what a loop over plain numbers would, to the bit: the operations are those that its
//! description names, in that order, each rounded on its own. Only the bits of a NaN are the
//! engine's choice. Each checks lengths before it writes anything, and never allocates.
//!
//! Where a helper gives one number a row, such as [`length`], the numbers need a place of their
//! own: a component with one `f32`, or an array on the stack for some rows at a time.
//!
//! ```
//! use peristyle::vector::{axpy, length, scale_rows};
//!
//! /// Air that brakes with the square of the speed.
//! fn brake(velocities: &mut [f32], strength: f32) {
//!     for velocities in velocities.chunks_mut(3 * 64) {
//!         let mut speeds = [0.0; 64];
//!         let speeds = &mut speeds[..velocities.len() / 3];
//!         length(speeds, velocities);
//!         for speed in &mut *speeds {
//!             *speed = 1.0 / (1.0 + strength * *speed);
//!         }
//!         scale_rows(velocities, speeds);
//!     }
//! }
//!
//! let mut velocities = [0.0, 3.0, 4.0, 1.0, 0.0, 0.0];
//! brake(&mut velocities, 1.0);
//! assert_eq!(velocities, [0.0, 0.5, 4.0 * (1.0 / 6.0), 0.5, 0.0, 0.0]);
//! ```
//!
//! For arithmetic of one's own, [`f32x4`] and the slices' `as_chunks`:
//!
//! ```
//! use peristyle::vector::f32x4;
//!
//! /// No number stays above `limit`.
//! fn limit(numbers: &mut [f32], limit: f32) {
//!     let (chunks, rest) = numbers.as_chunks_mut();
//!     for chunk in chunks {
//!         f32x4::load(chunk).min(f32x4::splat(limit)).store(chunk);
//!     }
//!     for number in rest {
//!         *number = number.min(limit);
//!     }
//! }
//!
//! let mut numbers = [1.0, 5.0, 2.0, 9.0, 7.0];
//! limit(&mut numbers, 4.0);
//! assert_eq!(numbers, [1.0, 4.0, 2.0, 4.0, 4.0]);
//! ```

use core::slice;

use crate::abi::{FieldType, Schema};

mod elementwise;
mod lanes;
mod rows;
mod steps;
#[cfg(test)]
mod tests;

pub use elementwise::{add, axpy, clamp, lerp, mul, scale, select, sub};
pub use lanes::{f32x4, mask32x4};
pub use rows::{clamp_length, dot, length, normalize, scale_rows, select_rows};

/// A column of components as the plain numbers that it consists of.
///
/// Row `i` of a component with 3 numbers is at `3 * i`. All fields of the component must be `f32`
/// or arrays of them; any other component stops the compiler:
///
/// ```compile_fail,E0080
/// use peristyle::prelude::*;
/// use peristyle::vector::flat;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Drone { id: u32 }
///
/// flat(&[Drone { id: 1 }]);
/// ```
pub fn flat<T: Schema>(column: &[T]) -> &[f32] {
    const { assert_flat::<T>() };
    // SAFETY: `T` is nothing but `f32`s side by side, and the slice borrows the column.
    unsafe { slice::from_raw_parts(column.as_ptr().cast(), numbers(column)) }
}

/// The same as [`flat`], to write.
pub fn flat_mut<T: Schema>(column: &mut [T]) -> &mut [f32] {
    const { assert_flat::<T>() };
    // SAFETY: as in `flat`; any `f32`s are a valid `T`, and the slice borrows the column mutably.
    unsafe { slice::from_raw_parts_mut(column.as_mut_ptr().cast(), numbers(column)) }
}

fn numbers<T>(column: &[T]) -> usize {
    size_of_val(column) / size_of::<f32>()
}

/// `Schema` promises that each byte belongs to one field, so fields of `f32` are all there is.
const fn assert_flat<T: Schema>() {
    assert!(!T::FIELDS.is_empty(), "a component without fields has no numbers");
    let mut index = 0;
    while index < T::FIELDS.len() {
        assert!(
            matches!(T::FIELDS[index].field_type, FieldType::F32),
            "only a component whose fields are all f32 is flat; loop over the rows of any other",
        );
        index += 1;
    }
}
