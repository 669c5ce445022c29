//! Builds modules from their sources and puts them where the game and the tests load them.

use std::time::Instant;

use peristyle_script_builder::{
    Built, Error as BuildError, How, Lock, Project, Toolchains, compile, put_in_place,
};

use crate::error::Error;
use crate::recipe::Script;

/// Rebuilds `scripts`, each of which becomes the file that a watching game reloads.
///
/// A script that does not compile does not keep the others from being built.
///
/// # Errors
/// At least one script failed; its own text was printed.
pub fn build_scripts(project: &Project, toolchains: &Toolchains, scripts: &[Script]) -> Result<(), Error> {
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
        let names: Vec<&str> = skipped.iter().map(|(script, _)| script.name()).collect();
        println!("skipped {}: the committed modules stay, because {why}", names.join(", "));
    }
    if failures > 0 { Err(Error::Modules { count: failures }) } else { Ok(()) }
}

enum Placed {
    Module { bytes: usize, changed: bool },
    Skipped { why: String },
}

fn build_in_place(project: &Project, toolchains: &Toolchains, script: &Script) -> Result<Placed, Error> {
    let path = project.root.join(&script.source.module);
    match compile(project, toolchains, &script.source, How::Exact(Lock::Free))? {
        Built::Module { module, .. } => {
            Ok(Placed::Module { bytes: module.len(), changed: put_in_place(&path, &module)? })
        }
        Built::Skipped { why } if path.is_file() => Ok(Placed::Skipped { why }),
        Built::Skipped { why } => {
            Err(BuildError::Toolchain(format!("there is no committed module, and {why}")).into())
        }
    }
}

/// Prints the one line about a module.
pub fn report(script: &Script, bytes: usize, result: &str, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let name = script.source.folder.display().to_string();
    println!("{name:<32} {:<5} {bytes:>8} bytes  {result:<10} {seconds:>6.1} s", script.source.recipe);
}

/// Prints the one line about a module that is not there or not right.
pub fn report_failure(script: &Script, error: &Error) {
    println!(
        "{:<32} {:<5} failed: {error}",
        script.source.folder.display().to_string(),
        script.source.recipe
    );
}
