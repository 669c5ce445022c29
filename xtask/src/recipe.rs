//! Which scripts this repository has, and where their modules belong.

use std::path::Path;

use peristyle_script_builder::{Script as Source, SourceFolder};

use crate::error::Error;

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

    /// The same for the builder. Sets without component types of their own share the game's.
    fn folder(self, root: &Path) -> SourceFolder {
        let mut folder = SourceFolder::new(self.sources(), self.modules());
        if !root.join(self.sources()).join("components.zig").is_file() {
            folder.zig_modules = SourceFolder::new(Self::Game.sources(), Self::Game.modules()).zig_modules;
        }
        folder
    }
}

/// One script, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Where it belongs.
    pub set: Set,
    /// What is built.
    pub source: Source,
}

impl Script {
    /// The module's name.
    pub fn name(&self) -> &str {
        &self.source.name
    }
}

/// Every script below `root`: set by set, by name.
pub fn all_scripts(root: &Path) -> Result<Vec<Script>, Error> {
    let mut scripts = Vec::new();
    for set in Set::ALL {
        let sources = set.folder(root).scripts(root)?;
        scripts.extend(sources.into_iter().map(|source| Script { set, source }));
    }
    Ok(scripts)
}

/// The scripts with these names, or all of them where there is no name.
///
/// # Errors
/// A name that no script has: the error lists the known ones.
pub fn select(scripts: Vec<Script>, names: &[String]) -> Result<Vec<Script>, Error> {
    if let Some(name) = names.iter().find(|name| !scripts.iter().any(|script| script.name() == **name)) {
        let known: Vec<&str> = scripts.iter().map(Script::name).collect();
        return Err(Error::UnknownScript { name: name.clone(), known: known.join(", ") });
    }
    let wanted = |script: &Script| names.is_empty() || names.iter().any(|name| name == script.name());
    Ok(scripts.into_iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn sets_without_components_share_the_games() {
        let root = project(&[
            ("scripts/components.zig", ""),
            ("breakout/scripts/components.zig", ""),
            ("breakout/scripts/rules/rules.zig", ""),
            ("tests/guests/built/beacon.wasm", ""),
            ("tests/guests/panics/panics.zig", ""),
        ]);
        let scripts = all_scripts(root.path()).unwrap();
        let shared = |script: &Script| script.source.zig_modules[0].file.clone();
        assert_eq!(scripts.len(), 2);
        assert_eq!(shared(&scripts[0]), Path::new("breakout/scripts/components.zig"));
        assert_eq!(shared(&scripts[1]), Path::new("scripts/components.zig"));
        assert_eq!(scripts[1].source.folder, Path::new("tests/guests/panics"));
        assert_eq!(scripts[1].source.module, Path::new("tests/guests/built/panics.wasm"));
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
