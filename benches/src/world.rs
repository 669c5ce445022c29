//! The same world twice: played by native systems, and played by scripts.

use std::time::{Duration, Instant};

use bevy::ecs::schedule::SingleThreadedExecutor;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy_peristyle::{FuelBudgets, PeristylePlugin, ScriptEngine};
use peristyle_tests::Game;
use peristyle_tests::components::{Position, Velocity};
use peristyle_tests::game::STEP;

/// Where the time of a run went; what a native run has no part of is zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    /// All of it.
    pub total: Duration,
    /// Copying rows into the module.
    pub map: Duration,
    /// The module's own code.
    pub call: Duration,
    /// Writing back what it changed.
    pub write_back: Duration,
}

impl Parts {
    /// What crosses between the game and the module.
    pub fn transfer(&self) -> Duration {
        self.map + self.write_back
    }
}

/// The built guest with that name.
///
/// # Panics
/// If it is not there.
pub fn guest(name: &str) -> Vec<u8> {
    let path = format!("{}/guests/built/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; run `cargo xtask build-scripts`"))
}

fn spawn_rows(world: &mut World, rows: u32) {
    world.spawn_batch((0..rows).map(|row| {
        // No velocity is zero, so that every row changes in every run.
        let speed = 1.0 + (row % 97) as f32 / 97.0;
        (Position { x: row as f32, y: 0.0, z: 1.0 }, Velocity { x: speed, y: -speed, z: 0.5 * speed })
    }));
}

/// What scripts are measured against.
pub fn integrate(time: Res<Time>, mut movers: Query<(&mut Position, &Velocity)>) {
    let delta = time.delta_secs();
    for (mut position, velocity) in &mut movers {
        // Borrowed once: each borrow writes the row's change tick.
        let position = &mut *position;
        position.x += velocity.x * delta;
        position.y += velocity.y * delta;
        position.z += velocity.z * delta;
    }
}

/// The same with a borrow in each line, as one writes it first: about a third slower.
pub fn integrate_by_field(time: Res<Time>, mut movers: Query<(&mut Position, &Velocity)>) {
    let delta = time.delta_secs();
    for (mut position, velocity) in &mut movers {
        position.x += velocity.x * delta;
        position.y += velocity.y * delta;
        position.z += velocity.z * delta;
    }
}

/// A native system that does nothing.
pub const fn empty() {}

/// A world that native systems play, on one thread.
pub struct Native {
    app: App,
}

impl Native {
    /// A world of that many rows; `add` adds systems to `Update`.
    pub fn new(rows: u32, add: impl FnOnce(&mut App)) -> Self {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, AssetPlugin::default()))
            .insert_resource(TimeUpdateStrategy::ManualDuration(STEP))
            .insert_resource(Time::<Fixed>::from_duration(STEP));
        add(&mut app);
        spawn_rows(app.world_mut(), rows);
        app.finish();
        app.cleanup();
        on_one_thread(&mut app);
        // The first frame lasts no time.
        app.update();
        app.update();
        Self { app }
    }

    /// Runs `Update` once.
    pub fn run(&mut self) -> Duration {
        timed(|| self.app.world_mut().run_schedule(Update))
    }

    /// Runs a whole frame.
    pub fn frame(&mut self) -> Duration {
        timed(|| self.app.update())
    }

    /// All positions, in the order in which they were spawned.
    pub fn positions(&mut self) -> Vec<Position> {
        positions(self.app.world_mut())
    }

    /// The world.
    pub fn world(&mut self) -> &mut World {
        self.app.world_mut()
    }
}

/// A world that scripts play, on one thread.
pub struct Scripted {
    game: Game,
    module: String,
}

impl Scripted {
    /// A world of that many rows, played by the modules with these names and bytes. Every one has
    /// one system.
    ///
    /// # Panics
    /// If one of them does not run.
    pub fn new(rows: u32, scripts: &[(&str, Vec<u8>)]) -> Self {
        Self::on(ScriptEngine::Interpreter, rows, scripts)
    }

    /// The same on that engine.
    ///
    /// # Panics
    /// As above.
    pub fn on(engine: ScriptEngine, rows: u32, scripts: &[(&str, Vec<u8>)]) -> Self {
        let fuel = FuelBudgets { per_frame: u64::MAX, ..FuelBudgets::default() };
        let mut game =
            Game::with_plugin(PeristylePlugin { watch: false, fuel, engine, ..PeristylePlugin::default() });
        for (name, bytes) in scripts {
            game = game.script(&format!("{name}.wasm"), bytes);
        }
        spawn_rows(game.world(), rows);
        let mut game = game.start();
        on_one_thread(&mut game.app);
        game.step();
        for (name, _) in scripts {
            let systems = &game.module(name).systems;
            assert!(
                matches!(&systems[..], [system] if system.stats.calls > 0 && system.stats.faults == 0),
                "{name} does not run: {systems:?}"
            );
            let is_compiled = game.module(name).is_compiled;
            assert_eq!(is_compiled, engine != ScriptEngine::Interpreter, "{name} runs on the other engine");
        }
        let module = scripts.first().map_or_else(String::new, |(name, _)| (*name).to_owned());
        Self { game, module }
    }

    /// Runs `Update` once; the parts are those of the first module.
    pub fn run(&mut self) -> Parts {
        let total = timed(|| self.game.world().run_schedule(Update));
        // Figures are published here.
        self.game.world().run_schedule(Last);
        let stats = &self.game.module(&self.module).systems[0].stats;
        Parts { total, map: stats.map_time, call: stats.call_time, write_back: stats.write_back_time }
    }

    /// Runs `Update` that many times, without a look at its parts.
    pub fn run_times(&mut self, times: u32) -> Parts {
        let total = timed(|| (0..times).for_each(|_| self.game.world().run_schedule(Update)));
        Parts { total: total / times, ..Parts::default() }
    }

    /// Runs a whole frame.
    pub fn frame(&mut self) -> Parts {
        Parts { total: timed(|| self.game.app.update()), ..Parts::default() }
    }

    /// All positions, in the order in which they were spawned.
    pub fn positions(&mut self) -> Vec<Position> {
        positions(self.game.world())
    }

    /// The world.
    pub fn world(&mut self) -> &mut World {
        self.game.world()
    }

    /// How many rows the last run of the first module was given.
    pub fn rows(&self) -> u32 {
        self.game.module(&self.module).systems[0].stats.rows
    }

    /// How many rows the last run of the first module changed.
    pub fn rows_changed(&self) -> u32 {
        self.game.module(&self.module).systems[0].stats.rows_changed
    }
}

/// Has every schedule run its systems one after the other on this thread.
pub fn on_one_thread(app: &mut App) {
    let mut schedules = app.world_mut().resource_mut::<Schedules>();
    let labels: Vec<_> = schedules.iter().map(|(_, schedule)| schedule.label()).collect();
    for label in labels {
        if let Some(schedule) = schedules.get_mut(label) {
            schedule.set_executor(SingleThreadedExecutor::new());
        }
    }
}

fn positions(world: &mut World) -> Vec<Position> {
    world.query::<&Position>().iter(world).copied().collect()
}

/// All that moves, in the order in which a query meets it.
pub fn movers(world: &mut World) -> Vec<(Position, Velocity)> {
    let mut movers = world.query::<(&Position, &Velocity)>();
    movers.iter(world).map(|(&position, &velocity)| (position, velocity)).collect()
}

fn timed(run: impl FnOnce()) -> Duration {
    let began = Instant::now();
    run();
    began.elapsed()
}
