//! How far the pads are from each other, in whole millimeters: sums of those are exact in any order, so the same pads
//! have the same trip on every machine.

use crate::components::Position;

/// How many pads a trip has at most.
pub const PADS_MAX: usize = 128;
/// How many of the pads that are nearest to one are tried as its neighbors.
const NEAREST: usize = 8;

/// How far each pad is from each other one, seen from above.
pub struct Distances {
    pub count: usize,
    millimeters: [[u32; PADS_MAX]; PADS_MAX],
    /// The pads nearest to each, the nearest first.
    nearest: [[u8; NEAREST]; PADS_MAX],
}

impl Distances {
    /// Between the first [`PADS_MAX`] of those pads.
    pub fn new(pads: &[Position]) -> Self {
        let count = pads.len().min(PADS_MAX);
        let mut distances =
            Self { count, millimeters: [[0; PADS_MAX]; PADS_MAX], nearest: [[0; NEAREST]; PADS_MAX] };
        for (from, a) in pads[..count].iter().enumerate() {
            for (to, b) in pads[..from].iter().enumerate() {
                let millimeters = millimeters_between(a, b);
                distances.millimeters[from][to] = millimeters;
                distances.millimeters[to][from] = millimeters;
            }
        }
        for pad in 0..count {
            distances.nearest[pad] = distances.find_nearest(pad);
        }
        distances
    }

    /// From one pad to another.
    pub fn between(&self, a: usize, b: usize) -> u32 {
        self.millimeters[a][b]
    }

    /// The pads nearest to one, the nearest first.
    pub fn nearest(&self, pad: usize) -> impl Iterator<Item = usize> + '_ {
        let others = self.count.saturating_sub(1).min(NEAREST);
        self.nearest[pad][..others].iter().map(|&other| usize::from(other))
    }

    /// Sorts by insertion as many as there is room for.
    fn find_nearest(&self, pad: usize) -> [u8; NEAREST] {
        let mut found = [0; NEAREST];
        let mut known = 0;
        for other in (0..self.count).filter(|&other| other != pad) {
            let nearer = |&&found: &&u8| self.between(pad, usize::from(found)) <= self.between(pad, other);
            let at = found[..known].iter().take_while(nearer).count();
            if at < NEAREST {
                known = (known + 1).min(NEAREST);
                found.copy_within(at..known - 1, at + 1);
                found[at] = other as u8;
            }
        }
        found
    }
}

fn millimeters_between(a: &Position, b: &Position) -> u32 {
    let apart = |a: f32, b: f32| u64::from(millimeters(a).abs_diff(millimeters(b)));
    let (x, y) = (apart(a.x, b.x), apart(a.y, b.y));
    // A square root of 64 bits has 32.
    (x * x).saturating_add(y * y).isqrt() as u32
}

/// At most 2,000 km from the middle; a coordinate that is no number is 0.
fn millimeters(meters: f32) -> i32 {
    (meters * 1_000.0) as i32
}
