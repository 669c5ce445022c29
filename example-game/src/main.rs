//! Delivery drones whose every decision is a WebAssembly script.
//!
//! The game itself has pads, parked drones and the player's gusts. Where a drone flies, how it
//! steers, how it moves, how the wind blows and how the pads blink is what the modules in
//! `assets/scripts` say:
//!
//! ```text
//! launch, fade, begin           the game's own systems
//! wind::blow                    Rust   how the air moves
//! planner::plan_tour            Rust   a round trip through all pads; one call lasts fifty ticks
//! dispatch::assign_targets      Rust   which pad is next; packages, and news of deliveries
//! autopilot::steer              Zig    which thrust gets there
//! battery::use                  Zig    what flying takes, of a component that scripts define
//! flight::integrate             Zig    what thrust, gravity and wind do
//! scoreboard::count             Rust   what the deliveries come to
//! beacon::blink                 WAT    the lights of the pads
//! ```
//!
//! A module that is missing or broken takes its part of the game away and nothing else.
//!
//! The feature `window` draws what the components say, and changes none of them. With the feature `dev` a script is
//! built when its source is saved.

mod arguments;
mod assets;
mod beside;
mod components;
#[cfg(feature = "dev")]
mod dev;
mod error;
mod fuel_check;
mod game;
mod gusts;
mod headless;
mod profile;
mod random;
mod report;
mod status;
#[cfg(test)]
mod tests;
#[cfg(feature = "window")]
mod window;
mod world;

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::error::GameError;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list_components {
        components::list().iter().for_each(say);
        return ExitCode::SUCCESS;
    }
    play(&arguments).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Plays in a window where there can be one.
#[cfg(feature = "window")]
fn play(arguments: &Arguments) -> Result<ExitCode, GameError> {
    if arguments.is_headless() {
        return headless::play(arguments);
    }
    match window::check_display() {
        Ok(()) => window::play(arguments),
        Err(reason) if arguments.window.screenshot.is_some() => Err(reason.into()),
        Err(reason) => {
            eprintln!("There is no window: {reason}.");
            headless::play(arguments)
        }
    }
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
