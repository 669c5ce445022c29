//! Logs a line at every level, then as many more as its rows ask for.
//!
//! Tests see with it that levels arrive, that a call's lines are limited, and that a line that is
//! too long is cut between characters.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

/// What a row asks for.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Chatter {
    /// Further lines at level info: "line 0", "line 1" and so on.
    pub lines: u32,
    /// Not 0: one line of 2,000 bytes, all "ß".
    pub long_line: u32,
}

/// Logs.
#[system]
pub fn chat(chatters: Query<&Chatter>, time: Time) {
    error!("an error in tick {}", time.tick);
    warn!("a warning");
    log!("information");
    log!(Level::Debug, "a detail");
    log!(Level::Trace, "a small detail");
    for chatter in &chatters {
        for line in 0..chatter.lines {
            log!("line {line}");
        }
        if chatter.long_line != 0 {
            // A byte before the first "ß", so that the cut falls into the middle of one.
            log!("|{:ß>1000}", "");
        }
    }
}

module! { systems: [chat] }
