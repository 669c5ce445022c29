//! The random generators of script systems: xoshiro256++, each with a seed of its own.

use bevy::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The game's seed, from which each script system's generator has its own.
///
/// Set it before the scripts are ready, or by [`PeristylePlugin::seed`](crate::PeristylePlugin).
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScriptSeed(pub u64);

/// The first state of a system's generator: xxh3-64 of the system's full name with the game's
/// seed, spread over four words by splitmix64, as the authors of xoshiro advise
/// (<https://prng.di.unimi.it>).
pub(crate) fn generator(seed: u64, module: &str, system: &str) -> [u64; 4] {
    let mut state = xxh3_64_with_seed(format!("{module}::{system}").as_bytes(), seed);
    std::array::from_fn(|_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    })
}
