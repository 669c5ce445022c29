//! Watches folders and says which files were saved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::Note;
use crate::error::Error;

/// How long a file must be quiet that nobody is seen to have finished.
const SETTLE: Duration = Duration::from_millis(50);

/// When a folder was made: one that takes its place was made at another time.
type Identity = std::time::SystemTime;

/// Watches folders, each for itself: those below a script's that hold builds are left out.
#[derive(Debug)]
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    folders: BTreeMap<PathBuf, Option<Identity>>,
    /// Files that changed, and when they will have been quiet for long enough.
    unsettled: BTreeMap<PathBuf, Instant>,
}

/// What an event says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// It is whole again.
    Finished,
    /// There may be more to come.
    Begun,
}

impl Watch {
    /// Watches nothing yet; events go to `notes`.
    pub fn new(notes: Sender<Note>) -> Result<Self, Error> {
        let watcher = notify::recommended_watcher(move |event| {
            // Nobody listens only when all is over.
            let _ = notes.send(Note::File(event));
        })?;
        Ok(Self { watcher, folders: BTreeMap::new(), unsettled: BTreeMap::new() })
    }

    /// Watches these folders, and no others. Returns those that were not watched before, or are others than before.
    pub fn set_folders(&mut self, folders: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
        let gone: Vec<PathBuf> =
            self.folders.keys().filter(|folder| !folders.contains(*folder)).cloned().collect();
        for folder in gone {
            self.folders.remove(&folder);
            // It fails where the system has already given up watching.
            let _ = self.watcher.unwatch(&folder);
        }
        let mut fresh = Vec::new();
        for folder in folders {
            let now = identity(folder);
            if now.is_none() || self.folders.get(folder) == Some(&now) {
                continue;
            }
            let _ = self.watcher.unwatch(folder);
            if self.watcher.watch(folder, RecursiveMode::NonRecursive).is_ok() {
                self.folders.insert(folder.clone(), now);
                fresh.push(folder.clone());
            }
        }
        fresh
    }

    /// Takes an event. Whether folders may have come, gone or moved.
    pub fn take(&mut self, event: &Event, now: Instant, saved: &mut BTreeSet<PathBuf>) -> bool {
        let Some(change) = classify(&event.kind) else { return false };
        let moves = matches!(event.kind, EventKind::Modify(ModifyKind::Name(_)));
        let mut is_about_folders = false;
        for path in &event.paths {
            if (event.kind.is_remove() || moves)
                && let Some(known) = self.folders.get_mut(path)
            {
                // A folder made anew may look the same as the one that is gone.
                *known = None;
                is_about_folders = true;
            }
            if path.is_dir() {
                is_about_folders = true;
            } else if change == Change::Finished {
                self.unsettled.remove(path);
                saved.insert(path.clone());
            } else {
                saved.remove(path);
                self.unsettled.insert(path.clone(), now + SETTLE);
            }
        }
        is_about_folders
    }

    /// The files that have been quiet for long enough.
    pub fn settled(&mut self, now: Instant) -> impl Iterator<Item = PathBuf> {
        self.unsettled.extract_if(.., move |_, due| *due <= now).map(|(path, _)| path)
    }

    /// When the next file will have been quiet for long enough.
    pub fn next_due(&self) -> Option<Instant> {
        self.unsettled.values().min().copied()
    }
}

/// What tells a folder that is there from one that takes its place.
fn identity(folder: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(folder).ok().filter(std::fs::Metadata::is_dir)?;
    Some(metadata.created().unwrap_or(std::time::UNIX_EPOCH))
}

/// Whether an event changes a file's content, and if so whether it is the last of its change.
fn classify(kind: &EventKind) -> Option<Change> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => Some(Change::Finished),
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => None,
        // Linux tells of a plain write again when the file is closed; other systems do not, and a
        // hard link shows as a removal and a creation alone.
        _ => Some(Change::Begun),
    }
}
