//! What the dispatcher remembers from call to call.

use peristyle::prelude::*;

use crate::components::Route;

/// Drones whose legs are counted one by one.
pub const DRONES_MAX: usize = 1024;

/// Which pad comes next, and how many came before.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct RoutePlan {
    /// Decides all routes; never 0.
    pub seed: u32,
    /// Deliveries of all drones.
    pub deliveries: u32,
    /// How many legs each drone was given, by its id.
    pub legs: [u32; DRONES_MAX],
}

impl RoutePlan {
    /// The plan at the start of a game.
    pub const NEW: Self = Self { seed: 0x9e37_79b9, deliveries: 0, legs: [0; DRONES_MAX] };

    /// The pad that `drone` flies to from `route.from`: any of `pads` but that one.
    ///
    /// The choice follows from seed, drone and leg alone. So it is the same in whatever order
    /// the rows of a query come.
    pub fn next_pad(&mut self, drone: u32, route: &Route, pads: u32) -> u32 {
        if pads < 2 {
            return route.from;
        }
        let leg = match self.legs.get_mut(drone as usize) {
            Some(leg) => {
                *leg = leg.wrapping_add(1);
                *leg
            }
            // A drone beyond the capacity has no counter, but every leg ends in a delivery.
            None => route.deliveries.wrapping_add(1),
        };
        let number = xorshift(self.seed ^ drone.wrapping_mul(0x85eb_ca6b) ^ leg.wrapping_mul(0xc2b2_ae35));
        (route.from + 1 + number % (pads - 1)) % pads
    }
}

/// Two rounds of Marsaglia's xorshift32 (Xorshift RNGs, 2003), for numbers whose bits depend on
/// all bits of the seed.
fn xorshift(mut number: u32) -> u32 {
    for _ in 0..2 {
        number ^= number << 13;
        number ^= number >> 17;
        number ^= number << 5;
    }
    number
}
