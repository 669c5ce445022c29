//! Counts its own calls in a state block and writes the count into every `Counter`.
//!
//! Tests see with it that state lives on from call to call, over a reload, and as it was before
//! a call that faulted.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

/// Where the count becomes visible to the game.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// Calls so far, the last one included.
    pub value: u32,
}

/// The count.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Calls {
    /// Calls that finished.
    pub calls: u32,
}

/// Counts one call.
#[system]
pub fn count(mut counters: Query<&mut Counter>, mut state: State<Calls>) {
    state.calls += 1;
    for counter in &mut counters {
        counter.value = state.calls;
    }
}

module! { systems: [count], state: [Calls = Calls { calls: 0 }] }
