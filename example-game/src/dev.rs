//! Scripts that are built when their sources are saved.

use bevy_peristyle::PeristyleDevPlugin;

use crate::arguments::Arguments;

/// What builds the scripts; none where the game must be that of the modules which are there.
pub fn plugin(arguments: &Arguments, has_window: bool) -> Option<PeristyleDevPlugin> {
    let is_measured = arguments.profile.is_some() || arguments.fuel_check.is_some();
    // A game as fast as the machine can is over before a compiler is warm.
    let is_in_real_time = arguments.watch || has_window;
    let plugin =
        PeristyleDevPlugin { overlay: has_window, warm_up: is_in_real_time, ..PeristyleDevPlugin::default() };
    (!is_measured).then_some(plugin)
}
