//! What can go wrong, with the values that explain it and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

/// Why a script was not built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that is not installed.
    #[error("`{program}` is not on this machine's PATH")]
    ProgramMissing {
        /// Its name.
        program: String,
    },
    /// A program that exists but does not start.
    #[error("cannot start `{command}`: {source}")]
    Start {
        /// The command line.
        command: String,
        /// Why not.
        source: io::Error,
    },
    /// A program that ran and reported a failure; its own text stands above.
    #[error("`{command}` ended with {status}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A program that was stopped because it took too long.
    #[error("`{command}` took longer than {} s and was stopped", limit.as_secs())]
    TimedOut {
        /// The command line.
        command: String,
        /// How long it could take.
        limit: Duration,
    },
    /// A source that does not compile.
    #[error("{text}")]
    Compiler {
        /// The compiler's own text.
        text: String,
    },
    /// A build that was stopped because nobody wants its result any more.
    #[error("the build was stopped")]
    Canceled,
    /// A file or folder that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder that the system does not watch.
    #[error("sources are not watched: {0}")]
    Watch(#[from] notify::Error),
    /// An answer of cargo's that does not have the expected shape.
    #[error("`{command}` did not say its {expected}")]
    CargoAnswer {
        /// The command line.
        command: String,
        /// What was looked for.
        expected: &'static str,
    },

    /// A recipe of a program without a program.
    #[error("the command that builds {script} is empty")]
    NoCommand {
        /// The script.
        script: String,
    },
    /// A Rust script that compiled to something other than a module.
    #[error("{} built without leaving a .wasm file: does its Cargo.toml say `crate-type = [\"cdylib\"]`?", folder.display())]
    NoModule {
        /// The script's folder.
        folder: PathBuf,
    },
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
    MachinePath {
        /// The path.
        path: String,
    },

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
    LinesDisagree {
        /// Where in the code.
        address: u64,
        /// What the compiler says.
        compiler: String,
        /// What the module says.
        module: String,
    },

    /// A toolchain that cannot be had.
    #[error("{0}")]
    Toolchain(String),
    /// There is no such program as the variable for Zig names.
    #[error("there is no `{program}`, which PERISTYLE_ZIG names: name a Zig {version} there, or unset it")]
    ZigNamed {
        /// What is named.
        program: String,
        /// The version that is needed.
        version: &'static str,
    },
    /// There is no Zig, and none is installed here.
    #[error(
        "there is no Zig {version}: install it (`pip install ziglang=={version}`, or https://ziglang.org/download) and \
         put `zig` on the PATH, or name it in PERISTYLE_ZIG"
    )]
    ZigMissing {
        /// The version that is needed.
        version: &'static str,
    },
    /// There is no Rust compiler for WebAssembly, and none is installed here.
    #[error("there is no Rust compiler for {target}: `rustup target add {target}` installs it ({why})")]
    RustMissing {
        /// The target.
        target: &'static str,
        /// What was tried.
        why: String,
    },
    /// Python without its package installer.
    #[error(
        "`{python} -m pip` does not work, and Zig is installed with it: install pip (on Debian: \
         `apt-get install python3-pip`), or name a Zig {version} in PERISTYLE_ZIG"
    )]
    PipMissing {
        /// Python's name here.
        python: &'static str,
        /// The version that is needed.
        version: &'static str,
    },
    /// A Python package that could not be installed.
    #[error(
        "the Python package {package} cannot be installed ({source}): look at pip's text above, or \
         name a Zig in PERISTYLE_ZIG"
    )]
    ZigInstall {
        /// The package.
        package: String,
        /// Why not.
        source: Box<Error>,
    },
    /// An answer of Zig's that does not have the expected shape.
    #[error("`{command}` did not say its {expected}")]
    ZigAnswer {
        /// The command line.
        command: String,
        /// What was looked for.
        expected: &'static str,
    },
    /// A compiler of another version, whose output would differ.
    #[error("Zig {wanted} is needed, but `{command}` is Zig {found}")]
    ZigVersion {
        /// The version that is needed.
        wanted: &'static str,
        /// The version that is there.
        found: String,
        /// The command line.
        command: String,
    },
    /// A value of `PERISTYLE_RUST_WASM` that means nothing.
    #[error("PERISTYLE_RUST_WASM is `{value}`, but only `rustup`, `debian` and `none` mean something")]
    RustWasmChoice {
        /// The value.
        value: String,
    },
}

impl Error {
    /// For `map_err`: what happened to the file at `path`.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Whether it is the machine that lacks something, and not the source.
    pub const fn is_missing_toolchain(&self) -> bool {
        matches!(
            self,
            Self::ProgramMissing { .. }
                | Self::Toolchain(_)
                | Self::ZigMissing { .. }
                | Self::ZigNamed { .. }
                | Self::RustMissing { .. }
                | Self::PipMissing { .. }
                | Self::ZigVersion { .. }
                | Self::ZigInstall { .. }
                | Self::RustWasmChoice { .. }
        )
    }
}
