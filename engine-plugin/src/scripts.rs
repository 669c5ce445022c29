//! What the game can see of its scripts: the resource [`Scripts`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::diagnostic::DiagnosticPath;
use bevy::prelude::*;

use crate::carry::MovedState;
use crate::faults::Fault;
use crate::module_asset::ScriptModule;
use crate::permissions::Permission;
use crate::profile::ScriptProfile;
use crate::report::FaultReport;
use crate::shadow::{ShadowReport, Shadowed};
use crate::slot::ModuleSlot;
use crate::versions::{ScriptVersion, Trial};

/// Every script module of the game, by name: its state, its version and what its systems do.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{ModuleStatus, Scripts};
///
/// fn show(scripts: Res<Scripts>) {
///     for module in scripts.iter() {
///         if let ModuleStatus::Failed { reason } = &module.status {
///             println!("{} does not run: {reason}", module.name);
///         }
///     }
/// }
/// # let mut app = App::new();
/// # app.init_resource::<Scripts>().add_systems(Update, show).update();
/// ```
#[derive(Resource, Default, Debug)]
pub struct Scripts {
    /// In the byte order of their names.
    pub(crate) modules: Vec<ScriptStatus>,
    /// What the game asked for since the last frame.
    pub(crate) requests: Vec<Request>,
}

/// What a game asks for during play; done in the next `ScriptReload`.
#[derive(Debug)]
pub(crate) enum Request {
    Add { path: String },
    Reload { path: String },
    SetPaused { module: String, paused: bool },
    Profile { module: String, frames: u32 },
    UseVersion { module: String, hash: u64 },
    Shadow { module: String, version: Option<u64>, frames: u32 },
    Promote { module: String },
    DropShadow { module: String },
    Remove { module: String },
    RemoveComponent { component: String },
}

