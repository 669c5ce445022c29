//! The time that scripts see, counted from the moment that all of them were ready.

use std::time::Duration;

use bevy::prelude::*;
use peristyle_macros::HostSchema as Schema;

use crate::types::mirror::MirroredComponent;
use crate::types::slices::{SliceReader, SliceWriter};

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

/// What scripts see of the [`ScriptClock`], as the resource `Clock`, in seconds.
#[derive(Schema, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
#[schema(name = "Clock")]
pub struct PackedClock {
    /// Fixed steps since the scripts were ready.
    pub fixed_tick: u64,
    /// One fixed step.
    pub fixed_delta: f64,
    /// All fixed steps.
    pub fixed_elapsed: f64,
    /// Frames since the scripts were ready.
    pub frame_tick: u64,
    /// This frame.
    pub frame_delta: f64,
    /// All frames.
    pub frame_elapsed: f64,
}

impl MirroredComponent for ScriptClock {
    type Packed = PackedClock;
    const READ_ONLY: bool = true;

    fn pack(&self, _: &mut SliceWriter) -> PackedClock {
        PackedClock {
            fixed_tick: self.fixed.tick,
            fixed_delta: self.fixed.delta.as_secs_f64(),
            fixed_elapsed: self.fixed.elapsed.as_secs_f64(),
            frame_tick: self.frame.tick,
            frame_delta: self.frame.delta.as_secs_f64(),
            frame_elapsed: self.frame.elapsed.as_secs_f64(),
        }
    }

    fn unpack(&mut self, _: &PackedClock, _: SliceReader<'_>) {}
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
