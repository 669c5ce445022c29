//! The files that a game reads and writes: assets and recordings.

use std::path::{Path, PathBuf};
use std::{env, fs};

use bevy::prelude::World;

use crate::arguments::Arguments;
use crate::error::GameError;
use crate::game::{Hands, Recorded};
use crate::recording::Recording;

/// The folder with the modules and the recording, below the folder of assets.
const FOLDER: &str = "breakout";
/// What is played without a window, below the folder of assets.
const RECORDING: &str = "breakout/recording.txt";

/// The absolute path of the folder of assets.
///
/// # Errors
/// Where it does not have the game's own folder, or where its name is not Unicode.
pub fn find_assets(named: Option<&Path>) -> Result<String, GameError> {
    let folder = named.map_or_else(default_assets, Path::to_owned);
    if !folder.join(FOLDER).is_dir() {
        return Err(GameError::NoAssets(folder.join(FOLDER)));
    }
    // Bevy would take a relative path to be relative to the executable.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    folder.into_os_string().into_string().map_err(|name| GameError::AssetsNotUnicode(name.into()))
}

/// `cargo run` says where the package is, which is a folder below the clone.
fn default_assets() -> PathBuf {
    let root = env::var_os("BEVY_ASSET_ROOT").map(PathBuf::from);
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let clone = package.as_deref().and_then(Path::parent).map(Path::to_owned);
    root.or(clone).unwrap_or_default().join("assets")
}

/// Who plays. Without a window nobody is at the keyboard, so a recording is played.
///
/// # Errors
/// Where the recording cannot be read.
pub fn hands(arguments: &Arguments, assets: &str, is_headless: bool) -> Result<Hands, GameError> {
    if arguments.bot {
        return Ok(Hands::Bot);
    }
    let default = is_headless.then(|| Path::new(assets).join(RECORDING));
    let Some(path) = arguments.replay.clone().or(default) else { return Ok(Hands::Player) };
    let text = fs::read_to_string(&path).map_err(|source| GameError::File { path: path.clone(), source })?;
    match Recording::parse(&text) {
        Ok(recording) => Ok(Hands::Recorded(recording)),
        Err(source) => Err(GameError::Recording { path, source }),
    }
}

/// Writes down what was pressed, where that is wanted.
///
/// # Errors
/// Where the file cannot be written.
pub fn save_recording(path: Option<&Path>, world: &World) -> Result<(), GameError> {
    let Some(path) = path else { return Ok(()) };
    let text = world.resource::<Recorded>().0.to_text();
    fs::write(path, text).map_err(|source| GameError::File { path: path.to_owned(), source })
}
