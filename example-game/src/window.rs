//! The game in a window: the same ticks, drawn.

use std::process::ExitCode;
use std::time::Duration;

use bevy::app::TaskPoolPlugin;
use bevy::log::{Level, LogPlugin};
use bevy::prelude::*;
use bevy::render::view::Msaa;
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;
use bevy_peristyle::{PeristyleHud, PeristyleHudPlugin};

use crate::arguments::Arguments;
use crate::assets;
use crate::error::GameError;
use crate::game::DronesPlugin;
use crate::headless::task_pools;

mod arguments;
mod canvas;
mod controls;
mod display;
mod drones;
mod ending;
mod frames;
mod legend;
mod pads;
mod palette;
mod shapes;
mod streaks;
mod terrain;
mod view;

pub use arguments::WindowArguments;
pub use display::{NoDisplay, check as check_display};

use view::View;

/// Time that a frame may make up for: three ticks. Where frames take longer the game slows down,
/// since to play more ticks in a frame would make frames longer still.
const FRAME_MAX: Duration = Duration::from_millis(50);
/// What lies between the HUD and the window's edges, twice, in logical pixels.
const HUD_MARGINS: f32 = 24.0;

/// Plays the game that the player asks for until it ends.
///
/// # Errors
/// Where there is nothing to play.
pub fn play(arguments: &Arguments) -> Result<ExitCode, GameError> {
    let assets = assets::find(arguments.assets.as_deref())?;
    let picture = arguments.window.screenshot.clone();
    let is_for_picture = picture.is_some();
    let last_tick = if is_for_picture { Some(arguments.window.at) } else { arguments.ticks.map(u64::from) };
    let hud = PeristyleHudPlugin::default();
    let hud_width = hud.width + HUD_MARGINS;

    let mut app = App::new();
    app.add_plugins(bevy_plugins(arguments, assets))
        .add_plugins(DronesPlugin { watch: !is_for_picture, ..DronesPlugin::new(arguments) })
        .add_plugins((
            hud,
            canvas::CanvasPlugin,
            controls::ControlsPlugin,
            legend::LegendPlugin,
            ending::EndingPlugin(ending::Ending { last_tick, picture, quiet: arguments.quiet }),
        ))
        .insert_resource(ClearColor(palette::GROUND))
        .insert_resource(controls::TimedActions::new(arguments.window.timed_actions()))
        .insert_resource(HudWidth(hud_width))
        .insert_resource(View::new(arguments.window.size.0.map(|pixels| pixels as f32).into(), hud_width))
        .init_resource::<frames::Frames>()
        .init_resource::<streaks::Streaks>()
        .init_resource::<streaks::WindMap>()
        .init_resource::<terrain::Terrain>()
        .add_systems(Startup, set_up)
        .add_systems(First, frames::measure)
        .add_systems(
            Update,
            (
                fit_view,
                terrain::draw,
                pads::draw,
                pads::draw_gusts,
                (streaks::observe, streaks::drift, streaks::draw).chain(),
                drones::draw,
                canvas::present,
            )
                .chain(),
        );
    #[cfg(feature = "dev")]
    if let Some(dev) = crate::dev::plugin(arguments, true).filter(|_| !is_for_picture) {
        app.add_plugins(dev);
    }
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
    let [width, height] = arguments.window.size.0;
    let window = Window {
        title: "Peristyle drones".to_owned(),
        resolution: (width, height).into(),
        ..Window::default()
    };
    let level = if arguments.quiet { Level::WARN } else { Level::INFO };
    DefaultPlugins
        .build()
        .set(TaskPoolPlugin { task_pool_options: task_pools(arguments.threads) })
        .set(LogPlugin { level, ..LogPlugin::default() })
        .set(AssetPlugin { file_path: assets, ..AssetPlugin::default() })
        .set(WindowPlugin { primary_window: Some(window), ..WindowPlugin::default() })
}

/// The width that the HUD takes when it is shown, in logical pixels.
#[derive(Resource, Debug)]
struct HudWidth(f32);

fn set_up(mut pace: ResMut<Time<Virtual>>, mut commands: Commands) {
    pace.set_max_delta(FRAME_MAX);
    // Shapes are smooth by themselves.
    commands.spawn((Camera2d, Msaa::Off));
}

/// Fits the world into what the HUD leaves of the window.
fn fit_view(
    window: Single<&Window, With<PrimaryWindow>>,
    hud: Res<PeristyleHud>,
    hud_width: Res<HudWidth>,
    mut view: ResMut<View>,
) {
    let panel = if hud.visible { hud_width.0 } else { 0.0 };
    view.set_if_neq(View::new(window.size(), panel));
}
