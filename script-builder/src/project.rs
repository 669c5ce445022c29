//! Where a project lies, where its builds are kept, and how its cargo is called.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::process;

/// Variables that `cargo run` sets for its program and that are not about what it starts.
///
/// Bevy looks for assets below `CARGO_MANIFEST_DIR`, and build scripts read `CARGO_PKG_*`.
const OUTER_CARGO_PREFIXES: &[&str] =
    &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];

/// The folders of a project whose scripts are built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its folder: compilers run in it, and messages name files from it.
    pub root: PathBuf,
    /// Where builds and toolchains are kept.
    pub target_dir: PathBuf,
    /// What its scripts are built against.
    pub libraries: Libraries,
}

/// Where the guest libraries lie, from the project's folder. Cargo finds the one for Rust by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Libraries {
    /// The file that `@import("peristyle")` means.
    pub zig: PathBuf,
    /// The folder of `peristyle.h`.
    pub c: PathBuf,
}

impl Default for Libraries {
    fn default() -> Self {
        Self { zig: "guest-api/zig/peristyle.zig".into(), c: "guest-api/c".into() }
    }
}

impl Project {
    /// The project in the folder `root`, whose builds are kept where its cargo keeps its own.
    ///
    /// # Errors
    /// Cargo is not there, or says nothing about the folder.
    pub fn of(root: &Path) -> Result<Self, Error> {
        let target_dir = target_dir(root)?;
        Ok(Self { root: root.to_owned(), target_dir, libraries: Libraries::default() })
    }

    /// A call of the cargo that runs this program, in the project's folder.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = clean(outer_cargo());
        command.args(arguments).current_dir(&self.root);
        command
    }
}

/// The folder that keeps packages, by cargo's own rules.
pub fn cargo_home() -> PathBuf {
    match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir().unwrap_or_default().join(".cargo"),
    }
}

/// A command that does not see what the outer cargo set.
pub fn clean(program: impl Into<OsString>) -> Command {
    let mut command = Command::new(program.into());
    for (name, _) in env::vars_os() {
        let outer = name
            .to_str()
            .is_some_and(|name| OUTER_CARGO_PREFIXES.iter().any(|prefix| name.starts_with(prefix)));
        if outer {
            command.env_remove(name);
        }
    }
    command
}

fn outer_cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
}

/// Asks cargo, because the folder may come from a variable, a configuration file or nowhere.
fn target_dir(root: &Path) -> Result<PathBuf, Error> {
    let mut command = clean(outer_cargo());
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(root);
    let answer = process::stdout(&mut command)?;
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
    match answer["target_directory"].as_str() {
        Some(path) => Ok(PathBuf::from(path)),
        None => Err(Error::CargoAnswer { command: process::line(&command), expected: "target_directory" }),
    }
}
