//! Folders of which every module runs: files that come are loaded, and those that go are unloaded.

use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bevy::log::warn;
use bevy::prelude::*;

/// How often folders are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long a file must be gone before its module goes too: who replaces a file may remove it first.
const GONE_AFTER: Duration = Duration::from_secs(1);

/// The folders whose modules are all loaded.
#[derive(Resource, Default)]
pub(crate) struct ScriptFolders {
    folders: Vec<Folder>,
    next_look: Option<Instant>,
}

struct Folder {
    folder: PathBuf,
    asset_path: String,
    /// By asset path the files of modules, and since when one is gone.
    files: BTreeMap<String, Option<Instant>>,
    has_warned: bool,
}

/// What came and went since the last look, by asset path and in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FolderChanges {
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

impl ScriptFolders {
    /// Adds a folder, by its asset path, whose files are the first of the changes. It need not be there yet.
    pub fn add(&mut self, folder: PathBuf, asset_path: String, now: Instant) -> FolderChanges {
        let mut new = Folder { folder, asset_path, files: BTreeMap::new(), has_warned: false };
        let mut changes = FolderChanges::default();
        new.look(now, &mut changes);
        self.folders.push(new);
        changes
    }

    /// Looks at the folders, if it is time.
    pub fn look(&mut self, now: Instant) -> FolderChanges {
        let mut changes = FolderChanges::default();
        if self.next_look.is_some_and(|next| now < next) {
            return changes;
        }
        self.next_look = Some(now + LOOK_EVERY);
        self.folders.iter_mut().for_each(|folder| folder.look(now, &mut changes));
        changes
    }
}

impl Folder {
    fn look(&mut self, now: Instant, changes: &mut FolderChanges) {
        let found = self.list();
        for file in &found {
            if self.files.insert(file.clone(), None).is_none() {
                changes.added.push(file.clone());
            }
        }
        let gone = self.files.extract_if(.., |file, since| {
            !found.contains(file) && now.duration_since(*since.get_or_insert(now)) >= GONE_AFTER
        });
        changes.removed.extend(gone.map(|(file, _)| file));
    }

    /// The asset paths of the modules that are there, in their order.
    fn list(&mut self) -> Vec<String> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) => {
                if !std::mem::replace(&mut self.has_warned, true) {
                    warn!("no scripts are loaded from {}: {error}", self.folder.display());
                }
                return Vec::new();
            }
        };
        self.has_warned = false;
        let is_module = |name: &String| {
            // Files that begin with a dot are hidden, or not finished.
            (name.ends_with(".wasm") || name.ends_with(".wat")) && !name.starts_with('.')
        };
        let is_folder = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        let files = entries.flatten().filter(|entry| !is_folder(entry));
        let names = files.filter_map(|entry| entry.file_name().into_string().ok());
        let mut found: Vec<String> = names.filter(is_module).map(|name| self.asset_path(&name)).collect();
        found.sort();
        found
    }

    fn asset_path(&self, name: &str) -> String {
        match self.asset_path.trim_end_matches('/') {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_at_once_and_go_when_they_have_been_gone_for_a_while() {
        let folder = std::env::temp_dir().join(format!("peristyle-folders-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str| std::fs::write(folder.join(name), "").unwrap();
        let changes = |added: &[&str], removed: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            FolderChanges { added: owned(added), removed: owned(removed) }
        };
        write("b.wasm");
        write("a.wat");
        write("notes.txt");
        write(".c.wasm");
        std::fs::create_dir_all(folder.join("folder.wasm")).unwrap();
        let (mut folders, start) = (ScriptFolders::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        let first = folders.add(folder.clone(), "mods/".to_owned(), start);
        assert_eq!(first, changes(&["mods/a.wat", "mods/b.wasm"], &[]));
        std::fs::remove_file(folder.join("a.wat")).unwrap();
        std::fs::remove_file(folder.join("b.wasm")).unwrap();
        write("c.wasm");
        assert_eq!(folders.look(at(0)), changes(&["mods/c.wasm"], &[]));
        write("a.wat");
        assert_eq!(folders.look(at(100)), changes(&[], &[]), "it is not time");
        assert_eq!(folders.look(at(900)), changes(&[], &[]));
        assert_eq!(folders.look(at(1_200)), changes(&[], &["mods/b.wasm"]));
        write("b.wasm");
        assert_eq!(folders.look(at(1_500)), changes(&["mods/b.wasm"], &[]));
        std::fs::remove_dir_all(&folder).unwrap();
        folders.look(at(2_000));
        assert_eq!(folders.look(at(3_000)).removed.len(), 3);
    }
}
