//! Pads and their lights, and gusts on the ground between them.

use bevy::prelude::*;

use super::canvas::{Canvas, Ink};
use super::palette;
use super::shapes::Shape;
use super::view::{TILT, View};
use crate::components::{Beacon, Gust, Pad, Position};

/// The radius of a pad as it is drawn, in m.
const PAD_RADIUS: f32 = 4.4;
/// How far the light of a pad reaches, in m: dark, and at its brightest.
const LIGHT_RADIUS: [f32; 2] = [6.0, 13.0];

/// Something round on the ground.
fn flat(radius: f32, view: &View) -> Vec2 {
    Vec2::new(radius, radius * TILT) * view.scale
}

/// Draws the pads: dark rims, and light as bright as the beacon says.
pub fn draw(view: Res<View>, pads: Query<(&Position, &Beacon), With<Pad>>, mut canvas: ResMut<Canvas>) {
    for (position, beacon) in &pads {
        let place = view.ground(position.x, position.y);
        // Eyes see the square root of light, more or less.
        let level = beacon.level.clamp(0.0, 1.0).powi(2);
        let mut round = |shape, radius, ink| canvas.shape(shape, place, flat(radius, &view), ink);
        round(Shape::Disc, PAD_RADIUS * 1.02, Ink::paint(palette::SHADOW, 0.45));
        let [dark, bright] = LIGHT_RADIUS;
        let radius = dark + (bright - dark) * level;
        round(Shape::Glow, radius, Ink::light(palette::PAD, 0.07 + 0.22 * level));
        let rim = Ink::paint(palette::PAD_RIM, 0.40) + Ink::light(palette::PAD, 0.06 + 0.75 * level);
        round(Shape::Pad, PAD_RADIUS, rim);
        round(Shape::Glow, PAD_RADIUS * 0.7, Ink::light(palette::PAD, 0.10 + 0.90 * level));
    }
}

/// Draws each gust as a wave that runs outwards and fades.
pub fn draw_gusts(view: Res<View>, gusts: Query<&Gust>, mut canvas: ResMut<Canvas>) {
    for gust in &gusts {
        let place = view.ground(gust.x, gust.y);
        let left = 1.0 - gust.age;
        for delay in [0.0, 0.14] {
            let run = ((gust.age - delay) / (1.0 - delay)).max(0.0);
            let radius = gust.radius * (1.0 - (1.0 - run).powi(3));
            let strength = 0.28 * left * left;
            canvas.shape(Shape::Wave, place, flat(radius, &view), Ink::light(palette::WIND, strength));
            canvas.shape(Shape::Circle, place, flat(radius, &view), Ink::light(palette::WIND, strength));
        }
    }
}
