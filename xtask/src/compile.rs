//! Makes one module from its source, the same bytes on every machine where the compiler allows it.

use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use wat::GenerateDwarf;

use crate::error::Error;
use crate::line_tables::{Sources, line_tables};
use crate::process;
use crate::project::{self, Project};
use crate::recipe::{Recipe, Script, Set};
use crate::strip::{strip, with_sections};
use crate::toolchain::Toolchains;

/// What engines of the contract run: vectors and bulk memory, and nothing that they refuse.
const ZIG_TARGET: [&str; 3] = ["-target", "wasm32-freestanding", "-mcpu=generic+simd128+bulk_memory"];

/// What building one script came to.
#[derive(Debug)]
pub enum Built {
    /// The module.
    Module {
        /// Its bytes, with thin line tables.
        module: Vec<u8>,
        /// Its bytes as the compiler left them.
        compiled: Vec<u8>,
    },
    /// There is no compiler for it on this machine.
    Skipped {
        /// What was tried to get one.
        why: String,
    },
}

/// Whether a Rust script may change the workspace's lock file, as a new script does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It may.
    Free,
    /// It is an error where the lock file is not up to date.
    Kept,
}

/// Builds one script and leaves the committed module alone.
///
/// # Errors
/// Source that does not compile, whose compiler has printed why; or a toolchain that is needed
/// and cannot be had.
pub fn compile(
    project: &Project,
    toolchains: &Toolchains<'_>,
    script: &Script,
    lock: Lock,
) -> Result<Built, Error> {
    let compiled = match script.recipe {
        Recipe::Wat => build_wat(project, script)?,
        Recipe::Zig => build_zig(project, toolchains, script)?,
        Recipe::C => build_c(project, toolchains, script)?,
        Recipe::Rust => match build_rust(project, toolchains, script, lock)? {
            Ok(module) => module,
            Err(why) => return Ok(Built::Skipped { why }),
        },
    };
    let mut sources = Sources::of(&project.root, &project.target_dir);
    if matches!(script.recipe, Recipe::Zig | Recipe::C) {
        sources = sources.with_zig(&toolchains.zig()?.library()?.to_string_lossy());
    }
    let module = with_sections(strip(&compiled)?, &line_tables(&compiled, &sources)?);
    refuse_machine_paths(&module, &[&project.root, &project::cargo_home()])?;
    Ok(Built::Module { module, compiled })
}

fn build_zig(project: &Project, toolchains: &Toolchains<'_>, script: &Script) -> Result<Vec<u8>, Error> {
    let zig = toolchains.zig()?;
    let output = scratch_file(project, script)?;

    // With more than one job, the numbers of anonymous functions in the `name` section depend on
    // which job comes first, and a module is not the same twice.
    let mut command = zig.call(&["build-exe", "-j1", "--name", &script.name]);
    command.args(ZIG_TARGET).args(["-fno-entry", "-rdynamic"]);
    // A panic of ReleaseSafe becomes a fault with a message; names and line tables need -fno-strip.
    command.args(["-O", "ReleaseSafe", "-fno-strip"]);
    let components = shared_components(project, script.set);
    if components.is_some() {
        command.args(["--dep", "components"]);
    }
    // Paths below the project's folder: an absolute one could end up in the module.
    command.args([
        "--dep",
        "peristyle",
        &format!("-Mroot={}/{}.zig", slashes(&script.folder()), script.name),
    ]);
    if let Some(components) = components {
        command.args(["--dep", "peristyle", &format!("-Mcomponents={components}")]);
    }
    command.arg("-Mperistyle=guest-api/zig/peristyle.zig");
    command.arg(format!("-femit-bin={}", output.display()));
    process::run(&mut command)?;
    fs::read(&output).map_err(Error::file(&output))
}

fn build_wat(project: &Project, script: &Script) -> Result<Vec<u8>, Error> {
    let text = project.root.join(script.folder()).join(format!("{}.wat", script.name));
    Ok(wat::Parser::new().generate_dwarf(GenerateDwarf::Lines).parse_file(text)?)
}

