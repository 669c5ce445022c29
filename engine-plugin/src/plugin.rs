//! The plugin, and what a game says to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bevy::app::MainScheduleOrder;
use bevy::asset::io::file::FileAssetReader;
use bevy::diagnostic::DiagnosticsStore;
use bevy::ecs::change_detection::CheckChangeTicks;
use bevy::ecs::component::Mutable;
use bevy::ecs::schedule::SystemCondition;
use bevy::prelude::*;
use bevy::time::TimeSystems;
use peristyle_abi::{ScheduleCode, Schema};

use crate::call::{CallPolicy, SharedPolicy};
use crate::clock::ScriptClock;
use crate::condition::ScriptConditions;
use crate::engine::{CURE, check_engine_profile, engine_is_slow};
use crate::fuel::{FrameFuel, FuelBudgets};
use crate::messages::ScriptChannels;
use crate::mirror::MirroredComponent;
use crate::module_asset::{ScriptModule, ScriptModuleLoader};
use crate::order::{ScriptOrder, ScriptOrderPass};
use crate::random::ScriptSeed;
use crate::registry::ScriptRegistry;
use crate::reload::{self, ReloadState, ScriptReload, reload_scripts};
use crate::rows::NumberOf;
use crate::script_components::ScriptComponents;
use crate::script_log::ScriptLog;
use crate::scripts::Scripts;
use crate::state_hash::HashedState;
use crate::system::ScriptSystems;
use crate::watch::ScriptWatcher;
use crate::{Limits, diagnostics, pass, system};

/// Runs WebAssembly script systems in a Bevy app.
///
/// Add it after `DefaultPlugins`, or after `MinimalPlugins` and `AssetPlugin`.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{PeristyleAppExt, PeristylePlugin, Schema};
///
/// #[derive(Component, Schema, Clone, Copy)]
/// #[repr(C)]
/// struct Position { x: f32, y: f32, z: f32 }
///
/// let mut app = App::new();
/// app.add_plugins((MinimalPlugins, AssetPlugin::default()))
///     .add_plugins(PeristylePlugin::default())
///     .register_script_component::<Position>()
///     .add_script("scripts/autopilot.wasm");
/// ```
#[derive(Clone, Debug)]
pub struct PeristylePlugin {
    /// What a module may take at most.
    pub limits: Limits,
    /// How much fuel scripts get.
    pub fuel: FuelBudgets,
    /// After how many faults in a row a system is paused until its file changes. Default 10.
    pub faults_before_pause: u32,
    /// From what the random generators of all script systems begin. Default 0.
    pub seed: u64,
    /// Whether modules are reloaded when their files change. Default: in builds with debug
    /// assertions.
    pub watch: bool,
}

impl Default for PeristylePlugin {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            fuel: FuelBudgets::default(),
            faults_before_pause: 10,
            seed: 0,
            watch: cfg!(debug_assertions),
        }
    }
}

impl Plugin for PeristylePlugin {
    /// # Panics
    /// If the WebAssembly engine was compiled in a way that would overflow the stack (the message
    /// has the lines for `Cargo.toml`), or if Bevy's `AssetPlugin` is not there.
    fn build(&self, app: &mut App) {
        if let Err(error) = check_engine_profile() {
            panic!("{error}");
        }
        if cfg!(debug_assertions) && engine_is_slow() {
            warn!(
                "the WebAssembly engine was compiled without optimization: scripts run a hundred times slower \
                 than they could. Add these lines to the Cargo.toml at the root of your workspace:\n\n{CURE}"
            );
        }
        assert!(
            app.world().contains_resource::<AssetServer>(),
            "PeristylePlugin needs Bevy's assets: add DefaultPlugins, or MinimalPlugins and AssetPlugin, before it"
        );
        let limits = Arc::new(self.limits.clone());
        app.init_asset::<ScriptModule>()
            .register_asset_loader(ScriptModuleLoader {
                limits: Arc::clone(&limits),
                loads: AtomicU64::new(0),
            })
            .insert_resource(self.fuel.clone())
            .insert_resource(ScriptSeed(self.seed))
            .insert_resource(SharedPolicy(Arc::new(CallPolicy {
                limits,
                faults_before_pause: self.faults_before_pause.max(1),
            })))
            .init_resource::<Scripts>()
            .init_resource::<ScriptLog>()
            .init_resource::<ScriptRegistry>()
            .init_resource::<ScriptClock>()
            .init_resource::<FrameFuel>()
            .init_resource::<ReloadState>()
            .init_resource::<HashedState>()
            .init_resource::<ScriptChannels>()
            .init_resource::<ScriptConditions>()
            .init_resource::<ScriptComponents>()
            .init_resource::<DiagnosticsStore>()
            .init_schedule(ScriptReload)
            .add_observer(age_ticks);
        app.world_mut().resource_mut::<MainScheduleOrder>().insert_before(First, ScriptReload);

        let order = app.world_mut().get_resource_or_init::<ScriptOrder>().clone();
        for &code in ScheduleCode::ALL {
            let label = system::schedule_label(code);
            app.edit_schedule(label, |schedule| {
                schedule.add_build_pass(ScriptOrderPass { order: order.clone(), schedule: code });
            });
        }

        app.add_systems(ScriptReload, reload_scripts)
            .add_systems(
                First,
                pass::begin_frame.after(TimeSystems).before(pass::ScriptPass).before(ScriptSystems),
            )
            .add_systems(FixedFirst, pass::begin_fixed_step)
            .add_systems(Last, (pass::publish, diagnostics::measure).chain().after(ScriptSystems));
        if self.watch
            && let Some(watcher) = ScriptWatcher::new(asset_root(app))
        {
            app.insert_resource(watcher);
        }
    }
}

