//! The game's components that this script uses, and the one that it defines.

use peristyle::prelude::*;

/// A place to land.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Pad {
    /// The pad's number.
    pub id: u32,
}

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

/// A pad's stop on the round trip. Defined here, and read by other scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Schema)]
#[repr(C)]
#[schema(name = "planner::Stop")]
pub struct Stop {
    /// How many stops come before it.
    pub order: u32,
    /// How many stops the trip has.
    pub of: u32,
}
