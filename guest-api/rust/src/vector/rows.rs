//! Rows of three components, packed: row `i` is at `3 * i`.

use super::f32x4;
use super::steps::{ROWS, by_row, each_step, row_sums};

/// `out = v.x * w.x + v.y * w.y + v.z * w.z` of each row, added from left to right.
///
/// ```
/// let mut climb = [0.0; 2];
/// let up = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0];
/// peristyle::vector::dot(&mut climb, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &up);
/// assert_eq!(climb, [3.0, 6.0]);
/// ```
///
/// # Panics
/// Where `v` or `w` does not have three numbers for each of `out`.
#[track_caller]
pub fn dot(out: &mut [f32], v: &[f32], w: &[f32]) {
    three_for_each("dot", "v", v, "out", out);
    three_for_each("dot", "w", w, "out", out);
    each_step(out, [], [v, w], |out, [], columns| row_sums(out, columns, |sum| sum));
}

/// `out = sqrt(v.x * v.x + v.y * v.y + v.z * v.z)` of each row, added from left to right.
///
/// It is zero where the squares are too small for an `f32`, and infinite where they are too large:
/// for lengths below about 1e-22 and above about 1e19.
///
/// ```
/// let mut speed = [0.0; 2];
/// peristyle::vector::length(&mut speed, &[3.0, 4.0, 0.0, 0.0, 0.0, -2.0]);
/// assert_eq!(speed, [5.0, 2.0]);
/// ```
///
/// # Panics
/// Where `v` does not have three numbers for each of `out`.
#[track_caller]
pub fn length(out: &mut [f32], v: &[f32]) {
    three_for_each("length", "v", v, "out", out);
    each_step(out, [], [v], |out, [], columns| row_sums(out, columns, f32x4::sqrt));
}

/// Divides each row by its [`length`] where that is greater than zero. A row of length zero stays
/// as it is, and so does one with a NaN.
///
/// It divides because a product with `1.0 / length` is rounded once more, and saves nothing that
/// an interpreter feels.
///
/// ```
/// let mut heading = [0.0, 3.0, 4.0, 0.0, 0.0, 0.0];
/// peristyle::vector::normalize(&mut heading);
/// assert_eq!(heading, [0.0, 0.6, 0.8, 0.0, 0.0, 0.0]);
/// ```
///
/// # Panics
/// Where the numbers are no whole rows.
#[track_caller]
pub fn normalize(v: &mut [f32]) {
    whole_rows("normalize", v);
    let divisor = |squared: f32x4| {
        let length = squared.sqrt();
        length.simd_gt(f32x4::splat(0.0)).select(length, f32x4::splat(1.0))
    };
    by_own_length(v, divisor, |v, divisor| v / divisor);
}

/// Multiplies each row whose [`length`] is greater than `max` by `max / length`. Any other row
/// stays as it is, and so does one with a NaN.
///
/// ```
/// let mut thrust = [0.0, 30.0, 40.0, 1.0, 0.0, 0.0];
/// peristyle::vector::clamp_length(&mut thrust, 25.0);
/// assert_eq!(thrust, [0.0, 15.0, 20.0, 1.0, 0.0, 0.0]);
/// ```
///
/// # Panics
/// Where the numbers are no whole rows, or `max` is less than zero or NaN.
#[track_caller]
pub fn clamp_length(v: &mut [f32], max: f32) {
    whole_rows("clamp_length", v);
    assert!(max >= 0.0, "clamp_length: max must be at least 0, and not NaN");
    let factor = move |squared: f32x4| {
        let (length, max) = (squared.sqrt(), f32x4::splat(max));
        length.simd_gt(max).select(max / length, f32x4::splat(1.0))
    };
    by_own_length(v, factor, |v, factor| v * factor);
}

/// Multiplies each row by its factor.
///
/// ```
/// let mut force = [1.0, 2.0, 3.0, 1.0, 2.0, 3.0];
/// peristyle::vector::scale_rows(&mut force, &[0.5, 2.0]);
/// assert_eq!(force, [0.5, 1.0, 1.5, 2.0, 4.0, 6.0]);
/// ```
///
/// # Panics
/// Where `v` does not have three numbers for each of `factors`.
#[track_caller]
pub fn scale_rows(v: &mut [f32], factors: &[f32]) {
    three_for_each("scale_rows", "v", v, "factors", factors);
    each_step(v, [], [factors], |v, [], [factors]| by_row(v, [], factors, |v, [], factor| v * factor));
}

/// The row of `w` where the row's `mask` is greater than zero; elsewhere, and where the mask is
/// NaN, the row of `v` stays. It is [`select`](super::select) with one mask for three numbers.
///
/// ```
/// let mut target = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
/// peristyle::vector::select_rows(&mut target, &[9.0; 6], &[0.0, 1.0]);
/// assert_eq!(target, [1.0, 1.0, 1.0, 9.0, 9.0, 9.0]);
/// ```
///
/// # Panics
/// Where `v` or `w` does not have three numbers for each of `mask`.
#[track_caller]
pub fn select_rows(v: &mut [f32], w: &[f32], mask: &[f32]) {
    three_for_each("select_rows", "v", v, "mask", mask);
    three_for_each("select_rows", "w", w, "mask", mask);
    let operation = |v, [w]: [f32x4; 1], mask: f32x4| mask.simd_gt(f32x4::splat(0.0)).select(w, v);
    each_step(v, [w], [mask], |v, [w], [mask]| by_row(v, [w], mask, operation));
}

/// `v = operation(v, number)`, where a row's number is `number_of` its length squared.
#[inline]
fn by_own_length(
    v: &mut [f32],
    number_of: impl Fn(f32x4) -> f32x4 + Copy,
    operation: impl Fn(f32x4, f32x4) -> f32x4 + Copy,
) {
    each_step::<_, 0, 0, 0>(v, [], [], |v, [], []| {
        let mut numbers = [0.0; ROWS];
        row_sums(&mut numbers, [&*v], number_of);
        by_row(v, [], &numbers, |v, [], number| operation(v, number));
    });
}

#[track_caller]
fn three_for_each(function: &str, name: &str, v: &[f32], of: &str, numbers: &[f32]) {
    let (found, rows) = (v.len(), numbers.len());
    assert!(
        found.is_multiple_of(3) && found / 3 == rows,
        "{function}: {name} has {found} numbers and {of} has {rows}; {name} needs three for each"
    );
}

#[track_caller]
fn whole_rows(function: &str, v: &[f32]) {
    assert!(v.len().is_multiple_of(3), "{function}: v has {} numbers, which is no whole rows of 3", v.len());
}
