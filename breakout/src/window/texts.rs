//! Points, lives, and what to do next.

use bevy::prelude::*;
use bevy_peristyle::Scripts;

use crate::components::{Ball, Score, Velocity};
use crate::headless::check_loaded;

const BRIGHT: Color = Color::srgb(0.80, 0.86, 0.95);
const DIM: Color = Color::srgb(0.45, 0.53, 0.68);

/// Which text it is.
#[derive(Component, Clone, Copy, Debug)]
enum Line {
    /// Top left, since the panel of scripts is on the right.
    Score,
    /// In the middle.
    Hint,
}

/// Shows the texts.
pub struct TextsPlugin;

impl Plugin for TextsPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Startup, show).add_systems(Update, refresh);
    }
}

fn show(mut commands: Commands) {
    let text = |size: f32, color: Color| {
        (Text::new(""), TextFont::from_font_size(size), TextColor(color), TextLayout::no_wrap())
    };
    let corner = Node { position_type: PositionType::Absolute, top: px(16), left: px(34), ..default() };
    commands.spawn((corner, children![(text(22.0, BRIGHT), Line::Score)]));
    let middle = Node {
        position_type: PositionType::Absolute,
        top: percent(68),
        width: percent(100),
        justify_content: JustifyContent::Center,
        ..default()
    };
    commands.spawn((middle, children![(text(18.0, DIM), Line::Hint)]));
}

fn refresh(
    (score, scripts): (Res<Score>, Res<Scripts>),
    resting: Query<(), (With<Ball>, Without<Velocity>)>,
    mut lines: Query<(&Line, &mut Text)>,
) {
    let Score { points, best, lives, level, phase } = *score;
    for (line, mut text) in &mut lines {
        let now = match line {
            Line::Score => format!("{points}   best {best}   level {level}   lives {lives}"),
            Line::Hint => match check_loaded(&scripts) {
                Err(error) => error.to_string(),
                Ok(()) if phase == 2 => "lost: enter starts a new game".to_owned(),
                Ok(()) if phase == 3 => "won! enter starts a new game".to_owned(),
                Ok(()) if !resting.is_empty() => {
                    "space sends the ball off, arrow keys move the paddle, h shows the script".to_owned()
                }
                Ok(()) => String::new(),
            },
        };
        text.set_if_neq(Text(now));
    }
}
