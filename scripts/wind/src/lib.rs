//! Lets the wind blow on the drones: broad and small gusts everywhere, and where the player
//! clicked a burst of air; the arrow keys blow as long as they are held.
// Natively `std` is there, for unit tests.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::input::{Key, Keys};
use peristyle::prelude::*;

mod components;
mod noise;

use components::{Gust, Position, Weather, Wind};
use noise::{Field, Octave, hash};

/// Broad gusts, and small ones in them. The autopilot holds a drone against about 4 m/s.
const BROAD: Octave = Octave { width: 90.0, ticks: 420, speed_max: 2.0 };
const SMALL: Octave = Octave { width: 28.0, ticks: 90, speed_max: 0.7 };
/// Air goes up and down more slowly than along the ground.
const VERTICAL: f32 = 0.4;
/// The speed of what the player blows, in m/s.
const BLOW_SPEED: f32 = 6.0;
/// At this height in m the wind is as strong as it gets.
const OPEN_HEIGHT: f32 = 20.0;
/// The part of the wind that is left at the ground.
const GROUND_PART: f32 = 0.25;

/// Writes the wind at each drone.
#[system(before = ["autopilot::steer", "flight::integrate"])]
pub fn blow(
    time: Time,
    mut drones: Query<(&Position, &mut Wind)>,
    weather: Query<&Weather>,
    gusts: Query<&Gust>,
    keys: Res<Keys>,
) {
    let seed = weather.single().map_or(0, |weather| weather.seed);
    let blown = blown(&keys);
    let broad = Field::new(hash(seed), &BROAD, time.tick);
    let small = Field::new(hash(seed ^ 1), &SMALL, time.tick);
    for (place, wind) in &mut drones {
        let [a, b] = [broad.at(place.x, place.y), small.at(place.x, place.y)];
        let open = (place.z / OPEN_HEIGHT).clamp(0.0, 1.0);
        let part = GROUND_PART + (1.0 - GROUND_PART) * open;
        *wind = Wind { x: (a[0] + b[0]) * part, y: (a[1] + b[1]) * part, z: (a[2] + b[2]) * part * VERTICAL };
        for gust in &gusts {
            add_gust(gust, place, wind);
        }
        if let Some([x, y]) = blown {
            wind.x += x * open;
            wind.y += y * open;
        }
    }
}

module! { systems: [blow] }

/// What the player's arrow keys add to the wind, if one is held.
fn blown(keys: &Keys) -> Option<[f32; 2]> {
    let axis = |to: Key, from: Key| f32::from(keys.is_pressed(to) as i8 - keys.is_pressed(from) as i8);
    let way = [axis(Key::ArrowRight, Key::ArrowLeft), axis(Key::ArrowUp, Key::ArrowDown)];
    (way != [0.0, 0.0]).then_some(way.map(|part| part * BLOW_SPEED))
}

/// Air that bursts away from the gust's middle, and up a little: strongest at somewhat more than
/// half its radius, nothing at its edge.
fn add_gust(gust: &Gust, place: &Position, wind: &mut Wind) {
    /// What brings `offset * inside` to 1 where it is largest, at the radius divided by the root of 3.
    const NORM: f32 = 2.598;
    const LIFT: f32 = 0.3;
    let (x, y) = ((place.x - gust.x) / gust.radius, (place.y - gust.y) / gust.radius);
    let inside = 1.0 - (x * x + y * y);
    if inside > 0.0 {
        let speed = gust.strength * (1.0 - gust.age) * inside;
        wind.x += speed * x * NORM;
        wind.y += speed * y * NORM;
        wind.z += speed * inside * LIFT;
    }
}

#[cfg(test)]
mod tests;
