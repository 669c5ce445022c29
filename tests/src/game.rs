//! A headless game with scripts in a folder of its own, stepped by hand.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bevy::app::{TaskPoolOptions, TaskPoolPlugin};
use bevy::asset::AssetPlugin;
use bevy::ecs::component::Mutable;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy_peristyle::{
    Fault, ModuleStatus, PeristyleAppExt, PeristylePlugin, Schema, ScriptPolicy, ScriptStatus, Scripts,
    SystemStatus, scripts_ready,
};

use crate::components::{
    Counter, Echo, Frozen, Link, Ping, Position, Score, Sparse, StableId, Switch, Trigger, Velocity, Wide,
};

/// One fixed step of the test game.
pub const STEP: Duration = Duration::from_millis(16);

/// How the game is set up.
#[derive(Clone, Debug, Default)]
pub struct GameOptions {
    /// The plugin; its `watch` is off unless the test sets it.
    pub plugin: PeristylePlugin,
}

/// A headless game. Every [`step`](Self::step) is one frame and one fixed step.
pub struct Game {
    /// The app.
    pub app: App,
    folder: tempfile::TempDir,
}

impl Default for Game {
    fn default() -> Self {
        Self::new()
    }
}

impl Game {
    /// A game with the plugin's default settings, files not watched.
    pub fn new() -> Self {
        Self::with_plugin(PeristylePlugin { watch: false, ..PeristylePlugin::default() })
    }

    /// A game with these settings.
    ///
    /// # Panics
    /// If no temporary folder can be made.
    pub fn with_plugin(plugin: PeristylePlugin) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut app = App::new();
        let threads = TaskPoolPlugin { task_pool_options: TaskPoolOptions::with_num_threads(4) };
        let assets = AssetPlugin { file_path: folder.path().display().to_string(), ..AssetPlugin::default() };
        app.add_plugins((MinimalPlugins.set(threads), assets))
            .add_plugins(plugin)
            .insert_resource(TimeUpdateStrategy::ManualDuration(STEP))
            .insert_resource(Time::<Fixed>::from_duration(STEP))
            .register_script_component::<Position>()
            .register_script_component::<Velocity>()
            .register_script_component::<Counter>()
            .register_script_component::<Trigger>()
            .register_script_component::<Switch>()
            .register_script_component::<Wide>()
            .register_script_component::<Frozen>()
            .register_script_component::<Sparse>()
            .register_script_component::<Link>()
            .register_script_resource::<Score>()
            .register_script_message::<Ping>()
            .register_script_message::<Echo>()
            .register_stable_id(|id: &StableId| id.0)
            .register_script_mirror::<Transform>();
        Self { app, folder }
    }

    /// Registers one more component.
    pub fn component<T: Component<Mutability = Mutable> + Schema>(mut self) -> Self {
        self.app.register_script_component::<T>();
        self
    }

    /// Adds a script, and writes its file.
    pub fn script(mut self, file: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(file, bytes);
        self.app.add_script(file);
        self
    }

    /// Sets what modules may do whose paths begin so.
    pub fn policy(mut self, path: &str, policy: ScriptPolicy) -> Self {
        self.app.set_script_policy(path, policy);
        self
    }

    /// Adds a folder of scripts, which is made.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn script_folder(mut self, folder: &str) -> Self {
        std::fs::create_dir_all(self.path(folder)).expect("the temporary folder can be written");
        self.app.add_script_folder(folder);
        self
    }

    /// Where a script's file is.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Writes a file into the asset folder.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(file), bytes).expect("the temporary folder can be written");
    }

    /// Runs frames until every script has loaded or failed. No fixed tick has run then.
    ///
    /// # Panics
    /// If that takes more than 30 seconds.
    pub fn start(mut self) -> Self {
        let ready = self.app.register_system(scripts_ready);
        self.app.finish();
        self.app.cleanup();
        // Fixed steps before readiness must not count: keep time still meanwhile.
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
        let began = Instant::now();
        while !self.app.world_mut().run_system(ready).expect("the system runs") {
            self.app.update();
            assert!(began.elapsed() < Duration::from_secs(30), "scripts do not get ready");
            std::thread::sleep(Duration::from_millis(1));
        }
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(STEP));
        self
    }

    /// Runs one frame with one fixed step.
    pub fn step(&mut self) -> &mut Self {
        self.app.update();
        self
    }

    /// Runs that many frames.
    pub fn steps(&mut self, steps: usize) -> &mut Self {
        for _ in 0..steps {
            self.step();
        }
        self
    }

    /// Runs frames until `done`, which must come true within 10 seconds.
    ///
    /// # Panics
    /// If it does not.
    pub fn step_until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let began = Instant::now();
        loop {
            self.step();
            if done(self) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "it took too long until {what}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The world.
    pub fn world(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// Spawns an entity.
    pub fn spawn(&mut self, bundle: impl Bundle) -> Entity {
        self.world().spawn(bundle).id()
    }

    /// A component's value.
    ///
    /// # Panics
    /// If the entity lacks it.
    pub fn get<T: Component + Copy>(&self, entity: Entity) -> T {
        *self.app.world().get::<T>(entity).expect("the entity has the component")
    }

    /// What the game knows of a module.
    ///
    /// # Panics
    /// If there is no such module.
    pub fn module(&self, module: &str) -> &ScriptStatus {
        self.app.world().resource::<Scripts>().get(module).expect("the module was added")
    }

    /// Why a module does not run.
    ///
    /// # Panics
    /// If it runs.
    pub fn failure(&self, module: &str) -> String {
        match &self.module(module).status {
            ModuleStatus::Failed { reason } => reason.clone(),
            other => panic!("{module} should have failed and is {other:?}"),
        }
    }

    /// What the game knows of a system.
    ///
    /// # Panics
    /// If there is no such system.
    pub fn system(&self, module: &str, system: &str) -> &SystemStatus {
        self.app.world().resource::<Scripts>().system(module, system).expect("the module has the system")
    }

    /// The last fault of a system.
    ///
    /// # Panics
    /// If it never faulted.
    pub fn fault(&self, module: &str, system: &str) -> Fault {
        let fault = self.system(module, system).stats.last_fault.as_deref();
        fault.expect("the system has faulted").clone()
    }
}
