//! The title above and the keys below the field.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_peristyle::{ModuleStatus, ScriptClock, Scripts};

use super::controls::{KEYS, module_name};
use super::palette;
use crate::components::{Route, Score};
use crate::game::SCRIPTS;

/// What the keys and the mouse do, beside pausing the scripts.
const HINTS: [(&str, &str); 12] = [
    ("space", "pause"),
    (".", "step"),
    ("s", "slow"),
    ("e", "endless"),
    ("r", "reload"),
    ("pgup", "back"),
    ("pgdn", "forward"),
    ("b", "beside"),
    ("p", "promote"),
    ("h", "panel"),
    ("click", "gust"),
    ("arrows", "blow"),
];
/// How often the title's figures change.
const REFRESH: Duration = Duration::from_millis(200);

/// The line of figures in the title.
#[derive(Component)]
struct Figures;

/// The name of the script with that index in [`SCRIPTS`].
#[derive(Component)]
struct ScriptName(usize);

/// Shows the title and the keys.
pub struct LegendPlugin;

impl Plugin for LegendPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, (show_title, show_keys))
            .add_systems(Update, (refresh_title, refresh_names).run_if(is_due));
    }
}

/// By the clock on the wall, since the game's time may stand still.
fn is_due(mut last: Local<Option<Instant>>) -> bool {
    let now = Instant::now();
    let is_due = last.is_none_or(|last| now - last >= REFRESH);
    if is_due {
        *last = Some(now);
    }
    is_due
}

fn text(text: &str, size: f32, color: Color) -> impl Bundle {
    (Text::new(text), TextFont::from_font_size(size), TextColor(color), TextLayout::no_wrap())
}

fn show_title(mut commands: Commands) {
    let place = Node {
        position_type: PositionType::Absolute,
        left: px(22),
        top: px(16),
        column_gap: px(14),
        align_items: AlignItems::Baseline,
        ..default()
    };
    commands.spawn((
        place,
        children![
            text("Peristyle drones", 15.0, palette::TEXT),
            (text("", 12.0, palette::TEXT_DIM), Figures)
        ],
    ));
}

fn show_keys(mut commands: Commands) {
    let row = Node {
        position_type: PositionType::Absolute,
        left: px(22),
        right: px(22),
        bottom: px(13),
        column_gap: px(10),
        row_gap: px(5),
        flex_wrap: FlexWrap::Wrap,
        align_items: AlignItems::Center,
        ..default()
    };
    commands.spawn(row).with_children(|row| {
        for (index, path) in SCRIPTS.into_iter().enumerate() {
            let (_, key, _) = KEYS[index];
            row.spawn(hint()).with_children(|hint| {
                hint.spawn(key_cap(key));
                hint.spawn((text(module_name(path), 11.0, palette::TEXT_DIM), ScriptName(index)));
            });
        }
        for (key, what) in HINTS {
            row.spawn((hint(), children![key_cap(key), text(what, 11.0, palette::TEXT_DIM)]));
        }
    });
}

fn hint() -> Node {
    Node { column_gap: px(5), align_items: AlignItems::Center, ..default() }
}

fn key_cap(key: &str) -> impl Bundle {
    let cap =
        Node { padding: UiRect::axes(px(5), px(1)), border_radius: BorderRadius::all(px(4)), ..default() };
    let color = BackgroundColor(palette::CONTOUR.with_alpha(0.16));
    (cap, color, children![text(key, 11.0, palette::TEXT)])
}

fn refresh_title(
    clock: Res<ScriptClock>,
    pace: Res<Time<Virtual>>,
    (routes, score): (Query<&Route>, Res<Score>),
    mut figures: Single<&mut Text, With<Figures>>,
) {
    let mut line = format!("tick {}   {} drones   {}", clock.fixed.tick, routes.iter().len(), score.text);
    if pace.relative_speed() < 1.0 {
        line.push_str("   slow motion");
    }
    if pace.is_paused() {
        line.push_str("   paused");
    }
    figures.set_if_neq(Text(line));
}

/// A script that does not run is named in the color of a warning.
fn refresh_names(scripts: Res<Scripts>, mut names: Query<(&ScriptName, &mut TextColor)>) {
    for (name, mut color) in &mut names {
        let module = scripts.get(module_name(SCRIPTS[name.0]));
        let runs = module.is_some_and(|module| {
            !module.paused_by_game && matches!(module.status, ModuleStatus::Loading | ModuleStatus::Running)
        });
        color.set_if_neq(TextColor(if runs { palette::TEXT_DIM } else { palette::PAD }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_on_the_legend() {
        for (_, key, _) in &KEYS[SCRIPTS.len()..] {
            assert!(HINTS.iter().any(|(hint, _)| hint == key), "{key}");
        }
    }
}
