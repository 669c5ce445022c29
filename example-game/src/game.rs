//! The game as a plugin, whatever shows it.

use std::time::Duration;

use bevy::prelude::*;
use bevy_peristyle::{
    FuelBudgets, PeristyleAppExt, PeristylePlugin, ScriptClock, ScriptEngine, ScriptSystems, scripts_ready,
};

use crate::arguments::Arguments;
use crate::beside::{Beside, look_before};
use crate::{components, gusts, world};

/// What one tick stands for: a 60th of a second, to the nanosecond.
pub const STEP: Duration = Duration::from_nanos(16_666_667);

/// The game's modules, as asset paths.
pub const SCRIPTS: [&str; 8] = [
    "scripts/autopilot.wasm",
    "scripts/battery.wasm",
    "scripts/beacon.wasm",
    "scripts/dispatch.wasm",
    "scripts/flight.wasm",
    "scripts/planner.wasm",
    "scripts/scoreboard.wasm",
    "scripts/wind.wasm",
];

/// A script that never finishes is paused after this many faults in a row: 10 s of play. The
/// plugin's own default of 10 is over before anyone sees what such a script costs, which is one
/// budget of fuel in each tick and nothing else.
const FAULTS_BEFORE_PAUSE: u32 = 600;

/// From what the game begins. All else follows from it and from the scripts.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The seed of pads and wind.
    pub seed: u64,
    /// How many drones there are.
    pub drones: u32,
}

/// Drones, pads, gusts and the scripts that make them move. Add it after Bevy's own plugins.
#[derive(Clone, Debug)]
pub struct DronesPlugin {
    /// From what the game begins.
    pub settings: Settings,
    /// Whether scripts are reloaded when their files change.
    pub watch: bool,
    /// For how many frames each saved script runs beside the running one first.
    pub beside: Option<u32>,
    /// How much fuel the scripts get at most.
    pub fuel: FuelBudgets,
    /// What runs the scripts.
    pub engine: ScriptEngine,
    /// What runs them after so many ticks.
    pub switch: Option<(u64, ScriptEngine)>,
}

impl DronesPlugin {
    /// The game that the player asks for.
    pub fn new(arguments: &Arguments) -> Self {
        let &Arguments { seed, drones, watch, beside, .. } = arguments;
        let (engine, switch) = engines(arguments);
        let (settings, fuel) = (Settings { seed, drones }, FuelBudgets::default());
        Self { settings, watch, beside, fuel, engine, switch }
    }
}

/// What runs the scripts, and what runs them after so many ticks.
#[cfg(feature = "jit")]
fn engines(arguments: &Arguments) -> (ScriptEngine, Option<(u64, ScriptEngine)>) {
    use crate::arguments::Engine;
    let (engine, other) = match arguments.engine {
        Engine::Interpreter => (ScriptEngine::Interpreter, ScriptEngine::Compiler),
        Engine::Compiler => (ScriptEngine::CompilerFromTheStart, ScriptEngine::Interpreter),
    };
    (engine, arguments.switch_at.map(|tick| (tick, other)))
}

#[cfg(not(feature = "jit"))]
fn engines(_: &Arguments) -> (ScriptEngine, Option<(u64, ScriptEngine)>) {
    (ScriptEngine::Interpreter, None)
}

impl Plugin for DronesPlugin {
    fn build(&self, app: &mut App) {
        let scripts = PeristylePlugin {
            watch: self.watch,
            faults_before_pause: FAULTS_BEFORE_PAUSE,
            fuel: self.fuel.clone(),
            engine: self.engine,
            ..PeristylePlugin::default()
        };
        app.add_plugins(scripts)
            .insert_resource(self.settings)
            .init_resource::<gusts::GustsToCome>()
            .insert_resource(Time::<Fixed>::from_duration(STEP))
            .add_systems(Startup, world::spawn)
            // Ready scripts and no earlier: the first tick is one in which everything runs.
            .add_systems(
                FixedUpdate,
                (world::launch, gusts::fade, gusts::begin)
                    .chain()
                    .run_if(scripts_ready)
                    .before(ScriptSystems),
            );
        if let Some((at, engine)) = self.switch {
            let switch = move |clock: Res<ScriptClock>, mut wanted: ResMut<ScriptEngine>| {
                if clock.fixed.tick >= at {
                    wanted.set_if_neq(engine);
                }
            };
            app.add_systems(Last, switch);
        }
        if let Some(frames) = self.beside {
            app.insert_resource(Beside(frames)).add_systems(First, look_before);
        }
        components::register(app);
        for path in SCRIPTS {
            app.add_script(path);
        }
    }
}
