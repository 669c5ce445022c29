//! Plans a short round trip through all pads, along which `dispatch` sends the drones.
//!
//! The search is one plain function, and takes some fifty times the fuel that the system asks for. Since the
//! system suspends, it goes on in each tick where it stopped in the one before, and the rest of the
//! game goes on meanwhile. The stops appear on the pads when it has finished, all in one tick.
// Natively `std` is there, for unit tests.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

mod components;
mod distances;
mod search;
mod tour;

pub use components::{Pad, Position, Stop};
pub use distances::PADS_MAX;
pub use search::{Plan, plan};

/// Gives each pad its stop on a round trip, where pads lack one: at first, and when pads have come or gone.
///
/// Beyond the first [`PADS_MAX`] pads the others are not on the trip.
#[system(suspends, run_if = ["every(30)"], fuel_per_call = 100_000, fuel_per_row = 1_500)]
pub fn plan_tour(
    pads: Query<(Entity, &Position, Option<&Stop>), With<Pad>, ByStableId>,
    mut commands: Commands<(Stop,)>,
) {
    let count = pads.len().min(PADS_MAX);
    let has_stop = |stop: Option<&Stop>| stop.is_some_and(|stop| stop.of as usize == count);
    if pads.iter().take(count).all(|(_, _, stop)| has_stop(stop)) {
        return;
    }
    let (entities, positions, _) = pads.columns();
    let plan = plan(&positions[..count]);
    for (order, &pad) in plan.pads().iter().enumerate() {
        commands.insert(entities[pad], Stop { order: order as u32, of: count as u32 });
    }
    log!("a round trip over {count} pads takes {} m, down from {} m", plan.meters, plan.meters_at_first);
}

module! { systems: [plan_tour] }

#[cfg(test)]
mod tests;
