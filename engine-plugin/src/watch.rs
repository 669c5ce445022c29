//! Watches the folders of scripts and says which files are worth reading again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use bevy::log::{error, warn};
use bevy::prelude::*;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How long a file must be quiet that nobody is seen to have finished.
const SETTLE: Duration = Duration::from_millis(50);

/// Watches the folders of scripts.
#[derive(Resource)]
pub(crate) struct ScriptWatcher {
    watcher: RecommendedWatcher,
    root: PathBuf,
    events: Mutex<Receiver<notify::Result<Event>>>,
    /// The asset path of each watched file.
    files: BTreeMap<PathBuf, String>,
    folders: BTreeSet<PathBuf>,
    /// Folders that were watched and are gone.
    lost: BTreeSet<PathBuf>,
    /// Files that changed, and when they will have been quiet for long enough.
    unsettled: BTreeMap<PathBuf, Instant>,
}

impl ScriptWatcher {
    /// Watches nothing yet. Asset paths are relative to the folder `root`.
    ///
    /// Where the system offers no watching, that is an error in the log: scripts run, they are
    /// just not reloaded.
    pub fn new(root: PathBuf) -> Option<Self> {
        let (sender, events) = mpsc::channel();
        let watcher = notify::recommended_watcher(move |event| {
            // The receiver is gone only when the app is.
            let _ = sender.send(event);
        });
        let watcher = watcher
            .inspect_err(|error| error!("scripts are not reloaded when their files change: {error}"))
            .ok()?;
        Some(Self {
            watcher,
            root,
            events: Mutex::new(events),
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
            lost: BTreeSet::new(),
            unsettled: BTreeMap::new(),
        })
    }

    /// Watches the file of one asset, through its folder: a file that is replaced is a new file.
    pub fn add(&mut self, asset_path: &str) {
        let file = self.root.join(asset_path);
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return };
        let watched = folder.canonicalize().map_err(notify::Error::io).and_then(|folder| {
            if !self.folders.contains(&folder) {
                self.watcher.watch(&folder, RecursiveMode::NonRecursive)?;
                self.folders.insert(folder.clone());
            }
            Ok(folder)
        });
        match watched {
            Ok(folder) => drop(self.files.insert(folder.join(name), asset_path.to_owned())),
            Err(error) => {
                error!("{asset_path} is not reloaded when it changes: {}: {error}", folder.display())
            }
        }
    }

    /// Watches folders again that were removed and are back, as after a clean build.
    fn watch_lost_folders(&mut self, now: Instant) {
        let watcher = &mut self.watcher;
        let found = self.lost.extract_if(.., |folder| {
            folder.is_dir() && watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()
        });
        for folder in found {
            for path in self.files.keys().filter(|path| path.parent() == Some(&folder)) {
                self.unsettled.insert(path.clone(), now + SETTLE);
            }
        }
    }

    /// The asset paths whose files should be read again now.
    pub fn poll(&mut self, now: Instant) -> Vec<String> {
        self.watch_lost_folders(now);
        let mut finished = BTreeSet::new();
        let events = self.events.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        for event in events.try_iter() {
            let Ok(event) = event.inspect_err(|error| warn!("watching scripts: {error}")) else { continue };
            let Some(is_finished) = classify(&event.kind) else { continue };
            if event.kind.is_remove() {
                let gone = event.paths.iter().filter(|path| self.folders.contains(*path));
                self.lost.extend(gone.cloned());
            }
            for path in event.paths.iter().filter(|path| self.files.contains_key(*path)) {
                if is_finished {
                    self.unsettled.remove(path);
                    finished.insert(path.clone());
                } else {
                    finished.remove(path);
                    self.unsettled.insert(path.clone(), now + SETTLE);
                }
            }
        }
        let quiet = self.unsettled.extract_if(.., |_, due| *due <= now).map(|(path, _)| path);
        finished.extend(quiet);
        // A file that is gone has nothing to read; its last version runs on.
        finished.retain(|path| path.exists());
        finished.iter().filter_map(|path| self.files.get(path).cloned()).collect()
    }
}

/// Whether an event changes a file's content, and if so whether it is the last of its change.
fn classify(kind: &EventKind) -> Option<bool> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(true),
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => Some(true),
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => None,
        // Linux tells of a plain write again when the file is closed; other systems do not, and a
        // hard link shows as a removal and a creation alone.
        _ => Some(false),
    }
}
