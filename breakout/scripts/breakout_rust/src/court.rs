//! The court: what stands where, and what a level is made of.

use crate::components::{Position, Size};

/// Half the paddle's width and height.
pub const PADDLE_SIZE: Size = Size { x: 17.0, y: 2.5 };
/// Where a game's paddle begins.
pub const PADDLE_START: Position = Position { x: 0.0, y: -76.0 };
/// How far from the middle the paddle's middle may be.
pub const PADDLE_REACH: f32 = 127.0;
/// How fast the player moves it.
pub const PADDLE_SPEED: f32 = 300.0;

/// Half the ball's width and height.
pub const BALL_SIZE: Size = Size { x: 2.5, y: 2.5 };
/// A ball below this height is lost.
pub const FLOOR: f32 = -94.0;

/// Left, right, above.
pub const WALLS: [(Position, Size); 3] = [
    (Position { x: -148.0, y: -8.0 }, Size { x: 4.0, y: 84.0 }),
    (Position { x: 148.0, y: -8.0 }, Size { x: 4.0, y: 84.0 }),
    (Position { x: 0.0, y: 72.0 }, Size { x: 144.0, y: 4.0 }),
];

/// The paddle's number.
pub const PADDLE_ID: u32 = 1;
/// The ball's number: one is in play at a time.
pub const BALL_ID: u32 = 2;
/// The number of the first wall.
pub const FIRST_WALL_ID: u32 = 10;
/// The number of the brick at the top left.
pub const FIRST_BRICK_ID: u32 = 100;

/// Half a brick's width and height.
pub const BRICK_SIZE: Size = Size { x: 10.5, y: 3.5 };
/// Rows of bricks at most.
pub const ROWS: u32 = 6;
/// Bricks in a row at most.
pub const COLUMNS: u32 = 12;
/// From the middle of a brick to that of the next.
const COLUMN_STEP: f32 = 22.0;
/// From the middle of a brick to that of the one below.
const ROW_STEP: f32 = 8.5;
/// The middle of the brick at the top left.
const FIRST_BRICK: Position = Position { x: -121.0, y: 52.0 };

/// What a brick of the lowest row is worth; each row above it as much again.
pub const POINTS_PER_ROW: u32 = 10;

/// How many levels there are to win.
pub const LEVELS: u32 = LAYOUTS.len() as u32;

/// Bricks of each level, row by row from the top: bit 11 is on the left.
const LAYOUTS: [[u16; ROWS as usize]; 3] = [
    [0b000000000000, 0b111111111111, 0b111111111111, 0b111111111111, 0b000000000000, 0b000000000000],
    [0b101010101010, 0b010101010101, 0b101010101010, 0b010101010101, 0b101010101010, 0b000000000000],
    [0b000011110000, 0b001111111100, 0b011100001110, 0b011100001110, 0b001111111100, 0b000011110000],
];

/// Whether the level has a brick there.
pub fn has_brick(level: u32, row: u32, column: u32) -> bool {
    LAYOUTS[level as usize - 1][row as usize] >> (COLUMNS - 1 - column) & 1 == 1
}

/// Where that brick is.
pub fn brick_position(row: u32, column: u32) -> Position {
    Position { x: FIRST_BRICK.x + COLUMN_STEP * column as f32, y: FIRST_BRICK.y - ROW_STEP * row as f32 }
}

/// How many hits it takes: from the second level on the rows at the top are tougher.
pub fn brick_hits(level: u32, row: u32) -> u32 {
    if row + 1 < level { 2 } else { 1 }
}

/// How fast the ball of a level begins.
pub fn ball_speed(level: u32) -> f32 {
    160.0 + 20.0 * level as f32
}

/// What each return by the paddle adds to the ball's speed.
pub const SPEED_STEP: f32 = 3.0;
/// The most that the ball's speed comes to.
pub const SPEED_MAX: f32 = 280.0;
