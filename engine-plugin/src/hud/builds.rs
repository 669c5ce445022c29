//! What compilers say about scripts that do not build, over the game.

use bevy::prelude::*;
use peristyle_script_builder::BuildFailure;

use super::theme;
use crate::dev::{BuildState, ScriptBuilds};

/// Between the overlay and the window's edges, and between its edge and its texts.
const MARGIN: f32 = 12.0;
/// What it may take of the window's width.
const WIDTH_PERCENT: f32 = 62.0;
/// Scripts whose errors are shown at a time; the log has all of them.
const FAILURES_MAX: usize = 3;
/// Lines that are shown of each compiler's text.
const LINES_MAX: usize = 12;
/// In front of the panel.
const IN_FRONT: GlobalZIndex = GlobalZIndex(1_001);

/// Shows compilers' errors until the scripts build again, and which scripts are being built.
#[derive(Debug)]
pub(crate) struct BuildsOverlay;

/// The overlay's outermost entity.
#[derive(Component, Debug)]
struct Overlay;

impl Plugin for BuildsOverlay {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, spawn)
            .add_systems(Update, show.run_if(resource_exists_and_changed::<ScriptBuilds>));
    }
}

fn spawn(mut commands: Commands) {
    let node = Node {
        position_type: PositionType::Absolute,
        left: px(MARGIN),
        bottom: px(MARGIN),
        max_width: percent(WIDTH_PERCENT),
        flex_direction: FlexDirection::Column,
        row_gap: px(6),
        ..default()
    };
    commands.spawn((node, IN_FRONT, Overlay, Name::new("Peristyle builds")));
}

fn show(builds: Res<ScriptBuilds>, overlay: Option<Single<Entity, With<Overlay>>>, mut commands: Commands) {
    let Some(overlay) = overlay.map(|overlay| *overlay) else { return };
    commands.entity(overlay).despawn_children();
    for failure in builds.failures().take(FAILURES_MAX) {
        let (title, text) = texts(failure);
        let boxed = boxed(&mut commands, overlay, theme::BAD);
        commands.spawn((theme::paragraph(title, theme::BAD), ChildOf(boxed)));
        commands.spawn((theme::paragraph(text, theme::TEXT), ChildOf(boxed)));
    }
    let more = builds.failures().count().saturating_sub(FAILURES_MAX);
    if more > 0 {
        commands.spawn((theme::line(format!("and {more} more: see the log"), theme::BAD), ChildOf(overlay)));
    }
    let is_building = |state| matches!(state, BuildState::Building { .. });
    let building = builds.iter().filter(|build| is_building(build.state)).map(|build| build.script.as_str());
    let building: Vec<&str> = building.collect();
    if !building.is_empty() {
        let boxed = boxed(&mut commands, overlay, theme::EDGE);
        commands
            .spawn((theme::line(format!("building {}", building.join(", ")), theme::DIM), ChildOf(boxed)));
    }
}

/// A box for texts.
fn boxed(commands: &mut Commands, overlay: Entity, edge: Color) -> Entity {
    let node = Node {
        flex_direction: FlexDirection::Column,
        padding: UiRect::all(px(MARGIN)),
        border: UiRect::all(px(1)),
        border_radius: BorderRadius::all(px(8)),
        row_gap: px(4),
        overflow: Overflow::clip(),
        ..default()
    };
    commands.spawn((node, BackgroundColor(theme::PANEL), BorderColor::all(edge), ChildOf(overlay))).id()
}

/// The line that tells where and what, and the beginning of all that the compiler said.
fn texts(failure: &BuildFailure) -> (String, String) {
    let mut lines: Vec<&str> = failure.text.lines().take(LINES_MAX).collect();
    if failure.text.lines().nth(LINES_MAX).is_some() {
        lines.push("...");
    }
    (format!("{}: {failure}", failure.script), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_ends_in_dots() {
        let failure = BuildFailure {
            script: "wind".to_owned(),
            file: Some("wind.zig".to_owned()),
            line: Some(3),
            column: Some(1),
            message: "no".to_owned(),
            text: "line\n".repeat(LINES_MAX + 1),
            is_missing_toolchain: false,
        };
        let (title, text) = texts(&failure);
        assert_eq!(title, "wind: wind.zig:3:1: no");
        assert!(text.ends_with("line\n...") && text.lines().count() == LINES_MAX + 1, "{text}");
    }
}
