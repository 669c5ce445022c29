//! The components of the drone game that scripts work on. Name, field names and types are what
//! the game registered; the game refuses a module that has them otherwise.
//!
//! Lengths are in meters, times in seconds; z points up.

/// A drone's number, from 0 without gaps.
pub const Drone = extern struct { id: u32 };

/// A landing pad's number, from 0 without gaps.
pub const Pad = extern struct { id: u32 };

/// Where it is, in m.
pub const Position = extern struct { x: f32, y: f32, z: f32 };

/// How fast it moves, in m/s.
pub const Velocity = extern struct { x: f32, y: f32, z: f32 };

/// How fast the air around a drone moves, in m/s. The script `wind` writes it.
pub const Wind = extern struct { x: f32, y: f32, z: f32 };

/// Where a drone should be, in m. Dispatch writes it.
pub const Target = extern struct { x: f32, y: f32, z: f32 };

/// The acceleration that a drone's rotors are told to give, in m/s². The autopilot writes it, and
/// the flight model takes gravity off it.
pub const Thrust = extern struct { x: f32, y: f32, z: f32 };

/// The autopilot's memory of one drone: its error in m, summed over time, in m·s.
pub const PidIntegral = extern struct { x: f32, y: f32, z: f32 };

/// A drone's way from pad to pad. Dispatch writes it.
pub const Route = extern struct {
    from: u32,
    to: u32,
    /// 0 at rest, 1 climbing, 2 cruising, 3 descending.
    phase: u32,
    deliveries: u32,
};

/// What is delivered from pad to pad: an entity of its own.
pub const Package = extern struct { from: u32, to: u32 };

/// A drone that is parked.
pub const Grounded = extern struct {};

/// A pad's light: it blinks once in `period` ticks, `offset` ticks late, and `level` is its
/// brightness from 0 to 1.
pub const Beacon = extern struct { period: u32, offset: u32, level: f32 };

/// What decides the wind; there is one.
pub const Weather = extern struct { seed: u64 };

/// A gust: air that bursts away from a point on the ground. The player's clicks begin them.
pub const Gust = extern struct {
    /// Its middle, in m.
    x: f32,
    y: f32,
    /// How far it reaches, in m.
    radius: f32,
    /// Its speed at most, in m/s.
    strength: f32,
    /// From 0, fresh, to 1, when it is over.
    age: f32,
};

/// The acceleration of free fall, in m/s².
pub const gravity: f32 = 9.81;
