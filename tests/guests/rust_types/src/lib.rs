//! Reads and writes fields of all types: nested structs, enums, flags, options, arrays of several
//! dimensions.
//!
//! Tests see with it that values go from the game to a script and back unchanged, and what a script
//! can do with each type. `zig_types` does the same.
#![cfg_attr(target_arch = "wasm32", no_std)]

pub mod components;

use components::{Abilities, Mood, Phase, Rights, Source, Subject, Target};
use peristyle::prelude::*;
use peristyle::tensor;

/// Copies every field on its own.
#[system]
pub fn copy(mut rows: Query<(&Source, &mut Target)>) {
    for (Source { all: from }, Target { all: to }) in &mut rows {
        to.friend.set(from.friend.get());
        (to.big, to.debt, to.exact) = (from.big, from.debt, from.exact);
        for (to, from) in to.slots.iter_mut().zip(&from.slots) {
            to.at.set(from.at.get());
            (to.count, to.mood, to.full) = (from.count, from.mood, from.full);
        }
        to.goal.set(from.goal.get());
        to.heat = from.heat;
        (to.count, to.change, to.heading) = (from.count, from.change, from.heading);
        (to.years, to.height, to.phase) = (from.years, from.height, from.phase);
        (to.rights, to.mood, to.abilities) = (from.rights, from.mood, from.abilities);
        to.level.set(from.level.get());
        (to.byte, to.sign, to.is_awake) = (from.byte, from.sign, from.is_awake);
        (to.moods, to.tags) = (from.moods, from.tags);
    }
}

/// Counts unsigned numbers up and signed ones down.
#[system]
pub fn count(mut subjects: Query<&mut Subject>) {
    for Subject { all } in &mut subjects {
        (all.big, all.debt) = (all.big.wrapping_add(1), all.debt.wrapping_sub(1));
        (all.count, all.change) = (all.count.wrapping_add(1), all.change.wrapping_sub(1));
        (all.years, all.height) = (all.years.wrapping_add(1), all.height.wrapping_sub(1));
        (all.byte, all.sign) = (all.byte.wrapping_add(1), all.sign.wrapping_sub(1));
        all.is_awake = !all.is_awake;
        all.tags.reverse();
    }
}

/// Puts the next value in the place of each of an enum.
#[system]
pub fn feel(mut subjects: Query<&mut Subject>) {
    for Subject { all } in &mut subjects {
        let moods = all.moods.as_flattened_mut().iter_mut();
        for mood in moods.chain(all.slots.iter_mut().map(|slot| &mut slot.mood)).chain([&mut all.mood]) {
            *mood = match *mood {
                Mood::Calm => Mood::Eager,
                Mood::Eager => Mood::Angry,
                Mood::Angry => Mood::Calm,
            };
        }
        all.phase = match all.phase {
            Phase::Rest => Phase::Work,
            Phase::Work => Phase::Rest,
        };
    }
}

/// Sets flags and takes them away.
#[system]
pub fn learn(mut subjects: Query<&mut Subject>) {
    for Subject { all } in &mut subjects {
        if all.abilities.contains(Abilities::FLY) {
            all.abilities = all.abilities.without(Abilities::FLY) | Abilities::SWIM;
        } else {
            all.abilities |= Abilities::FLY;
        }
        all.rights = all.rights.with(Rights::WRITE).without(Rights::READ);
    }
}

/// Takes what is there, and gives what is not.
#[system]
pub fn decide(mut subjects: Query<(Entity, &mut Subject)>) {
    for (entity, Subject { all }) in &mut subjects {
        all.slots[0].at = all.goal;
        all.goal.set(match all.goal.get() {
            Some([x, y]) => Some([y, x + 1.0]),
            None => Some([1.0, 2.0]),
        });
        all.level.set(match all.level.get() {
            Some(level) if level > 9 => None,
            Some(level) => Some(level + 1),
            None => Some(0),
        });
        all.friend = if all.friend.get().is_some() { None.into() } else { Some(entity).into() };
    }
}

/// Adds numbers of three dimensions, and finds one from behind.
#[system]
pub fn measure(mut subjects: Query<&mut Subject>) {
    for Subject { all } in &mut subjects {
        let heat = Tensor::<f32, 3>::of(&all.heat);
        all.exact = heat.values().sum::<f32>().into();
        all.heading = heat.transposed().get([1, 2, 0]).unwrap_or(0.0);
        let half: f32 = heat.part(1, 1, 2).map_or(0.0, |part| part.values().sum());
        tensor::set(&mut all.heat, [1, 0, 1], half);
    }
}

module! { systems: [copy, count, feel, learn, decide, measure] }
