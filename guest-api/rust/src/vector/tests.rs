extern crate std;

use std::format;
use std::vec::Vec;

use super::*;

/// As many rows as go beyond two steps of a kernel and what a row helper takes at once.
const ROWS_MAX: usize = 131;

/// Numbers that arithmetic treats in a way of their own.
const SPECIAL: [f32; 14] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    f32::MIN_POSITIVE,
    f32::from_bits(1),
    -1e-23,
    1e20,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    f32::from_bits(0xffa1_2345),
];

/// A sequence of numbers that is the same in every run: of moderate size, and now and then one
/// that is special.
struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        match self.0 % 8 {
            0 => SPECIAL[(self.0 >> 8) as usize % SPECIAL.len()],
            _ => (self.0 >> 8) as f32 / 1e6 - 8.0,
        }
    }

    fn take(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.next()).collect()
    }
}

/// Which NaN it is depends on the processor, and on what the compiler does with the plain form.
#[track_caller]
fn assert_same(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
        assert!(same, "{what}: number {index} is {found:e}, and plain code gives {expected:e}");
    }
}

/// Compares `vector` with `plain`, which gives number `i` from the numbers `i` of `y`, `x` and
/// `mask`, for columns of every length.
#[track_caller]
fn elementwise(
    name: &str,
    vector: impl Fn(&mut [f32], &[f32], &[f32]),
    plain: impl Fn(f32, f32, f32) -> f32,
) {
    let mut numbers = Numbers(0x9e37_79b9);
    for len in (0..=3 * 50).chain([3 * ROWS_MAX, 1001]) {
        let (mut y, x, mask) = (numbers.take(len), numbers.take(len), numbers.take(len));
        let expected: Vec<f32> = (0..len).map(|at| plain(y[at], x[at], mask[at])).collect();
        vector(&mut y, &x, &mask);
        assert_same(&y, &expected, &format!("{name} of {len} numbers"));
    }
}

/// Compares `vector` with `plain`, which changes one row and its number, for every count of rows.
#[track_caller]
fn by_row(
    name: &str,
    vector: impl Fn(&mut [f32], &mut [f32], &[f32]),
    plain: impl Fn(&mut [f32; 3], &mut f32, &[f32; 3]),
) {
    let mut numbers = Numbers(0x85eb_ca6b);
    for rows in (0..=70).chain([ROWS_MAX, 1001]) {
        let (mut v, mut of_row, w) = (numbers.take(3 * rows), numbers.take(rows), numbers.take(3 * rows));
        let (mut expected_v, mut expected_of_row) = (v.clone(), of_row.clone());
        let columns = expected_v.as_chunks_mut().0.iter_mut().zip(&mut expected_of_row);
        for ((v, of_row), w) in columns.zip(w.as_chunks().0) {
            plain(v, of_row, w);
        }
        vector(&mut v, &mut of_row, &w);
        assert_same(&v, &expected_v, &format!("{name} of {rows} rows"));
        assert_same(&of_row, &expected_of_row, &format!("{name} of {rows} rows, one number a row"));
    }
}

fn plain_length(v: &[f32; 3]) -> f32 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

#[test]
fn elementwise_helpers_agree_with_plain_numbers_to_the_bit() {
    elementwise("axpy", |y, x, _| axpy(y, 0.3, x), |y, x, _| y + 0.3 * x);
    elementwise("scale", |y, _, _| scale(y, -0.7), |y, _, _| y * -0.7);
    elementwise("add", |y, x, _| add(y, x), |y, x, _| y + x);
    elementwise("sub", |y, x, _| sub(y, x), |y, x, _| y - x);
    elementwise("mul", |y, x, _| mul(y, x), |y, x, _| y * x);
    elementwise("clamp", |y, _, _| clamp(y, -1.5, 2.5), |y, _, _| y.clamp(-1.5, 2.5));
    elementwise("clamp to 0", |y, _, _| clamp(y, 0.0, 0.0), |y, _, _| y.clamp(0.0, 0.0));
    elementwise("lerp", |y, x, _| lerp(y, x, 0.3), |y, x, _| y + (x - y) * 0.3);
    elementwise("select", select, |y, x, mask| if mask > 0.0 { x } else { y });
}