/// Keeps the systems' own ticks comparable, as Bevy does with its systems'.
fn age_ticks(check: On<CheckChangeTicks>, scripts: Res<Scripts>) {
    for module in &scripts.modules {
        for tick in module.slot.lock().records.iter_mut().filter_map(|record| record.last_run.as_mut()) {
            tick.check_tick(*check);
        }
    }
}

/// The folder that asset paths are relative to.
fn asset_root(app: &App) -> PathBuf {
    let plugins = app.get_added_plugins::<AssetPlugin>();
    let folder = plugins.first().map_or("assets", |plugin| plugin.file_path.as_str());
    FileAssetReader::get_base_path().join(folder)
}

/// What a game says about its scripts.
pub trait PeristyleAppExt {
    /// Lets scripts touch the component `T` under its schema name.
    ///
    /// # Panics
    /// If another component is registered under the same name.
    fn register_script_component<T: Component<Mutability = Mutable> + Schema>(&mut self) -> &mut Self;

    /// Lets scripts touch the component `T` through its packed mirror, under the mirror's schema
    /// name. For Bevy's `Transform` the mirror is there.
    ///
    /// # Panics
    /// If another component is registered under the same name.
    fn register_script_mirror<T: MirroredComponent>(&mut self) -> &mut Self;

    /// Lets scripts read and write the resource `T` under its schema name. A script that asks for
    /// it waits until it is there.
    ///
    /// # Panics
    /// If another resource is registered under the same name.
    fn register_script_resource<T: Resource<Mutability = Mutable> + Schema>(&mut self) -> &mut Self;

    /// Lets scripts read and write the resource `T` through its packed mirror, under the mirror's
    /// schema name.
    ///
    /// # Panics
    /// If another resource is registered under the same name.
    fn register_script_resource_mirror<T: Resource + MirroredComponent>(&mut self) -> &mut Self;

    /// Lets scripts read the player's keys and mouse buttons, as the resources `Keys` and
    /// `MouseButtons`.
    fn register_script_input(&mut self) -> &mut Self;

    /// Adds the messages `M` to the app and lets scripts read and send them under their schema
    /// name.
    ///
    /// # Panics
    /// If other messages are registered under the same name.
    fn register_script_message<M: Message + Schema>(&mut self) -> &mut Self;

    /// Lets script systems run on a condition of the game, by that name: `in_state(…)`, a system
    /// that returns a `bool`, or any other of Bevy's conditions.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::{PeristyleAppExt, PeristylePlugin};
    ///
    /// #[derive(Resource)]
    /// struct Night(bool);
    ///
    /// let mut app = App::new();
    /// app.add_plugins((MinimalPlugins, AssetPlugin::default()))
    ///     .add_plugins(PeristylePlugin::default())
    ///     .register_script_condition("night", |night: Res<Night>| night.0);
    /// ```
    ///
    /// # Panics
    /// If there is a condition of that name, or the name has parentheses.
    fn register_script_condition<Marker>(
        &mut self,
        name: impl Into<String>,
        condition: impl SystemCondition<Marker> + Clone + Send + Sync + 'static,
    ) -> &mut Self;

