//! The game as a plugin: components, a module with all the rules, and whose hands press the keys.

use std::time::Duration;

use bevy::prelude::*;
use bevy_peristyle::{PeristyleAppExt, PeristylePlugin, ScriptClock, scripts_ready};

use crate::arguments::{Arguments, Language};
use crate::recording::{Pressed, Recording};
use crate::{bot, components};

/// What one tick stands for: a 60th of a second, to the nanosecond.
pub const STEP: Duration = Duration::from_nanos(16_666_667);

/// Who presses the keys.
#[derive(Clone, Debug, PartialEq)]
pub enum Hands {
    /// Whoever sits at the keyboard.
    Player,
    /// [`bot`].
    Bot,
    /// Whoever played before.
    Recorded(Recording),
}

/// Breakout. Add it after Bevy's own plugins.
#[derive(Clone, Debug)]
pub struct BreakoutPlugin {
    /// The language of the rules.
    pub lang: Language,
    /// Who presses the keys.
    pub hands: Hands,
    /// Whether the module is reloaded when its file changes.
    pub watch: bool,
}

impl BreakoutPlugin {
    /// The game that the player asks for.
    pub fn new(arguments: &Arguments, hands: Hands) -> Self {
        Self { lang: arguments.lang, hands, watch: arguments.watch }
    }
}

/// The keys of the game so far.
#[derive(Resource, Default, Debug)]
pub struct Recorded(pub Recording);

/// The keys that are played.
#[derive(Resource, Debug)]
struct Replayed(Recording);

impl Plugin for BreakoutPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(PeristylePlugin { watch: self.watch, ..PeristylePlugin::default() })
            .insert_resource(Time::<Fixed>::from_duration(STEP))
            .init_resource::<Recorded>()
            .add_systems(FixedPreUpdate, record.run_if(scripts_ready));
        match &self.hands {
            Hands::Player => {}
            Hands::Bot => {
                app.add_systems(FixedPreUpdate, bot::play.run_if(scripts_ready).before(record));
            }
            Hands::Recorded(recording) => {
                app.insert_resource(Replayed(recording.clone()))
                    .add_systems(FixedPreUpdate, replay.run_if(scripts_ready).before(record));
            }
        }
        components::register(app);
        app.add_script(self.lang.module());
    }
}

fn replay(clock: Res<ScriptClock>, replayed: Res<Replayed>, mut keys: ResMut<ButtonInput<KeyCode>>) {
    replayed.0.at(clock.fixed.tick).apply(&mut keys);
}

fn record(clock: Res<ScriptClock>, keys: Res<ButtonInput<KeyCode>>, mut recorded: ResMut<Recorded>) {
    recorded.0.push(clock.fixed.tick, Pressed::read(&keys));
}
