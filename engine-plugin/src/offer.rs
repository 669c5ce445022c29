//! What a game offers to its scripts, and what it permits them.
//!
//! ```text
//! registry            components and resources, by name
//! script_components   components that scripts define
//! messages            messages and events, of the game and from script to script
//! clock, input, random, condition   time, keys, seeded random numbers, when to run
//! permissions         who may use what of it
//! ```

pub(crate) mod clock;
pub(crate) mod condition;
pub(crate) mod input;
pub(crate) mod messages;
pub(crate) mod permissions;
pub(crate) mod random;
pub(crate) mod registry;
pub(crate) mod script_components;
