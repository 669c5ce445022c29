//! Why a game cannot be played.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bevy_peristyle::StateHashError;
use thiserror::Error;

use crate::recording::RecordingError;

/// Why a game cannot be played.
#[derive(Debug, Error)]
pub enum GameError {
    /// The modules are not where they should be.
    #[error("there is no folder {0:?}; name the folder of assets, which has it, with --assets")]
    NoAssets(PathBuf),
    /// Bevy takes folders as text.
    #[error("the assets folder {0:?} has a name that is not Unicode; rename or move it")]
    AssetsNotUnicode(PathBuf),
    /// A file cannot be read or written.
    #[error("{path:?}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A recording says something that means nothing.
    #[error("{path:?}, {source}")]
    Recording {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong with it.
        source: RecordingError,
    },
    /// Reading the module takes too long.
    #[error("the script is still loading after {0:?}")]
    StillLoading(Duration),
    /// Without its rules there is no game.
    #[error("{path} could not be loaded: {reason}")]
    NotLoaded {
        /// The module.
        path: String,
        /// Why.
        reason: String,
    },
    /// A picture is one of a window.
    #[cfg(feature = "window")]
    #[error(
        "--screenshot needs a display, and DISPLAY is not set; `xvfb-run -a` before the command makes one"
    )]
    NoDisplay,
    /// Entities cannot be told apart.
    #[error(transparent)]
    StateHash(#[from] StateHashError),
}
