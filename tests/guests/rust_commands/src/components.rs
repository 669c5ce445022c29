//! What the systems are about: components and resources of the test game, and messages.

use peristyle::prelude::*;

/// A place.
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

/// How fast a place changes.
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

/// Where a random number becomes visible to the game.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// The number.
    pub value: u32,
}

/// Asks for a target.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Trigger {
    /// How far in the east it is to be.
    pub armed: u32,
}

/// A tag.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Frozen {}

/// Hides its entity.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Switch {
    /// Whether it does.
    pub on: bool,
    /// Nothing.
    pub more: [bool; 3],
}

/// Points to an entity.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Link {
    /// The entity, or none.
    pub target: Entity,
}

/// What the game counts.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Score {
    /// Points.
    pub points: u32,
    /// Points for each step.
    pub rate: f32,
}

/// A message of the game.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Ping {
    /// A number.
    pub value: u32,
    /// Whether it is loud.
    pub loud: bool,
    /// Nothing.
    pub reserved: [u8; 3],
}

/// Another message of the game.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Echo {
    /// A number.
    pub value: u32,
}

/// A message that the game knows nothing of.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
#[schema(name = "goals::Goal")]
pub struct Goal {
    /// Who scored.
    pub team: u32,
}
