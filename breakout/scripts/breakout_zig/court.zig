//! The court: what stands where, and what a level is made of.

const components = @import("components");

const Position = components.Position;
const Size = components.Size;

/// Half the paddle's width and height.
pub const paddle_size: Size = .{ .x = 17, .y = 2.5 };
/// Where a game's paddle begins.
pub const paddle_start: Position = .{ .x = 0, .y = -76 };
/// How far from the middle the paddle's middle may be.
pub const paddle_reach: f32 = 127;
/// How fast the player moves it.
pub const paddle_speed: f32 = 300;

/// Half the ball's width and height.
pub const ball_size: Size = .{ .x = 2.5, .y = 2.5 };
/// A ball below this height is lost.
pub const floor: f32 = -94;

/// Left, right, above.
pub const walls = [_]struct { Position, Size }{
    .{ .{ .x = -148, .y = -8 }, .{ .x = 4, .y = 84 } },
    .{ .{ .x = 148, .y = -8 }, .{ .x = 4, .y = 84 } },
    .{ .{ .x = 0, .y = 72 }, .{ .x = 144, .y = 4 } },
};

/// The numbers of entities. One ball is in play at a time.
pub const paddle_id: u32 = 1;
pub const ball_id: u32 = 2;
pub const first_wall_id: u32 = 10;
pub const first_brick_id: u32 = 100;

/// Half a brick's width and height.
pub const brick_size: Size = .{ .x = 10.5, .y = 3.5 };
pub const rows: u32 = 6;
pub const columns: u32 = 12;
/// From the middle of a brick to that of the next.
const column_step: f32 = 22;
const row_step: f32 = 8.5;
/// The middle of the bricks at the top left.
const first_brick: Position = .{ .x = -121, .y = 52 };

/// What a brick of the lowest row is worth; each row above it as much again.
pub const points_per_row: u32 = 10;

/// How many levels there are to win.
pub const levels: u32 = layouts.len;

/// Bricks of each level, row by row from the top: bit 11 is on the left.
const layouts = [_][rows]u16{
    .{ 0b000000000000, 0b111111111111, 0b111111111111, 0b111111111111, 0b000000000000, 0b000000000000 },
    .{ 0b101010101010, 0b010101010101, 0b101010101010, 0b010101010101, 0b101010101010, 0b000000000000 },
    .{ 0b000011110000, 0b001111111100, 0b011100001110, 0b011100001110, 0b001111111100, 0b000011110000 },
};

/// Whether the level has a brick there.
pub fn hasBrick(level: u32, row: u32, column: u32) bool {
    return layouts[level - 1][row] >> @intCast(columns - 1 - column) & 1 == 1;
}

/// Where that brick is.
pub fn brickPosition(row: u32, column: u32) Position {
    return .{
        .x = first_brick.x + column_step * @as(f32, @floatFromInt(column)),
        .y = first_brick.y - row_step * @as(f32, @floatFromInt(row)),
    };
}

/// How many hits it takes: from the second level on the rows at the top are tougher.
pub fn brickHits(level: u32, row: u32) u32 {
    return if (row + 1 < level) 2 else 1;
}

/// How fast the ball of a level begins.
pub fn ballSpeed(level: u32) f32 {
    return 160 + 20 * @as(f32, @floatFromInt(level));
}

/// What each return by the paddle adds to the ball's speed, and the most that it comes to.
pub const speed_step: f32 = 3;
pub const speed_max: f32 = 280;
