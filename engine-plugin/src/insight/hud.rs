//! What the scripts do, shown in the game: the plugin [`PeristyleHudPlugin`].
//!
//! Ten times a second [`rows`] reads [`Scripts`] and says what there is to see, and [`panel`] sets
//! the texts and bars that differ from what is shown. In between nothing is formatted.

#[cfg(feature = "dev")]
mod builds;
mod figures;
mod frames;
mod panel;
mod rows;
mod theme;

use std::time::{Duration, Instant};

use bevy::prelude::*;

use crate::insight::script_log::ScriptLog;
use crate::insight::scripts::Scripts;
use crate::offer::clock::ScriptClock;
#[cfg(feature = "dev")]
pub(crate) use builds::BuildsOverlay;
use frames::FrameTimes;
use panel::{Panel, PanelParts};
use rows::History;

/// Shows a panel at the right edge of the window: for each module its state and its last reload,
/// for each of its systems the fuel of the last call against its budget, rows and time, and why it
/// faulted; then the frame time, and the last lines that scripts logged.
///
/// It is drawn with `bevy_ui`, by whatever camera draws the game's own user interface. Add it
/// after [`PeristylePlugin`](crate::PeristylePlugin). The resource [`PeristyleHud`] shows and
/// hides it:
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{PeristyleHud, PeristyleHudPlugin};
///
/// fn toggle(keys: Res<ButtonInput<KeyCode>>, mut hud: ResMut<PeristyleHud>) {
///     if keys.just_pressed(KeyCode::F3) {
///         hud.visible = !hud.visible;
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins(PeristyleHudPlugin::default()).add_systems(Update, toggle);
/// ```
///
/// What it shows is public: a game that wants it otherwise reads [`Scripts`] and [`ScriptLog`].
#[derive(Clone, Debug)]
pub struct PeristyleHudPlugin {
    /// Whether it is shown at the start. Default: yes.
    pub visible: bool,
    /// The panel's width in logical pixels. Default 320.
    pub width: f32,
    /// How many lines of the scripts' log it shows. Default 6.
    pub log_lines: usize,
    /// How long figures stay before they change. Default 100 ms, which an eye can follow.
    pub refresh: Duration,
}

impl Default for PeristyleHudPlugin {
    fn default() -> Self {
        Self { visible: true, width: 320.0, log_lines: 6, refresh: Duration::from_millis(100) }
    }
}

/// Whether the HUD is shown.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeristyleHud {
    /// Whether the HUD is shown.
    pub visible: bool,
}

impl Default for PeristyleHud {
    fn default() -> Self {
        Self { visible: true }
    }
}

impl Plugin for PeristyleHudPlugin {
    fn build(&self, app: &mut App) {
        let &Self { visible, width, log_lines, refresh } = self;
        app.insert_resource(PeristyleHud { visible })
            .insert_resource(Refresh(refresh))
            .init_resource::<FrameTimes>()
            .init_resource::<History>()
            .add_systems(Startup, move |mut commands: Commands| {
                let panel = Panel::spawn(&mut commands, width, log_lines);
                commands.insert_resource(panel);
            })
            .add_systems(First, frames::measure)
            .add_systems(
                Update,
                (show_or_hide.run_if(resource_changed::<PeristyleHud>), refresh_panel.run_if(is_due))
                    .chain()
                    .run_if(resource_exists::<Panel>),
            );
    }
}

/// How long figures stay.
#[derive(Resource, Debug)]
struct Refresh(Duration);

fn is_due(
    hud: Res<PeristyleHud>,
    scripts: Option<Res<Scripts>>,
    refresh: Res<Refresh>,
    mut last: Local<Option<Instant>>,
) -> bool {
    let now = Instant::now();
    let is_due = hud.visible && scripts.is_some() && last.is_none_or(|last| now - last >= refresh.0);
    if is_due {
        *last = Some(now);
    }
    is_due
}

fn show_or_hide(hud: Res<PeristyleHud>, panel: Res<Panel>, mut nodes: Query<&mut Node>) {
    panel.show(hud.visible, &mut nodes);
}

fn refresh_panel(
    (scripts, log, clock): (Res<Scripts>, Res<ScriptLog>, Res<ScriptClock>),
    (mut history, mut frames): (ResMut<History>, ResMut<FrameTimes>),
    mut panel: ResMut<Panel>,
    mut parts: PanelParts,
) {
    let rows = history.rows(&scripts, Instant::now());
    panel.show_header(&mut parts, &figures::header(clock.fixed.tick, frames.take()));
    panel.show_modules(&mut parts, rows);
    panel.show_log(&mut parts, &log);
}
