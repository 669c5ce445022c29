//! The rules of Breakout. `breakout_zig` has the same rules and comes to the same bits.
//!
//! In each tick, one system after the other:
//!
//! ```text
//! judge    takes what was hit in the last tick, counts points and lives
//! stage    builds the court and the levels, puts a new ball on the paddle, starts anew
//! steer    moves the paddle by the player's keys
//! carry    keeps a resting ball on the paddle, and sends it off
//! fly      moves what has a velocity
//! bounce   finds what the ball touches, turns it and says so by messages
//! ```
#![no_std]

use peristyle::input::{Key, Keys};
use peristyle::prelude::*;

mod collision;
mod components;
mod court;

use collision::{Contact, limited, served};
use components::{Ball, Brick, Hit, Id, Lost, Paddle, Position, Score, Size, Velocity, Wall, phase};

const LIVES_AT_START: u32 = 3;

/// Takes bricks and balls away, and counts points and lives.
///
/// Messages and commands come a tick late, so the same brick may be named again, or the same ball:
/// what is gone counts no more.
#[system]
pub fn judge(
    hits: MessageReader<Hit>,
    lost: MessageReader<Lost>,
    mut bricks: Query<&mut Brick>,
    balls: Query<Entity, With<Ball>>,
    mut score: ResMut<Score>,
    mut commands: Commands<()>,
) {
    for hit in &hits {
        let Some(brick) = bricks.get_mut(hit.brick) else { continue };
        if brick.hits == 0 {
            continue;
        }
        brick.hits -= 1;
        if brick.hits > 0 {
            continue;
        }
        score.points += brick.points;
        score.best = score.best.max(score.points);
        commands.despawn(hit.brick);
    }
    if let Some(message) = lost.iter().find(|message| balls.row_of(message.ball).is_some()) {
        commands.despawn(message.ball);
        score.lives = score.lives.saturating_sub(1);
        if score.lives == 0 {
            score.phase = phase::LOST;
        }
    }
}

/// What entities are made of.
type Parts = (Id, Position, Size, Paddle, Wall, Ball, Brick);

/// Builds what is missing, and tears down what is over.
#[system]
pub fn stage(
    keys: Res<Keys>,
    mut score: ResMut<Score>,
    paddles: Query<Entity, With<Paddle>>,
    balls: Query<Entity, With<Ball>>,
    bricks: Query<Entity, With<Brick>>,
    mut commands: Commands<Parts>,
) {
    match score.phase {
        phase::START if bricks.is_empty() && balls.is_empty() => {
            *score =
                Score { points: 0, best: score.best, lives: LIVES_AT_START, level: 1, phase: phase::PLAY };
            if paddles.is_empty() {
                spawn_court(&mut commands);
            }
            spawn_bricks(&mut commands, score.level);
        }
        phase::START => {
            bricks.iter().for_each(|brick| commands.despawn(brick));
            balls.iter().for_each(|ball| commands.despawn(ball));
        }
        phase::PLAY if bricks.is_empty() => {
            balls.iter().for_each(|ball| commands.despawn(ball));
            if score.level == court::LEVELS {
                score.phase = phase::WON;
            } else {
                score.level += 1;
                spawn_bricks(&mut commands, score.level);
            }
        }
        phase::PLAY if balls.is_empty() => spawn_ball(&mut commands, score.level),
        phase::PLAY => {}
        _ => {
            if keys.is_pressed(Key::Enter) {
                score.phase = phase::START;
            }
        }
    }
}

fn spawn_court(commands: &mut Commands<'_, Parts>) {
    commands.spawn((Id { number: court::PADDLE_ID }, court::PADDLE_START, court::PADDLE_SIZE, Paddle {}));
    for (number, (position, size)) in (court::FIRST_WALL_ID..).zip(court::WALLS) {
        commands.spawn((Id { number }, position, size, Wall {}));
    }
}

fn spawn_bricks(commands: &mut Commands<'_, Parts>, level: u32) {
    for row in 0..court::ROWS {
        for column in 0..court::COLUMNS {
            if !court::has_brick(level, row, column) {
                continue;
            }
            let id = Id { number: court::FIRST_BRICK_ID + row * court::COLUMNS + column };
            let brick = Brick {
                points: court::POINTS_PER_ROW * (court::ROWS - row),
                hits: court::brick_hits(level, row),
            };
            commands.spawn((id, court::brick_position(row, column), court::BRICK_SIZE, brick));
        }
    }
}

