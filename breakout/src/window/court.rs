//! Draws whatever has a place and a size: scripts spawn it, and this dresses it.

use bevy::prelude::*;

use crate::components::{Ball, Brick, Paddle, Position, Size};

/// Behind everything.
const BACKGROUND: Color = Color::srgb(0.036, 0.058, 0.122);
const WALL: Color = Color::srgb(0.16, 0.22, 0.38);
const PADDLE: Color = Color::srgb(0.70, 0.93, 0.97);
const BALL: Color = Color::srgb(1.0, 0.86, 0.62);
/// From those that are worth the least; what is worth more has the last color.
const BRICKS: [Color; 6] = [
    Color::srgb(0.36, 0.62, 0.98),
    Color::srgb(0.34, 0.80, 0.84),
    Color::srgb(0.48, 0.82, 0.46),
    Color::srgb(0.95, 0.80, 0.36),
    Color::srgb(0.96, 0.58, 0.34),
    Color::srgb(0.93, 0.40, 0.46),
];
/// Points from one color to the next.
const POINTS_PER_COLOR: u32 = 10;
/// How much of a brick's color is white where it takes more than one hit.
const TOUGH: f32 = 0.45;

/// Draws the court.
pub struct CourtPlugin;

impl Plugin for CourtPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(ClearColor(BACKGROUND)).add_systems(Update, (dress, place, recolor).chain());
    }
}

type Bare<'w> = (Entity, &'w Size, Has<Paddle>, Has<Ball>);

/// Gives what scripts have spawned something to see.
fn dress(bare: Query<Bare<'_>, Without<Sprite>>, mut commands: Commands) {
    for (entity, size, is_paddle, is_ball) in &bare {
        let color = match (is_paddle, is_ball) {
            (true, _) => PADDLE,
            (_, true) => BALL,
            _ => WALL,
        };
        commands.entity(entity).insert(Sprite::from_color(color, Vec2::new(size.x, size.y) * 2.0));
    }
}

fn place(mut drawn: Query<(&Position, &mut Transform), With<Sprite>>) {
    for (position, mut transform) in &mut drawn {
        transform.set_if_neq(Transform::from_xyz(position.x, position.y, 0.0));
    }
}

type Stale = Or<(Changed<Brick>, Added<Sprite>)>;

fn recolor(mut bricks: Query<(&Brick, &mut Sprite), Stale>) {
    for (brick, mut sprite) in &mut bricks {
        let step = (brick.points / POINTS_PER_COLOR).saturating_sub(1) as usize;
        let color = BRICKS[step.min(BRICKS.len() - 1)];
        sprite.color = if brick.hits > 1 { color.mix(&Color::WHITE, TOUGH) } else { color };
    }
}
