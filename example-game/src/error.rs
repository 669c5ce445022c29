//! Why a game cannot be played.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bevy_peristyle::{FuelRecordError, StateHashError};
use thiserror::Error;

/// Why a game cannot be played.
#[derive(Debug, Error)]
pub enum GameError {
    /// The folder that the player named is not there.
    #[error("the folder {0:?} of --assets does not exist")]
    AssetsMissing(PathBuf),
    /// No folder of assets is where one could be.
    #[error("no assets were found; name their folder with --assets. Looked at:{}", lines(.searched.iter().map(|folder| folder.display())))]
    AssetsNotFound {
        /// Where one could be.
        searched: Vec<PathBuf>,
    },
    /// Bevy takes folders as text.
    #[error("the assets folder {0:?} has a name that is not Unicode; rename or move it")]
    AssetsNotUnicode(PathBuf),
    /// Reading the modules takes too long.
    #[error("the scripts are still loading after {0:?}")]
    StillLoading(Duration),
    /// Without any script nothing moves.
    #[error("no script could be loaded:{}", lines(.reasons))]
    NothingLoaded {
        /// One for each module.
        reasons: Vec<String>,
    },
    /// A profile is of a whole game.
    #[error("the game ended before the fuel of all its ticks was counted, so there is no profile")]
    NotProfiled,
    /// A file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is no record of fuel.
    #[error("{}: {source}", .path.display())]
    FuelRecord {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: FuelRecordError,
    },
    /// The scripts cost something else than what is recorded.
    #[error(
        "a system costs more than {margin_percent} % above what {} says, or is new or gone. `--profile FILE.svg` \
         shows what costs it; where it is meant to, `--bless` writes the record anew", .file.display()
    )]
    FuelPastMargin {
        /// The record.
        file: PathBuf,
        /// What it allows.
        margin_percent: f64,
    },
    /// A picture is one of a window.
    #[cfg(feature = "window")]
    #[error(
        "--screenshot needs a display: {0}. Without one, draw on a virtual one: xvfb-run -a -s '-screen 0 \
         1280x720x24' and the same command"
    )]
    NoDisplay(#[from] crate::window::NoDisplay),
    /// The game's own entities cannot be told apart.
    #[error(transparent)]
    StateHash(#[from] StateHashError),
}

impl GameError {
    /// Says which file an error is about.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::File { path: path.to_owned(), source }
    }

    /// Says which record an error is about.
    pub fn fuel_record(path: &Path) -> impl FnOnce(FuelRecordError) -> Self {
        |source| Self::FuelRecord { path: path.to_owned(), source }
    }
}

/// One indented line for each item.
fn lines(items: impl IntoIterator<Item: Display>) -> String {
    items.into_iter().map(|item| format!("\n  {item}")).collect()
}
