//! A Rust compiler for wasm32-unknown-unknown: rustup's, or Debian's, or none.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::error::Error;
use crate::process::{line, output, run_within, stdout};
use crate::project::{self, Project};

/// The target that guests are built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Forces one way: `rustup`, `debian` or `none`.
const CHOICE_VARIABLE: &str = "PERISTYLE_RUST_WASM";

/// A machine without a way to the internet may let a download hang.
const RUSTUP_TIME_MAX: Duration = Duration::from_secs(120);

/// For 100 MB of packages, and for another package manager at work.
const APT_TIME_MAX: Duration = Duration::from_secs(600);

/// Debian's compiler for the browser, its library's source and its linker; they live beside rustup.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// What builds Rust guests.
#[derive(Debug)]
pub enum RustWasm {
    /// The toolchain in use has the target.
    Rustup {
        /// Where its library's source may lie.
        sysroot: PathBuf,
    },
    /// Debian's toolchain, which has the library as source only.
    Debian {
        /// Where its library's source lies.
        sysroot: PathBuf,
        /// A linker for WebAssembly.
        linker: PathBuf,
    },
    /// Nothing: the committed modules serve.
    Missing {
        /// What was tried.
        why: String,
    },
}

impl RustWasm {
    /// Finds a toolchain, or else gets one.
    ///
    /// # Errors
    /// A way that the user forces and that does not work.
    pub fn find(project: &Project) -> Result<Self, Error> {
        let choice = env::var(CHOICE_VARIABLE).unwrap_or_default();
        match choice.as_str() {
            "rustup" => rustup(project),
            "debian" => debian(),
            "none" => Ok(Self::Missing { why: format!("{CHOICE_VARIABLE}=none") }),
            "" => Ok(rustup(project).unwrap_or_else(|first| {
                debian().unwrap_or_else(|second| Self::Missing {
                    why: format!("no compiler for {TARGET}: {first}; {second}"),
                })
            })),
            _ => Err(Error::RustWasmChoice { value: choice }),
        }
    }

    /// Finds a toolchain that is there.
    ///
    /// # Errors
    /// There is none, or not the one that the user forces.
    pub fn present(project: &Project) -> Result<Self, Error> {
        let choice = env::var(CHOICE_VARIABLE).unwrap_or_default();
        let missing = |why: String| Error::RustMissing { target: TARGET, why };
        let debian =
            || debian_installed().ok_or_else(|| missing("nor are Debian's packages there".to_owned()));
        match choice.as_str() {
            "rustup" => rustup_present(project).map_err(|error| missing(error.to_string())),
            "debian" => debian(),
            "none" => Err(missing(format!("{CHOICE_VARIABLE}=none"))),
            "" => rustup_present(project).or_else(|_| debian()),
            _ => Err(Error::RustWasmChoice { value: choice }),
        }
    }

    /// A word for messages, and for the folder that keeps the builds of one compiler apart.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Rustup { .. } => "rustup",
            Self::Debian { .. } => "debian",
            Self::Missing { .. } => "none",
        }
    }

    /// `cargo build` for guests, kept in `folder` below the target folder; or why nothing can build them.
    ///
    /// # Errors
    /// What was tried to get a toolchain, where it is [`RustWasm::Missing`].
    pub fn cargo_build(&self, project: &Project, folder: &str) -> Result<Command, &str> {
        let (mut command, sysroot) = match self {
            Self::Rustup { sysroot } => (project.cargo(&["build"]), sysroot),
            Self::Debian { sysroot, linker } => {
                let mut command = project::clean("/usr/bin/cargo");
                command.args(["build", "-Zbuild-std=core,alloc"]).current_dir(&project.root);
                command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc");
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
                // The outer cargo puts its own compiler's libraries there; and rustup's choice means nothing here.
                command.env_remove("LD_LIBRARY_PATH").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
                (command, sysroot)
            }
            Self::Missing { why } => return Err(why),
        };
        command.args(["--release", "--target", TARGET, "--target-dir"]);
        command.arg(project.target_dir.join("guests").join(folder));
        command.env("CARGO_ENCODED_RUSTFLAGS", encoded_flags(&project.root, sysroot));
        Ok(command)
    }
}

/// The flags for every guest, in the form that allows blanks in a path.
fn encoded_flags(root: &Path, sysroot: &Path) -> OsString {
    let mut flags = OsString::from("-Ctarget-feature=+simd128,+bulk-memory");
    let source = sysroot.join("lib/rustlib/src/rust");
    let packages = project::cargo_home().join("registry/src");
    for (from, to) in [(root, ""), (&packages, "registry"), (&source, "rust")] {
        // Compilers may see a folder by its own name or by that of a link to it.
        let mut names = vec![from.to_owned()];
        names.extend(from.canonicalize().ok().filter(|real| real != from));
        for name in names {
            flags.push("\x1f--remap-path-prefix=");
            flags.push(name);
            flags.push("=");
            flags.push(to);
        }
    }
    flags
}

