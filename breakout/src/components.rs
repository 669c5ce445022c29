//! What the court is made of, and how the game stands. Scripts know these types by name, field
//! names, types and offsets, and what they mean is for scripts alone to say.
//!
//! Lengths are in units; the middle is the origin, y points up.

use bevy::prelude::*;
use bevy_peristyle::{PeristyleAppExt, Schema};

/// The width and the height of what a window shows, in units.
#[cfg(feature = "window")]
pub const VIEW: [f32; 2] = [320.0, 180.0];

/// An entity's number, by which the state hash knows it. Scripts give it.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Id {
    /// The number.
    pub number: u32,
}

/// Where its middle is.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Position {
    /// To the right.
    pub x: f32,
    /// Up.
    pub y: f32,
}

/// How fast it moves, in units/s.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Velocity {
    /// To the right.
    pub x: f32,
    /// Up.
    pub y: f32,
}

/// Half its width and half its height.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Size {
    /// Half its width.
    pub x: f32,
    /// Half its height.
    pub y: f32,
}

/// What the player moves.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Paddle {}

/// What a ball cannot pass.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Wall {}

/// A ball.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq)]
#[repr(C)]
pub struct Ball {
    /// How fast the paddle sends it off, in units/s.
    pub speed: f32,
}

/// A brick.
#[derive(Component, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Brick {
    /// What it is worth.
    pub points: u32,
    /// How many more hits it takes.
    pub hits: u32,
}

/// How the game stands.
#[derive(Resource, Schema, Clone, Copy, Default, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Score {
    /// Points of this game.
    pub points: u32,
    /// The most points that there ever were.
    pub best: u32,
    /// Balls that are left, with the one in play.
    pub lives: u32,
    /// From 1.
    pub level: u32,
    /// 0 before the start, 1 in play, 2 lost, 3 won.
    pub phase: u32,
}

/// Tells the plugin what scripts may touch and what makes up the game's state.
pub fn register(app: &mut App) {
    app.register_script_component::<Id>()
        .register_script_component::<Position>()
        .register_script_component::<Velocity>()
        .register_script_component::<Size>()
        .register_script_component::<Paddle>()
        .register_script_component::<Wall>()
        .register_script_component::<Ball>()
        .register_script_component::<Brick>()
        .register_script_resource::<Score>()
        .register_script_input();
    app.register_stable_id(|id: &Id| u64::from(id.number))
        .register_hashed_component::<Position>()
        .register_hashed_component::<Velocity>()
        .register_hashed_component::<Size>()
        .register_hashed_component::<Paddle>()
        .register_hashed_component::<Wall>()
        .register_hashed_component::<Ball>()
        .register_hashed_component::<Brick>()
        .register_hashed_resource::<Score>();
    app.init_resource::<Score>();
}