impl Scripts {
    /// All modules, in the byte order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &ScriptStatus> {
        self.modules.iter()
    }

    /// The module with that name, which is its file's name without the extension.
    pub fn get(&self, module: &str) -> Option<&ScriptStatus> {
        self.modules.iter().find(|status| status.name == module)
    }

    /// One system of one module.
    pub fn system(&self, module: &str, system: &str) -> Option<&SystemStatus> {
        self.get(module)?.systems.iter().find(|status| status.name == system)
    }

    /// Adds a module during play, by the asset path of its file. It is loaded in the next frame
    /// and runs when it is ready; a module of the same name is an error in the log.
    pub fn add_script(&mut self, path: impl Into<String>) {
        self.requests.push(Request::Add { path: path.into() });
    }

    /// Unloads a module: from the next frame on its systems are gone, with its state, what it has not read yet and its
    /// place here. What it wrote to the world stays, also components that it has defined. Whether there is such a module.
    pub fn remove_script(&mut self, module: &str) -> bool {
        let is_there = self.get(module).is_some();
        if is_there {
            self.requests.push(Request::Remove { module: module.to_owned() });
        }
        is_there
    }

    /// Takes a component that scripts have defined, `module::Name`, from every entity in the next frame. Where a module
    /// still uses it that is an error in the log.
    pub fn remove_script_component(&mut self, component: impl Into<String>) {
        self.requests.push(Request::RemoveComponent { component: component.into() });
    }

    /// Reads the file of a module again. Where its bytes are the same nothing changes. Whether
    /// there is such a module.
    pub fn reload(&mut self, module: &str) -> bool {
        let Some(path) = self.get(module).map(|status| status.path.clone()) else { return false };
        self.requests.push(Request::Reload { path });
        true
    }

    /// Pauses every system of a module from the next frame on, or lets them go on. Whether there
    /// is such a module.
    pub fn set_paused(&mut self, module: &str, paused: bool) -> bool {
        let is_there = self.get(module).is_some();
        if is_there {
            self.requests.push(Request::SetPaused { module: module.to_owned(), paused });
        }
        is_there
    }

    /// Goes back to the version of a module that came before the running one, from the next frame on. Its state goes on,
    /// as in every reload. Whether there is one.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::Scripts;
    ///
    /// fn choose(keys: Res<ButtonInput<KeyCode>>, mut scripts: ResMut<Scripts>) {
    ///     if keys.just_pressed(KeyCode::PageUp) {
    ///         scripts.previous_version("flight");
    ///     }
    ///     if keys.just_pressed(KeyCode::PageDown) {
    ///         scripts.next_version("flight");
    ///     }
    /// }
    /// # let mut app = App::new();
    /// # app.init_resource::<Scripts>().init_resource::<ButtonInput<KeyCode>>();
    /// # app.add_systems(Update, choose).update();
    /// ```
    pub fn previous_version(&mut self, module: &str) -> bool {
        self.use_version_beside(module, -1)
    }

    /// Goes forward to the version of a module that came after the running one. Whether there is one.
    pub fn next_version(&mut self, module: &str) -> bool {
        self.use_version_beside(module, 1)
    }

    /// Has a version of a module run that is among [`ScriptStatus::versions`], also one that was taken back. Whether there
    /// is one with that hash.
    pub fn use_version(&mut self, module: &str, hash: u64) -> bool {
        let versions = self.get(module).map_or(&[][..], |status| &status.versions);
        let is_there = versions.iter().any(|version| version.hash == hash);
        if is_there {
            self.requests.push(Request::UseVersion { module: module.to_owned(), hash });
        }
        is_there
    }

    fn use_version_beside(&mut self, module: &str, places: isize) -> bool {
        let hash = self.get(module).and_then(|status| status.version_beside(places));
        hash.is_some_and(|hash| self.use_version(module, hash))
    }

    /// Counts for so many frames where the fuel of a module goes; then it is in [`ScriptStatus::profile`]. One that is still
    /// loading is counted from its first frame on. What the module does and uses stays the same, and it takes several times as
    /// long. Whether there is such a module.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::Scripts;
    ///
    /// fn profile(mut scripts: ResMut<Scripts>, mut has_asked: Local<bool>) {
    ///     if !std::mem::replace(&mut *has_asked, true) {
    ///         scripts.profile("flight", 60);
    ///     }
    ///     if let Some(profile) = scripts.get("flight").and_then(|module| module.profile.as_ref()) {
    ///         println!("{profile}");
    ///     }
    /// }
    /// # let mut app = App::new();
    /// # app.init_resource::<Scripts>().add_systems(Update, profile).update();
    /// ```
    pub fn profile(&mut self, module: &str, frames: u32) -> bool {
        let is_there = self.get(module).is_some();
        if is_there {
            self.requests.push(Request::Profile { module: module.to_owned(), frames: frames.max(1) });
        }
        is_there
    }

    pub(crate) fn add(&mut self, name: String, path: String, slot: Arc<ModuleSlot>) {
        let at = self.modules.partition_point(|module| module.name < name);
        self.modules.insert(
            at,
            ScriptStatus {
                name,
                path,
                status: ModuleStatus::Loading,
                version: None,
                is_compiled: false,
                profile: None,
                frames_to_profile: None,
                last_error: None,
                permissions: Vec::new(),
                versions: Vec::new(),
                shadow: None,
                frames_to_shadow: None,
                shadowed: None,
                reloads: 0,
                moved: Vec::new(),
                systems: Vec::new(),
                paused_by_game: false,
                slot,
                handle: None,
                seen_load: 0,
                trial: None,
            },
        );
    }
}