fn rustup(project: &Project) -> Result<RustWasm, Error> {
    if let Ok(found) = rustup_present(project) {
        return Ok(found);
    }
    println!("adding the target {TARGET} with rustup");
    let mut add = project::clean("rustup");
    add.args(["target", "add", TARGET])
        .current_dir(&project.root)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null());
    run_within(&mut add, RUSTUP_TIME_MAX)?;
    Ok(RustWasm::Rustup { sysroot: rustup_sysroot(project)? })
}

/// The toolchain in use, if it has the target.
fn rustup_present(project: &Project) -> Result<RustWasm, Error> {
    let sysroot = rustup_sysroot(project)?;
    if sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(RustWasm::Rustup { sysroot });
    }
    let why = format!("{} has no such target", sysroot.display());
    Err(Error::RustMissing { target: TARGET, why })
}

fn rustup_sysroot(project: &Project) -> Result<PathBuf, Error> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    sysroot(project::clean(rustc).current_dir(&project.root))
}

fn debian() -> Result<RustWasm, Error> {
    if let Some(found) = debian_installed() {
        println!("building Rust guests with Debian's compiler, and the standard library from source");
        return Ok(found);
    }
    let root = cfg!(target_os = "linux") && output(Command::new("id").arg("-u"))?.stdout.starts_with(b"0\n");
    if !root || !Path::new("/usr/bin/apt-get").exists() {
        let packages = DEBIAN_PACKAGES.join(" ");
        return Err(Error::Toolchain(format!("Debian's packages {packages} are not installed")));
    }
    println!("installing Debian's {}", DEBIAN_PACKAGES.join(" "));
    // The list of packages may be missing or old; then the second attempt finds them.
    if apt_get(&["install", "--yes", "--no-install-recommends"], &DEBIAN_PACKAGES).is_err() {
        apt_get(&["update"], &[])?;
        apt_get(&["install", "--yes", "--no-install-recommends"], &DEBIAN_PACKAGES)?;
    }
    debian_installed().ok_or_else(|| {
        Error::Toolchain(
            "Debian's packages are installed, but /usr/bin lacks rustc, cargo or wasm-ld".to_owned(),
        )
    })
}

fn apt_get(arguments: &[&str], packages: &[&str]) -> Result<(), Error> {
    let mut command = Command::new("/usr/bin/apt-get");
    command
        .args(["-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"])
        .args(arguments)
        .args(packages);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(Stdio::null());
    run_within(&mut command, APT_TIME_MAX)
}

/// Debian's toolchain, where all of its parts are there.
fn debian_installed() -> Option<RustWasm> {
    if !Path::new("/usr/bin/rustc").exists() || !Path::new("/usr/bin/cargo").exists() {
        return None;
    }
    let sysroot = sysroot(project::clean("/usr/bin/rustc").env_remove("LD_LIBRARY_PATH")).ok()?;
    let has_source = sysroot.join("lib/rustlib/src/rust/library/core").is_dir();
    let names = fs::read_dir("/usr/bin").ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let linker = newest_linker(names)?;
    has_source.then(|| RustWasm::Debian { sysroot, linker: Path::new("/usr/bin").join(linker) })
}

/// The `wasm-ld` of the latest LLVM: one that is older than the compiler cannot read its output.
fn newest_linker(names: impl Iterator<Item = String>) -> Option<String> {
    let version = |name: &str| name.strip_prefix("wasm-ld-")?.parse::<u32>().ok();
    names.filter(|name| version(name).is_some()).max_by_key(|name| version(name))
}

fn sysroot(rustc: &mut Command) -> Result<PathBuf, Error> {
    rustc.args(["--print", "sysroot"]);
    let answer = stdout(rustc)?;
    match answer.trim() {
        "" => Err(Error::CargoAnswer { command: line(rustc), expected: "sysroot" }),
        path => Ok(PathBuf::from(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_linker_is_taken() {
        let names = ["ld", "wasm-ld-9", "wasm-ld-22", "wasm-ld-14", "wasm-ld"].map(str::to_owned);
        assert_eq!(newest_linker(names.into_iter()).as_deref(), Some("wasm-ld-22"));
        assert_eq!(newest_linker(["ld".to_owned()].into_iter()), None);
    }

    #[test]
    fn flags_may_hold_blanks() {
        let flags = encoded_flags(Path::new("/my clone"), Path::new("/usr"));
        let flags = flags.into_string().unwrap();
        let flags: Vec<&str> = flags.split('\x1f').collect();
        assert_eq!(flags[1], "--remap-path-prefix=/my clone=");
        assert!(flags.iter().any(|flag| flag.starts_with("--remap-path-prefix=/usr/lib/rustlib/src/rust=")));
    }
}
