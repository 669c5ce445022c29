//! Looks only at what changed since it last ran.
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

/// Adds the places that changed since the last call.
#[system(schedule = Update)]
pub fn follow(mut moved: Query<(&Position, &mut Velocity), Changed<Position>>) {
    for (position, velocity) in &mut moved {
        velocity.x += position.x;
    }
}

module! { systems: [follow] }