/// Where it lies is for `carry` to say.
fn spawn_ball(commands: &mut Commands<'_, Parts>, level: u32) {
    let ball = Ball { speed: court::ball_speed(level) };
    commands.spawn((Id { number: court::BALL_ID }, court::PADDLE_START, court::BALL_SIZE, ball));
}

/// Moves the paddle.
#[system]
pub fn steer(time: Time, keys: Res<Keys>, mut paddles: Query<&mut Position, With<Paddle>>) {
    let [left, right] = [Key::ArrowLeft, Key::ArrowRight].map(|key| f32::from(keys.is_pressed(key) as u8));
    let step = (right - left) * court::PADDLE_SPEED * time.delta_seconds;
    for position in &mut paddles {
        position.x = limited(position.x + step, court::PADDLE_REACH);
    }
}

/// Keeps a resting ball on the paddle until the player sends it off, away from the nearer wall.
#[system]
pub fn carry(
    keys: Res<Keys>,
    paddles: Query<&Position, With<Paddle>>,
    mut balls: Query<(Entity, &mut Position, &Ball), (Without<Velocity>, Without<Paddle>)>,
    mut commands: Commands<(Velocity,)>,
) {
    let Some(paddle) = paddles.single() else { return };
    for (entity, position, ball) in &mut balls {
        *position = Position { x: paddle.x, y: paddle.y + court::PADDLE_SIZE.y + court::BALL_SIZE.y };
        if keys.is_pressed(Key::Space) {
            let offset = if paddle.x > 0.0 { -0.5 } else { 0.5 };
            commands.insert(entity, served(offset, ball.speed));
        }
    }
}

/// Moves what has a velocity.
#[system]
pub fn fly(time: Time, mut moving: Query<(&mut Position, &Velocity)>) {
    for (position, velocity) in &mut moving {
        position.x += velocity.x * time.delta_seconds;
        position.y += velocity.y * time.delta_seconds;
    }
}

/// Turns a ball at what it touches, and tells of bricks that were hit and of a ball that is lost.
#[system]
pub fn bounce(
    mut balls: Query<(Entity, &mut Ball, &Position, &Size, &mut Velocity)>,
    paddles: Query<(&Position, &Size), With<Paddle>>,
    walls: Query<(&Position, &Size), With<Wall>>,
    bricks: Query<(Entity, &Position, &Size), With<Brick>, ByStableId>,
    mut commands: Commands<(), (Hit, Lost)>,
) {
    for (entity, ball, &position, &size, velocity) in &mut balls {
        for (&wall, &wall_size) in &walls {
            if let Some(contact) = Contact::between(position, size, wall, wall_size) {
                contact.turn(velocity);
            }
        }
        // Wherever the paddle is hit, the ball goes up; where it is hit says how steeply.
        if velocity.y < 0.0 {
            for (&paddle, &paddle_size) in &paddles {
                let Some(contact) = Contact::between(position, size, paddle, paddle_size) else { continue };
                let speed = ball.speed + court::SPEED_STEP;
                ball.speed = if speed > court::SPEED_MAX { court::SPEED_MAX } else { speed };
                *velocity = served(limited(contact.offset.x / paddle_size.x, 1.0), ball.speed);
            }
        }
        if let Some((brick, contact)) = deepest(position, size, &bricks)
            && contact.turn(velocity)
        {
            commands.send(Hit { brick });
        }
        if position.y < court::FLOOR {
            commands.send(Lost { ball: entity });
        }
    }
}

/// The brick that a ball is deepest in: it turns at no other in the same tick.
fn deepest(
    position: Position,
    size: Size,
    bricks: &Query<(Entity, &Position, &Size), With<Brick>, ByStableId>,
) -> Option<(Entity, Contact)> {
    let touched = bricks.iter().filter_map(|(brick, &brick_position, &brick_size)| {
        Some((brick, Contact::between(position, size, brick_position, brick_size)?))
    });
    touched.reduce(|deepest, next| if next.1.shallow() > deepest.1.shallow() { next } else { deepest })
}

module! { systems: [judge, stage, steer, carry, fly, bounce] }
