//! What the systems are about: components and messages of the test game, and a component of scripts.

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

/// A number.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// The number.
    pub value: u32,
}

/// A tag.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Frozen {}

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

/// How often each system has run.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Tally {
    /// `rarely`.
    pub rarely: u32,
    /// `answer`.
    pub answers: u32,
    /// What `answer` has read.
    pub pings: u32,
    /// `play`.
    pub played: u32,
    /// `sleep`.
    pub slept: u32,
    /// `watch`.
    pub frames: u32,
    /// How long those frames were.
    pub seconds: f32,
}

/// A component that the game knows nothing of.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
#[schema(name = "options::Charge")]
pub struct Charge {
    /// So many ticks it lasts.
    pub left: u32,
}

/// A number of the test game.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Trigger {
    /// The number.
    pub armed: u32,
}
