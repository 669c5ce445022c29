//! The player's keys and mouse, as resources of the game, and gamepads, as components.
//!
//! ```
//! use peristyle::input::{Key, Keys};
//! use peristyle::prelude::*;
//!
//! #[derive(Clone, Copy, Schema)]
//! #[repr(C)]
//! struct Paddle { x: f32 }
//!
//! #[system]
//! fn steer(keys: Res<Keys>, mut paddles: Query<&mut Paddle>) {
//!     let left = keys.is_pressed(Key::ArrowLeft) as i8;
//!     let right = keys.is_pressed(Key::ArrowRight) as i8;
//!     for paddle in &mut paddles {
//!         paddle.x += f32::from(right - left);
//!     }
//! }
//!
//! let mut paddle = [Paddle { x: 0.0 }];
//! steer(Res::new(&Keys::default().press(Key::ArrowLeft)), Query::from_columns(&mut paddle[..]));
//! assert_eq!(paddle[0].x, -1.0);
//! ```

pub use crate::abi::input::{Button, Key, PadButton};
use peristyle_macros::Schema;

/// The keyboard.
///
/// What was *just* pressed or released happened since the frame before: a system in `FixedUpdate`
/// may run several times in a frame, or not at all, and better asks what is pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Schema)]
#[repr(C)]
pub struct Keys {
    pressed: [u32; 4],
    just_pressed: [u32; 4],
    just_released: [u32; 4],
}

impl Keys {
    /// Whether the key is down.
    pub fn is_pressed(&self, key: Key) -> bool {
        has(&self.pressed, key)
    }

    /// Whether the key went down in this frame.
    pub fn is_just_pressed(&self, key: Key) -> bool {
        has(&self.just_pressed, key)
    }

    /// Whether the key went up in this frame.
    pub fn is_just_released(&self, key: Key) -> bool {
        has(&self.just_released, key)
    }

    /// The keyboard with one more key that has just gone down, for unit tests.
    pub fn press(mut self, key: Key) -> Self {
        let (word, bit) = place(key);
        self.pressed[word] |= bit;
        self.just_pressed[word] |= bit;
        self
    }
}

fn has(words: &[u32; 4], key: Key) -> bool {
    let (word, bit) = place(key);
    words[word] & bit != 0
}

/// The word of a key and its bit there.
fn place(key: Key) -> (usize, u32) {
    let number = key.number();
    (usize::from(number / 32) % 4, 1 << (number % 32))
}

/// The mouse's buttons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Schema)]
#[repr(C)]
pub struct MouseButtons {
    pressed: u32,
    just_pressed: u32,
    just_released: u32,
}

impl MouseButtons {
    /// Whether the button is down.
    pub fn is_pressed(&self, button: Button) -> bool {
        self.pressed >> button.number() & 1 == 1
    }

    /// Whether the button went down in this frame.
    pub fn is_just_pressed(&self, button: Button) -> bool {
        self.just_pressed >> button.number() & 1 == 1
    }

    /// Whether the button went up in this frame.
    pub fn is_just_released(&self, button: Button) -> bool {
        self.just_released >> button.number() & 1 == 1
    }

    /// The mouse with one more button that has just gone down, for unit tests.
    pub fn press(mut self, button: Button) -> Self {
        self.pressed |= 1 << button.number();
        self.just_pressed |= 1 << button.number();
        self
    }
}

/// How the mouse was moved in this frame: right and down, in its own steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Schema)]
#[repr(C)]
pub struct MouseMotion {
    /// Right and down.
    pub delta: [f32; 2],
}

/// How the mouse's wheel was turned in this frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Schema)]
#[repr(C)]
pub struct MouseScroll {
    /// Right and up.
    pub delta: [f32; 2],
    /// 0 where `delta` counts lines, 1 where it counts pixels.
    pub unit: u32,
}

/// A gamepad: a component of its entity, `Query<&Gamepad>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Schema)]
#[repr(C)]
pub struct Gamepad {
    /// Buttons that are down: bit `n` for the button with the number `n`.
    pub pressed: u32,
    /// Buttons that went down in this frame.
    pub just_pressed: u32,
    /// Buttons that went up in this frame.
    pub just_released: u32,
    /// The left stick's x and y, from -1 to 1.
    pub left_stick: [f32; 2],
    /// The right stick's x and y, from -1 to 1.
    pub right_stick: [f32; 2],
    /// How far the lower triggers are pressed, left and right, from 0 to 1.
    pub triggers: [f32; 2],
}

impl Gamepad {
    /// Whether the button is down.
    pub fn is_pressed(&self, button: PadButton) -> bool {
        self.pressed >> button.number() & 1 == 1
    }

    /// Whether the button went down in this frame.
    pub fn is_just_pressed(&self, button: PadButton) -> bool {
        self.just_pressed >> button.number() & 1 == 1
    }

    /// Whether the button went up in this frame.
    pub fn is_just_released(&self, button: PadButton) -> bool {
        self.just_released >> button.number() & 1 == 1
    }

    /// The gamepad with one more button that has just gone down, for unit tests.
    pub fn press(mut self, button: PadButton) -> Self {
        self.pressed |= 1 << button.number();
        self.just_pressed |= 1 << button.number();
        self
    }
}