/// One script module.
#[derive(Debug)]
pub struct ScriptStatus {
    /// The module's name: its file's name without the extension.
    pub name: String,
    /// The path under which it was added.
    pub path: String,
    /// Whether it runs.
    pub status: ModuleStatus,
    /// xxh3-64 of the running version's file.
    pub version: Option<u64>,
    /// Whether it is run by the compiler, see [`ScriptEngine`](crate::ScriptEngine).
    pub is_compiled: bool,
    /// Where its fuel went, once [`Scripts::profile`] has asked for it and the frames are over.
    pub profile: Option<Arc<ScriptProfile>>,
    /// Why the newest version of the file was refused while an older one runs on.
    pub last_error: Option<String>,
    /// What the running version asks for, which its [`ScriptPolicy`](crate::ScriptPolicy) permits.
    pub permissions: Vec<Permission>,
    /// The versions that ran, and the one that runs, in the order in which they came; at most
    /// [`Limits::versions_kept_max`](crate::Limits::versions_kept_max).
    pub versions: Vec<ScriptVersion>,
    /// What came of running a new version beside the running one, see [`Scripts::shadow`]: of the last time, or so far.
    pub shadow: Option<Arc<ShadowReport>>,
    /// How many times a version was swapped in for another.
    pub reloads: u64,
    /// What became of its state blocks and components whose layout changed with the last version.
    pub moved: Vec<MovedState>,
    /// Its systems, in the order of the manifest. Published once a frame, in `Last`.
    pub systems: Vec<SystemStatus>,
    /// Whether the game paused it, by [`Scripts::set_paused`].
    pub paused_by_game: bool,
    /// For how many frames the game wants to know where its fuel goes, from the next one on.
    pub(crate) frames_to_profile: Option<u32>,
    /// For how many frames the next version of its file runs beside the running one.
    pub(crate) frames_to_shadow: Option<u32>,
    /// The version that runs beside it, or has and waits.
    pub(crate) shadowed: Option<Shadowed>,
    pub(crate) slot: Arc<ModuleSlot>,
    pub(crate) handle: Option<Handle<ScriptModule>>,
    /// The newest load of the file that was looked at.
    pub(crate) seen_load: u64,
    /// What there was before the running version, while that is new.
    pub(crate) trial: Option<Trial>,
}

/// Whether a module runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleStatus {
    /// Its file has not been read yet.
    Loading,
    /// It runs.
    Running,
    /// Some of its systems are paused after too many faults in a row; a reload resumes them.
    Paused {
        /// Names of the paused systems.
        systems: Vec<String>,
    },
    /// No version of it has ever run.
    Failed {
        /// Why.
        reason: String,
    },
}

/// One script system and what it did.
#[derive(Clone, Debug, Default)]
pub struct SystemStatus {
    /// The system's name.
    pub name: String,
    /// Whether it is paused after too many faults in a row.
    pub paused: bool,
    /// What it did.
    pub stats: SystemStats,
    pub(crate) paths: Option<SystemPaths>,
}

/// The paths of one system's diagnostics: `peristyle/<module>/<system>/<figure>`.
#[derive(Clone, Debug)]
pub(crate) struct SystemPaths(pub [DiagnosticPath; 4]);

/// What a script system did, in its last call and in all.
#[derive(Clone, Debug, Default)]
pub struct SystemStats {
    /// Calls that began; one that is suspended counts once for each pass.
    pub calls: u64,
    /// Calls that did not finish.
    pub faults: u64,
    /// Calls that did not begin because the frame's fuel was spent.
    pub starved: u64,
    /// Rows of all its queries in the last call.
    pub rows: u32,
    /// Rows that the last finished call changed.
    pub rows_changed: u32,
    /// Passes that the running call has taken so far, where it is suspended; 0 where none is.
    pub suspended_passes: u32,
    /// Rows, resources and state blocks that a suspended call had changed and that were not written, since others had
    /// changed them meanwhile, or they were gone.
    pub rows_skipped: u64,
    /// Commands that were skipped, since their entity was gone when they were applied.
    pub commands_skipped: u64,
    /// Bytes that were copied into the module for the last call.
    pub bytes_mapped: u64,
    /// Fuel that the last call could use.
    pub fuel_budget: u64,
    /// Fuel that the last call used.
    pub fuel: u64,
    /// Fuel that all calls used.
    pub fuel_total: u64,
    /// Rows of all calls.
    pub rows_total: u64,
    /// When the last call began.
    pub began: Option<Instant>,
    /// Time that the last call took, mapping and write-back included.
    pub time: Duration,
    /// Of the last call's time, what copying the rows into the module took.
    pub map_time: Duration,
    /// Of the last call's time, what the module's own code took.
    pub call_time: Duration,
    /// Of the last call's time, what checking and writing back took; zero after a fault.
    pub write_back_time: Duration,
    /// Time that all calls took.
    pub time_total: Duration,
    /// Why the last call that did not finish did not.
    pub last_fault: Option<Arc<Fault>>,
    /// The same with where in the script's source it was, and what the system had logged. A fault that comes
    /// again and again is not looked into each time: then there are no frames, or those of the last time.
    pub last_report: Option<Arc<FaultReport>>,
}
