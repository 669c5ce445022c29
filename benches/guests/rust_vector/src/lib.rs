//! `position += velocity * dt`, whole columns at once, by the library's vectors.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;
use peristyle::vector::{axpy, flat, flat_mut};
/// Where it is.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Position {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// How fast it moves.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Velocity {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// Moves everything by one step.
#[system(schedule = Update)]
pub fn integrate(time: Time, mut movers: Query<(&mut Position, &Velocity)>) {
    let (positions, velocities) = movers.columns_mut();
    axpy(flat_mut(positions), time.delta_seconds, flat(velocities));
}

module! { systems: [integrate] }