/// Zig carries a C compiler and everything that it needs.
fn build_c(project: &Project, toolchains: &Toolchains<'_>, script: &Script) -> Result<Vec<u8>, Error> {
    let output = scratch_file(project, script)?;
    let mut command = toolchains.zig()?.call(&["cc"]);
    command.args(ZIG_TARGET).args(["-std=c11", "-O2", "-gline-tables-only", "-nostdlib"]);
    command.args(["-I", "guest-api/c"]);
    // Zig keeps what it compiled by its flags and its source, whatever the folder: without this a clone
    // would be given another's paths.
    command.arg(format!("-ffile-prefix-map={}=.", project.root.display()));
    // C has no other way to see that every byte of a schema belongs to a field.
    command.args(["-Wall", "-Wextra", "-Werror=padded"]);
    command.args(["-Wl,--no-entry", "-Wl,--export=peristyle_manifest"]);
    // A path below the project's folder: it is also what a fault names.
    command.arg(format!("{}/{}.c", slashes(&script.folder()), script.name));
    command.arg("-o").arg(&output);
    process::run(&mut command)?;
    fs::read(&output).map_err(Error::file(&output))
}

/// Where a compiler may put the module of `script`.
fn scratch_file(project: &Project, script: &Script) -> Result<PathBuf, Error> {
    let scratch =
        project.target_dir.join("guests").join(script.recipe.to_string()).join(script.set.sources());
    fs::create_dir_all(&scratch).map_err(Error::file(&scratch))?;
    Ok(scratch.join(script.file_name()))
}

/// The component types that Zig scripts share: the set's own, or else the game's.
fn shared_components(project: &Project, set: Set) -> Option<String> {
    let candidates = [set.sources(), Set::Game.sources()].map(|folder| format!("{folder}/components.zig"));
    candidates.into_iter().find(|path| project.root.join(path).is_file())
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The module, or why there is no compiler for it.
fn build_rust(
    project: &Project,
    toolchains: &Toolchains<'_>,
    script: &Script,
    lock: Lock,
) -> Result<Result<Vec<u8>, String>, Error> {
    let rust_wasm = toolchains.rust_wasm()?;
    let mut command = match rust_wasm.cargo_build(project) {
        Ok(command) => command,
        Err(why) => return Ok(Err(why.to_owned())),
    };
    let folder = project.root.join(script.folder());
    let manifest = folder.join("Cargo.toml");
    // In that form cargo prints errors as usual, and on stdout which files it made.
    command
        .args(["--quiet", "--message-format", "json-render-diagnostics", "--manifest-path"])
        .arg(&manifest);
    if lock == Lock::Kept {
        command.arg("--locked");
    }
    let messages = process::stdout(&mut command)?;
    let module = artifact(&messages, &manifest).ok_or(Error::NoModule { folder: script.folder() })?;
    Ok(Ok(fs::read(&module).map_err(Error::file(&module))?))
}

/// The module among the files that cargo says it made for the package of `manifest`.
fn artifact(messages: &str, manifest: &Path) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut files = messages
        .filter(|message| message["manifest_path"].as_str().is_some_and(|path| Path::new(path) == manifest))
        .filter_map(|message| message["filenames"].as_array().cloned())
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from));
    files.find(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}

/// Refuses a module that tells on which machine it was built.
fn refuse_machine_paths(module: &[u8], folders: &[&Path]) -> Result<(), Error> {
    for folder in folders {
        let path = format!("{}{}", folder.display(), MAIN_SEPARATOR);
        if module.windows(path.len()).any(|window| window == path.as_bytes()) {
            return Err(Error::MachinePath { path });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_found_among_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/p/lib/Cargo.toml","filenames":["/t/lib.wasm"]}
{"reason":"compiler-artifact","manifest_path":"/p/script/Cargo.toml","filenames":["/t/libscript.rlib","/t/script.wasm"]}
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            artifact(messages, Path::new("/p/script/Cargo.toml")),
            Some(PathBuf::from("/t/script.wasm"))
        );
        assert_eq!(artifact(messages, Path::new("/p/other/Cargo.toml")), None);
    }

    #[test]
    fn a_machine_path_is_refused() {
        let folder = Path::new("/somewhere/clone");
        let module = format!("..{}{}src/lib.rs", folder.display(), MAIN_SEPARATOR);
        assert!(matches!(refuse_machine_paths(module.as_bytes(), &[folder]), Err(Error::MachinePath { .. })));
        assert!(refuse_machine_paths(b"scripts/dispatch/src/lib.rs", &[folder]).is_ok());
    }
}
