//! Noise over place and time: hashes at the corners of a grid, and in between what lies in between.
//!
//! Only `+ - * /` and whole numbers are used, so every machine has the same wind.

/// Cells along a side of the grid, which repeats itself beyond: a power of 2.
const SIDE: usize = 8;

/// One size of gusts.
#[derive(Clone, Copy, Debug)]
pub struct Octave {
    /// How wide a gust is, in m.
    pub width: f32,
    /// How long it lasts, in ticks.
    pub ticks: u64,
    /// Its speed at most along each axis, in m/s.
    pub speed_max: f32,
}

/// The noise of one octave in one tick.
///
/// A few corners are hashed once a tick, which leaves little to do for each drone.
#[derive(Debug)]
pub struct Field {
    corners: [[f32; 3]; SIDE * SIDE],
    cells_per_meter: f32,
}

impl Field {
    /// The noise that follows from the seed.
    pub fn new(seed: u64, octave: &Octave, tick: u64) -> Self {
        // In whole numbers, so that a long game does not lose precision.
        let (time, part) = (tick / octave.ticks, (tick % octave.ticks) as f32 / octave.ticks as f32);
        let part = smooth(part);
        let mut corners = [[0.0; 3]; SIDE * SIDE];
        for (corner, place) in corners.iter_mut().zip(1..) {
            let key = hash(seed ^ place);
            let (now, next) = (directions(hash(key ^ time)), directions(hash(key ^ (time + 1))));
            for axis in 0..3 {
                corner[axis] = mix(now[axis], next[axis], part) * octave.speed_max;
            }
        }
        Self { corners, cells_per_meter: 1.0 / octave.width }
    }

    /// The air's velocity at a place, in m/s.
    pub fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let (column, x_part) = cell(x * self.cells_per_meter);
        let (row, y_part) = cell(y * self.cells_per_meter);
        let (next_column, next_row) = ((column + 1) % SIDE, (row + 1) % SIDE);
        let (x_part, y_part) = (smooth(x_part), smooth(y_part));
        let corner = |column: usize, row: usize| &self.corners[row * SIDE + column];
        let (a, b) = (corner(column, row), corner(next_column, row));
        let (c, d) = (corner(column, next_row), corner(next_column, next_row));
        let axis = |i: usize| mix(mix(a[i], b[i], x_part), mix(c[i], d[i], x_part), y_part);
        [axis(0), axis(1), axis(2)]
    }
}

/// The grid cell of a coordinate and how far into it, from 0 to 1.
fn cell(coordinate: f32) -> (usize, f32) {
    let towards_zero = coordinate as i32;
    let floor = if (towards_zero as f32) > coordinate { towards_zero - 1 } else { towards_zero };
    (floor as usize % SIDE, coordinate - floor as f32)
}

/// An S-curve from 0 to 1 that is level at both ends, so that gusts have no edges.
fn smooth(part: f32) -> f32 {
    part * part * (3.0 - 2.0 * part)
}

fn mix(from: f32, to: f32, part: f32) -> f32 {
    from + (to - from) * part
}

/// Three numbers from -1 to 1, of 21 bits each, which an `f32` holds without rounding.
fn directions(bits: u64) -> [f32; 3] {
    const HALF: f32 = (1 << 20) as f32;
    let signed = |shift: u32| ((bits >> shift) as u32 & 0x1f_ffff) as f32 / HALF - 1.0;
    [signed(0), signed(21), signed(42)]
}

/// Scatters `value` over 64 bits, one to one: splitmix64.
pub fn hash(value: u64) -> u64 {
    let mut bits = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
