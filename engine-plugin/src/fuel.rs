//! How much the scripts may do: budgets of a call and of a frame.

use bevy::prelude::*;

/// How much fuel script systems get. One unit is about one WebAssembly instruction (`docs/fuel.md` has what
/// each costs); in a release build on the machine that the benchmarks ran on, a million units take
/// about one millisecond.
///
/// The budget of a call is `per_call + rows * per_row`, where `rows` are those of all queries of
/// the system. A module may ask for less in its manifest, never for more.
///
/// ```
/// use bevy_peristyle::{FuelBudgets, PeristylePlugin};
/// let plugin = PeristylePlugin {
///     fuel: FuelBudgets { per_frame: 5_000_000, ..FuelBudgets::default() },
///     ..PeristylePlugin::default()
/// };
/// assert_eq!(plugin.fuel.per_frame, 5_000_000);
/// ```
#[derive(Resource, Clone, Debug, PartialEq, Eq)]
pub struct FuelBudgets {
    /// Fuel for one call, whatever its rows. Default 1,000,000: about 1 ms.
    pub per_call: u64,
    /// Fuel that each row adds. Default 2,000: about 2 µs.
    pub per_row: u64,
    /// Fuel for all calls of all scripts in one frame. Default 10,000,000: about 10 ms.
    ///
    /// It is given out to those first who went without longest, and otherwise in the order of (module, system): each
    /// call may use what is left after the calls before it, where a call counts as what it used the
    /// last time. What a frame uses beyond this figure, because calls use more than the last time,
    /// the next frame lacks.
    pub per_frame: u64,
    /// Fuel for all calls of one module in one frame, given out in the same way. Default `u64::MAX`:
    /// a module may use the whole frame's.
    pub per_module: u64,
    /// How much of a frame's fuel that nobody used the frames after it may use beyond their own, and
    /// the same for each module. Default 0.
    pub carry_over_max: u64,
    /// Fuel for a module's own `_initialize`, at every new instance. Default 10,000,000: about 10 ms.
    pub initialize: u64,
}

impl Default for FuelBudgets {
    fn default() -> Self {
        Self {
            per_call: 1_000_000,
            per_row: 2_000,
            per_frame: 10_000_000,
            per_module: u64::MAX,
            carry_over_max: 0,
            initialize: 10_000_000,
        }
    }
}

/// What is left of the fuel of a frame, for all scripts or for one module.
#[derive(Resource, Default, Debug)]
pub(crate) struct FrameFuel {
    /// Left for the calls to come in this frame; below zero where calls used more than expected.
    left: i128,
}

impl FrameFuel {
    /// Begins a frame: a debt of the last one is taken from the new one's fuel, and a rest is
    /// added to it, up to `carry_over_max`.
    pub fn begin_frame(&mut self, per_frame: u64, carry_over_max: u64) {
        self.left = i128::from(per_frame) + self.left.min(i128::from(carry_over_max));
    }

    /// Takes what calls have used.
    pub fn settle(&mut self, used: u64) {
        self.left -= i128::from(used);
    }

    /// What the first call of a pass may use.
    pub fn left(&self) -> u64 {
        u64::try_from(self.left.max(0)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debt_is_taken_from_the_next_frame_and_a_rest_is_kept_up_to_a_cap() {
        let mut fuel = FrameFuel::default();
        fuel.begin_frame(100, 0);
        fuel.settle(130);
        assert_eq!(fuel.left(), 0);
        fuel.begin_frame(100, 0);
        assert_eq!(fuel.left(), 70);
        fuel.settle(10);
        fuel.begin_frame(100, 25);
        assert_eq!(fuel.left(), 125);
        fuel.settle(120);
        fuel.begin_frame(100, 25);
        assert_eq!(fuel.left(), 105);
        fuel.begin_frame(u64::MAX, u64::MAX);
        fuel.begin_frame(u64::MAX, u64::MAX);
        assert_eq!(fuel.left(), u64::MAX);
    }
}
