//! The search for a short round trip: shorten it, shake it, and keep what is not longer, many times.

use crate::components::Position;
use crate::distances::{Distances, PADS_MAX};
use crate::tour::Tour;

/// How often a trip is shaken and shortened again. With it grow the fuel that a plan takes and what it is worth.
const ROUNDS: u32 = 200;
/// Three pads have but one round trip.
const PADS_WITH_A_CHOICE: usize = 4;

/// A round trip that was planned.
pub struct Plan {
    count: usize,
    pads: [usize; PADS_MAX],
    /// How long it is, in meters.
    pub meters: u64,
    /// How long the trip was that the search began with: from each pad to the nearest that is left.
    pub meters_at_first: u64,
}

impl Plan {
    /// The pads in their order, by their index.
    pub fn pads(&self) -> &[usize] {
        &self.pads[..self.count]
    }
}

/// Plans a round trip over the first [`PADS_MAX`] of those pads. It begins with the first one.
pub fn plan(pads: &[Position]) -> Plan {
    let distances = Distances::new(pads);
    let mut best = Tour::of_nearest(&distances);
    let first_length = best.length(&distances);
    let mut best_length = first_length;
    if distances.count >= PADS_WITH_A_CHOICE {
        best.shorten(&distances);
        best_length = best.length(&distances);
        let mut dice = Dice::NEW;
        for _ in 0..ROUNDS {
            let mut other = best.clone();
            other.shake(&mut dice);
            other.shorten(&distances);
            let length = other.length(&distances);
            if length <= best_length {
                (best, best_length) = (other, length);
            }
        }
    }
    let mut plan = Plan {
        count: distances.count,
        pads: [0; PADS_MAX],
        meters: meters(best_length),
        meters_at_first: meters(first_length),
    };
    let begin = best.pads().iter().position(|&pad| pad == 0).unwrap_or(0);
    let from_the_first_on = best.pads().iter().cycle().skip(begin);
    plan.pads[..distances.count].iter_mut().zip(from_the_first_on).for_each(|(to, &pad)| *to = pad);
    plan
}

fn meters(millimeters: u64) -> u64 {
    (millimeters + 500) / 1_000
}

/// Random numbers that are the same for every plan: Marsaglia's xorshift32 (Xorshift RNGs, 2003). So the same pads
/// have the same trip, whenever it is planned.
pub struct Dice(u32);

impl Dice {
    const NEW: Self = Self(0x9e37_79b9);

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        // The product's high half: no division.
        ((u64::from(self.0) * limit as u64) >> 32) as usize
    }
}
