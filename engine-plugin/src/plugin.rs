//! The plugin, and what a game says to it.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use bevy::app::MainScheduleOrder;
use bevy::diagnostic::DiagnosticsStore;
use bevy::ecs::change_detection::CheckChangeTicks;
use bevy::prelude::*;
use bevy::time::TimeSystems;
use peristyle_abi::ScheduleCode;

use crate::Limits;
use crate::app_ext::PeristyleAppExt;
use crate::calls::run::{CallPolicy, SharedPolicy};
use crate::calls::system::ScriptSystems;
use crate::fuel::{FrameFuel, FuelBudgets};
use crate::insight::script_log::ScriptLog;
use crate::insight::scripts::Scripts;
use crate::insight::state_hash::HashedState;
use crate::live::folders::ScriptFolders;
use crate::live::loads::Loads;
use crate::live::order::{ScriptOrder, ScriptOrderPass};
use crate::live::reload::{ReloadState, ScriptReload, reload_scripts};
use crate::live::script_components::ScriptComponents;
use crate::live::swap::SetUpSchedules;
use crate::live::watch::watch_scripts;
use crate::module::engine::{CURE, ScriptEngine, check_engine_profile, engine_is_slow};
use crate::module::module_asset::{ScriptModule, ScriptModuleLoader};
use crate::module::permissions::ScriptPolicies;
use crate::offer::clock::ScriptClock;
use crate::offer::condition::ScriptConditions;
use crate::offer::messages::ScriptChannels;
use crate::offer::random::ScriptSeed;
use crate::offer::registry::ScriptRegistry;
use crate::{calls::pass, calls::system, insight::diagnostics};

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
    /// Which engine runs scripts. Default: the interpreter.
    pub engine: ScriptEngine,
    /// After how many faults in a row a system is paused until its file changes. Default 10.
    pub faults_before_pause: u32,
    /// In how many of its first frames a new version that faults is taken back: the version before it goes on with the
    /// state that the module had before the swap; what finished frames wrote to the world stays. 0: never. Default 60,
    /// a second.
    pub trial_frames: u32,
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
            engine: ScriptEngine::default(),
            faults_before_pause: 10,
            trial_frames: 60,
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
        let policies = app.world_mut().get_resource_or_init::<ScriptPolicies>().clone();
        app.init_asset::<ScriptModule>()
            .register_asset_loader(ScriptModuleLoader {
                limits: Arc::clone(&limits),
                policies,
                #[cfg(feature = "jit")]
                compiles: self.engine.compiles_first(),
                loads: AtomicU64::new(0),
                newest: Mutex::default(),
            })
            .insert_resource(self.fuel.clone())
            .insert_resource(self.engine)
            .insert_resource(ScriptSeed(self.seed))
            .insert_resource(SharedPolicy(Arc::new(CallPolicy {
                limits,
                faults_before_pause: self.faults_before_pause.max(1),
                trial_frames: self.trial_frames,
            })))
            .init_resource::<Scripts>()
            .init_resource::<ScriptLog>()
            .init_resource::<ScriptRegistry>()
            .init_resource::<ScriptClock>()
            .register_script_resource_mirror::<ScriptClock>()
            .init_resource::<FrameFuel>()
            .init_resource::<ReloadState>()
            .init_resource::<Loads>()
            .init_resource::<SetUpSchedules>()
            .init_resource::<ScriptFolders>()
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
                schedule.add_build_pass(ScriptOrderPass::new(order.clone(), code));
            });
        }

        app.add_systems(ScriptReload, reload_scripts)
            .add_systems(
                First,
                pass::begin_frame.after(TimeSystems).before(pass::ScriptPass).before(ScriptSystems),
            )
            .add_systems(FixedFirst, pass::begin_fixed_step)
            .add_systems(Last, (pass::publish, diagnostics::measure).chain().after(ScriptSystems));
        if self.watch {
            watch_scripts(app);
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
