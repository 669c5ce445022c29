//! What can go wrong, with the values that explain it and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use peristyle_script_builder::Error as BuildError;

/// Why a task did not finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program, a file or a script's build.
    #[error(transparent)]
    Build(#[from] BuildError),

    /// The game in a window drew nothing, or was in another state than without one.
    #[error(
        "`{command}` left a picture of {bytes} bytes ({least} are the least that is drawn) at the state hash \
         {window}; without a window it is {headless}"
    )]
    Window { command: String, bytes: usize, least: usize, window: String, headless: String },

    /// A name on the command line that is no script.
    #[error("there is no script `{name}`; there are: {known}")]
    UnknownScript { name: String, known: String },
    /// A name on the command line that is no step.
    #[error("there is no step `{name}`; there are: {known}")]
    UnknownStep { name: String, known: String },

    /// The example game's answer without its last line.
    #[error("`{command}` did not end with a line `state-hash <16 hex digits>` but with `{last}`")]
    NoStateHash { command: String, last: String },
    /// Scripts of two compilers that do not play the same game.
    #[error(
        "{game} ends at state-hash {committed} with the committed Rust modules and at {fresh} with fresh ones: where \
         a script was changed, run `cargo xtask build-scripts` and commit; otherwise the script does something that \
         depends on its compiler"
    )]
    ModulesDisagree { game: &'static str, committed: String, fresh: String },
    /// A script whose module was never built, or not committed.
    #[error("{} does not exist: run `cargo xtask build-scripts {name}` and commit", module.display())]
    ModuleMissing { module: PathBuf, name: String },
    /// Modules that are not what their sources build to.
    #[error("{count} of the modules failed; the lines above say which and why")]
    Modules { count: usize },
    /// A line of the golden file that is no case.
    #[error("{}:{line}: expected `{expected}`, found `{text}`", path.display())]
    GoldenLine { path: PathBuf, line: usize, expected: &'static str, text: String },
    /// A golden file that promises nothing.
    #[error("{} holds no case, so nothing would be compared", path.display())]
    GoldenEmpty { path: PathBuf },
    /// A game that came out differently.
    #[error(
        "`{command}` ended at state-hash {found}, but {}:{line} promises {expected}.\n\
         Where a script, a system of the game or the hash's contents was changed on purpose, put the new hash there and say \
         in the commit what changed it. Otherwise the simulation is no longer deterministic: look for state that \
         depends on threads, on the build profile, on time or on the machine.",
        path.display()
    )]
    GoldenMismatch { command: String, found: String, expected: String, path: PathBuf, line: usize },
    /// A line of the benchmark that is no figure.
    #[error("the benchmark wrote a line that is no figure: {0}")]
    BenchFigure(serde_json::Error),
    /// The probe of the dev profile, which must refuse.
    #[error("`{command}` must refuse with `{wanted}` on stderr and an exit code other than 0, but {found}")]
    ProbeDidNotRefuse { command: String, wanted: &'static str, found: String },
}

impl Error {
    /// For `map_err`: what happened to the file at `path`.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = BuildError::file(path);
        move |source| Self::Build(file(source))
    }
}
