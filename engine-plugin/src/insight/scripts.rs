//! What the game can see of its scripts: the resource [`Scripts`].

use std::sync::Arc;

use bevy::prelude::*;

use crate::calls::slot::ModuleSlot;
use crate::insight::status::{ModuleStatus, ScriptStatus, SystemStatus};

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

    /// Has the next version of a module's file run beside the running one for so many frames before it takes its place. In each
    /// call it is given copies of the same rows, resources and messages, and state blocks of its own that begin as the
    /// running version's are; nothing that it does happens, and its fuel is nobody's, though frames take longer.
    /// [`ScriptStatus::shadow`] says what would have come out differently and what it would cost. Then it waits for
    /// [`promote`](Self::promote) or [`drop_shadow`](Self::drop_shadow). Any other version that takes the running one's place, as
    /// by another save, ends the run. Systems that read or write something else than in the running version, or run under other
    /// conditions, are not compared. A version that is refused is told as ever, in [`ScriptStatus::last_error`], and the next one
    /// runs beside. Whether there is such a module.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::Scripts;
    ///
    /// fn look_before(keys: Res<ButtonInput<KeyCode>>, mut scripts: ResMut<Scripts>) {
    ///     if keys.just_pressed(KeyCode::F6) {
    ///         scripts.shadow("flight", 120);
    ///     }
    ///     let report = scripts.get("flight").and_then(|module| module.shadow.clone());
    ///     if report.is_some_and(|report| report.is_done() && report.is_same()) {
    ///         scripts.promote("flight");
    ///     }
    /// }
    /// # let mut app = App::new();
    /// # app.init_resource::<Scripts>().init_resource::<ButtonInput<KeyCode>>();
    /// # app.add_systems(Update, look_before).update();
    /// ```
    pub fn shadow(&mut self, module: &str, frames: u32) -> bool {
        let is_there = self.get(module).is_some();
        if is_there {
            self.requests.push(Request::Shadow { module: module.to_owned(), version: None, frames });
        }
        is_there
    }

    /// The same at once, for a version that is among [`ScriptStatus::versions`]. Whether there is one with that hash
    /// that does not run.
    pub fn shadow_version(&mut self, module: &str, hash: u64, frames: u32) -> bool {
        let is_kept = |status: &ScriptStatus| {
            status.version != Some(hash) && status.versions.iter().any(|version| version.hash == hash)
        };
        let is_there = self.get(module).is_some_and(is_kept);
        if is_there {
            self.requests.push(Request::Shadow { module: module.to_owned(), version: Some(hash), frames });
        }
        is_there
    }

    /// Has the version that runs beside a module's, or has and waits, take its place in the next frame, with the state of
    /// the running version. Whether there is one.
    pub fn promote(&mut self, module: &str) -> bool {
        let is_there = self.get(module).is_some_and(ScriptStatus::has_shadow);
        if is_there {
            self.requests.push(Request::Promote { module: module.to_owned() });
        }
        is_there
    }

    /// Ends running a version beside a module's and forgets it, or has the next one take its place at once again. Whether
    /// there is one, or was to be.
    pub fn drop_shadow(&mut self, module: &str) -> bool {
        let is_asked = |status: &ScriptStatus| status.has_shadow() || status.frames_to_shadow.is_some();
        let is_there = self.get(module).is_some_and(is_asked);
        if is_there {
            self.requests.push(Request::DropShadow { module: module.to_owned() });
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
