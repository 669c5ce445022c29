//! Every frame puts a new entity in the place of each.
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

/// Spawns an entity for each that there is, one step further, and despawns the old one.
#[system(schedule = Update)]
pub fn replace(time: Time, mut commands: Commands<(Position, Velocity)>, old: Query<(Entity, &Position)>) {
    for (entity, &position) in &old {
        commands.despawn(entity);
        let velocity = Velocity { x: 1.0, y: -1.0, z: 0.5 };
        commands.spawn((Position { x: position.x + velocity.x * time.delta_seconds, ..position }, velocity));
    }
}

module! { systems: [replace] }
