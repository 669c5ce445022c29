//! Starts the plugin and says whether the WebAssembly engine was compiled soundly.
//!
//! Run it with the cure of the workspace's manifest taken away to see the refusal:
//! `cargo run -p bevy_peristyle --example dev_profile_trap --config 'profile.dev.package.wasmi.debug-assertions=true'`

use bevy::prelude::*;
use bevy_peristyle::PeristylePlugin;

fn main() {
    App::new()
        .add_plugins((MinimalPlugins, AssetPlugin::default()))
        .add_plugins(PeristylePlugin { watch: false, ..PeristylePlugin::default() });
    println!("the engine is sound");
}
