//! The same as the helpers do, in plain code.

use peristyle::vector::f32x4;

use crate::{Case, Columns};

/// What a case asks for, number by number or row by row.
pub fn run(case: &Case, columns: Columns<'_>) {
    let Case { helper, a, b } = *case;
    let Columns { y, of_row, x, mask } = columns;
    if helper < 8 {
        for ((y, &x), &mask) in y.iter_mut().zip(x).zip(mask) {
            *y = number(helper, *y, x, mask, a, b);
        }
    } else {
        let rows = y.as_chunks_mut().0.iter_mut().zip(x.as_chunks().0);
        for ((v, w), of_row) in rows.zip(of_row) {
            row(helper, v, of_row, w, a);
        }
    }
}

fn number(helper: u32, y: f32, x: f32, mask: f32, a: f32, b: f32) -> f32 {
    match helper {
        0 => y + a * x,
        1 => y * a,
        2 => y + x,
        3 => y - x,
        4 => y * x,
        // What `f32::clamp` does, which would bring the formatting of floats with it.
        5 if y < a => a,
        5 if y > b => b,
        5 => y,
        6 => y + (x - y) * a,
        _ if mask > 0.0 => x,
        _ => y,
    }
}

fn row(helper: u32, v: &mut [f32; 3], of_row: &mut f32, w: &[f32; 3], a: f32) {
    match helper {
        8 => *of_row = v[0] * w[0] + v[1] * w[1] + v[2] * w[2],
        9 => *of_row = length(v),
        10 => {
            let length = length(v);
            let divisor = if length > 0.0 { length } else { 1.0 };
            *v = v.map(|number| number / divisor);
        }
        11 => {
            let length = length(v);
            let factor = if length > a { a / length } else { 1.0 };
            *v = v.map(|number| number * factor);
        }
        12 => *v = v.map(|number| number * *of_row),
        13 if *of_row > 0.0 => *v = *w,
        _ => {}
    }
}

fn length(v: &[f32; 3]) -> f32 {
    sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
}

/// `core` has no square root; the compiler makes `f32.sqrt` of this.
fn sqrt(number: f32) -> f32 {
    f32x4::splat(number).sqrt().to_array()[0]
}
