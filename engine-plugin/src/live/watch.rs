//! Watches the folders of scripts and has files read again when they were written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bevy::asset::io::file::FileAssetReader;
use bevy::log::{error, info, warn};
use bevy::prelude::*;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How long a file must be quiet that nobody is seen to have finished.
const SETTLE: Duration = Duration::from_millis(50);

/// How often the folders themselves are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What tells a folder from one that takes its place.
type Identity = (u64, u64);

/// The identity of a folder that is there.
#[cfg(unix)]
fn identity(folder: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(folder).ok().filter(std::fs::Metadata::is_dir)?;
    Some((metadata.dev(), metadata.ino()))
}

/// The identity of a folder that is there.
#[cfg(not(unix))]
fn identity(folder: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(folder).ok().filter(std::fs::Metadata::is_dir)?;
    let created = metadata.created().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some((created.as_secs(), created.subsec_nanos().into()))
}

/// The asset path of each watched file.
#[derive(Clone, Default)]
struct WatchedFiles(Arc<Mutex<BTreeMap<PathBuf, String>>>);

impl WatchedFiles {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asset_path(&self, file: &Path) -> Option<String> {
        self.lock().get(file).cloned()
    }
}

/// Watches the folders of scripts.
#[derive(Resource)]
pub(crate) struct ScriptWatcher {
    watcher: RecommendedWatcher,
    root: PathBuf,
    events: Mutex<Receiver<notify::Result<Event>>>,
    files: WatchedFiles,
    server: AssetServer,
    /// The folders of the files, each with what told it from others when it was last watched.
    folders: BTreeMap<PathBuf, Option<Identity>>,
    next_look: Instant,
    /// Files that changed, and when they will have been quiet for long enough.
    unsettled: BTreeMap<PathBuf, Instant>,
}

impl ScriptWatcher {
    /// Watches nothing yet. Asset paths are relative to the folder `root`.
    ///
    /// Where the system offers no watching, that is an error in the log: scripts run, they are
    /// just not reloaded.
    fn new(root: PathBuf, server: &AssetServer) -> Option<Self> {
        let (sender, events) = mpsc::channel();
        let files = WatchedFiles::default();
        let reader = (server.clone(), files.clone());
        let watcher = notify::recommended_watcher(move |event| {
            if let Ok(event) = &event {
                reload_finished(event, &reader.0, &reader.1);
            }
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
            files,
            server: server.clone(),
            folders: BTreeMap::new(),
            next_look: Instant::now(),
            unsettled: BTreeMap::new(),
        })
    }

    /// Watches the file of one asset, through its folder: a file that is replaced is a new file.
    pub fn add(&mut self, asset_path: &str) {
        let file = self.root.join(asset_path);
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return };
        // Events name the folder as it was watched; a folder that is not there yet is looked for.
        let folder =
            folder.canonicalize().or_else(|_| std::path::absolute(folder)).unwrap_or(folder.to_owned());
        self.files.lock().insert(folder.join(name), asset_path.to_owned());
        if !self.folders.contains_key(&folder) && !self.watch(&folder) {
            info!("{asset_path} will be loaded as soon as {} is there", folder.display());
            self.folders.insert(folder, None);
        }
    }

    /// Watches a file no more.
    pub fn remove(&mut self, asset_path: &str) {
        self.files.lock().retain(|_, other| other != asset_path);
    }

    /// Watches a folder. Whether it is there.
    fn watch(&mut self, folder: &Path) -> bool {
        let Some(identity) = identity(folder) else { return false };
        if let Err(error) = self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            error!("scripts in {} are not reloaded when they change: {error}", folder.display());
        }
        self.folders.insert(folder.to_owned(), Some(identity));
        true
    }

    /// Watches folders again that are others than before: made anew, renamed or created late.
    ///
    /// Systems tell of that in many ways or not at all, so now and then the folders are compared.
    fn watch_new_folders(&mut self, now: Instant) {
        if now < self.next_look {
            return;
        }
        self.next_look = now + LOOK_EVERY;
        let changed: Vec<PathBuf> = self
            .folders
            .iter()
            .filter(|(folder, known)| identity(folder) != **known)
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in changed {
            // It fails where the system has already given up watching.
            let _ = self.watcher.unwatch(&folder);
            if !self.watch(&folder) {
                self.folders.insert(folder, None);
                continue;
            }
            for path in self.files.lock().keys().filter(|path| path.parent() == Some(&folder)) {
                self.unsettled.insert(path.clone(), now + SETTLE);
            }
        }
    }

    /// Once a frame: reads those files again that nobody was seen to finish, and that have been quiet since.
    pub fn reload_quiet(&mut self, now: Instant) {
        let events = self.events.get_mut().unwrap_or_else(PoisonError::into_inner);
        for event in events.try_iter() {
            let Ok(event) = event.inspect_err(|error| warn!("watching scripts: {error}")) else { continue };
            let Some(is_finished) = classify(&event.kind) else { continue };
            if event.kind.is_remove() || matches!(event.kind, EventKind::Modify(ModifyKind::Name(_))) {
                // A folder made anew may look the same as the one that is gone.
                for path in &event.paths {
                    if let Some(known) = self.folders.get_mut(path) {
                        *known = None;
                    }
                }
            }
            for path in &event.paths {
                if self.files.asset_path(path).is_none() {
                    continue;
                }
                if is_finished && path.exists() {
                    // It is being read already.
                    self.unsettled.remove(path);
                } else {
                    self.unsettled.insert(path.clone(), now + SETTLE);
                }
            }
        }
        // After the events, which may be about files of a folder that another has replaced since.
        self.watch_new_folders(now);
        for (path, _) in self.unsettled.extract_if(.., |_, due| *due <= now) {
            let Some(asset_path) = self.files.asset_path(&path) else { continue };
            if path.exists() {
                self.server.reload(asset_path);
            } else {
                info!(
                    "{asset_path} is gone; what ran of it runs on until there is another one, and is unloaded soon where every \
                     module of its folder runs"
                );
            }
        }
    }
}

/// Reads a file again that somebody has finished writing: on the thread that is told so, since a frame may be long.
fn reload_finished(event: &Event, server: &AssetServer, files: &WatchedFiles) {
    // A rename within a folder is told twice, first by where it leads to.
    let is_told = matches!(event.kind, EventKind::Modify(ModifyKind::Name(RenameMode::Both)));
    if classify(&event.kind) != Some(true) || is_told {
        return;
    }
    for path in event.paths.iter().filter(|path| path.exists()) {
        if let Some(asset_path) = files.asset_path(path) {
            server.reload(asset_path);
        }
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

/// Has the folders of scripts watched, unless they are.
pub(crate) fn watch_scripts(app: &mut App) {
    if !app.world().contains_resource::<ScriptWatcher>()
        && let Some(watcher) = ScriptWatcher::new(asset_root(app), app.world().resource::<AssetServer>())
    {
        app.insert_resource(watcher);
    }
}

/// The folder that asset paths are relative to.
pub(crate) fn asset_root(app: &App) -> PathBuf {
    let plugins = app.get_added_plugins::<AssetPlugin>();
    let folder = plugins.first().map_or("assets", |plugin| plugin.file_path.as_str());
    FileAssetReader::get_base_path().join(folder)
}
