//! Peristyle for Rust: gameplay systems for a Bevy game, as a WebAssembly module.
//!
//! In order of importance, this crate is for
//! - systems that read like Bevy's own and can be unit-tested without a game,
//! - modules that are small and cheap to interpret: no allocator, no `std`, no formatting where
//!   none is asked for,
//! - code without `unsafe` in scripts.
//!
//! ```
//! use peristyle::prelude::*;
//!
//! #[derive(Clone, Copy, Schema)]
//! #[repr(C)]
//! struct Position { x: f32, y: f32, z: f32 }
//!
//! #[derive(Clone, Copy, Schema)]
//! #[repr(C)]
//! struct Velocity { x: f32, y: f32, z: f32 }
//!
//! #[derive(Clone, Copy, Schema)]
//! #[repr(C)]
//! struct Frozen {}
//!
//! #[system]
//! fn fall(time: Time, mut movers: Query<(&mut Velocity, &Position), Without<Frozen>>) {
//!     for (velocity, position) in &mut movers {
//!         if position.z > 0.0 {
//!             velocity.z -= 9.81 * time.delta_seconds;
//!         }
//!     }
//! }
//!
//! module! { systems: [fall] }
//! ```
//!
//! A script is a `cdylib` that is built for `wasm32-unknown-unknown`. It begins with
//! `#![cfg_attr(target_arch = "wasm32", no_std)]`, so that `cargo test` finds `std` when it
//! builds the unit tests for the machine that they run on. Build the module with
//! `-C target-feature=+simd128`, and [`vector`] uses the engine's vectors.
//!
//! # What a script can rely on
//!
//! A call is a transaction. It finishes, and the rows that it changed are written back; or it
//! runs out of fuel, traps or panics, and nothing happened. A panic's message is in the game's
//! log, with its file and line.
//!
//! **Memory between calls counts for nothing but the declared state blocks** ([`State`]). A
//! `static` or an allocation may be gone at the next call, since a fault and a reload begin with a
//! fresh instance.
//!
//! **The host puts call frames into memory that it grows** while the module is loaded. A module
//! that brings an allocator initializes it before the first call, for example in an exported
//! `_initialize`, takes more memory by `memory.grow` alone, and never assumes that what lies below
//! `memory.size` is its own.
//!
//! Everything outside of the module is the same on every machine: there is no clock, no random
//! number but that of [`Random`], and no file. [`Time`] is the game's.
#![no_std]
#![expect(unsafe_code, reason = "columns and state blocks are reached by the addresses in a call frame")]

// So that the macros' paths also work in this crate.
extern crate self as peristyle;

/// The examples of the README are compiled and run as the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod prelude;
pub mod system;

#[cfg(feature = "serde")]
mod bincode;
mod events;
#[cfg(feature = "serde")]
mod kept;
mod messages;
mod module;

mod packed;
mod query;
mod random;
mod resource;
mod slices;
mod state;
mod terms;
mod time;

pub mod bevy;
pub mod commands;
pub mod input;
pub mod log;
pub mod tensor;
pub mod vector;

mod fault;
mod host;
mod text;

/// The contract with the host, for whoever goes below this crate.
pub use peristyle_abi as abi;
pub use peristyle_abi::Schema;
pub use peristyle_macros::{Schema, system};

#[cfg(feature = "serde")]
pub use bincode::DecodeError;
pub use commands::Commands;
pub use events::{Observed, On};
pub use fault::fault;
#[cfg(feature = "serde")]
pub use kept::{Kept, KeptError};
pub use messages::MessageReader;
pub use packed::Maybe;
pub use peristyle_abi::Entity;
pub use query::{Query, Rows};
pub use random::Random;
pub use resource::{Res, ResMut};
pub use slices::{List, Room, Str};
pub use state::{ModuleState, State, StateCell};
pub use tensor::Tensor;
pub use terms::{
    Added, ByEntity, ByStableId, Changed, FilterTerm, OptionalColumn, OptionalColumnMut, QueryData,
    QueryFilter, QueryOrder, Removed, Term, Unordered, With, Without,
};
pub use time::Time;
