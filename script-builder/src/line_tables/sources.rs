//! Names for source files that are the same on every machine.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// Folders whose files have no other name on any machine: rustc's options and rustc itself see to it.
const NAMED_BY_COMPILERS: [&str; 2] = ["registry", "rust/library"];

/// The folders that files are named from.
#[derive(Clone, Debug)]
pub struct Sources {
    root: PathBuf,
    /// Folders in full, and what stands for each; nothing does for one that is not the project's
    /// source. Of folders within each other the inner one comes first.
    folders: Vec<(String, Option<&'static str>)>,
    /// Whether files that only this machine has keep the names that they have here.
    allows_machine_paths: bool,
}

impl Sources {
    /// Files below `root`, the project's folder, are named from there; what is built below
    /// `target` is nothing to name.
    pub fn of(root: &Path, target: &Path) -> Self {
        let mut sources = Self { root: root.to_owned(), folders: Vec::new(), allows_machine_paths: false };
        for (folder, alias) in [(target, None), (root, Some(""))] {
            // Compilers may see a folder by its own name or by that of a link to it.
            for name in [Some(folder.to_owned()), folder.canonicalize().ok()].into_iter().flatten() {
                sources.folders.push((clean(&name.to_string_lossy()), alias));
            }
        }
        sources
    }

    /// Files below the folder that holds Zig's `std` are `zig/std/…`.
    pub fn with_zig(mut self, library: &str) -> Self {
        self.folders.insert(0, (clean(library), Some("zig")));
        self
    }

    /// Files that only this machine has keep the names that they have here.
    pub const fn with_machine_paths(mut self) -> Self {
        self.allows_machine_paths = true;
        self
    }

    /// The name of `file`, which a compiler saw in `folder`.
    ///
    /// # Errors
    /// A file that every machine has elsewhere.
    pub fn file(&self, folder: &str, file: &str) -> Result<String, Error> {
        let is_whole = folder.is_empty() || is_absolute(file);
        let joined = if is_whole { clean(file) } else { clean(&format!("{folder}/{file}")) };
        if is_absolute(&joined) {
            return match self.named(&joined) {
                Some(name) => Ok(name),
                None if self.allows_machine_paths => Ok(joined),
                None => Err(Error::MachinePath { path: joined }),
            };
        }
        // Two of rustc's paths may be relative to the project's folder each, and the one not to the other.
        let file = clean(file);
        let is_named = NAMED_BY_COMPILERS.iter().any(|alias| below(&file, alias).is_some());
        let is_in_project = |path: &str| self.root.join(path).is_file();
        Ok(if is_named || (!is_in_project(&joined) && is_in_project(&file)) { file } else { joined })
    }

    /// The name of an absolute path.
    fn named(&self, path: &str) -> Option<String> {
        let found = self.folders.iter().find_map(|(folder, alias)| Some((*alias, below(path, folder)?)));
        match found.or_else(|| Some((Some("rust"), rust_library(path)?)))? {
            (None, _) => None,
            (Some(""), rest) => Some(rest.to_owned()),
            (Some(alias), rest) => Some(format!("{alias}/{rest}")),
        }
    }
}

/// The part of a path in Rust's own library after rustc's name for its repository: `/rustc/<commit>/`.
fn rust_library(path: &str) -> Option<&str> {
    let (_commit, rest) = path.strip_prefix("/rustc/")?.split_once('/')?;
    Some(rest)
}

/// The part of `path` below `folder`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder)?.strip_prefix('/')
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':')
}

/// The path with slashes, and without parts that mean nothing.
pub fn clean(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn sources(root: &str) -> Sources {
        Sources::of(Path::new(root), &Path::new(root).join("target"))
    }

    #[test]
    fn files_of_the_project_are_named_from_its_folder() {
        let sources = sources("/somewhere/clone");
        let file = |folder, file| sources.file(folder, file).unwrap();
        assert_eq!(file("/somewhere/clone/scripts/flight", "flight.zig"), "scripts/flight/flight.zig");
        assert_eq!(file("/somewhere/clone", "guest-api/c/peristyle.h"), "guest-api/c/peristyle.h");
        assert_eq!(file("/elsewhere", "/somewhere/clone/scripts/./flight/../wind.zig"), "scripts/wind.zig");
        assert_eq!(file(r"C:\clone", "/somewhere/clone/x.c"), "x.c");
    }

    #[test]
    fn libraries_have_the_same_name_everywhere() {
        // Zig may lie below the project's folder.
        let sources = sources("/clone").with_zig("/clone/target/zig/lib");
        let file = |folder, file| sources.file(folder, file).unwrap();
        assert_eq!(file("/clone/scripts/x", "/clone/target/zig/lib/std/fmt.zig"), "zig/std/fmt.zig");
        assert_eq!(file("/rustc/5980", "library/core/src/str.rs"), "rust/library/core/src/str.rs");
        assert_eq!(file("scripts", "/rustc/5980/library/core/src/str.rs"), "rust/library/core/src/str.rs");
        assert_eq!(file("scripts", "rust/library/core/src/str.rs"), "rust/library/core/src/str.rs");
        assert_eq!(
            file("scripts", "registry/index-1/heapless-0.9/src/vec.rs"),
            "registry/index-1/heapless-0.9/src/vec.rs"
        );
    }

    #[test]
    fn relative_paths_are_files_that_exist() {
        let root = tempfile::tempdir().unwrap();
        for path in ["scripts/wind/src", "guest-api/rust/src"] {
            fs::create_dir_all(root.path().join(path)).unwrap();
            fs::write(root.path().join(path).join("lib.rs"), "").unwrap();
        }
        let sources = Sources::of(root.path(), &root.path().join("target"));
        let file = |folder, file| sources.file(folder, file).unwrap();
        assert_eq!(file("scripts", "wind/src/lib.rs"), "scripts/wind/src/lib.rs");
        assert_eq!(file("scripts", "guest-api/rust/src/lib.rs"), "guest-api/rust/src/lib.rs");
        assert_eq!(file("guest-api/rust", "src/lib.rs"), "guest-api/rust/src/lib.rs");
        assert_eq!(file("scripts", "made/up.rs"), "scripts/made/up.rs");
        assert_eq!(file("", "made/up.rs"), "made/up.rs");
    }

    #[test]
    fn a_file_that_only_this_machine_has_is_refused() {
        let refusing = sources("/clone");
        let refused = |path| matches!(refusing.file("/clone", path), Err(Error::MachinePath { path: found }) if found == path);
        assert!(refused("/home/someone/x.zig"));
        assert!(refused("/clone-2/x.zig"));
        assert!(refused("C:/x.zig"));
        assert!(refused("/clone/target/made.zig"));
        let sources = sources("/clone").with_machine_paths();
        assert_eq!(sources.file("/clone", "/home/someone/x.zig").unwrap(), "/home/someone/x.zig");
    }
}
