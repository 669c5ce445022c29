//! What lies in a script's folder, and so how it is built.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// How a module is made from its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// `Cargo.toml` of a `cdylib`, in the workspace of the folder above.
    Rust,
    /// `<name>.zig`.
    Zig,
    /// `<name>.c`.
    C,
    /// `<name>.wat`.
    Wat,
    /// A program of the project's choice, called in the project's folder. `{module}` in an argument stands for the
    /// file that it must write. Every file of the script's folder is its source.
    Command(Vec<String>),
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

    /// A word for messages, and for folders that keep builds apart.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Zig => "zig",
            Self::C => "c",
            Self::Wat => "wat",
            Self::Command(_) => "command",
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One script: a folder of source and the module that it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The module's name.
    pub name: String,
    /// How it is built.
    pub recipe: Recipe,
    /// The folder of its source, from the project's.
    pub folder: PathBuf,
    /// The module's file, from the project's folder.
    pub module: PathBuf,
    /// What it may import by name, besides `peristyle`.
    pub zig_modules: Vec<ZigModule>,
}

/// A Zig file that scripts import by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZigModule {
    /// What `@import` says.
    pub name: String,
    /// The file, from the project's folder.
    pub file: PathBuf,
}

impl Script {
    /// The one file that the compiler is given; of a Rust script its manifest.
    pub fn main_file(&self) -> PathBuf {
        match &self.recipe {
            Recipe::Rust => self.folder.join("Cargo.toml"),
            Recipe::Command(_) => self.folder.clone(),
            recipe => self.folder.join(format!("{}.{recipe}", self.name)),
        }
    }

    /// The module's file without a folder.
    pub fn file_name(&self) -> String {
        format!("{}.wasm", self.name)
    }
}

/// A folder of scripts, one folder each, and the folder of the modules built from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFolder {
    /// The folder of the sources, from the project's.
    pub sources: PathBuf,
    /// The folder of the modules, from the project's.
    pub modules: PathBuf,
    /// What its Zig scripts may import by name, besides `peristyle`.
    pub zig_modules: Vec<ZigModule>,
    /// Scripts that are built by a program of the project's choice, by name.
    pub commands: Vec<(String, Vec<String>)>,
}

impl SourceFolder {
    /// `sources`, built to `modules`, where Zig scripts share `components.zig` if there is one.
    pub fn new(sources: impl Into<PathBuf>, modules: impl Into<PathBuf>) -> Self {
        let sources = sources.into();
        let components = ZigModule { name: "components".to_owned(), file: sources.join("components.zig") };
        Self { modules: modules.into(), zig_modules: vec![components], commands: Vec::new(), sources }
    }

    /// Every script in it, by name. A folder that is not there holds none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn scripts(&self, root: &Path) -> Result<Vec<Script>, Error> {
        let sources = root.join(&self.sources);
        if !sources.is_dir() {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&sources).map_err(Error::file(&sources))? {
            let entry = entry.map_err(Error::file(&sources))?;
            names.extend(entry.file_name().into_string());
        }
        names.sort();
        let scripts = names.into_iter().filter_map(|name| {
            let folder = self.sources.join(&name);
            let command = self.commands.iter().find(|(script, _)| *script == name);
            let command = command.filter(|_| root.join(&folder).is_dir());
            let recipe = command.map(|(_, words)| Recipe::Command(words.clone()));
            let recipe = recipe.or_else(|| Recipe::of(&root.join(&folder), &name))?;
            let module = self.modules.join(format!("{name}.wasm"));
            // A module that nobody wrote yet is nothing to import.
            let is_there = |module: &&ZigModule| root.join(&module.file).is_file();
            let zig_modules = self.zig_modules.iter().filter(is_there).cloned().collect();
            Some(Script { name, recipe, folder, module, zig_modules })
        });
        Ok(scripts.collect())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A folder with these files.
    pub fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
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
            ("scripts/lamp/lamp.ts", ""),
            ("scripts/shared/Cargo.toml", "[package]\nname = \"shared\"\n"),
            ("scripts/odd/other.zig", ""),
            ("scripts/components.zig", ""),
        ]);
        let mut folder = SourceFolder::new("scripts", "assets/scripts");
        let words = vec!["asc".to_owned()];
        folder.commands = vec![("lamp".to_owned(), words.clone()), ("gone".to_owned(), words.clone())];
        let scripts = folder.scripts(root.path()).unwrap();
        let found: Vec<(&str, &Recipe)> =
            scripts.iter().map(|script| (script.name.as_str(), &script.recipe)).collect();
        let expected = [
            ("autopilot", &Recipe::Zig),
            ("beacon", &Recipe::Wat),
            ("crane", &Recipe::C),
            ("dispatch", &Recipe::Rust),
            ("lamp", &Recipe::Command(words)),
        ];
        assert_eq!(found, expected);
        assert_eq!(scripts[0].zig_modules[0].file, Path::new("scripts/components.zig"));
        assert_eq!(scripts[0].main_file(), Path::new("scripts/autopilot/autopilot.zig"));
        assert_eq!(scripts[3].module, Path::new("assets/scripts/dispatch.wasm"));
    }

    #[test]
    fn a_folder_that_is_not_there_holds_no_script() {
        let root = project(&[]);
        assert_eq!(SourceFolder::new("scripts", "assets").scripts(root.path()).unwrap(), []);
    }
}
