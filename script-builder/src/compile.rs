//! Makes one module from its source, the same bytes on every machine where the compiler allows it.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::process::Command;

use wat::GenerateDwarf;

use crate::error::Error;
use crate::line_tables::{Sources, line_tables};
use crate::process::{self, Cancel};
use crate::project::{self, Project};
use crate::recipe::{Recipe, Script, ZigModule};
use crate::strip::{strip, with_sections};
use crate::toolchain::Toolchains;

/// What engines of the contract run: vectors and bulk memory, and nothing that they refuse.
const ZIG_TARGET: [&str; 3] = ["-target", "wasm32-freestanding", "-mcpu=generic+simd128+bulk_memory"];

/// What makes cargo's builds of a changed script short: nothing that looks at all of it at once. The figures are in
/// `Live`.
const LIVE_PROFILE: [(&str, &str); 5] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_INCREMENTAL", "true"),
    // Faults name lines.
    ("CARGO_PROFILE_RELEASE_DEBUG", "limited"),
    ("CARGO_PROFILE_RELEASE_STRIP", "none"),
];

/// What building one script came to.
#[derive(Debug)]
pub enum Built {
    /// The module.
    Module {
        /// Its bytes, with thin line tables.
        module: Vec<u8>,
        /// Its bytes as the compiler left them.
        compiled: Vec<u8>,
        /// The file in which cargo says which sources it is made of.
        dep_info: Option<PathBuf>,
    },
    /// There is no compiler for it on this machine.
    Skipped {
        /// What was tried to get one.
        why: String,
    },
}

