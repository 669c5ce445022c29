//! Spawns and despawns by commands, links and hides entities, sends messages, writes a resource and
//! draws random numbers.
//!
//! Tests see with it that entities come and go with their components and parents, and that every
//! guest library does the same. `zig_commands` has the same systems.
#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod components;

use components::{Counter, Echo, Frozen, Goal, Link, Ping, Position, Score, Switch, Trigger, Velocity};
use peristyle::prelude::*;

/// In tick 1 spawns an entity at x = 1 and a child of it at x = 2 that moves; in tick 2 despawns
/// everything at an x below 0.
#[system]
pub fn churn(time: Time, placed: Query<(Entity, &Position)>, mut commands: Commands<(Position, Velocity)>) {
    match time.tick {
        1 => {
            let base = commands.spawn((Position { x: 1.0, y: 0.0, z: 0.0 },));
            let position = Position { x: 2.0, y: 0.0, z: 0.0 };
            let child = commands.spawn((position, Velocity { x: 0.0, y: 0.0, z: 1.0 }));
            commands.set_parent(child, base);
        }
        2 => {
            for (entity, position) in &placed {
                if position.x < 0.0 {
                    commands.despawn(entity);
                }
            }
        }
        _ => {}
    }
}

/// Gives everything that is armed a link to a new entity, and disarms it.
#[system]
pub fn bind(armed: Query<(Entity, &Trigger)>, mut commands: Commands<(Counter, Link, Trigger)>) {
    for (entity, trigger) in &armed {
        let target = commands.spawn((Counter { value: trigger.armed },));
        commands.insert(entity, Link { target });
        commands.remove::<Trigger>(entity);
    }
}

/// Hides what is switched on, and shows what a frozen entity points to.
#[system]
pub fn blink(
    lamps: Query<(Entity, &Switch)>,
    keepers: Query<&Link, With<Frozen>>,
    mut commands: Commands<()>,
) {
    for (entity, switch) in &lamps {
        if switch.on {
            commands.disable(entity);
        }
    }
    for keeper in &keepers {
        commands.enable(keeper.target);
    }
}

/// Adds the rate to the points.
#[system]
pub fn count(mut score: ResMut<Score>) {
    score.points += score.rate as u32;
}

/// Writes a number below 100 into every `Counter` that is frozen.
#[system]
pub fn roll(mut random: Random, mut counters: Query<&mut Counter, With<Frozen>>) {
    for counter in &mut counters {
        counter.value = random.below(100);
    }
}

/// Answers every ping by one that is higher by 1, up to 10, and the last one by a goal.
#[system]
pub fn echo(pings: MessageReader<Ping>, mut commands: Commands<(), (Ping, Goal)>) {
    for ping in &pings {
        if ping.value < 10 {
            commands.send(Ping { value: ping.value + 1, ..*ping });
        } else {
            commands.send(Goal { team: ping.value });
        }
    }
}

/// Sends three echoes at once, and then one for every ping.
#[system]
pub fn burst(pings: MessageReader<Ping>, mut commands: Commands<(), (Echo,)>) {
    if pings.is_empty() {
        return;
    }
    commands.send_all(&[1, 2, 3].map(|value| Echo { value }));
    for ping in &pings {
        commands.send(Echo { value: ping.value });
    }
}

module! { systems: [churn, bind, blink, count, roll, echo, burst] }
