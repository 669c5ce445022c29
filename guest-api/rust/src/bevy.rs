//! Bevy's own components as a game may offer them, and the game's clock.
//!
//! ```
//! use peristyle::bevy::{Sprite, Text2d, Transform};
//! use peristyle::prelude::*;
//!
//! #[derive(Clone, Copy, Schema)]
//! #[repr(C)]
//! struct Health { left: u32 }
//!
//! #[system]
//! fn show(mut labels: Query<(&Health, &mut Text2d, &mut Sprite, &Transform)>, mut room: Room) {
//!     for (health, text, sprite, transform) in &mut labels {
//!         text.text = room.text(format_args!("{} at {}", health.left, transform.translation[0]));
//!         sprite.flip_x = transform.translation[0] < 0.0;
//!     }
//! }
//! ```

use peristyle_macros::Schema;

use crate::{Entity, List, Maybe, Str};

/// Where an entity is, beside its parent.
#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[repr(C)]
pub struct Transform {
    /// `x`, `y`, `z`.
    pub translation: [f32; 3],
    /// The quaternion's `x`, `y`, `z`, `w`.
    pub rotation: [f32; 4],
    /// `x`, `y`, `z`.
    pub scale: [f32; 3],
}

/// Where an entity is in the world; scripts read it.
#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[repr(C)]
pub struct GlobalTransform {
    /// The entity's x axis in the world.
    pub x_axis: [f32; 3],
    /// The entity's y axis in the world.
    pub y_axis: [f32; 3],
    /// The entity's z axis in the world.
    pub z_axis: [f32; 3],
    /// The entity's origin in the world.
    pub translation: [f32; 3],
}

/// What an entity is called.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Name {
    /// The text.
    pub text: Str,
}

/// A text in the world.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Text2d {
    /// The text.
    pub text: Str,
}

/// A text of the user interface.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Text {
    /// The text.
    pub text: Str,
}

/// The entity that one belongs to; scripts read it, and commands change it.
#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[repr(C)]
pub struct ChildOf {
    /// The entity.
    pub parent: Entity,
}

/// The entities that belong to one; scripts read it, and commands change it.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Children {
    /// The entities, in their order.
    pub entities: List<Entity>,
}

/// Whether an entity is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Schema)]
#[repr(u8)]
pub enum Visibility {
    /// As the entity that this one belongs to.
    Inherited = 0,
    /// Hidden, and all that inherit it.
    Hidden = 1,
    /// Visible.
    Visible = 2,
}

/// What a sprite looks like, but for its image.
#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[repr(C)]
pub struct Sprite {
    /// Red, green, blue and alpha in sRGB.
    pub color: [f32; 4],
    /// Width and height in place of the image's, if there are such.
    pub custom_size: Maybe<[f32; 2]>,
    /// Whether left is right.
    pub flip_x: bool,
    /// Whether up is down.
    pub flip_y: bool,
    /// Zero.
    pub reserved: [u8; 2],
}

/// A window; scripts read it.
#[derive(Clone, Copy, Debug, PartialEq, Schema)]
#[repr(C)]
pub struct Window {
    /// Width and height in logical pixels.
    pub size: [f32; 2],
    /// Physical pixels for each logical one.
    pub scale_factor: f32,
    /// Where the cursor is, from the upper left in logical pixels, if it is in the window.
    pub cursor: Maybe<[f32; 2]>,
    /// Whether keys go to this window.
    pub focused: bool,
    /// Zero.
    pub reserved: [u8; 3],
}

/// The time of both kinds of schedules, as a resource that every game has: [`Time`](crate::Time) is that of the
/// schedule which the system runs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Schema)]
#[repr(C)]
pub struct Clock {
    /// Fixed steps since the scripts were ready.
    pub fixed_tick: u64,
    /// Seconds of one fixed step.
    pub fixed_delta: f64,
    /// Seconds of all fixed steps.
    pub fixed_elapsed: f64,
    /// Frames since the scripts were ready.
    pub frame_tick: u64,
    /// Seconds of this frame.
    pub frame_delta: f64,
    /// Seconds of all frames.
    pub frame_elapsed: f64,
}
