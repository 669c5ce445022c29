//! What compilers say about scripts that do not build, over the game.

use bevy::prelude::*;
use peristyle_script_builder::BuildFailure;

use super::theme;
use crate::live::dev::{BuildState, ScriptBuilds};

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
        width: percent(WIDTH_PERCENT),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Start,
        row_gap: px(6),
        ..default()
    };
    commands.spawn((node, IN_FRONT, Overlay, Name::new("Peristyle builds")));
}

fn show(builds: Res<ScriptBuilds>, overlay: Option<Single<Entity, With<Overlay>>>, mut commands: Commands) {
    let Some(overlay) = overlay.map(|overlay| *overlay) else { return };
    commands.entity(overlay).despawn_children();
    let failures = alike(builds.failures());
    for (failure, scripts) in failures.iter().take(FAILURES_MAX) {
        let (title, text) = texts(failure, scripts);
        let boxed = boxed(&mut commands, overlay, theme::BAD);
        commands.spawn((theme::paragraph(title, theme::BAD), ChildOf(boxed)));
        // Not wrapped: what a line points to is above it.
        commands.spawn((theme::line(text, theme::TEXT), ChildOf(boxed)));
    }
    let more = failures.len().saturating_sub(FAILURES_MAX);
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
        max_width: percent(100),
        overflow: Overflow::clip(),
        ..default()
    };
    commands.spawn((node, BackgroundColor(theme::PANEL), BorderColor::all(edge), ChildOf(overlay))).id()
}

/// Failures of which the compiler says the same, as of a file that several scripts share, or of a compiler that is missing,
/// as one of them with the names of the scripts.
fn alike<'b>(failures: impl Iterator<Item = &'b BuildFailure>) -> Vec<(&'b BuildFailure, String)> {
    let mut found: Vec<(&BuildFailure, String)> = Vec::new();
    for failure in failures {
        match found.iter_mut().find(|(other, _)| other.text == failure.text) {
            Some((_, scripts)) => *scripts += &format!(", {}", failure.script),
            None => found.push((failure, failure.script.clone())),
        }
    }
    found
}

/// The line that tells where and what, and the beginning of all that the compiler said, unless that is the same.
fn texts(failure: &BuildFailure, scripts: &str) -> (String, String) {
    if failure.text == failure.message {
        return (scripts.to_owned(), failure.text.clone());
    }
    let mut lines: Vec<&str> = failure.text.lines().take(LINES_MAX).collect();
    if failure.text.lines().nth(LINES_MAX).is_some() {
        lines.push("...");
    }
    (format!("{scripts}: {failure}"), lines.join("\n"))
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
        let (title, text) = texts(&failure, "wind");
        assert_eq!(title, "wind: wind.zig:3:1: no");
        assert!(text.ends_with("line\n...") && text.lines().count() == LINES_MAX + 1, "{text}");
    }

    #[test]
    fn the_same_is_said_once() {
        let of = |script: &str, text: &str| BuildFailure {
            script: script.to_owned(),
            file: None,
            line: None,
            column: None,
            message: "no Zig".to_owned(),
            text: text.to_owned(),
            is_missing_toolchain: true,
        };
        let all = [of("a", "no Zig"), of("b", "no Zig, and more"), of("c", "no Zig")];
        let found = alike(all.iter());
        let texts: Vec<_> = found.iter().map(|(failure, scripts)| texts(failure, scripts)).collect();
        let expected = [("a, c", "no Zig"), ("b: no Zig", "no Zig, and more")];
        assert_eq!(texts, expected.map(|(title, text)| (title.to_owned(), text.to_owned())));
    }
}
