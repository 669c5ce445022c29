//! The wind as streaks that drift with it.
//!
//! What the script `wind` decided is known where drones are. From there it is spread over a grid,
//! in which the streaks look up where to drift.

use bevy::prelude::*;

use super::canvas::{Canvas, Ink};
use super::palette;
use super::shapes::Shape;
use super::view::View;
use crate::components::{Drone, Gust, Position, Wind};
use crate::random::Random;
use crate::world::SQUARE;

/// The grid's cells along a side, and how far it reaches to each side of the origin, in m.
const CELLS: usize = 18;
const REACH: f32 = SQUARE * 0.9;
/// The part of what a cell knows that goes on to the next frame.
const MEMORY: f32 = 0.9;
/// How many streaks there are.
const STREAKS: usize = 220;
/// How many times faster than the air they drift, since air is slow beside drones.
const HASTE: f32 = 3.4;
/// How long a streak is: its way in this many seconds.
const LENGTH_SECONDS: f32 = 2.6;
/// How long a streak lives, in s.
const LIFE: f32 = 5.0;
/// The height at which streaks drift, in m.
const HEIGHT: f32 = 9.0;

/// What is known of the wind.
#[derive(Resource, Debug)]
pub struct WindMap {
    /// East, north, and how much is known of them.
    cells: Vec<[f32; 3]>,
}

impl Default for WindMap {
    fn default() -> Self {
        Self { cells: vec![[0.0; 3]; CELLS * CELLS] }
    }
}

impl WindMap {
    /// Puts in what a drone feels.
    fn note(&mut self, place: [f32; 2], wind: [f32; 2]) {
        let (corners, weights) = around(place);
        for (corner, weight) in corners.into_iter().zip(weights) {
            let cell = &mut self.cells[corner];
            *cell = [cell[0] + wind[0] * weight, cell[1] + wind[1] * weight, cell[2] + weight];
        }
    }

    /// Forgets a little, and lets each cell learn from its neighbors.
    fn spread(&mut self) {
        const FROM_NEIGHBOR: f32 = 0.02;
        let old = self.cells.clone();
        for (index, cell) in self.cells.iter_mut().enumerate() {
            let [column, row] = [index % CELLS, index / CELLS];
            let neighbors = [
                (column > 0).then(|| index - 1),
                (column + 1 < CELLS).then(|| index + 1),
                (row > 0).then(|| index - CELLS),
                (row + 1 < CELLS).then(|| index + CELLS),
            ];
            for axis in 0..3 {
                let learned: f32 = neighbors.into_iter().flatten().map(|near| old[near][axis]).sum();
                cell[axis] = (cell[axis] + learned * FROM_NEIGHBOR) * MEMORY;
            }
        }
    }

    /// The wind at a place, in m/s.
    fn at(&self, place: [f32; 2]) -> Vec2 {
        let (corners, weights) = around(place);
        let sum = |axis: usize| -> f32 {
            corners.into_iter().zip(weights).map(|(corner, weight)| self.cells[corner][axis] * weight).sum()
        };
        Vec2::new(sum(0), sum(1)) / sum(2).max(1e-6)
    }
}

/// The four cells around a place, and how near each is, from 0 to 1.
fn around([x, y]: [f32; 2]) -> ([usize; 4], [f32; 4]) {
    let axis = |meters: f32| {
        let cells = ((meters / REACH + 1.0) / 2.0 * (CELLS - 1) as f32).clamp(0.0, CELLS as f32 - 1.001);
        (cells as usize, cells.fract())
    };
    let ((column, x), (row, y)) = (axis(x), axis(y));
    let corner = row * CELLS + column;
    (
        [corner, corner + 1, corner + CELLS, corner + CELLS + 1],
        [(1.0 - x) * (1.0 - y), x * (1.0 - y), (1.0 - x) * y, x * y],
    )
}

