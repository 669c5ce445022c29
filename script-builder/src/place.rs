//! Puts a module where games load it.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use crate::error::Error;

/// Puts `module` at `path` and says whether that changed anything.
///
/// A game that watches the folder sees one change of a whole file, and none where the bytes are
/// the same; then only the time changes at which they were made.
///
/// # Errors
/// The file cannot be written.
pub fn put_in_place(path: &Path, module: &[u8]) -> Result<bool, Error> {
    if fs::read(path).is_ok_and(|present| present == module) {
        // Without that it would look older than its sources. Where it cannot be done it is built once more than needed.
        let _ = File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    let fresh = path.with_extension("wasm.new");
    fs::write(&fresh, module).map_err(Error::file(&fresh))?;
    fs::rename(&fresh, path).map_err(Error::file(path))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_changes_only_when_its_bytes_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/beacon.wasm");
        assert!(put_in_place(&path, b"one").unwrap());
        let long_ago = SystemTime::now() - Duration::from_secs(3_600);
        File::open(&path).unwrap().set_modified(long_ago).unwrap();
        assert!(!put_in_place(&path, b"one").unwrap());
        assert!(fs::metadata(&path).unwrap().modified().unwrap() > long_ago + Duration::from_secs(3_000));
        assert!(put_in_place(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
