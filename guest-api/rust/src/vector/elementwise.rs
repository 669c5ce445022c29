//! Columns of equal length, number by number.

use super::f32x4;
use super::steps::{by_number, each_step};

/// `y += a * x`: a multiplication, then an addition, each rounded.
///
/// ```
/// let mut position = [1.0, 2.0, 3.0];
/// peristyle::vector::axpy(&mut position, 0.5, &[2.0, 4.0, 6.0]);
/// assert_eq!(position, [2.0, 4.0, 6.0]);
/// ```
///
/// # Panics
/// Where the lengths differ.
#[track_caller]
pub fn axpy(y: &mut [f32], a: f32, x: &[f32]) {
    same_length("axpy", y, "x", x);
    each(y, [x], |y, [x]| y + f32x4::splat(a) * x);
}

/// `y *= a`.
///
/// ```
/// let mut velocity = [2.0, -4.0, 6.0];
/// peristyle::vector::scale(&mut velocity, 0.5);
/// assert_eq!(velocity, [1.0, -2.0, 3.0]);
/// ```
pub fn scale(y: &mut [f32], a: f32) {
    each(y, [], |y, []| y * f32x4::splat(a));
}

/// `y += x`.
///
/// ```
/// let mut force = [1.0, 2.0, 3.0];
/// peristyle::vector::add(&mut force, &[0.5, 0.5, 0.5]);
/// assert_eq!(force, [1.5, 2.5, 3.5]);
/// ```
///
/// # Panics
/// Where the lengths differ.
#[track_caller]
pub fn add(y: &mut [f32], x: &[f32]) {
    same_length("add", y, "x", x);
    each(y, [x], |y, [x]| y + x);
}

/// `y -= x`.
///
/// ```
/// let mut offset = [4.0, 4.0, 4.0];
/// peristyle::vector::sub(&mut offset, &[1.0, 2.0, 3.0]);
/// assert_eq!(offset, [3.0, 2.0, 1.0]);
/// ```
///
/// # Panics
/// Where the lengths differ.
#[track_caller]
pub fn sub(y: &mut [f32], x: &[f32]) {
    same_length("sub", y, "x", x);
    each(y, [x], |y, [x]| y - x);
}

/// `y *= x`, number by number.
///
/// ```
/// let mut force = [1.0, 2.0, 3.0];
/// peristyle::vector::mul(&mut force, &[2.0, 2.0, 0.0]);
/// assert_eq!(force, [2.0, 4.0, 0.0]);
/// ```
///
/// # Panics
/// Where the lengths differ.
#[track_caller]
pub fn mul(y: &mut [f32], x: &[f32]) {
    same_length("mul", y, "x", x);
    each(y, [x], |y, [x]| y * x);
}

/// `low` where `y` is less, then `high` where that is greater: what [`f32::clamp`] gives. A NaN
/// stays, and so does a `-0.0` where a limit is `0.0`.
///
/// ```
/// let mut throttle = [-0.5, 0.25, 3.0];
/// peristyle::vector::clamp(&mut throttle, 0.0, 1.0);
/// assert_eq!(throttle, [0.0, 0.25, 1.0]);
/// ```
///
/// # Panics
/// Where `low` is greater than `high`, or one of them is NaN.
#[track_caller]
pub fn clamp(y: &mut [f32], low: f32, high: f32) {
    assert!(low <= high, "clamp: low must be at most high, and neither may be NaN");
    each(y, [], |y, []| y.max(f32x4::splat(low)).min(f32x4::splat(high)));
}

/// `y += (x - y) * t`, so `y` goes the part `t` of the way to `x`.
///
/// Each of the three operations is rounded, so with `t = 1` the result may be a rounding error
/// away from `x`.
///
/// ```
/// let mut camera = [0.0, 8.0, 2.0];
/// peristyle::vector::lerp(&mut camera, &[4.0, 0.0, 2.0], 0.25);
/// assert_eq!(camera, [1.0, 6.0, 2.0]);
/// ```
///
/// # Panics
/// Where the lengths differ.
#[track_caller]
pub fn lerp(y: &mut [f32], x: &[f32], t: f32) {
    same_length("lerp", y, "x", x);
    each(y, [x], |y, [x]| y + (x - y) * f32x4::splat(t));
}

/// `x` where `mask` is greater than zero; elsewhere, and where the mask is NaN, `y` stays.
///
/// A mask can thus be a flag of 0 or 1, and just as well the outcome of arithmetic: after
/// `sub(mask, limit)` it holds where `mask` was greater than `limit`.
///
/// ```
/// let mut level = [1.0, 2.0, 3.0];
/// peristyle::vector::select(&mut level, &[10.0, 20.0, 30.0], &[1.0, 0.0, -1.0]);
/// assert_eq!(level, [10.0, 2.0, 3.0]);
/// ```
///
/// # Panics
/// Where the lengths differ.
#[track_caller]
pub fn select(y: &mut [f32], x: &[f32], mask: &[f32]) {
    same_length("select", y, "x", x);
    same_length("select", y, "mask", mask);
    each(y, [x, mask], |y, [x, mask]| mask.simd_gt(f32x4::splat(0.0)).select(x, y));
}

/// `y = operation(y, xs)`. All columns have the same length.
#[inline]
fn each<const N: usize>(
    y: &mut [f32],
    xs: [&[f32]; N],
    operation: impl Fn(f32x4, [f32x4; N]) -> f32x4 + Copy,
) {
    each_step::<_, N, 0, 0>(y, xs, [], |y, xs, []| by_number(y, xs, operation));
}

#[track_caller]
fn same_length(function: &str, y: &[f32], name: &str, x: &[f32]) {
    assert!(y.len() == x.len(), "{function}: y has {} numbers and {name} has {}", y.len(), x.len());
}
