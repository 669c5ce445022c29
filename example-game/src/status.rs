//! How the game stands: for the report, and once a second while it is watched.

use std::fmt::{self, Display};

use bevy::prelude::*;
use bevy_peristyle::{ScriptClock, Scripts};

use crate::components::{Drone, Position, Route};

/// How the game stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Status {
    /// Ticks played.
    pub tick: u64,
    /// Deliveries that all drones have made.
    pub deliveries: u64,
    /// The drones' mean height in m.
    pub height_mean: f64,
    /// New versions of modules that were swapped in.
    pub reloads: u64,
}

impl Status {
    /// How the game in `world` stands.
    pub fn of(world: &mut World) -> Self {
        let (mut deliveries, mut height, mut drones) = (0, 0.0, 0_u32);
        let mut flying = world.query_filtered::<(&Position, &Route), With<Drone>>();
        for (position, route) in flying.iter(world) {
            deliveries += u64::from(route.deliveries);
            height += f64::from(position.z);
            drones += 1;
        }
        Self {
            tick: world.resource::<ScriptClock>().fixed.tick,
            deliveries,
            height_mean: height / f64::from(drones.max(1)),
            reloads: world.resource::<Scripts>().iter().map(|module| module.reloads).sum(),
        }
    }
}

impl Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tick, deliveries, height_mean, reloads } = self;
        write!(f, "tick {tick}: {deliveries} deliveries, mean height {height_mean:.1} m, {reloads} reloads")
    }
}
