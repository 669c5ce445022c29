//! Integration tests: what a game author, a script author and a player each rely on.

#![allow(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod bevy_types;
mod budgets;
mod commands;
mod conditions;
mod contract;
mod documentation;
#[cfg(feature = "jit")]
mod engines;
mod events;
mod faults;
mod gameplay;
mod guests;
mod limits;
mod live;
mod logs;
mod mapping;
mod messages;
mod options;
mod order;
mod places;
mod policies;
mod properties;
mod queries;
mod refusals;
mod reload;
mod resources;
mod schedules;
mod script_components;
mod shadow;
mod slices;
mod state_goes_on;
mod suspension;
mod transaction;
mod types;
mod unload;
mod vectors;
mod versions;
mod wat_features;