/// What a module is built for.
#[derive(Clone, Copy, Debug)]
pub enum How<'a> {
    /// To be committed. Compilers print to the terminal.
    Exact(Lock),
    /// To be played at once. What compilers print is kept for the error, and the build can be stopped. Zig, C and WAT
    /// come out the same as by [`How::Exact`]; Rust is built in a shorter way, to code that costs other fuel.
    Live(&'a Cancel),
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
/// Source that does not compile; or a toolchain that is needed and cannot be had.
pub fn compile(
    project: &Project,
    toolchains: &Toolchains,
    script: &Script,
    how: How<'_>,
) -> Result<Built, Error> {
    let mut dep_info = None;
    let compiled = match &script.recipe {
        Recipe::Wat => build_wat(project, script)?,
        Recipe::Zig => build_zig(project, toolchains, script, how)?,
        Recipe::C => build_c(project, toolchains, script, how)?,
        Recipe::Command(words) => build_by_command(project, script, words, how)?,
        Recipe::Rust => match build_rust(project, toolchains, script, how)? {
            Ok(file) => {
                let module = fs::read(&file).map_err(Error::file(&file))?;
                dep_info = Some(file.with_extension("d"));
                module
            }
            Err(why) => return Ok(Built::Skipped { why }),
        },
    };
    let mut sources = Sources::of(&project.root, &project.target_dir);
    if matches!(script.recipe, Recipe::Zig | Recipe::C) {
        sources = sources.with_zig(&toolchains.zig()?.library()?.to_string_lossy());
    }
    if matches!(how, How::Live(_)) {
        sources = sources.with_machine_paths();
    }
    let module = with_sections(strip(&compiled)?, &line_tables(&compiled, &sources)?);
    if matches!(how, How::Exact(_)) {
        refuse_machine_paths(&module, &[&project.root, &project::cargo_home()])?;
    }
    Ok(Built::Module { module, compiled, dep_info })
}

/// Runs a compiler and returns what it printed to stdout.
fn run(command: &mut Command, how: How<'_>) -> Result<String, Error> {
    let How::Live(cancel) = how else { return process::stdout(command) };
    command.env("NO_COLOR", "1").env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never");
    command.env_remove("CLICOLOR_FORCE").env_remove("FORCE_COLOR");
    let output = cancel.run(command)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if text.is_empty() {
        return Err(Error::Failed { command: process::line(command), status: output.status });
    }
    Err(Error::Compiler { text })
}

fn build_zig(
    project: &Project,
    toolchains: &Toolchains,
    script: &Script,
    how: How<'_>,
) -> Result<Vec<u8>, Error> {
    let zig = toolchains.zig()?;
    let output = scratch_file(project, script, how)?;

    // With more than one job, the numbers of anonymous functions in the `name` section depend on
    // which job comes first, and a module is not the same twice.
    let mut command = zig.call(&["build-exe", "-j1", "--name", &script.name]);
    command.args(ZIG_TARGET).args(["-fno-entry", "-rdynamic"]);
    // A panic of ReleaseSafe becomes a fault with a message; names and line tables need -fno-strip.
    command.args(["-O", "ReleaseSafe", "-fno-strip"]);
    // Paths below the project's folder: an absolute one could end up in the module.
    let mut add = |name: &str, file: &Path, imports: &[&ZigModule]| {
        for import in imports {
            command.args(["--dep", &import.name]);
        }
        command.args(["--dep", "peristyle", &format!("-M{name}={}", slashes(file))]);
    };
    let modules: Vec<&ZigModule> = script.zig_modules.iter().collect();
    add("root", &script.main_file(), &modules);
    for module in &modules {
        let others: Vec<&ZigModule> = modules.iter().copied().filter(|other| other != module).collect();
        add(&module.name, &module.file, &others);
    }
    command.arg(format!("-Mperistyle={}", slashes(&project.libraries.zig)));
    command.arg(format!("-femit-bin={}", output.display()));
    run(&mut command, how)?;
    fs::read(&output).map_err(Error::file(&output))
}

fn build_wat(project: &Project, script: &Script) -> Result<Vec<u8>, Error> {
    let text = project.root.join(script.main_file());
    Ok(wat::Parser::new().generate_dwarf(GenerateDwarf::Lines).parse_file(text)?)
}

/// Zig carries a C compiler and everything that it needs.
fn build_c(
    project: &Project,
    toolchains: &Toolchains,
    script: &Script,
    how: How<'_>,
) -> Result<Vec<u8>, Error> {
    let output = scratch_file(project, script, how)?;
    let mut command = toolchains.zig()?.call(&["cc"]);
    command.args(ZIG_TARGET).args(["-std=c11", "-O2", "-gline-tables-only", "-nostdlib"]);
    command.arg("-I").arg(slashes(&project.libraries.c));
    // Zig keeps what it compiled by its flags and its source, whatever the folder: without this a clone
    // would be given another's paths.
    command.arg(format!("-ffile-prefix-map={}=.", project.root.display()));
    // C has no other way to see that every byte of a schema belongs to a field.
    command.args(["-Wall", "-Wextra", "-Werror=padded"]);
    command.args(["-Wl,--no-entry", "-Wl,--export=peristyle_manifest"]);
    // A path below the project's folder: it is also what a fault names.
    command.arg(slashes(&script.main_file()));
    command.arg("-o").arg(&output);
    run(&mut command, how)?;
    fs::read(&output).map_err(Error::file(&output))
}

fn build_by_command(
    project: &Project,
    script: &Script,
    words: &[String],
    how: How<'_>,
) -> Result<Vec<u8>, Error> {
    let output = scratch_file(project, script, how)?;
    let file = output.to_string_lossy();
    let mut words = words.iter().map(|word| word.replace("{module}", &file));
    let program = words.next().ok_or_else(|| Error::NoCommand { script: script.name.clone() })?;
    let mut command = project::clean(program);
    command.args(words).current_dir(&project.root);
    run(&mut command, how)?;
    fs::read(&output).map_err(Error::file(&output))
}

/// Where a compiler may put the module of `script`.
fn scratch_file(project: &Project, script: &Script, how: How<'_>) -> Result<PathBuf, Error> {
    let scratch = project.target_dir.join("guests").join(script.recipe.name());
    let scratch = match how {
        How::Exact(_) => scratch.join(script.folder.parent().unwrap_or(&script.folder)),
        // Somebody may build the same script for the repository meanwhile, and several projects may share a target folder.
        How::Live(_) => {
            let mut hasher = DefaultHasher::new();
            project.root.join(&script.folder).hash(&mut hasher);
            scratch.join("live").join(format!("{:016x}", hasher.finish()))
        }
    };
    fs::create_dir_all(&scratch).map_err(Error::file(&scratch))?;
    Ok(scratch.join(script.file_name()))
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The module's file, or why there is no compiler for it.
fn build_rust(
    project: &Project,
    toolchains: &Toolchains,
    script: &Script,
    how: How<'_>,
) -> Result<Result<PathBuf, String>, Error> {
    let rust_wasm = toolchains.rust_wasm()?;
    let folder = match how {
        How::Exact(_) => rust_wasm.name().to_owned(),
        How::Live(_) => format!("{}-live", rust_wasm.name()),
    };
    let mut command = match rust_wasm.cargo_build(project, &folder) {
        Ok(command) => command,
        Err(why) => return Ok(Err(why.to_owned())),
    };
    let manifest = project.root.join(script.main_file());
    // In that form cargo prints errors as usual, and on stdout which files it made.
    command
        .args(["--quiet", "--message-format", "json-render-diagnostics", "--manifest-path"])
        .arg(&manifest);
    match how {
        How::Exact(Lock::Kept) => {
            command.arg("--locked");
        }
        How::Exact(Lock::Free) => {}
        How::Live(_) => {
            command.envs(LIVE_PROFILE);
        }
    }
    let messages = run(&mut command, how)?;
    let module = artifact(&messages, &manifest);
    Ok(Ok(module.ok_or_else(|| Error::NoModule { folder: script.folder.clone() })?))
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
