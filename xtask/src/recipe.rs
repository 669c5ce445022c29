//! What lies in a script's folder, and so how it is built.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// How a module is made from its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// `Cargo.toml` of a `cdylib`, in the workspace of the folder above.
    Rust,
    /// `<name>.zig`.
    Zig,
    /// `<name>.c`.
    C,
    /// `<name>.wat`.
    Wat,
}

impl Recipe {
    /// The recipe for the script `name` in `folder`, or `None` where the folder is no script:
    /// a library that scripts share, or modules that were built.
    pub fn of(folder: &Path, name: &str) -> Option<Self> {
        // Whoever wants a module of a Rust package says `cdylib`, and nothing else needs the word.
        let is_cdylib = |manifest: String| manifest.contains("cdylib");
        if fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(is_cdylib) {
            Some(Self::Rust)
        } else if folder.join(format!("{name}.zig")).is_file() {
            Some(Self::Zig)
        } else if folder.join(format!("{name}.c")).is_file() {
            Some(Self::C)
        } else if folder.join(format!("{name}.wat")).is_file() {
            Some(Self::Wat)
        } else {
            None
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rust => "rust",
            Self::Zig => "zig",
            Self::C => "c",
            Self::Wat => "wat",
        })
    }
}

/// A folder of scripts and the folder of the modules built from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// The example game's scripts.
    Game,
    /// Breakout's rules, once in each language.
    Breakout,
    /// Guests that the integration tests load.
    TestGuests,
    /// Guests that the benchmark times.
    BenchGuests,
}

impl Set {
    /// Every set, in the order in which they are built.
    pub const ALL: [Self; 4] = [Self::Game, Self::Breakout, Self::TestGuests, Self::BenchGuests];

    /// The folder of the sources, one folder each.
    pub const fn sources(self) -> &'static str {
        match self {
            Self::Game => "scripts",
            Self::Breakout => "breakout/scripts",
            Self::TestGuests => "tests/guests",
            Self::BenchGuests => "benches/guests",
        }
    }

    /// Whether a game plays the modules, so that it shows what they do.
    pub const fn is_played(self) -> bool {
        matches!(self, Self::Game | Self::Breakout)
    }

    /// The folder of the built modules.
    pub const fn modules(self) -> &'static str {
        match self {
            Self::Game => "assets/scripts",
            Self::Breakout => "assets/breakout",
            Self::TestGuests => "tests/guests/built",
            Self::BenchGuests => "benches/guests/built",
        }
    }
}

/// One script: a folder of source and the module that it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The module's name.
    pub name: String,
    /// Where it belongs.
    pub set: Set,
    /// How it is built.
    pub recipe: Recipe,
}

impl Script {
    /// The folder of its source, below the project's.
    pub fn folder(&self) -> PathBuf {
        Path::new(self.set.sources()).join(&self.name)
    }

    /// The module's file, below the project's folder.
    pub fn module(&self) -> PathBuf {
        Path::new(self.set.modules()).join(self.file_name())
    }

    /// The module's file without a folder.
    pub fn file_name(&self) -> String {
        format!("{}.wasm", self.name)
    }
}

/// Every script below `root`: set by set, by name.
pub fn all_scripts(root: &Path) -> Result<Vec<Script>, Error> {
    let mut scripts = Vec::new();
    for set in Set::ALL {
        let sources = root.join(set.sources());
        if !sources.is_dir() {
            continue;
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&sources).map_err(Error::file(&sources))? {
            let entry = entry.map_err(Error::file(&sources))?;
            names.extend(entry.file_name().into_string());
        }
        names.sort();
        for name in names {
            if let Some(recipe) = Recipe::of(&sources.join(&name), &name) {
                scripts.push(Script { name, set, recipe });
            }
        }
    }
    Ok(scripts)
}

/// The scripts with these names, or all of them where there is no name.
///
/// # Errors
/// A name that no script has: the error lists the known ones.
pub fn select(scripts: Vec<Script>, names: &[String]) -> Result<Vec<Script>, Error> {
    if let Some(name) = names.iter().find(|name| !scripts.iter().any(|script| script.name == **name)) {
        let known: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        return Err(Error::UnknownScript { name: name.clone(), known: known.join(", ") });
    }
    let wanted = |script: &Script| names.is_empty() || names.contains(&script.name);
    Ok(scripts.into_iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const CDYLIB: &str = "[lib]\ncrate-type = [\"cdylib\"]\n";

    #[test]
    fn the_recipe_follows_from_the_files() {
        let root = project(&[
            ("scripts/dispatch/Cargo.toml", CDYLIB),
            ("scripts/dispatch/dispatch.wat", "(module)"),
            ("scripts/autopilot/autopilot.zig", ""),
            ("scripts/beacon/beacon.wat", "(module)"),
            ("scripts/crane/crane.c", ""),
            ("scripts/crane/crane.h", ""),
            ("scripts/shared/Cargo.toml", "[package]\nname = \"shared\"\n"),
            ("scripts/odd/other.zig", ""),
            ("scripts/components.zig", ""),
            ("tests/guests/built/beacon.wasm", ""),
            ("tests/guests/panics/Cargo.toml", CDYLIB),
        ]);
        let found: Vec<(String, Recipe)> = all_scripts(root.path())
            .unwrap()
            .into_iter()
            .map(|script| (script.name, script.recipe))
            .collect();
        let expected = [
            ("autopilot", Recipe::Zig),
            ("beacon", Recipe::Wat),
            ("crane", Recipe::C),
            ("dispatch", Recipe::Rust),
            ("panics", Recipe::Rust),
        ];
        assert_eq!(found, expected.map(|(name, recipe)| (name.to_owned(), recipe)));
    }

    #[test]
    fn a_script_knows_its_folder_and_its_module() {
        let script = Script { name: "panics".to_owned(), set: Set::TestGuests, recipe: Recipe::Rust };
        assert_eq!(script.folder(), Path::new("tests/guests/panics"));
        assert_eq!(script.module(), Path::new("tests/guests/built/panics.wasm"));
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let root = project(&[("scripts/beacon/beacon.wat", ""), ("scripts/flight/flight.zig", "")]);
        let scripts = all_scripts(root.path()).unwrap();
        let picked = select(scripts.clone(), &["flight".to_owned()]).unwrap();
        assert_eq!(picked.len(), 1);
        assert_eq!(select(scripts.clone(), &[]).unwrap().len(), 2);
        let error = select(scripts, &["fligth".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "there is no script `fligth`; there are: beacon, flight");
    }
}
