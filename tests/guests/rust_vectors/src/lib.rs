//! Does what a `Case` asks for with a helper of `peristyle::vector` and with plain code, and
//! panics where the two differ in a bit.
//!
//! Tests see with it that the helpers are exact in the engine, and the same in every language:
//! what the helper made of the rows stays in them.
#![cfg_attr(target_arch = "wasm32", no_std)]

mod plain;

use peristyle::prelude::*;
use peristyle::vector::{self, flat, flat_mut};

/// The most rows of a case.
const ROWS_MAX: usize = 160;

/// What to do.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Case {
    /// The helper, in the order of [`run`].
    pub helper: u32,
    /// Its first number, where it takes one.
    pub a: f32,
    /// Its second number, where it takes two.
    pub b: f32,
}

/// The first column, which the helper writes.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Position {
    /// Any number.
    pub x: f32,
    /// Any number.
    pub y: f32,
    /// Any number.
    pub z: f32,
}

/// The second column.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Velocity {
    /// Any number.
    pub x: f32,
    /// Any number.
    pub y: f32,
    /// Any number.
    pub z: f32,
}

/// A mask for each number.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Mask {
    /// Any number.
    pub x: f32,
    /// Any number.
    pub y: f32,
    /// Any number.
    pub z: f32,
}

/// One number a row, which some helpers read and some write.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Factor {
    /// Any number.
    pub value: f32,
}

/// The columns of a case, as numbers.
struct Columns<'c> {
    y: &'c mut [f32],
    of_row: &'c mut [f32],
    x: &'c [f32],
    mask: &'c [f32],
}

/// Runs every case.
#[system]
pub fn compare(cases: Query<&Case>, mut rows: Query<(&mut Position, &mut Factor, &Velocity, &Mask)>) {
    let (positions, factors, velocities, masks) = rows.columns_mut();
    for case in &cases {
        let (y, of_row) = (flat_mut(positions), flat_mut(factors));
        let (mut plain_y, mut plain_of_row) = ([0.0; 3 * ROWS_MAX], [0.0; ROWS_MAX]);
        let (plain_y, plain_of_row) = (&mut plain_y[..y.len()], &mut plain_of_row[..of_row.len()]);
        plain_y.copy_from_slice(y);
        plain_of_row.copy_from_slice(of_row);
        let (x, mask) = (flat(velocities), flat(masks));
        plain::run(case, Columns { y: plain_y, of_row: plain_of_row, x, mask });
        run(case, Columns { y, of_row, x, mask });
        assert_same(case, flat(positions), plain_y);
        assert_same(case, flat(factors), plain_of_row);
    }
}

/// What a case asks for, with the helpers.
fn run(case: &Case, columns: Columns<'_>) {
    let Case { helper, a, b } = *case;
    let Columns { y, of_row, x, mask } = columns;
    match helper {
        0 => vector::axpy(y, a, x),
        1 => vector::scale(y, a),
        2 => vector::add(y, x),
        3 => vector::sub(y, x),
        4 => vector::mul(y, x),
        5 => vector::clamp(y, a, b),
        6 => vector::lerp(y, x, a),
        7 => vector::select(y, x, mask),
        8 => vector::dot(of_row, y, x),
        9 => vector::length(of_row, y),
        10 => vector::normalize(y),
        11 => vector::clamp_length(y, a),
        12 => vector::scale_rows(y, of_row),
        13 => vector::select_rows(y, x, of_row),
        // Plain code does not do this one, so it must be found to differ.
        14 => vector::scale(y, 2.0),
        // Misuse.
        15 => vector::add(y, &x[1..]),
        16 => vector::length(of_row, &y[1..]),
        17 => vector::normalize(&mut y[1..]),
        18 => vector::clamp(y, 1.0, 0.0),
        _ => panic!("there is no helper {helper}"),
    }
}

fn assert_same(case: &Case, found: &[f32], expected: &[f32]) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (found, expected) = (found.to_bits(), expected.to_bits());
        assert!(
            found == expected,
            "helper {}: number {index} is {found:08x}, and plain code gives {expected:08x}",
            case.helper
        );
    }
}

module! { systems: [compare] }
