//! How a helper goes over its columns: in steps of a fixed size.
//!
//! What the parts of a step are made of is measured on an interpreter, where an instruction on
//! vectors takes two to three times as long as one on numbers, and a shuffle as long as six of
//! those on vectors. A load costs less than either, and it may begin at any number.

use core::array;

use super::f32x4;

/// Numbers in one step: 12 vectors, or 16 rows of three. More would save little of a call's cost.
pub const NUMBERS: usize = 48;

/// Rows of three in one step.
pub const ROWS: usize = NUMBERS / 3;

/// Calls `work` for each `Y` numbers of `y`, with those of `xs` at the same place and with the `W`
/// numbers of each of `ws` that belong to them.
///
/// What is left at the end is worked on as well, with zeros up to the size of a step.
#[inline]
pub fn each_step<const Y: usize, const N: usize, const W: usize, const M: usize>(
    y: &mut [f32],
    xs: [&[f32]; N],
    ws: [&[f32]; M],
    work: impl Fn(&mut [f32; Y], [&[f32; Y]; N], [&[f32; W]; M]) + Copy,
) {
    let (y_steps, y_rest) = y.as_chunks_mut();
    let xs = xs.map(|x| x.as_chunks());
    let ws = ws.map(|w| w.as_chunks());
    for (index, y) in y_steps.iter_mut().enumerate() {
        step(y, xs.map(|(steps, _)| &steps[index]), ws.map(|(steps, _)| &steps[index]), work);
    }
    if !y_rest.is_empty() {
        last_step(y_rest, xs.map(|(_, rest)| rest), ws.map(|(_, rest)| rest), work);
    }
}

/// A function of its own, since in a loop the compiler computes the address of every load and
/// store by an addition. Here all there is are references to arrays, and addresses are constant
/// offsets that cost no instruction.
#[inline(never)]
fn step<const Y: usize, const N: usize, const W: usize, const M: usize>(
    y: &mut [f32; Y],
    xs: [&[f32; Y]; N],
    ws: [&[f32; W]; M],
    work: impl Fn(&mut [f32; Y], [&[f32; Y]; N], [&[f32; W]; M]),
) {
    work(y, xs, ws);
}

/// A function of its own, since an engine charges fuel for code that it only passes by.
#[inline(never)]
fn last_step<const Y: usize, const N: usize, const W: usize, const M: usize>(
    y_rest: &mut [f32],
    xs: [&[f32]; N],
    ws: [&[f32]; M],
    work: impl Fn(&mut [f32; Y], [&[f32; Y]; N], [&[f32; W]; M]),
) {
    let mut y = padded(y_rest);
    step(&mut y, xs.map(padded).each_ref(), ws.map(padded).each_ref(), work);
    y_rest.copy_from_slice(&y[..y_rest.len()]);
}

fn padded<const L: usize>(rest: &[f32]) -> [f32; L] {
    let mut step = [0.0; L];
    step[..rest.len()].copy_from_slice(rest);
    step
}

/// `y = operation(y, xs)`, number by number.
#[inline(always)]
pub fn by_number<const N: usize>(
    y: &mut [f32; NUMBERS],
    xs: [&[f32; NUMBERS]; N],
    operation: impl Fn(f32x4, [f32x4; N]) -> f32x4,
) {
    for chunk in 0..NUMBERS / 4 {
        let at = 4 * chunk;
        store(operation(load(y, at), xs.map(|x| load(x, at))), y, at);
    }
}

/// `v = operation(v, xs, number)`, row by row, with one of `numbers` for each.
#[inline(always)]
pub fn by_row<const N: usize>(
    v: &mut [f32; NUMBERS],
    xs: [&[f32; NUMBERS]; N],
    numbers: &[f32; ROWS],
    operation: impl Fn(f32x4, [f32x4; N], f32x4) -> f32x4,
) {
    for four in 0..ROWS / 4 {
        let [a, b, c, d] = array::from_fn(|row| f32x4::splat_from(&numbers[4 * four + row]));
        // Four rows are three vectors: x y z x, y z x y and z x y z.
        let chunks = [a.first::<3>(b), b.first::<2>(c), c.first::<1>(d)];
        for (chunk, number) in chunks.into_iter().enumerate() {
            let at = 12 * four + 4 * chunk;
            store(operation(load(v, at), xs.map(|x| load(x, at)), number), v, at);
        }
    }
}

/// `out = operation(v.x * w.x + v.y * w.y + v.z * w.z)`, row by row, where `v` and `w` are the
/// first and the last of `columns`.
///
/// Three loads that begin at a row's x, y and z have two whole rows, in lanes 0 and 3. Half of the
/// arithmetic is for nothing, but to sort the rows by component would take five shuffles, and not
/// one.
#[inline(always)]
pub fn row_sums<const N: usize>(
    out: &mut [f32; ROWS],
    columns: [&[f32; NUMBERS]; N],
    operation: impl Fn(f32x4) -> f32x4,
) {
    let product = |at| {
        let factors = columns.map(|column| load(column, at));
        factors[0] * factors[N - 1]
    };
    let two_rows = |at| product(at) + product(at + 1) + product(at + 2);
    for four in 0..ROWS / 4 {
        let sums = two_rows(12 * four).lanes_0_and_3(two_rows(12 * four + 6));
        store(operation(sums), out, 4 * four);
    }
}

#[inline(always)]
fn load<const L: usize>(numbers: &[f32; L], at: usize) -> f32x4 {
    f32x4::load(&numbers[at..].as_chunks().0[0])
}

#[inline(always)]
fn store<const L: usize>(four: f32x4, numbers: &mut [f32; L], at: usize) {
    four.store(&mut numbers[at..].as_chunks_mut().0[0]);
}
