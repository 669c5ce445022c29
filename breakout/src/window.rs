//! The game in a window: the same ticks, drawn.

use std::process::ExitCode;
use std::time::Duration;

use bevy::app::TaskPoolPlugin;
use bevy::camera::ScalingMode;
use bevy::input::common_conditions::input_just_pressed;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::view::Msaa;
use bevy::time::TimeUpdateStrategy;
use bevy_peristyle::{PeristyleHud, PeristyleHudPlugin};

use crate::arguments::Arguments;
use crate::components::VIEW;
use crate::error::GameError;
use crate::files;
use crate::game::BreakoutPlugin;
use crate::headless::{log_level, task_pools};

mod court;
mod ending;
mod texts;

use ending::Ending;

/// The window's size at the start, in logical pixels: 4 for each unit.
const WINDOW: [u32; 2] = [1280, 720];
/// Time that a frame may make up for: three ticks. Where frames take longer the game slows down.
const FRAME_MAX: Duration = Duration::from_millis(50);

/// Whether there is a display to open a window on. This build draws on X11, and Windows and macOS
/// have a display wherever a game is started.
pub fn has_display() -> bool {
    let is_always_there = cfg!(not(all(unix, not(target_os = "macos"))));
    is_always_there || std::env::var_os("DISPLAY").is_some_and(|name| !name.is_empty())
}

/// Plays the game that the player asks for until it ends.
///
/// # Errors
/// Where there is nothing to play.
pub fn play(arguments: &Arguments) -> Result<ExitCode, GameError> {
    let assets = files::find_assets(arguments.assets.as_deref())?;
    let picture = arguments.screenshot.clone();
    let is_for_picture = picture.is_some();
    // A picture is one of a game that can be played again.
    let hands = files::hands(arguments, &assets, is_for_picture)?;
    let ending = Ending {
        last_tick: if is_for_picture { Some(arguments.at) } else { arguments.ticks },
        picture,
        record: arguments.record.clone(),
        quiet: arguments.quiet,
    };

    let mut app = App::new();
    app.add_plugins(bevy_plugins(arguments, assets))
        .add_plugins(BreakoutPlugin { watch: !is_for_picture, ..BreakoutPlugin::new(arguments, hands) })
        .add_plugins((
            PeristyleHudPlugin { visible: false, ..PeristyleHudPlugin::default() },
            court::CourtPlugin,
            texts::TextsPlugin,
            ending::EndingPlugin(ending),
        ))
        .add_systems(Startup, set_up)
        .add_systems(Update, toggle_hud.run_if(input_just_pressed(KeyCode::KeyH)));
    if is_for_picture {
        // A frame is a tick, so that the picture has the tick that was asked for.
        app.insert_resource(TimeUpdateStrategy::FixedTimesteps(1));
    }
    Ok(match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    })
}

fn bevy_plugins(arguments: &Arguments, assets: String) -> impl PluginGroup {
    let [width, height] = WINDOW;
    let window = Window {
        title: "Peristyle breakout".to_owned(),
        resolution: (width, height).into(),
        ..Window::default()
    };
    DefaultPlugins
        .build()
        .set(TaskPoolPlugin { task_pool_options: task_pools(arguments.threads) })
        .set(LogPlugin { level: log_level(arguments), ..LogPlugin::default() })
        .set(AssetPlugin { file_path: assets, ..AssetPlugin::default() })
        .set(WindowPlugin { primary_window: Some(window), ..WindowPlugin::default() })
}

fn set_up(mut pace: ResMut<Time<Virtual>>, mut commands: Commands) {
    pace.set_max_delta(FRAME_MAX);
    let [min_width, min_height] = VIEW;
    let projection = OrthographicProjection {
        scaling_mode: ScalingMode::AutoMin { min_width, min_height },
        ..OrthographicProjection::default_2d()
    };
    commands.spawn((Camera2d, Projection::Orthographic(projection), Msaa::Off));
}

fn toggle_hud(mut hud: ResMut<PeristyleHud>) {
    hud.visible = !hud.visible;
}
