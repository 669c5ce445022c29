//! Entities that come and go: a frame puts a new one in the place of each.

use bevy::prelude::*;
use peristyle_tests::components::{Position, Velocity};

use crate::measure::{Bench, Pair};
use crate::world::{Native, Scripted, guest, movers};

/// Entities that a frame despawns, and as many that it spawns.
const ENTITIES: u32 = 10_000;

/// All of `Update`, with the commands applied in it.
pub fn churn(bench: &mut Bench) {
    super::rust_to_native(bench, "churn", ENTITIES, pair);
}

/// Spawns an entity for each that there is, one step further, and despawns the old one.
fn replace(time: Res<Time>, mut commands: Commands, old: Query<(Entity, &Position)>) {
    for (entity, &position) in &old {
        commands.entity(entity).despawn();
        let velocity = Velocity { x: 1.0, y: -1.0, z: 0.5 };
        commands.spawn((Position { x: position.x + velocity.x * time.delta_secs(), ..position }, velocity));
    }
}

fn pair() -> impl FnMut() -> Pair {
    let mut native = Native::new(ENTITIES, |app| {
        app.add_systems(Update, replace);
    });
    let mut scripted = Scripted::new(ENTITIES, &[("rust_churn", guest("rust_churn"))]);
    let old = [ids(native.world()), ids(scripted.world())];
    native.run();
    scripted.run();
    for (world, old) in [native.world(), scripted.world()].into_iter().zip(old) {
        let are_gone = old.into_iter().all(|entity| world.get_entity(entity).is_err());
        assert!(are_gone, "a frame despawns what the frame before spawned");
        assert_eq!(ids(world).len(), ENTITIES as usize);
    }
    assert_eq!(sorted(native.world()), sorted(scripted.world()), "both spawn the same");
    let mut turn = false;
    move || Pair::run(&mut turn, || scripted.run(), || native.run())
}

fn ids(world: &mut World) -> Vec<Entity> {
    world.query_filtered::<Entity, (With<Position>, With<Velocity>)>().iter(world).collect()
}

/// By the place to the east, which no two entities share: the order in the table depends on how
/// many frames there were.
fn sorted(world: &mut World) -> Vec<(Position, Velocity)> {
    let mut movers = movers(world);
    movers.sort_by(|(a, _), (b, _)| a.x.total_cmp(&b.x));
    movers
}
