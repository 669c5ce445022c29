use crate::abi::{Address, CallFrame};

/// The time that a call stands for. It is the game's time, never the clock on the wall.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[system]
/// fn report(time: Time) {
///     if time.tick.is_multiple_of(600) {
///         log!("{} s since the start", time.elapsed_seconds);
///     }
/// }
/// # report(Time { delta_seconds: 0.1, elapsed_seconds: 60.0, tick: 600 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    /// Seconds that this call stands for: the fixed time step in FixedUpdate, the frame's
    /// length elsewhere.
    pub delta_seconds: f32,
    /// Seconds since the scripts were ready, this step included.
    pub elapsed_seconds: f64,
    /// How many times the schedule has run since the scripts were ready, from 1.
    pub tick: u64,
}

impl Time {
    pub(crate) fn from_frame(frame: &CallFrame<Address>) -> Self {
        Self {
            delta_seconds: frame.delta_seconds as f32,
            elapsed_seconds: frame.elapsed_seconds,
            tick: frame.tick,
        }
    }
}