#[test]
fn row_helpers_agree_with_plain_rows_to_the_bit() {
    by_row("dot", |v, out, w| dot(out, v, w), |v, out, w| *out = v[0] * w[0] + v[1] * w[1] + v[2] * w[2]);
    by_row("length", |v, out, _| length(out, v), |v, out, _| *out = plain_length(v));
    by_row(
        "normalize",
        |v, _, _| normalize(v),
        |v, _, _| match plain_length(v) {
            length if length > 0.0 => *v = v.map(|number| number / length),
            _ => {}
        },
    );
    for max in [0.0, 5.0, f32::INFINITY] {
        by_row(
            "clamp_length",
            |v, _, _| clamp_length(v, max),
            |v, _, _| match plain_length(v) {
                length if length > max => *v = v.map(|number| number * (max / length)),
                _ => {}
            },
        );
    }
    by_row(
        "scale_rows",
        |v, factors, _| scale_rows(v, factors),
        |v, factor, _| *v = v.map(|number| number * *factor),
    );
    by_row(
        "select_rows",
        |v, mask, w| select_rows(v, w, mask),
        |v, mask, w| *v = if *mask > 0.0 { *w } else { *v },
    );
}

/// Verifies that helpers which only choose among numbers leave even a NaN's bits alone.
#[test]
fn what_is_chosen_keeps_its_bits() {
    let nan = f32::from_bits(0xffa1_2345);
    let mut y = [nan, -0.0, nan, 1.0];
    clamp(&mut y, 0.0, 1.0);
    assert_eq!(y.map(f32::to_bits), [nan, -0.0, nan, 1.0].map(f32::to_bits));
    select(&mut y, &[-0.0, nan, 0.0, nan], &[1.0, f32::MIN_POSITIVE, -1.0, f32::NAN]);
    assert_eq!(y.map(f32::to_bits), [-0.0, nan, nan, 1.0].map(f32::to_bits));
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

/// Verifies that each misuse stops with its message, and before anything is written.
#[test]
fn misuse_panics_with_a_message_and_writes_nothing() {
    #[track_caller]
    fn refused(message: &str, misuse: impl Fn(&mut [f32])) {
        // More than a step, so that a check that came late would be seen.
        let mut y = [1.5; 60];
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| misuse(&mut y)));
        let panic = result.expect_err(message);
        let found = panic.downcast_ref::<std::string::String>().cloned();
        let found = found.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).into()));
        assert_eq!(found.as_deref(), Some(message));
        assert_eq!(y, [1.5; 60]);
    }
    let (short, long, rows) = ([2.0; 59], [2.0; 61], [2.0; 20]);
    refused("axpy: y has 60 numbers and x has 59", |y| axpy(y, 1.0, &short));
    refused("add: y has 60 numbers and x has 61", |y| add(y, &long));
    refused("sub: y has 60 numbers and x has 0", |y| sub(y, &[]));
    refused("mul: y has 60 numbers and x has 59", |y| mul(y, &short));
    refused("lerp: y has 60 numbers and x has 59", |y| lerp(y, &short, 0.5));
    refused("select: y has 60 numbers and x has 59", |y| select(y, &short, &[1.0; 60]));
    refused("select: y has 60 numbers and mask has 59", |y| select(y, &[2.0; 60], &short));
    for (low, high) in [(2.0, 1.0), (f32::NAN, 1.0), (0.0, f32::NAN)] {
        refused("clamp: low must be at most high, and neither may be NaN", |y| clamp(y, low, high));
    }
    refused("dot: v has 59 numbers and out has 60; v needs three for each", |y| dot(y, &short, &short));
    refused("dot: w has 59 numbers and out has 60; w needs three for each", |y| dot(y, &[1.0; 180], &short));
    refused("length: v has 182 numbers and out has 60; v needs three for each", |y| length(y, &[1.0; 182]));
    refused("normalize: v has 59 numbers, which is no whole rows of 3", |y| normalize(&mut y[1..]));
    refused("clamp_length: v has 59 numbers, which is no whole rows of 3", |y| {
        clamp_length(&mut y[1..], 1.0)
    });
    for max in [-1.0, f32::NAN] {
        refused("clamp_length: max must be at least 0, and not NaN", |y| clamp_length(y, max));
    }
    refused("scale_rows: v has 60 numbers and factors has 19; v needs three for each", |y| {
        scale_rows(y, &rows[1..]);
    });
    refused("select_rows: v has 60 numbers and mask has 59; v needs three for each", |y| {
        select_rows(y, &[2.0; 60], &short);
    });
    refused("select_rows: w has 59 numbers and mask has 20; w needs three for each", |y| {
        select_rows(y, &short, &rows);
    });
}
