//! The components that this script uses, field by field as the game and the script `planner` have them.

use peristyle::prelude::*;

/// A drone; ids count from 0 without gaps.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Drone {
    /// The drone's number.
    pub id: u32,
}

/// A place to land; ids count from 0 without gaps.
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

/// Where a drone should be, in meters.
#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[repr(C)]
pub struct Target {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// What a drone is at.
#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[repr(C)]
pub struct Route {
    /// The pad that the leg began at.
    pub from: u32,
    /// The pad that it leads to.
    pub to: u32,
    /// One of [`phase`]'s numbers.
    pub phase: u32,
    /// Deliveries that this drone has made.
    pub deliveries: u32,
}

/// What is delivered: an entity of its own.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Package {
    /// The pad that it comes from.
    pub from: u32,
    /// The pad that it goes to.
    pub to: u32,
}

/// A drone that carries a package.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Load {
    /// The package's entity.
    pub package: Entity,
}

/// A pad's stop on a round trip through all pads: a component that the script `planner` defines.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
#[schema(name = "planner::Stop")]
pub struct Stop {
    /// How many stops come before it.
    pub order: u32,
    /// How many stops the trip has.
    pub of: u32,
}

/// The message that a package has arrived.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Delivered {
    /// The drone that brought it.
    pub drone: u32,
    /// The pad that it was brought to.
    pub pad: u32,
}

/// A drone that stays where it is.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Grounded {}

/// The numbers of `Route::phase`.
pub mod phase {
    /// On a pad, about to be given the next.
    pub const AT_REST: u32 = 0;
    /// On the way up.
    pub const CLIMB: u32 = 1;
    /// On the way to above the pad.
    pub const CRUISE: u32 = 2;
    /// On the way down.
    pub const DESCEND: u32 = 3;
}
