//! The components of the test game.

use bevy::prelude::*;
use bevy_peristyle::{Schema, ScriptEntity};

/// A place.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq)]
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
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct Velocity {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// A number.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Counter {
    /// The number.
    pub value: u32,
}

/// Makes some guests misbehave.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Trigger {
    /// Whether to misbehave: not 0.
    pub armed: u32,
}

/// A type that has bytes which are no value.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Switch {
    /// On or off.
    pub on: bool,
    /// Also on or off.
    pub more: [bool; 3],
}

/// Eight-byte fields.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct Wide {
    /// A large number.
    pub id: u64,
    /// A precise number.
    pub amount: f64,
}

/// A number in a sparse set.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[component(storage = "SparseSet")]
#[repr(C)]
pub struct Sparse {
    /// The number.
    pub value: u32,
}

/// Points to an entity.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Link {
    /// The entity, or none.
    pub target: ScriptEntity,
}

/// A message of the game.
#[derive(Message, Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Message, Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Echo {
    /// A number.
    pub value: u32,
}

/// What the game counts, as a resource.
#[derive(Resource, Schema, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct Score {
    /// Points.
    pub points: u32,
    /// Points for each step.
    pub rate: f32,
}

/// A tag.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Frozen {}

/// A number that the game gives each entity.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StableId(pub u64);

/// Splits entities into several tables.
#[derive(Component, Clone, Copy, Debug)]
pub struct Marker<const N: usize>;
