//! Zig, from a command that the user names or from the Python package index.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::OnceLock;

use crate::error::Error;
use crate::process::{line, output, run, stdout};
use crate::project::Project;

/// The version whose output is committed; another one builds other bytes.
const VERSION: &str = "0.16.0";

/// Names a command to use as `zig` instead of the Python package.
const COMMAND_VARIABLE: &str = "PERISTYLE_ZIG";

/// Python, which carries the package: the way to Zig that works on every platform alike.
const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// A Zig compiler of the right version.
#[derive(Debug)]
pub struct Zig {
    command: Vec<OsString>,
    python_path: Option<PathBuf>,
    cache: PathBuf,
    root: PathBuf,
    library: OnceLock<PathBuf>,
}

impl Zig {
    /// Finds the compiler, and installs it below the target folder where nothing else is named.
    ///
    /// # Errors
    /// It cannot be installed, or is of another version.
    pub fn find(project: &Project) -> Result<Self, Error> {
        if let Some(command) = named() {
            return Self::named(project, command);
        }
        let mut zig = Self::with(project, python_package());
        zig.python_path = Some(installed(&toolchain_folder(project))?);
        zig.check_version()?;
        Ok(zig)
    }

    /// Finds a compiler that is there: the one that is named, the one below the target folder, one on the PATH, or a
    /// Python package.
    ///
    /// # Errors
    /// There is none, or the one that is named is of another version.
    pub fn present(project: &Project) -> Result<Self, Error> {
        if let Some(command) = named() {
            return Self::named(project, command);
        }
        // Without Python in between, which would take longer to start than Zig takes to build.
        let own = package_folder(&toolchain_folder(project)).join("ziglang").join("zig");
        let own = own.with_extension(env::consts::EXE_EXTENSION);
        let candidates = [vec![own.into_os_string()], vec!["zig".into()], python_package()];
        let mut found = candidates.into_iter().map(|command| Self::with(project, command));
        found.find(|zig| zig.is_right_version()).ok_or(Error::ZigMissing { version: VERSION })
    }

    /// The compiler that is named.
    fn named(project: &Project, command: Vec<OsString>) -> Result<Self, Error> {
        let zig = Self::with(project, command);
        zig.check_version().map_err(|error| match error {
            Error::ProgramMissing { program } => Error::ZigNamed { program, version: VERSION },
            error => error,
        })?;
        Ok(zig)
    }

    fn with(project: &Project, command: Vec<OsString>) -> Self {
        Self {
            command,
            python_path: None,
            cache: toolchain_folder(project).join("zig-cache"),
            root: project.root.clone(),
            library: OnceLock::new(),
        }
    }

    fn check_version(&self) -> Result<(), Error> {
        let mut version = self.call(&["version"]);
        let found = stdout(&mut version)?.trim().to_owned();
        if found != VERSION {
            return Err(Error::ZigVersion { wanted: VERSION, found, command: line(&version) });
        }
        Ok(())
    }

    /// Whether it is there at all, and of the right version.
    fn is_right_version(&self) -> bool {
        let answer = output(&mut self.call(&["version"]));
        answer.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).trim() == VERSION)
    }

    /// The folder of Zig's own library, which holds `std`.
    ///
    /// # Errors
    /// Zig does not say where it is.
    pub fn library(&self) -> Result<&Path, Error> {
        if let Some(known) = self.library.get() {
            return Ok(known);
        }
        let mut environment = self.call(&["env"]);
        let answer = stdout(&mut environment)?;
        match library(&answer) {
            // Zig names folders from the one that it runs in.
            Some(folder) => Ok(self.library.get_or_init(|| self.root.join(folder))),
            None => Err(Error::ZigAnswer { command: line(&environment), expected: "lib_dir" }),
        }
    }

    /// A call of the compiler in the project's folder.
    pub fn call(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).args(arguments).current_dir(&self.root);
        command.env("ZIG_GLOBAL_CACHE_DIR", self.cache.join("global"));
        command.env("ZIG_LOCAL_CACHE_DIR", self.cache.join("local"));
        if let Some(path) = &self.python_path {
            command.env("PYTHONPATH", path);
        }
        command
    }
}

/// The command that the user names.
fn named() -> Option<Vec<OsString>> {
    let named = env::var(COMMAND_VARIABLE).ok()?;
    let words: Vec<OsString> = named.split_whitespace().map(OsString::from).collect();
    (!words.is_empty()).then_some(words)
}

fn python_package() -> Vec<OsString> {
    vec![PYTHON.into(), "-m".into(), "ziglang".into()]
}

fn toolchain_folder(project: &Project) -> PathBuf {
    project.target_dir.join("toolchain")
}

fn package_folder(toolchain: &Path) -> PathBuf {
    toolchain.join(format!("ziglang-{VERSION}"))
}

/// The folder that `zig env` names.
fn library(answer: &str) -> Option<String> {
    let mut lines = answer.lines();
    let folder = lines.find_map(|line| line.trim().strip_prefix(".lib_dir = \"")?.strip_suffix("\","))?;
    Some(folder.replace(r"\\", r"\"))
}

/// The folder of the Python package, which is whole where it exists: it gets its name last.
fn installed(toolchain: &Path) -> Result<PathBuf, Error> {
    let folder = package_folder(toolchain);
    if folder.is_dir() {
        return Ok(folder);
    }
    if !output(Command::new(PYTHON).args(["-m", "pip", "--version"]))?.status.success() {
        return Err(Error::PipMissing { python: PYTHON, version: VERSION });
    }
    let package = format!("ziglang=={VERSION}");
    println!("installing {package} from the Python package index into {}", folder.display());
    fs::create_dir_all(toolchain).map_err(Error::file(toolchain))?;
    let partial = toolchain.join(format!("ziglang-{VERSION}.partial-{}", process::id()));
    let result = install(&package, &partial, &folder);
    // What is left of a failed install is of no use, and where that fails too it does no harm.
    let _ = fs::remove_dir_all(&partial);
    result.map(|()| folder)
}

fn install(package: &str, partial: &Path, folder: &Path) -> Result<(), Error> {
    let mut pip = Command::new(PYTHON);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    // A folder of its own is no part of an externally managed environment, so this is allowed there.
    pip.args(["--no-deps", "--no-compile", "--only-binary", ":all:", "--target"]).arg(partial).arg(package);
    // Settings of the user's that contradict `--target`, and a warning that is not about such a folder.
    pip.env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0").env("PIP_ROOT_USER_ACTION", "ignore");
    run(&mut pip)
        .map_err(|source| Error::ZigInstall { package: package.to_owned(), source: Box::new(source) })?;
    match fs::rename(partial, folder) {
        // Another run of this task finished first.
        Err(_) if folder.is_dir() => Ok(()),
        renamed => renamed.map_err(Error::file(folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_found_in_zigs_answer() {
        let answer = ".{\n    .zig_exe = \"/zig/zig\",\n    .lib_dir = \"/zig/lib\",\n}\n";
        assert_eq!(library(answer).as_deref(), Some("/zig/lib"));
        assert_eq!(library(".lib_dir = \"C:\\\\zig\\\\lib\",").as_deref(), Some(r"C:\zig\lib"));
        assert_eq!(library("{}"), None);
    }
}
