//! The game's components that this script uses, field by field as the game has them.

use peristyle::prelude::*;

/// Where something is, in meters; z is up and 0 is the ground.
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

/// How fast the air around a drone moves, in m/s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Schema)]
#[repr(C)]
pub struct Wind {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// What decides the wind; the game has one.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Weather {
    /// The game's seed.
    pub seed: u64,
}

/// A gust: air that bursts away from a point on the ground.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Gust {
    /// Its middle, east, in meters.
    pub x: f32,
    /// Its middle, north, in meters.
    pub y: f32,
    /// How far it reaches, in meters.
    pub radius: f32,
    /// Its speed at most, in m/s.
    pub strength: f32,
    /// From 0, fresh, to 1, when it is over. The game counts.
    pub age: f32,
}
