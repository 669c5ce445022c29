//! Gusts: the player's hand in the weather. The game counts their age, and the script `wind` says
//! what they do.

use bevy::prelude::*;

use crate::components::{Gust, StableId};

/// How far a gust reaches, in m.
const RADIUS: f32 = 42.0;
/// How fast the air of a fresh gust is at most, in m/s: far more than the autopilot can hold
/// against.
const STRENGTH: f32 = 20.0;
/// The part of its life by which a gust ages in a tick: it is over after 2.5 s.
const AGE_STEP: f32 = 1.0 / 150.0;

/// Where on the ground, in m, the next tick has gusts.
#[derive(Resource, Default, Debug)]
pub struct GustsToCome {
    places: Vec<[f32; 2]>,
    /// Gusts that there were so far.
    begun: u32,
}

impl GustsToCome {
    /// Has a gust begin in the next tick.
    #[cfg_attr(not(any(test, feature = "window")), expect(dead_code, reason = "only a window has a mouse"))]
    pub fn add(&mut self, x: f32, y: f32) {
        self.places.push([x, y]);
    }
}

/// Begins the gusts that were asked for since the last tick.
pub fn begin(mut to_come: ResMut<GustsToCome>, mut commands: Commands) {
    let GustsToCome { places, begun } = &mut *to_come;
    for [x, y] in places.drain(..) {
        let id = StableId::of_gust(*begun);
        commands.spawn((id, Gust { x, y, radius: RADIUS, strength: STRENGTH, age: 0.0 }));
        *begun += 1;
    }
}

/// Lets gusts age and ends them.
pub fn fade(mut gusts: Query<(Entity, &mut Gust)>, mut commands: Commands) {
    for (entity, mut gust) in &mut gusts {
        gust.age += AGE_STEP;
        if gust.age >= 1.0 {
            commands.entity(entity).despawn();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world_with_gusts(places: &[[f32; 2]]) -> World {
        let mut world = World::new();
        world.init_resource::<GustsToCome>();
        for &[x, y] in places {
            world.resource_mut::<GustsToCome>().add(x, y);
        }
        world
    }

    fn tick(world: &mut World) {
        world.run_system_cached(fade).unwrap();
        world.run_system_cached(begin).unwrap();
    }

    #[test]
    fn gusts_begin_once_with_numbers_of_their_own() {
        let mut world = world_with_gusts(&[[1.0, 2.0], [3.0, 4.0]]);
        tick(&mut world);
        world.resource_mut::<GustsToCome>().add(5.0, 6.0);
        tick(&mut world);
        let mut gusts = world.query::<(&StableId, &Gust)>();
        let mut found: Vec<_> =
            gusts.iter(&world).map(|(id, gust)| (id.0 - (2 << 32), gust.x, gust.age)).collect();
        found.sort_by_key(|&(id, ..)| id);
        assert_eq!(found, [(0, 1.0, AGE_STEP), (1, 3.0, AGE_STEP), (2, 5.0, 0.0)]);
    }

    #[test]
    fn a_gust_ends() {
        let mut world = world_with_gusts(&[[0.0, 0.0]]);
        for _ in 0..149 {
            tick(&mut world);
        }
        assert_eq!(world.query::<&Gust>().iter(&world).count(), 1);
        for _ in 0..3 {
            tick(&mut world);
        }
        assert_eq!(world.query::<&Gust>().iter(&world).count(), 0);
    }
}
