//! Builds modules from their sources and puts them where the game and the tests load them.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::compile::{Built, Lock, compile};
use crate::error::Error;
use crate::project::Project;
use crate::recipe::Script;
use crate::toolchain::Toolchains;

/// Rebuilds `scripts`, each of which becomes the file that a watching game reloads.
///
/// A script that does not compile does not keep the others from being built.
///
/// # Errors
/// At least one script failed; its own text was printed.
pub fn build_scripts(
    project: &Project,
    toolchains: &Toolchains<'_>,
    scripts: &[Script],
) -> Result<(), Error> {
    let mut failures = 0;
    let mut skipped = Vec::new();
    for script in scripts {
        let started = Instant::now();
        match build_in_place(project, toolchains, script) {
            Ok(Placed::Module { bytes, changed }) => {
                report(script, bytes, if changed { "changed" } else { "unchanged" }, started);
            }
            Ok(Placed::Skipped { why }) => skipped.push((script, why)),
            Err(error) => {
                failures += 1;
                report_failure(script, &error);
            }
        }
    }
    if let Some((_, why)) = skipped.first() {
        let names: Vec<&str> = skipped.iter().map(|(script, _)| script.name.as_str()).collect();
        println!("skipped {}: the committed modules stay, because {why}", names.join(", "));
    }
    if failures > 0 { Err(Error::Modules { count: failures }) } else { Ok(()) }
}

enum Placed {
    Module { bytes: usize, changed: bool },
    Skipped { why: String },
}

fn build_in_place(project: &Project, toolchains: &Toolchains<'_>, script: &Script) -> Result<Placed, Error> {
    let path = project.root.join(script.module());
    match compile(project, toolchains, script, Lock::Free)? {
        Built::Module { module, .. } => {
            Ok(Placed::Module { bytes: module.len(), changed: put_in_place(&path, &module)? })
        }
        Built::Skipped { why } if path.is_file() => Ok(Placed::Skipped { why }),
        Built::Skipped { why } => Err(Error::Toolchain(format!("there is no committed module, and {why}"))),
    }
}

/// Prints the one line about a module.
pub fn report(script: &Script, bytes: usize, result: &str, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let name = script.folder().display().to_string();
    println!("{name:<32} {:<5} {bytes:>8} bytes  {result:<10} {seconds:>6.1} s", script.recipe);
}

/// Prints the one line about a module that is not there or not right.
pub fn report_failure(script: &Script, error: &Error) {
    println!("{:<32} {:<5} failed: {error}", script.folder().display().to_string(), script.recipe);
}

/// Puts `module` at `path` and says whether that changed anything.
///
/// A game that watches the folder sees one change of a whole file, and none where the bytes are
/// the same.
pub fn put_in_place(path: &Path, module: &[u8]) -> Result<bool, Error> {
    if fs::read(path).is_ok_and(|present| present == module) {
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
    use super::*;

    #[test]
    fn a_file_changes_only_when_its_bytes_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/beacon.wasm");
        assert!(put_in_place(&path, b"one").unwrap());
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        assert!(!put_in_place(&path, b"one").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        assert!(put_in_place(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
