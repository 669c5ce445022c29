//! Pads, drones parked on them, and when they take off.

use bevy::prelude::*;
use bevy_peristyle::ScriptClock;

use crate::components::{
    Beacon, Drone, Grounded, Pad, PidIntegral, Position, Route, StableId, Target, Thrust, Velocity, Weather,
    Wind,
};
use crate::game::Settings;
use crate::random::Random;

/// The square in which the pads lie, in m along a side; the origin is its middle.
pub const SQUARE: f32 = 200.0;
/// Rows of pads, and pads in a row.
const PADS_PER_SIDE: u32 = 8;
/// How many pads there are.
pub const PADS: u32 = PADS_PER_SIDE * PADS_PER_SIDE;
/// How far a pad lies from the middle of its cell along each axis, in m at most.
const PAD_JITTER: f32 = 8.0;
/// How far a drone is parked from the middle of its pad along each axis, in m at most.
const PARKING_JITTER: f32 = 1.2;
/// Ticks over which the launches are spread.
const LAUNCH_TICKS: u64 = 240;

/// Everything that there is at the beginning, by id.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Where each pad lies, and its light.
    pub pads: Vec<(Position, Beacon)>,
    /// Where each drone is parked.
    pub drones: Vec<Position>,
}

impl Scene {
    /// The scene that follows from the seed.
    pub fn new(settings: &Settings) -> Self {
        let mut random = Random::new(settings.seed);
        let pads: Vec<_> = (0..PADS).map(|id| pad(id, &mut random)).collect();
        let pads_around = pads.iter().cycle();
        let drones =
            pads_around.take(settings.drones as usize).map(|(pad, _)| parked(pad, &mut random)).collect();
        Self { pads, drones }
    }
}

/// A pad near the middle of its own cell of a grid, so that no two overlap.
fn pad(id: u32, random: &mut Random) -> (Position, Beacon) {
    let cell = SQUARE / PADS_PER_SIDE as f32;
    let middle = |index: u32| (index as f32 + 0.5) * cell - SQUARE / 2.0;
    let position = Position {
        x: middle(id % PADS_PER_SIDE) + random.signed() * PAD_JITTER,
        y: middle(id / PADS_PER_SIDE) + random.signed() * PAD_JITTER,
        z: 0.0,
    };
    let period = random.between(90, 180);
    (position, Beacon { period, offset: random.between(0, period), level: 0.0 })
}

fn parked(pad: &Position, random: &mut Random) -> Position {
    Position {
        x: pad.x + random.signed() * PARKING_JITTER,
        y: pad.y + random.signed() * PARKING_JITTER,
        z: 0.0,
    }
}

/// Spawns the scene.
pub fn spawn(settings: Res<Settings>, mut commands: Commands) {
    let scene = Scene::new(&settings);
    commands.spawn(Weather { seed: settings.seed });
    for (id, (position, beacon)) in (0..).zip(scene.pads) {
        let pad = Pad { id };
        commands.spawn((pad, StableId::of_pad(pad), position, beacon));
    }
    for (id, position) in (0..).zip(scene.drones) {
        let drone = Drone { id };
        let Position { x, y, z } = position;
        commands.spawn((
            (drone, StableId::of_drone(drone), position, Velocity::default(), Wind::default()),
            (Target { x, y, z }, Thrust::default(), PidIntegral::default(), Route::default(), Grounded {}),
        ));
    }
}

/// Lets the drones whose tick has come take off.
pub fn launch(
    clock: Res<ScriptClock>,
    parked: Query<(Entity, &Drone), With<Grounded>>,
    mut commands: Commands,
) {
    for (entity, &drone) in &parked {
        if launch_tick(drone) <= clock.fixed.tick {
            commands.entity(entity).remove::<Grounded>();
        }
    }
}

/// The tick in which a drone takes off: every other tick one, and around again.
pub fn launch_tick(drone: Drone) -> u64 {
    1 + u64::from(drone.id) * 2 % LAUNCH_TICKS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(seed: u64, drones: u32) -> Scene {
        Scene::new(&Settings { seed, drones })
    }

    fn distance(a: &Position, b: &Position) -> f32 {
        let [x, y] = [a.x - b.x, a.y - b.y];
        (x * x + y * y).sqrt()
    }

    #[test]
    fn a_scene_follows_from_its_seed() {
        assert_eq!(scene(7, 200), scene(7, 200));
        assert_ne!(scene(7, 200), scene(8, 200));
    }

    #[test]
    fn more_drones_leave_the_pads_and_the_first_drones_as_they_are() {
        let [few, many] = [scene(7, 10), scene(7, 300)];
        assert_eq!(few.pads, many.pads);
        assert_eq!(few.drones, many.drones[..10]);
    }

    #[test]
    fn pads_lie_apart_within_the_square() {
        let pads = scene(7, 1).pads;
        assert_eq!(pads.len(), PADS as usize);
        for (index, (a, _)) in pads.iter().enumerate() {
            assert!(a.x.abs() < SQUARE / 2.0 && a.y.abs() < SQUARE / 2.0, "{a:?}");
            assert!(pads[..index].iter().all(|(b, _)| distance(a, b) > 4.0), "{a:?}");
        }
    }

    #[test]
    fn drones_are_parked_on_pads_in_turn() {
        let Scene { pads, drones } = scene(7, 200);
        for (id, drone) in drones.iter().enumerate() {
            assert!(distance(drone, &pads[id % pads.len()].0) < 2.0, "drone {id}");
        }
    }

    #[test]
    fn launches_are_spread_from_the_first_tick_on() {
        let ticks: Vec<u64> = (0..200).map(|id| launch_tick(Drone { id })).collect();
        assert_eq!((ticks[0], ticks[1], ticks[119], ticks[120]), (1, 3, 239, 1));
        assert!(ticks.iter().all(|tick| (1..=LAUNCH_TICKS).contains(tick)));
    }
}
