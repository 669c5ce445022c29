//! The time that scripts see, counted from the moment that all of them were ready.

use std::time::Duration;

use bevy::prelude::*;

/// The time of one schedule as scripts see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScriptTime {
    /// How many times the schedule has run with the scripts ready; 0 until then.
    pub tick: u64,
    /// What this run stands for.
    pub delta: Duration,
    /// The sum of all deltas.
    pub elapsed: Duration,
}

impl ScriptTime {
    fn advance(&mut self, delta: Duration) {
        self.tick += 1;
        self.delta = delta;
        self.elapsed = self.elapsed.saturating_add(delta);
    }
}

/// The time that scripts see. It does not move before every script of the game is ready.
///
/// Counting begins at readiness and not at the start of the app, so that how long a module takes
/// to load changes nothing that a script can see.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct ScriptClock {
    /// Time of `FixedUpdate`.
    pub fixed: ScriptTime,
    /// Time of `Update`.
    pub frame: ScriptTime,
    /// Whether every script of the game has loaded or failed.
    pub(crate) ready: bool,
}

impl ScriptClock {
    pub(crate) fn advance_fixed(&mut self, delta: Duration) {
        if self.ready {
            self.fixed.advance(delta);
        }
    }

    pub(crate) fn advance_frame(&mut self, delta: Duration) {
        if self.ready {
            self.frame.advance(delta);
        }
    }
}

/// A run condition: whether every script of the game has loaded or failed.
///
/// Give it to the systems of the game's own simulation, so that they start in the same tick as
/// the scripts.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{PeristylePlugin, scripts_ready};
/// # fn gusts() {}
/// let mut app = App::new();
/// app.add_systems(FixedUpdate, gusts.run_if(scripts_ready));
/// ```
pub fn scripts_ready(clock: Option<Res<ScriptClock>>) -> bool {
    clock.is_some_and(|clock| clock.ready)
}
