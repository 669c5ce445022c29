//! Whether the scripts still cost what is recorded: the game of the record is played again.

use std::num::NonZeroU64;
use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use bevy_peristyle::{FuelRecord, Scripts};
use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::error::GameError;
use crate::{headless, say};

/// By how many percent a system may cost more than a new record says.
const MARGIN_PERCENT: f64 = 5.0;
/// What stands above a record.
const HEADING: &str = "\
# What each script system costs, in fuel. To check it, in the project's folder:
#   cargo run -p example-game --no-default-features -- --fuel-check scripts/fuel.toml
# With --bless it is written anew.
";

/// A game that can be played again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    ticks: NonZeroU64,
    seed: u64,
    drones: u32,
}

impl Input {
    fn of(arguments: &Arguments) -> Self {
        let &Arguments { seed, drones, .. } = arguments;
        let ticks = arguments.last_tick().and_then(NonZeroU64::new).unwrap_or(NonZeroU64::MIN);
        Self { ticks, seed, drones }
    }
}

/// Plays the game that is recorded in the file, and compares; or writes the file anew.
///
/// # Errors
/// Where a system costs more than the margin allows, is new or is gone; where there is nothing to play.
pub fn play(arguments: &Arguments, file: &Path) -> Result<ExitCode, GameError> {
    let recorded = read(file, arguments.bless)?;
    let input = recorded.as_ref().map_or_else(|| Input::of(arguments), |recorded| recorded.input);
    let Input { ticks, seed, drones } = input;
    let game = Arguments { ticks: Some(ticks), seed, drones, ..arguments.clone() };
    let (app, played) = headless::play_through(&game)?;
    if played.interrupted {
        return Ok(ExitCode::from(130));
    }
    let found = FuelRecord::<Input>::measure(app.world().resource::<Scripts>());
    match recorded {
        Some(recorded) if !arguments.bless => {
            let compared = recorded.compare(&found);
            say(&compared);
            if !compared.is_within() {
                let margin_percent = recorded.margin_percent;
                return Err(GameError::FuelPastMargin { file: file.to_owned(), margin_percent });
            }
        }
        recorded => {
            let margin_percent = recorded.map_or(MARGIN_PERCENT, |recorded| recorded.margin_percent);
            let record = FuelRecord { margin_percent, input, fuel: found };
            let text = record.to_toml().map_err(GameError::fuel_record(file))?;
            fs::write(file, HEADING.to_owned() + &text).map_err(GameError::file(file))?;
            say(format!("{} has the fuel of {} systems now", file.display(), record.fuel.len()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The record in the file; `None` where it is about to be written for the first time.
fn read(file: &Path, is_written: bool) -> Result<Option<FuelRecord<Input>>, GameError> {
    match fs::read_to_string(file) {
        Ok(text) => FuelRecord::parse(&text).map(Some).map_err(GameError::fuel_record(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_written => Ok(None),
        Err(error) => Err(GameError::file(file)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_missed_unless_it_is_to_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fuel.toml");
        assert!(matches!(read(&file, true), Ok(None)));
        assert!(matches!(read(&file, false), Err(GameError::File { .. })));
        fs::write(&file, "margin_percent = 5.0\n[input]\nticks = 0\nseed = 7\ndrones = 1\n[fuel]\n").unwrap();
        let error = read(&file, true).unwrap_err();
        assert!(error.to_string().contains("fuel.toml"), "{error}");
    }
}
