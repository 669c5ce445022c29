//! Says when and how often its systems run, asks several queries at once, and has a component of its own.
//!
//! Tests see with it that each system runs exactly where it should. `zig_options` does the same.
#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod components;

use components::{Charge, Counter, Frozen, Ping, Position, Tally, Trigger};
use peristyle::prelude::*;

/// Runs in every fourth tick.
#[system(run_if = ["every(4)"])]
pub fn rarely(mut tallies: Query<&mut Tally>) {
    for tally in &mut tallies {
        tally.rarely += 1;
    }
}

/// Runs where a message waits for it.
#[system(run_if = ["on_message(Ping)"])]
pub fn answer(pings: MessageReader<Ping>, mut tallies: Query<&mut Tally>) {
    for tally in &mut tallies {
        tally.answers += 1;
        tally.pings += pings.len() as u32;
    }
}

/// Runs in a state of the game.
#[system(run_if = ["in_state(Playing)"])]
pub fn play(mut tallies: Query<&mut Tally>) {
    for tally in &mut tallies {
        tally.played += 1;
    }
}

/// Runs where the game says that it is night, in every second tick.
#[system(run_if = ["night", "every(2)"])]
pub fn sleep(mut tallies: Query<&mut Tally>) {
    for tally in &mut tallies {
        tally.slept += 1;
    }
}

/// Runs once a frame, and adds up the frames' lengths.
#[system(schedule = Update)]
pub fn watch(time: Time, mut tallies: Query<&mut Tally>) {
    for tally in &mut tallies {
        tally.frames += 1;
        tally.seconds += time.delta_seconds;
    }
}

/// Never ends on its own: a small budget of its own stops it.
#[system(fuel_per_call = 5_000, fuel_per_row = 50)]
pub fn spin(mut tallies: Query<&mut Tally>) {
    for tally in &mut tallies {
        while tally.seconds >= 0.0 {
            tally.slept = tally.slept.wrapping_add(1);
        }
    }
}

/// Counts the primes up to each large number: more than one pass has fuel for.
#[system(suspends)]
pub fn count_primes(mut triggers: Query<&mut Trigger>) {
    for trigger in &mut triggers {
        if trigger.armed >= 10_000 {
            trigger.armed = (2..=trigger.armed).filter(|&number| is_prime(number)).count() as u32;
        }
    }
}

fn is_prime(number: u32) -> bool {
    (2..).take_while(|divisor| divisor * divisor <= number).all(|divisor| !number.is_multiple_of(divisor))
}

/// Draws everything towards the one that is frozen, each the less the more there are.
#[system]
pub fn gather(leaders: Query<&Position, With<Frozen>>, mut others: Query<&mut Position, Without<Frozen>>) {
    let Some(leader) = leaders.single() else { return };
    if others.is_empty() {
        return;
    }
    let share = 1.0 / others.len() as f32;
    for position in &mut others {
        position.x += share * (leader.x - position.x);
    }
}

/// Charges what has no charge yet.
#[system]
pub fn charge(empty: Query<Entity, (With<Counter>, Without<Charge>)>, mut commands: Commands<(Charge,)>) {
    for entity in &empty {
        commands.insert(entity, Charge { left: 3 });
    }
}

/// Uses up the charges, and counts what is left.
#[system(before = ["charge"])]
pub fn drain(mut charged: Query<(Entity, &mut Charge, &mut Counter)>, mut commands: Commands<(Charge,)>) {
    for (entity, charge, counter) in &mut charged {
        counter.value += charge.left;
        charge.left -= 1;
        if charge.left == 0 {
            commands.remove::<Charge>(entity);
        }
    }
}

module! { systems: [rarely, answer, play, sleep, watch, spin, count_primes, gather, charge, drain] }
