//! Uses terms beyond read and write: entity ids, optional components, filters, orders; and reads a
//! resource and messages.
//!
//! Tests see with it that rows without a component are told apart, that an entity is found by its
//! id, that only what is new comes back, and that nothing is heard twice. `zig_queries` does the
//! same.
#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod components;

use components::{Counter, Frozen, Goal, Link, Position, Score, Sparse, Trigger, Velocity, Wide};
use peristyle::prelude::*;
use peristyle::vector::{flat_mut, scale};

/// Moves what has a velocity to the east by it, and everything else to the north by 1.
#[system]
pub fn steer(mut movers: Query<(Entity, &mut Position, Option<&Velocity>), (), ByEntity>) {
    for (_, position, velocity) in &mut movers {
        match velocity {
            Some(velocity) => position.x += velocity.x,
            None => position.y += 1.0,
        }
    }
    let (entities, _, velocities) = movers.columns();
    for (index, &entity) in entities.iter().enumerate() {
        let velocity = movers.at(index).and_then(|(_, _, velocity)| velocity);
        if velocities.is_present(index) != velocity.is_some() {
            panic!("row {index} has a velocity in one of the two ways to ask");
        }
        if index > 0 && entities[index - 1].to_bits() >= entity.to_bits() {
            panic!("row {index} is not in the order of ids");
        }
        if movers.row_of(entity) != Some(index) {
            panic!("row {index} is not found by its id");
        }
        if movers.get(entity).is_none_or(|(found, ..)| found != entity) {
            panic!("row {index} is another one by its id");
        }
    }
    if movers.get(Entity::NONE).is_some() {
        panic!("no entity has a row");
    }
}

/// Writes into every `Counter` how many positions changed since the last call.
#[system(after = ["steer"])]
pub fn count_changed(moved: Query<&Position, Changed<Position>>, mut counters: Query<&mut Counter>) {
    for counter in &mut counters {
        counter.value = moved.len() as u32;
    }
}

/// Lifts everything that a link points to, unless it is frozen.
#[system]
pub fn follow(links: Query<&Link>, mut velocities: Query<&mut Velocity, Without<Frozen>>) {
    for link in &links {
        if let Some(velocity) = velocities.get_mut(link.target) {
            velocity.z += 1.0;
        }
    }
}

/// Halves the speed of what is frozen.
#[system]
pub fn brake(mut velocities: Query<&mut Velocity, With<Frozen>>) {
    scale(flat_mut(velocities.columns_mut()), 0.5);
}

/// Counts in every `Trigger` how often it was new.
#[system]
pub fn welcome(mut newcomers: Query<&mut Trigger, Added<Trigger>>) {
    for newcomer in &mut newcomers {
        newcomer.armed += 1;
    }
}

/// Takes 1 from what is frozen, and adds 1 to everything else.
#[system]
pub fn thaw(mut frozen: Query<&mut Sparse, With<Frozen>>, mut free: Query<&mut Sparse, Without<Frozen>>) {
    for number in &mut frozen {
        number.value -= 1;
    }
    for number in &mut free {
        number.value += 1;
    }
}

/// Numbers what is wide in the order of the game's numbers.
#[system]
pub fn enumerate(mut wides: Query<&mut Wide, (), ByStableId>) {
    for (row, wide) in wides.iter_mut().enumerate() {
        wide.id = row as u64;
    }
}

/// Counts the goals of all teams, at the game's rate.
#[system]
pub fn cheer(goals: MessageReader<Goal>, score: Res<Score>, mut wides: Query<&mut Wide>) {
    for goal in &goals {
        log!("team {} scores", goal.team);
        for wide in &mut wides {
            wide.amount += f64::from(score.rate) * f64::from(goal.team);
        }
    }
}

module! { systems: [steer, count_changed, follow, brake, welcome, thaw, enumerate, cheer] }