/// Looks at what the drones feel.
pub fn observe(mut map: ResMut<WindMap>, drones: Query<(&Position, &Wind), With<Drone>>) {
    map.spread();
    for (place, wind) in &drones {
        // Air is slower at the ground, and streaks are not there.
        let part = 0.25 + 0.75 * (place.z / 20.0).clamp(0.0, 1.0);
        map.note([place.x, place.y], [wind.x / part, wind.y / part]);
    }
}

/// All streaks.
#[derive(Resource, Debug)]
pub struct Streaks {
    streaks: Vec<Streak>,
    random: Random,
}

#[derive(Debug)]
struct Streak {
    place: [f32; 2],
    age: f32,
}

impl Default for Streaks {
    fn default() -> Self {
        let mut random = Random::new(11);
        let streaks = (0..STREAKS)
            .map(|index| Streak { place: anywhere(&mut random), age: index as f32 / STREAKS as f32 * LIFE });
        Self { streaks: streaks.collect(), random }
    }
}

/// A place in the window, or not far from it.
fn anywhere(random: &mut Random) -> [f32; 2] {
    [random.signed() * REACH * 0.95, random.signed() * REACH * 0.8]
}

/// Lets the streaks drift with the wind.
pub fn drift(time: Res<Time<Virtual>>, map: Res<WindMap>, gusts: Query<&Gust>, mut all: ResMut<Streaks>) {
    let Streaks { streaks, random } = &mut *all;
    let seconds = time.delta_secs();
    for (index, streak) in streaks.iter_mut().enumerate() {
        let way = map.at(streak.place) * HASTE * seconds;
        streak.place = [streak.place[0] + way.x, streak.place[1] + way.y];
        streak.age += seconds;
        if streak.age > LIFE {
            // In a gust there is more to be seen.
            let gust = gusts.iter().next().filter(|_| index.is_multiple_of(2));
            let place = match gust {
                Some(gust) => [gust.x, gust.y].map(|middle| middle + random.signed() * gust.radius * 0.7),
                None => anywhere(random),
            };
            *streak = Streak { place, age: 0.0 };
        }
    }
}

/// Draws the streaks: long where the wind is strong.
pub fn draw(view: Res<View>, map: Res<WindMap>, all: Res<Streaks>, mut canvas: ResMut<Canvas>) {
    for &Streak { place: [x, y], age } in &all.streaks {
        let wind = map.at([x, y]);
        let speed = wind.length();
        let visible = (age / LIFE * (1.0 - age / LIFE) * 4.0) * (speed / 1.2).min(1.0);
        let head = view.place(&Position { x, y, z: HEIGHT });
        let seconds = LENGTH_SECONDS * HASTE / (1.0 + 0.25 * speed);
        let tail = head - view.direction([wind.x, wind.y, 0.0]) * seconds;
        canvas.along(Shape::Streak, tail, head, 2.2, Ink::light(palette::WIND, 0.34 * visible));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wind_at_a_drone_is_what_it_feels() {
        let mut map = WindMap::default();
        map.note([10.0, -20.0], [3.0, -1.0]);
        assert!((map.at([10.0, -20.0]) - Vec2::new(3.0, -1.0)).length() < 1e-4);
        assert_eq!(map.at([-100.0, 90.0]), Vec2::ZERO);
    }

    #[test]
    fn what_is_known_spreads_and_is_forgotten_in_favor_of_what_is_new() {
        let mut map = WindMap::default();
        map.note([0.0, 0.0], [2.0, 0.0]);
        for _ in 0..40 {
            map.spread();
        }
        assert!((map.at([40.0, 40.0]).x - 2.0).abs() < 1e-3, "{:?}", map.at([40.0, 40.0]));
        for _ in 0..30 {
            map.spread();
            map.note([0.0, 0.0], [-2.0, 0.0]);
        }
        assert!(map.at([0.0, 0.0]).x < -1.9, "{:?}", map.at([0.0, 0.0]));
    }
}
