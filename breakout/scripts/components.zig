//! The components and resources of Breakout. Name, field names and types are what the game
//! registered; the game refuses a module that has them otherwise.
//!
//! Lengths are in units, of which the window shows 320 by 180; the middle is the origin, y points
//! up, times are in seconds.

/// An entity's number, which no other entity has.
pub const Id = extern struct { number: u32 };

/// Where its middle is.
pub const Position = extern struct { x: f32, y: f32 };

/// How fast it moves. A ball without one rests on the paddle.
pub const Velocity = extern struct { x: f32, y: f32 };

/// Half its width and half its height.
pub const Size = extern struct { x: f32, y: f32 };

/// What the player moves.
pub const Paddle = extern struct {};

/// What a ball cannot pass.
pub const Wall = extern struct {};

/// A ball, and how fast the paddle sends it off.
pub const Ball = extern struct { speed: f32 };

/// A brick: what it is worth, and how many more hits it takes.
pub const Brick = extern struct { points: u32, hits: u32 };

/// How the game stands; there is one.
pub const Score = extern struct {
    points: u32,
    /// The most points that there ever were.
    best: u32,
    /// Balls that are left, with the one in play.
    lives: u32,
    /// From 1.
    level: u32,
    phase: Phase.Code,
};

/// What is going on.
pub const Phase = struct {
    pub const Code = u32;
    /// The court is to be built.
    pub const start: Code = 0;
    /// There are bricks to hit.
    pub const play: Code = 1;
    /// The last ball is lost.
    pub const lost: Code = 2;
    /// The last brick of the last level is gone.
    pub const won: Code = 3;
};
