//! Delivery drones whose every decision is a WebAssembly script.
//!
//! The game itself has pads, parked drones and wind. Where a drone flies, how it steers, how it
//! moves and how the pads blink is what the modules in `assets/scripts` say:
//!
//! ```text
//! launch, blow                  the game's own systems
//! dispatch::assign_targets      Rust   which pad is next
//! autopilot::steer              Zig    which thrust gets there
//! flight::integrate             Zig    what thrust, gravity and wind do
//! beacon::blink                 WAT    the lights of the pads
//! ```
//!
//! A module that is missing or broken takes its part of the game away and nothing else.

mod arguments;
mod assets;
mod components;
mod error;
mod game;
mod headless;
mod random;
mod report;
mod status;
mod wind;
mod world;

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    headless::play(&arguments).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Writes one line to the standard output.
///
/// Nobody may be reading any more, as behind `| head`, and that is no reason for a panic.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
