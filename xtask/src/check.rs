//! Compares the committed modules with what their sources build to.

use std::fs;
use std::path::Path;
use std::time::Instant;

use peristyle_script_builder::{
    Built, How, Lock, Project, Recipe, Toolchains, compile, line_tables, put_in_place,
};

use crate::breakout;
use crate::build_scripts::{report, report_failure};
use crate::error::Error;
use crate::game::{COMPARED_CASE, Options, state_hash};
use crate::recipe::{Script, Set};

/// The folder of assets that the games load.
const ASSETS: &str = "assets";

/// Builds `scripts` without touching the committed modules, and compares.
///
/// The line tables of each must say what its compiler says. Zig, C and WAT must come out byte for byte. Rust differs from one compiler to the next, so the
/// games are played with the committed and with the fresh modules and must end in the same state.
/// Returns why some were not compared, if so.
///
/// # Errors
/// A module that does not build, is missing or is not what its source says.
pub fn check(
    project: &Project,
    toolchains: &Toolchains,
    scripts: &[Script],
) -> Result<Option<String>, Error> {
    let mut failures = 0;
    let mut skipped: Option<(String, Vec<&str>)> = None;
    let mut replaced = Vec::new();
    for script in scripts {
        let started = Instant::now();
        match check_one(project, toolchains, script) {
            Ok(Compared::Same { bytes }) => report(script, bytes, "same", started),
            Ok(Compared::Builds { bytes }) => report(script, bytes, "builds", started),
            Ok(Compared::Differs { module }) => {
                report(script, module.len(), "differs", started);
                if script.source.recipe == Recipe::Rust {
                    replaced.push((script, module));
                } else {
                    failures += 1;
                    let name = script.name();
                    println!(
                        "    the committed file is not what its source says: run `cargo xtask build-scripts {name}` and commit"
                    );
                }
            }
            Ok(Compared::Skipped { why }) => skipped.get_or_insert((why, Vec::new())).1.push(script.name()),
            Err(error) => {
                failures += 1;
                report_failure(script, &error);
            }
        }
    }
    if failures > 0 {
        return Err(Error::Modules { count: failures });
    }
    if !replaced.is_empty() {
        compare_games(project, &replaced)?;
    }
    Ok(skipped
        .map(|(why, names)| format!("the committed modules of {} were not rebuilt: {why}", names.join(", "))))
}

enum Compared {
    Same { bytes: usize },
    Builds { bytes: usize },
    Differs { module: Vec<u8> },
    Skipped { why: String },
}

fn check_one(project: &Project, toolchains: &Toolchains, script: &Script) -> Result<Compared, Error> {
    let (module, compiled) = match compile(project, toolchains, &script.source, How::Exact(Lock::Kept))? {
        Built::Module { module, compiled, .. } => (module, compiled),
        Built::Skipped { why } => return Ok(Compared::Skipped { why }),
    };
    line_tables::agree(&compiled, &module)?;
    let path = project.root.join(&script.source.module);
    if !path.is_file() {
        return Err(Error::ModuleMissing {
            module: script.source.module.clone(),
            name: script.name().to_owned(),
        });
    }
    let committed = fs::read(&path).map_err(Error::file(&path))?;
    Ok(if committed == module {
        Compared::Same { bytes: module.len() }
    } else if script.source.recipe == Recipe::Rust && !script.set.is_played() {
        Compared::Builds { bytes: module.len() }
    } else {
        Compared::Differs { module }
    })
}

/// How long Breakout is played.
const BREAKOUT_TICKS: u64 = 3_000;

/// Plays the games with the committed modules and with `replaced` in their place.
fn compare_games(project: &Project, replaced: &[(&Script, Vec<u8>)]) -> Result<(), Error> {
    let folder = tempfile::Builder::new()
        .prefix("assets-")
        .tempdir_in(&project.target_dir)
        .map_err(Error::file(&project.target_dir))?;
    copy_folder(&project.root.join(ASSETS), folder.path())?;
    for (script, module) in replaced {
        let path = &script.source.module;
        put_in_place(&folder.path().join(path.strip_prefix(ASSETS).unwrap_or(path)), module)?;
    }
    let play_drones = |assets: &Path| {
        state_hash(project, COMPARED_CASE, &Options { assets: Some(assets.to_owned()), ..Options::default() })
    };
    let play_breakout = |assets: &Path| {
        let assets = Some(assets);
        breakout::Game { lang: "rust", ticks: BREAKOUT_TICKS, threads: None, assets }.state_hash(project)
    };
    let is_replaced = |set| replaced.iter().any(|(script, _)| script.set == set);
    if is_replaced(Set::Game) {
        compare("the example game", project, folder.path(), play_drones)?;
    }
    if is_replaced(Set::Breakout) {
        compare("Breakout", project, folder.path(), play_breakout)?;
    }
    Ok(())
}

/// Plays with the committed assets and with the fresh ones.
fn compare(
    game: &'static str,
    project: &Project,
    assets: &Path,
    play: impl Fn(&Path) -> Result<String, Error>,
) -> Result<(), Error> {
    println!("playing {game} with the committed modules and with the fresh ones");
    let committed = play(&project.root.join(ASSETS))?;
    let fresh = play(assets)?;
    if committed != fresh {
        return Err(Error::ModulesDisagree { game, committed, fresh });
    }
    println!("both end at state-hash {fresh}");
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::file(to))?;
    for entry in fs::read_dir(from).map_err(Error::file(from))? {
        let path = entry.map_err(Error::file(from))?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name)).map_err(Error::file(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_copied_whole() {
        let from = tempfile::tempdir().unwrap();
        let to = tempfile::tempdir().unwrap();
        fs::create_dir_all(from.path().join("scripts")).unwrap();
        fs::write(from.path().join("scripts/beacon.wasm"), "bytes").unwrap();
        copy_folder(from.path(), &to.path().join("assets")).unwrap();
        assert_eq!(fs::read(to.path().join("assets/scripts/beacon.wasm")).unwrap(), b"bytes");
    }
}
