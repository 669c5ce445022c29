//! What a game offers to its scripts.
//!
//! ```text
//! registry   components and resources, by name
//! messages   messages and events, of the game and from script to script
//! clock, input, random, condition   time, keys, seeded random numbers, when a system runs
//! ```

pub(crate) mod clock;
pub(crate) mod condition;
pub(crate) mod input;
pub(crate) mod messages;
pub(crate) mod random;
pub(crate) mod registry;
