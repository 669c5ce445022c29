//! What can go wrong, with the values that explain it and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// Why a task did not finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that is not installed.
    #[error("`{program}` is not on this machine's PATH")]
    ProgramMissing { program: String },
    /// A program that exists but does not start.
    #[error("cannot start `{command}`: {source}")]
    Start { command: String, source: io::Error },
    /// A program that ran and reported a failure; its own text stands above.
    #[error("`{command}` ended with {status}")]
    Failed { command: String, status: ExitStatus },
    /// A program that was stopped.
    #[error("`{command}` took longer than {} s and was stopped", limit.as_secs())]
    TimedOut { command: String, limit: Duration },
    /// A file or folder that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// An answer of cargo's that does not have the expected shape.
    #[error("`{command}` did not say its {expected}")]
    CargoAnswer { command: String, expected: &'static str },

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
    /// A Rust script that compiled to something other than a module.
    #[error("{} built without leaving a .wasm file: does its Cargo.toml say `crate-type = [\"cdylib\"]`?", folder.display())]
    NoModule { folder: PathBuf },
    /// WebAssembly text that does not parse; the message shows the place.
    #[error("{0}")]
    Wat(#[from] wat::Error),
    /// A compiler's output that is not a module.
    #[error("the compiler's output is not a WebAssembly module: {0}")]
    NotAModule(#[from] wasmparser::BinaryReaderError),
    /// A module that would differ from one machine to the next, and tell where it was built.
    #[error(
        "the module contains the machine's path `{path}`: something in its source or its flags keeps absolute paths"
    )]
    MachinePath { path: String },

    /// A compiler's debug information that does not parse.
    #[error("the compiler's debug information cannot be read: {0}")]
    Dwarf(#[from] gimli::Error),
    /// Line tables that cannot be written.
    #[error("line tables cannot be written: {0}")]
    LineTables(#[from] gimli::write::Error),
    /// Line tables that say something else than the compiler does.
    #[error(
        "at address {address:#x} the compiler says {compiler}, and the module's line tables say {module}"
    )]
    LinesDisagree { address: u64, compiler: String, module: String },

    /// A toolchain that was looked for before, in vain.
    #[error("{0}")]
    Toolchain(String),
    /// Python without its package installer.
    #[error(
        "`{python} -m pip` does not work, and Zig is installed with it: install pip (on Debian: \
         `apt-get install python3-pip`), or name a Zig {version} in PERISTYLE_ZIG"
    )]
    PipMissing { python: &'static str, version: &'static str },
    /// A Python package that could not be installed.
    #[error(
        "the Python package {package} cannot be installed ({source}): look at pip's text above, or \
         name a Zig in PERISTYLE_ZIG"
    )]
    ZigInstall { package: String, source: Box<Error> },
    /// An answer of Zig's that does not have the expected shape.
    #[error("`{command}` did not say its {expected}")]
    ZigAnswer { command: String, expected: &'static str },
    /// A compiler of another version, whose output would differ.
    #[error("Zig {wanted} is needed, but `{command}` is Zig {found}")]
    ZigVersion { wanted: &'static str, found: String, command: String },
    /// A value of `PERISTYLE_RUST_WASM` that means nothing.
    #[error("PERISTYLE_RUST_WASM is `{value}`, but only `rustup`, `debian` and `none` mean something")]
    RustWasmChoice { value: String },

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
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
