//! Arithmetic over whole columns, four numbers at a time.
//!
//! An interpreter takes about as long for one instruction on a `v128` as for one on an `f32`, and
//! the compiler does not vectorize row loops by itself. So a column of `f32` fields is worth
//! taking as [`flat`] numbers: `position += velocity * dt` is then several times faster.
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

mod lanes;
pub use lanes::f32x4;

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

/// Chunks of four in one step of the loop, so that the loop itself costs an interpreter little.
const CHUNKS_PER_STEP: usize = 12;

/// `y += a * x`, number by number: a multiplication, then an addition, each rounded as the same
/// loop over plain numbers would round it.
///
/// # Panics
/// Where the lengths differ.
pub fn axpy(y: &mut [f32], a: f32, x: &[f32]) {
    assert!(y.len() == x.len(), "axpy: y has {} numbers and x has {}", y.len(), x.len());
    let (y_steps, y_rest) = y.as_chunks_mut::<{ 4 * CHUNKS_PER_STEP }>();
    let (x_steps, x_rest) = x.as_chunks::<{ 4 * CHUNKS_PER_STEP }>();
    for (y, x) in y_steps.iter_mut().zip(x_steps) {
        axpy_chunks(y.as_chunks_mut().0, a, x.as_chunks().0);
    }
    let (y_chunks, y_rest) = y_rest.as_chunks_mut();
    let (x_chunks, x_rest) = x_rest.as_chunks();
    axpy_chunks(y_chunks, a, x_chunks);
    for (y, x) in y_rest.iter_mut().zip(x_rest) {
        *y += a * x;
    }
}

#[inline(always)]
fn axpy_chunks(y: &mut [[f32; 4]], a: f32, x: &[[f32; 4]]) {
    let a = f32x4::splat(a);
    for (y, x) in y.iter_mut().zip(x) {
        (f32x4::load(y) + a * f32x4::load(x)).store(y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axpy_agrees_with_plain_numbers_to_the_bit() {
        let x: [f32; 131] = core::array::from_fn(|index| 1.0 / (index as f32 - 60.5));
        for len in 0..=x.len() {
            let mut y: [f32; 131] = core::array::from_fn(|index| index as f32 * 0.37);
            let expected = core::array::from_fn::<f32, 131, _>(|index| {
                if index < len { y[index] + 0.3 * x[index] } else { y[index] }
            });
            axpy(&mut y[..len], 0.3, &x[..len]);
            assert_eq!(y.map(f32::to_bits), expected.map(f32::to_bits));
        }
    }

    #[test]
    #[should_panic(expected = "axpy: y has 2 numbers and x has 1")]
    fn axpy_of_different_lengths_panics() {
        axpy(&mut [1.0, 2.0], 1.0, &[1.0]);
    }

    #[test]
    fn a_flat_column_has_the_rows_numbers_in_order() {
        #[derive(Clone, Copy, crate::Schema)]
        #[repr(C)]
        struct Place {
            x: f32,
            rest: [f32; 2],
        }
        let mut column = [Place { x: 1.0, rest: [2.0, 3.0] }, Place { x: 4.0, rest: [5.0, 6.0] }];
        assert_eq!(flat(&column), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        flat_mut(&mut column)[4] = 50.0;
        assert_eq!((column[1].x, column[1].rest[0]), (4.0, 50.0));
        assert!(flat::<Place>(&[]).is_empty());
    }
}
