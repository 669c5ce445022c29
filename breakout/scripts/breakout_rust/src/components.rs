//! The components and resources of Breakout, field by field as the game has them, and the
//! messages that the game knows nothing of.
//!
//! Lengths are in units, of which the window shows 320 by 180; the middle is the origin, y points
//! up, times are in seconds.

use peristyle::prelude::*;

/// An entity's number, which no other entity has.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Id {
    /// The number.
    pub number: u32,
}

/// Where its middle is.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Position {
    /// To the right.
    pub x: f32,
    /// Up.
    pub y: f32,
}

/// How fast it moves. A ball without one rests on the paddle.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Velocity {
    /// To the right.
    pub x: f32,
    /// Up.
    pub y: f32,
}

/// Half its width and half its height.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Size {
    /// Half its width.
    pub x: f32,
    /// Half its height.
    pub y: f32,
}

/// What the player moves.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Paddle {}

/// What a ball cannot pass.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Wall {}

/// A ball.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Ball {
    /// How fast the paddle sends it off.
    pub speed: f32,
}

/// A brick.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Brick {
    /// What it is worth.
    pub points: u32,
    /// How many more hits it takes.
    pub hits: u32,
}

/// How the game stands; there is one.
#[derive(Clone, Copy, Debug, Schema)]
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
    /// One of [`phase`]'s numbers.
    pub phase: u32,
}

/// The numbers of `Score::phase`.
pub mod phase {
    /// The court is to be built.
    pub const START: u32 = 0;
    /// There are bricks to hit.
    pub const PLAY: u32 = 1;
    /// The last ball is lost.
    pub const LOST: u32 = 2;
    /// The last brick of the last level is gone.
    pub const WON: u32 = 3;
}

/// A ball has hit a brick.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
#[schema(name = "breakout::Hit")]
pub struct Hit {
    /// The brick.
    pub brick: Entity,
}

/// A ball has left the court.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
#[schema(name = "breakout::Lost")]
pub struct Lost {
    /// The ball.
    pub ball: Entity,
}
