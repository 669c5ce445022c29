//! Panics when a row is armed, after it has written to columns and to a state block.
//!
//! Tests see with it that a fault leaves nothing of the call, and that the message, the file and
//! the line of a panic reach the game.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

/// Makes the system panic.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Trigger {
    /// Not 0: this row is a reason to panic.
    pub armed: u32,
}

/// What the system writes before it looks at triggers.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// Calls so far, the last one included.
    pub value: u32,
}

/// What the system writes before it looks at triggers.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Calls {
    /// Calls that finished.
    pub calls: u32,
}

/// Writes, then panics if told to.
#[system]
pub fn detonate(mut counters: Query<&mut Counter>, triggers: Query<&Trigger>, mut state: State<Calls>) {
    state.calls += 1;
    for counter in &mut counters {
        counter.value = state.calls;
    }
    for (row, trigger) in triggers.iter().enumerate() {
        assert!(trigger.armed == 0, "the trigger in row {row} is armed: {}", trigger.armed);
    }
}

module! { systems: [detonate], state: [Calls = Calls { calls: 0 }] }