    /// Gives a set of the game's own systems a name that scripts may use in `before` and
    /// `after`: `game::name`.
    fn expose_script_set(&mut self, name: impl Into<String>, set: impl SystemSet) -> &mut Self;

    /// Adds a module: a `.wasm` or `.wat` file, by its asset path. Its name is the file's name
    /// without the extension.
    ///
    /// A file that is missing or wrong is an error in the log and in [`Scripts`]; the game plays
    /// on without it.
    ///
    /// # Panics
    /// If a module of that name was added before.
    fn add_script(&mut self, path: impl Into<String>) -> &mut Self;

    /// Has the component `T` number the entities, for [`state_hash`](crate::state_hash) and for
    /// queries that want their rows in the order `stable_id`: its number must be the same on every
    /// run, and no two entities may share one.
    fn register_stable_id<T: Component>(
        &mut self,
        id: impl Fn(&T) -> u64 + Send + Sync + 'static,
    ) -> &mut Self;

    /// Has [`state_hash`](crate::state_hash) cover the component `T`.
    fn register_hashed_component<T: Component + Schema>(&mut self) -> &mut Self;

    /// Has [`state_hash`](crate::state_hash) cover the component `T` in its packed form.
    fn register_hashed_mirror<T: MirroredComponent>(&mut self) -> &mut Self;
}

impl PeristyleAppExt for App {
    fn register_script_component<T: Component<Mutability = Mutable> + Schema>(&mut self) -> &mut Self {
        ScriptRegistry::register::<T>(self.world_mut());
        self
    }

    fn register_script_mirror<T: MirroredComponent>(&mut self) -> &mut Self {
        ScriptRegistry::register_mirrored::<T>(self.world_mut());
        self
    }

    fn register_script_resource<T: Resource<Mutability = Mutable> + Schema>(&mut self) -> &mut Self {
        ScriptRegistry::register_resource::<T>(self.world_mut());
        self
    }

    fn register_script_resource_mirror<T: Resource + MirroredComponent>(&mut self) -> &mut Self {
        ScriptRegistry::register_mirrored_resource::<T>(self.world_mut());
        self
    }

    fn register_script_input(&mut self) -> &mut Self {
        self.init_resource::<ButtonInput<KeyCode>>()
            .init_resource::<ButtonInput<MouseButton>>()
            .register_script_resource_mirror::<ButtonInput<KeyCode>>()
            .register_script_resource_mirror::<ButtonInput<MouseButton>>()
    }

    fn register_script_message<M: Message + Schema>(&mut self) -> &mut Self {
        self.add_message::<M>();
        ScriptRegistry::register_message::<M>(self.world_mut());
        self
    }

    fn register_script_condition<Marker>(
        &mut self,
        name: impl Into<String>,
        condition: impl SystemCondition<Marker> + Clone + Send + Sync + 'static,
    ) -> &mut Self {
        self.world_mut().get_resource_or_init::<ScriptConditions>().register(name.into(), condition);
        self
    }

    fn expose_script_set(&mut self, name: impl Into<String>, set: impl SystemSet) -> &mut Self {
        self.world_mut().get_resource_or_init::<ScriptOrder>().expose(name.into(), set.intern());
        self
    }

    fn add_script(&mut self, path: impl Into<String>) -> &mut Self {
        if let Err(error) = reload::add_module(self.world_mut(), path.into()) {
            panic!("add_script: {error}");
        }
        self
    }

    fn register_stable_id<T: Component>(
        &mut self,
        id: impl Fn(&T) -> u64 + Send + Sync + 'static,
    ) -> &mut Self {
        let id: Arc<NumberOf<T>> = Arc::new(id);
        ScriptRegistry::set_stable_id(self.world_mut(), Arc::clone(&id));
        self.world_mut().get_resource_or_init::<HashedState>().set_stable_id(id);
        self
    }

    fn register_hashed_component<T: Component + Schema>(&mut self) -> &mut Self {
        self.world_mut().get_resource_or_init::<HashedState>().add::<T>();
        self
    }

    fn register_hashed_mirror<T: MirroredComponent>(&mut self) -> &mut Self {
        self.world_mut().get_resource_or_init::<HashedState>().add_mirrored::<T>();
        self
    }
}
