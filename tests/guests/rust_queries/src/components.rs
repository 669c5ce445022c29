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

/// Where a number of rows becomes visible to the game.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// The number.
    pub value: u32,
}

/// Counts how often it was new.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Trigger {
    /// How often.
    pub armed: u32,
}

/// A number in a sparse set.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Sparse {
    /// The number.
    pub value: u32,
}

/// A tag.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Frozen {}

/// Eight-byte fields.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Wide {
    /// Its row in the order of stable ids.
    pub id: u64,
    /// The points of the teams that it has heard of.
    pub amount: f64,
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

/// A message that the game knows nothing of.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
#[schema(name = "goals::Goal")]
pub struct Goal {
    /// Who scored.
    pub team: u32,
}
