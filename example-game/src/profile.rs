//! Where the fuel of all scripts goes in a game: tables of functions, and a file of stacks or a flame graph.

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

use bevy::prelude::*;
use bevy_peristyle::{ScriptReload, Scripts};
use inferno::flamegraph;

use crate::error::GameError;

/// Has the fuel of all modules counted for so many ticks, from the first one on.
pub fn begin(world: &mut World, ticks: u64) {
    let frames = u32::try_from(ticks).unwrap_or(u32::MAX);
    let mut scripts = world.resource_mut::<Scripts>();
    let modules: Vec<String> = scripts.iter().map(|module| module.name.clone()).collect();
    for module in modules {
        scripts.profile(&module, frames);
    }
}

/// Where the fuel of all modules went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles {
    /// One for each module.
    pub tables: Vec<String>,
    /// One line for each stack of functions, the module outermost.
    pub folded: String,
}

impl Profiles {
    /// What was counted, once the last tick is over.
    ///
    /// # Errors
    /// Where the game ended early.
    pub fn of(world: &mut World) -> Result<Self, GameError> {
        // It is where a frame's end is counted.
        world.run_schedule(ScriptReload);
        let mut profiles = Self::default();
        for module in world.resource::<Scripts>().iter() {
            let Some(profile) = &module.profile else { continue };
            profiles.tables.push(profile.to_string());
            for line in profile.folded.lines() {
                let _ = writeln!(profiles.folded, "{};{line}", module.name);
            }
        }
        if profiles.tables.is_empty() { Err(GameError::NotProfiled) } else { Ok(profiles) }
    }

    /// Writes the stacks, or a flame graph of them where the file's name ends in `.svg`.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), GameError> {
        let is_picture = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
        let file = if is_picture { self.flame_graph() } else { Ok(self.folded.clone().into_bytes()) };
        file.and_then(|bytes| fs::write(path, bytes)).map_err(GameError::file(path))
    }

    fn flame_graph(&self) -> io::Result<Vec<u8>> {
        let mut options = flamegraph::Options::default();
        options.title = "Fuel of all scripts".to_owned();
        options.count_name = "fuel".to_owned();
        // The same stacks have the same picture.
        options.deterministic = true;
        let mut picture = Vec::new();
        flamegraph::from_lines(&mut options, self.folded.lines(), &mut picture)?;
        Ok(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_written_as_text_or_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let profiles =
            Profiles { tables: Vec::new(), folded: "wind;blow 40\nwind;blow;noise 2\n".to_owned() };
        let read = |name: &str| {
            let path = folder.path().join(name);
            profiles.write(&path).unwrap();
            fs::read_to_string(path).unwrap()
        };
        assert_eq!(read("fuel.folded"), profiles.folded);
        let picture = read("fuel.svg");
        assert!(picture.contains("<svg") && picture.contains("noise (2 fuel"), "{picture}");
        assert_eq!(read("fuel.SVG"), picture);
        let error = profiles.write(&folder.path().join("no/such/folder")).unwrap_err();
        assert!(error.to_string().contains("no/such/folder"), "{error}");
    }
}
