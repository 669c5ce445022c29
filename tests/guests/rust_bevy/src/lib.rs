//! Reads and writes Bevy's own components, and reads the player's input and the clock.
//!
//! Tests see with it that this library knows those types as the game has them, and what a script can do with
//! them. `zig_bevy` does the same.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::bevy::{
    ChildOf, Children, Clock, GlobalTransform, Name, Sprite, Text, Text2d, Transform, Visibility, Window,
};
use peristyle::input::{Button, Gamepad, Key, Keys, MouseButtons, MouseMotion, MouseScroll, PadButton};
use peristyle::prelude::*;

/// Where a number becomes visible to the game.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// The number.
    pub value: u32,
}

/// Writes below everything what it is called and how late it is.
#[system]
pub fn label(clock: Res<Clock>, mut labels: Query<(&Name, &mut Text2d)>, mut room: Room) {
    for (name, label) in &mut labels {
        label.text = room.text(format_args!("{} at {}", name.text, clock.fixed_tick));
    }
}

/// Has sprites look where they are going, red on the left and wider in each tick.
#[system]
pub fn paint(clock: Res<Clock>, mut sprites: Query<(&Transform, &mut Sprite)>) {
    for (transform, sprite) in &mut sprites {
        sprite.flip_x = transform.translation[0] < 0.0;
        sprite.color = if sprite.flip_x { [1.0, 0.0, 0.0, 1.0] } else { [1.0; 4] };
        sprite.custom_size.set(Some([clock.fixed_tick as f32, 8.0]));
    }
}

/// Moves everything to the right, and turns it over.
#[system(after = ["paint"])]
pub fn shift(mut moved: Query<&mut Transform, With<Sprite>>) {
    for transform in &mut moved {
        transform.translation[0] += 1.0;
        transform.rotation = [1.0, 0.0, 0.0, 0.0];
    }
}

/// Hides what is below the ground.
#[system]
pub fn hide(mut shown: Query<(&GlobalTransform, &mut Visibility)>) {
    for (place, visibility) in &mut shown {
        let is_below = place.translation[1] < 0.0;
        *visibility = if is_below { Visibility::Hidden } else { Visibility::Inherited };
    }
}

/// Counts children twice: as their parents know them, and in hundreds as they know their parents.
#[system]
pub fn count(mut parents: Query<(&Children, &mut Counter)>, children: Query<&ChildOf>) {
    for (children, counter) in &mut parents {
        counter.value = children.entities.as_slice().len() as u32;
    }
    for child in &children {
        if let Some((_, counter)) = parents.get_mut(child.parent) {
            counter.value += 100;
        }
    }
}

/// What the player does with hands and feet.
#[system]
pub fn look(
    windows: Query<&Window>,
    gamepads: Query<&Gamepad>,
    keys: Res<Keys>,
    buttons: Res<MouseButtons>,
    motion: Res<MouseMotion>,
    scroll: Res<MouseScroll>,
    mut texts: Query<&mut Text>,
    mut room: Room,
) {
    let (Some(window), Some(pad)) = (windows.single(), gamepads.single()) else { return };
    let [x, y] = window.cursor.get().unwrap_or_default().map(|at| at as i32);
    let [right, down] = motion.delta.map(|steps| steps as i32);
    let stick = (pad.left_stick[0] * 100.0) as i32;
    let jump = keys.is_pressed(Key::Space) || pad.is_pressed(PadButton::South);
    let fire = buttons.is_just_pressed(Button::Left) || pad.is_just_pressed(PadButton::West);
    for text in &mut texts {
        text.text = room.text(format_args!(
            "{} wide, cursor {x} {y}, mouse {right} {down}, wheel {}, stick {stick}, jump {jump}, fire {fire}",
            window.size[0] as i32, scroll.delta[1] as i32
        ));
    }
}

module! { systems: [label, paint, shift, hide, count, look] }
