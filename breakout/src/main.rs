//! Breakout, whose every rule is a WebAssembly script.
//!
//! The game itself registers components, a resource and the player's keys, and draws what the
//! components say. Where the bricks stand, what the keys do, how the ball flies, what it hits and
//! what that is worth is what one module says. It is there twice, in Zig and in Rust, and both come
//! to the same bits from the same keys.
//!
//! A module that is broken by an edit is refused, and the last good one plays on.

mod arguments;
mod bot;
mod components;
mod error;
mod files;
mod game;
mod headless;
mod recording;
mod report;
#[cfg(feature = "window")]
mod window;

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::error::GameError;

fn main() -> ExitCode {
    play(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Plays in a window where there can be one.
#[cfg(feature = "window")]
fn play(arguments: &Arguments) -> Result<ExitCode, GameError> {
    if arguments.headless {
        return headless::play(arguments);
    }
    if window::has_display() {
        return window::play(arguments);
    }
    if arguments.screenshot.is_some() {
        return Err(GameError::NoDisplay);
    }
    eprintln!("There is no window: DISPLAY is not set.");
    headless::play(arguments)
}

#[cfg(not(feature = "window"))]
fn play(arguments: &Arguments) -> Result<ExitCode, GameError> {
    headless::play(arguments)
}

/// Writes one line to the standard output.
///
/// Nobody may be reading any more, as behind `| head`, and that is no reason for a panic.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
