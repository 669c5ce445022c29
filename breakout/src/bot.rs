//! A simple bot at the keys. It made `assets/breakout/recording.txt`.
//!
//! It sees what a player sees, and knows no rule but that the paddle should be below the ball.

use bevy::prelude::*;
use bevy_peristyle::ScriptClock;

use crate::components::{Ball, Brick, Paddle, Position, Velocity};
use crate::recording::Pressed;

/// The bot sleeps until this tick but for the space key, so that a game is lost as well.
const SLEEPY_UNTIL: u64 = 480;
/// Ticks from one choice of where to hit the ball to the next.
const MIND_TICKS: u64 = 97;
/// How far from the paddle's middle it hits the ball at most.
const AIM_MAX: f32 = 14.0;
/// Nearer than this is near enough.
const TOLERANCE: f32 = 8.0;
/// Ticks from one look at the game to the next. Until then the keys stay as they are.
const REACTION_TICKS: u64 = 3;

/// Presses the keys of a tick.
pub fn play(
    clock: Res<ScriptClock>,
    paddles: Query<&Position, With<Paddle>>,
    balls: Query<(&Position, Option<&Velocity>), With<Ball>>,
    bricks: Query<&Position, With<Brick>>,
    mut keys: ResMut<ButtonInput<KeyCode>>,
) {
    let tick = clock.fixed.tick;
    if !tick.is_multiple_of(REACTION_TICKS) {
        return;
    }
    let mut pressed = Vec::new();
    match (paddles.iter().next(), balls.iter().next()) {
        (Some(paddle), Some((ball, Some(_)))) if tick > SLEEPY_UNTIL => {
            let distance = ball.x - aim(tick, ball, &bricks) - paddle.x;
            if distance < -TOLERANCE {
                pressed.push(KeyCode::ArrowLeft);
            } else if distance > TOLERANCE {
                pressed.push(KeyCode::ArrowRight);
            }
        }
        (Some(_), Some(_)) if tick.is_multiple_of(30) => pressed.push(KeyCode::Space),
        // Nothing is in play: a new game, after a moment.
        (Some(_), None) if tick.is_multiple_of(90) => pressed.push(KeyCode::Enter),
        _ => {}
    }
    Pressed::of(&pressed).apply(&mut keys);
}

/// How far from the paddle's middle the ball should hit: towards the nearest brick, or by whim.
fn aim(tick: u64, ball: &Position, bricks: &Query<&Position, With<Brick>>) -> f32 {
    let mind = tick / MIND_TICKS;
    let whim = (mind.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / (1_u32 << 24) as f32;
    if mind.is_multiple_of(3) {
        return (whim * 2.0 - 1.0) * AIM_MAX;
    }
    let distance = |brick: &&Position| (brick.x - ball.x).abs();
    let nearest = bricks.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    nearest.map_or(0.0, |brick| ((brick.x - ball.x) / 12.0).clamp(-1.0, 1.0) * whim * AIM_MAX)
}
