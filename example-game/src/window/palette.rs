//! The colors of a calm night: blue ground, warm pads, cyan drones.

use bevy::prelude::*;

/// The ground far away.
pub const GROUND: Color = Color::srgb(0.036, 0.058, 0.122);
/// The ground under the pads, where the night is a little lighter.
pub const CLEARING: Color = Color::srgb(0.080, 0.132, 0.250);
/// Lines of equal height.
pub const CONTOUR: Color = Color::srgb(0.36, 0.52, 0.80);
/// Air that moves.
pub const WIND: Color = Color::srgb(0.62, 0.76, 1.0);
/// The light of a pad.
pub const PAD: Color = Color::srgb(1.0, 0.69, 0.36);
/// The concrete of a pad.
pub const PAD_RIM: Color = Color::srgb(0.42, 0.48, 0.62);
/// A drone's body.
pub const DRONE: Color = Color::srgb(0.70, 0.93, 0.97);
/// The blur of its rotors.
pub const ROTOR: Color = Color::srgb(0.30, 0.72, 0.84);
/// The air that its rotors push away.
pub const FLAME: Color = Color::srgb(0.45, 0.85, 1.0);
/// What it carries.
pub const PACKAGE: Color = Color::srgb(0.96, 0.77, 0.47);
/// What lies in the shadow of a drone.
pub const SHADOW: Color = Color::srgb(0.0, 0.005, 0.03);
/// Text.
pub const TEXT: Color = Color::srgb(0.80, 0.86, 0.95);
/// Text that waits to be looked for.
pub const TEXT_DIM: Color = Color::srgb(0.45, 0.53, 0.68);
