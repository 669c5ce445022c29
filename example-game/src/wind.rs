//! Gusts: native code that scripts have to cope with.
//!
//! The wind is noise over place and time: at the corners of a grid it is a hash of the corner, in
//! between it is interpolated. Only `+ - * /`, rounding down and comparisons are used, which
//! IEEE 754 defines to the last bit, so every machine has the same wind.

use bevy::prelude::*;
use bevy_peristyle::ScriptClock;

use crate::components::{Drone, Position, Wind};
use crate::game::Settings;
use crate::random::{hash, signed_unit};

/// One size of gusts.
struct Octave {
    /// How wide a gust is, in m.
    width: f32,
    /// How long it lasts, in ticks.
    ticks: u64,
    /// Its speed at most along each horizontal axis, in m/s.
    speed_max: f32,
}

/// Broad gusts, and small ones in them. The autopilot holds a drone against about 4 m/s.
const OCTAVES: [Octave; 2] =
    [Octave { width: 90.0, ticks: 420, speed_max: 2.0 }, Octave { width: 22.0, ticks: 75, speed_max: 0.7 }];
/// Air goes up and down more slowly than along the ground.
const VERTICAL: f32 = 0.4;
/// At this height in m the wind is as strong as it gets.
const OPEN_HEIGHT: f32 = 20.0;
/// The part of the wind that is left at the ground.
const GROUND_PART: f32 = 0.25;

/// Lets the wind blow on every drone.
pub fn blow(
    settings: Res<Settings>,
    clock: Res<ScriptClock>,
    mut drones: Query<(&Position, &mut Wind), With<Drone>>,
) {
    let (seed, tick) = (settings.seed, clock.fixed.tick);
    drones.par_iter_mut().for_each(|(position, mut wind)| *wind = wind_at(seed, position, tick));
}

/// The air's velocity at a place and tick.
pub fn wind_at(seed: u64, place: &Position, tick: u64) -> Wind {
    let mut wind = [0.0; 3];
    for (index, octave) in OCTAVES.iter().enumerate() {
        let noise = noise(hash(seed ^ index as u64), octave, place, tick);
        for (sum, noise) in wind.iter_mut().zip(noise) {
            *sum += noise * octave.speed_max;
        }
    }
    let open = (place.z / OPEN_HEIGHT).clamp(0.0, 1.0);
    let strength = GROUND_PART + (1.0 - GROUND_PART) * open;
    let [x, y, z] = wind;
    Wind { x: x * strength, y: y * strength, z: z * strength * VERTICAL }
}

/// Three numbers from -1 to 1 that change smoothly with place and tick.
fn noise(seed: u64, octave: &Octave, place: &Position, tick: u64) -> [f32; 3] {
    let (x, x_part) = cell(place.x / octave.width);
    let (y, y_part) = cell(place.y / octave.width);
    // In whole numbers, so that a long game does not lose precision.
    let (t, t_part) = (tick / octave.ticks, (tick % octave.ticks) as f32 / octave.ticks as f32);
    let (x_part, y_part, t_part) = (smooth(x_part), smooth(y_part), smooth(t_part));
    let x_weights = [1.0 - x_part, x_part];
    let y_weights = [1.0 - y_part, y_part];
    let t_weights = [1.0 - t_part, t_part];

    let mut sum = [0.0; 3];
    for corner in 0..8_usize {
        let [dx, dy, dt] = [corner & 1, corner >> 1 & 1, corner >> 2];
        let weight = x_weights[dx] * y_weights[dy] * t_weights[dt];
        let bits = corner_bits(seed, x.wrapping_add(dx as i32), y.wrapping_add(dy as i32), t + dt as u64);
        sum[0] += weight * signed_unit(bits);
        sum[1] += weight * signed_unit(bits >> 21);
        sum[2] += weight * signed_unit(bits >> 42);
    }
    sum
}

/// The grid cell of a coordinate and how far into it, from 0 to 1.
fn cell(coordinate: f32) -> (i32, f32) {
    let floor = coordinate.floor();
    (floor as i32, coordinate - floor)
}

/// An S-curve from 0 to 1 that is level at both ends, so that gusts have no edges.
fn smooth(part: f32) -> f32 {
    part * part * (3.0 - 2.0 * part)
}

fn corner_bits(seed: u64, x: i32, y: i32, t: u64) -> u64 {
    let place = u64::from(x.cast_unsigned()) << 32 | u64::from(y.cast_unsigned());
    hash(hash(seed ^ place) ^ t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn length_of_difference(a: Wind, b: Wind) -> f32 {
        let [x, y, z] = [a.x - b.x, a.y - b.y, a.z - b.z];
        (x * x + y * y + z * z).sqrt()
    }

    /// Places and ticks all over the game, and some far out.
    fn samples() -> impl Iterator<Item = (Position, u64)> {
        let mut random = Random::new(1);
        (0..2_000).map(move |_| {
            let [x, y] = [random.signed() * 400.0, random.signed() * 400.0];
            (Position { x, y, z: (random.signed() + 1.0) * 20.0 }, u64::from(random.between(0, 100_000)))
        })
    }

    #[test]
    fn wind_changes_little_over_a_step_in_place_or_time() {
        for (place, tick) in samples() {
            let wind = wind_at(7, &place, tick);
            let beside = wind_at(7, &Position { x: place.x + 0.1, ..place }, tick);
            assert!(length_of_difference(wind, beside) < 0.05, "{place:?} at {tick}");
            let later = wind_at(7, &place, tick + 1);
            assert!(length_of_difference(wind, later) < 0.1, "{place:?} at {tick}");
        }
    }

    #[test]
    fn wind_has_no_step_at_the_border_of_a_cell() {
        for border in [-180.0_f32, -22.0, 0.0, 22.0, 90.0] {
            let [before, after] =
                [border.next_down(), border].map(|x| wind_at(7, &Position { x, y: 3.0, z: 20.0 }, 5));
            assert!(length_of_difference(before, after) < 1e-3, "at {border}");
        }
        let place = Position { x: 1.0, y: 2.0, z: 20.0 };
        assert!(length_of_difference(wind_at(7, &place, 419), wind_at(7, &place, 420)) < 0.02);
    }

    #[test]
    fn wind_is_what_the_autopilot_can_hold_against() {
        let speeds: Vec<f32> =
            samples().map(|(p, t)| length_of_difference(wind_at(7, &p, t), Wind::default())).collect();
        let strongest = speeds.iter().copied().fold(0.0, f32::max);
        assert!((1.5..4.2).contains(&strongest), "{strongest}");
    }

    #[test]
    fn wind_follows_from_the_seed_to_the_last_bit() {
        let bits_of = |seed: u64| {
            samples().fold(0, |sum, (place, tick)| {
                let wind = wind_at(seed, &place, tick);
                [wind.x, wind.y, wind.z].iter().fold(sum, |sum, v| hash(sum ^ u64::from(v.to_bits())))
            })
        };
        assert_ne!(bits_of(7), bits_of(8));
        // A constant, since another machine or compiler must come to the same.
        assert_eq!(bits_of(7), 3_832_363_772_952_094_610);
    }
}
