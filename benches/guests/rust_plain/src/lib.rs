//! `position += velocity * dt`, row by row, as one writes it first.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

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
    for (position, velocity) in &mut movers {
        position.x += velocity.x * time.delta_seconds;
        position.y += velocity.y * time.delta_seconds;
        position.z += velocity.z * time.delta_seconds;
    }
}

module! { systems: [integrate] }
