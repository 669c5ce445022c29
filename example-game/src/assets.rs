//! Where the folder of assets is.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::GameError;

/// The absolute path of the folder of assets: the one that the player named, or the first that
/// holds scripts of those where one could be.
///
/// # Errors
/// Where there is none, or where its name is not Unicode.
pub fn find(named: Option<&Path>) -> Result<String, GameError> {
    let folder = match named {
        Some(folder) if folder.is_dir() => folder.to_owned(),
        Some(folder) => return Err(GameError::AssetsMissing(folder.to_owned())),
        None => first_with_scripts(candidates())?,
    };
    // Bevy would take a relative path to be relative to the executable.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    folder.into_os_string().into_string().map_err(|name| GameError::AssetsNotUnicode(name.into()))
}

fn first_with_scripts(candidates: Vec<PathBuf>) -> Result<PathBuf, GameError> {
    let found = candidates.iter().find(|folder| folder.join("scripts").is_dir());
    found.cloned().ok_or(GameError::AssetsNotFound { searched: candidates })
}

/// A moved game has its assets beside it; `cargo run` says where the package is, which is a folder
/// below the clone; an executable that is called directly may be called in a clone.
fn candidates() -> Vec<PathBuf> {
    let executable = env::current_exe().ok();
    let beside = executable.as_deref().and_then(Path::parent).map(|folder| folder.join("assets"));
    let root = env::var_os("BEVY_ASSET_ROOT").map(|root| PathBuf::from(root).join("assets"));
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let clone = package.as_deref().and_then(Path::parent).map(|folder| folder.join("assets"));
    let here = env::current_dir().unwrap_or_default();
    let above = here.ancestors().map(|folder| folder.join("assets"));
    beside.into_iter().chain(root).chain(clone).chain(above).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clone_has_assets() {
        let folder = find(None).unwrap();
        assert!(Path::new(&folder).is_absolute() && Path::new(&folder).join("scripts").is_dir(), "{folder}");
    }

    #[test]
    fn a_folder_that_is_named_must_exist() {
        let error = find(Some(Path::new("no/such/folder"))).unwrap_err();
        assert!(error.to_string().contains("no/such/folder"), "{error}");
    }

    #[test]
    fn where_nothing_is_found_every_place_is_named() {
        let error = first_with_scripts(vec!["no/such/a".into(), "no/such/b".into()]).unwrap_err();
        assert!(error.to_string().contains("no/such/a\n  no/such/b"), "{error}");
    }
}
