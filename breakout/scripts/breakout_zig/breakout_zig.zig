//! The rules of Breakout. `breakout_rust` has the same rules and comes to the same bits.
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

const peristyle = @import("peristyle");
const components = @import("components");
const collision = @import("collision.zig");
const court = @import("court.zig");

pub const panic = peristyle.panic;

const Ball = components.Ball;
const Brick = components.Brick;
const Entity = peristyle.Entity;
const Id = components.Id;
const Keys = peristyle.input.Keys;
const Paddle = components.Paddle;
const Phase = components.Phase;
const Position = components.Position;
const Score = components.Score;
const Size = components.Size;
const Velocity = components.Velocity;
const Wall = components.Wall;

/// A ball has hit a brick.
const Hit = extern struct {
    pub const peristyle_name = "breakout::Hit";
    brick: Entity,
};

/// A ball has left the court.
const Lost = extern struct {
    pub const peristyle_name = "breakout::Lost";
    ball: Entity,
};

const lives_at_start: u32 = 3;

const HitBricks = struct { brick: *Brick };
const Balls = struct { entity: Entity, ball: peristyle.With(Ball) };

/// Takes bricks and balls away, and counts points and lives.
///
/// Messages and commands come a tick late, so the same brick may be named again, or the same ball:
/// what is gone counts no more.
fn judge(
    hits: peristyle.MessageReader(Hit),
    lost: peristyle.MessageReader(Lost),
    bricks: peristyle.Query(HitBricks),
    balls: peristyle.Query(Balls),
    score: peristyle.ResMut(Score),
    commands: peristyle.Commands(.{}),
) void {
    for (hits.items()) |hit| {
        const brick = (bricks.get(hit.brick) orelse continue).brick;
        if (brick.hits == 0) continue;
        brick.hits -= 1;
        if (brick.hits > 0) continue;
        score.value.points += brick.points;
        if (score.value.best < score.value.points) score.value.best = score.value.points;
        commands.despawn(hit.brick);
    }
    for (lost.items()) |message| {
        if (balls.rowOf(message.ball) == null) continue;
        commands.despawn(message.ball);
        score.value.lives -|= 1;
        if (score.value.lives == 0) score.value.phase = Phase.lost;
        break;
    }
}

const Paddles = struct { entity: Entity, paddle: peristyle.With(Paddle) };
const Bricks = struct { entity: Entity, brick: peristyle.With(Brick) };
const Spawner = peristyle.Commands(.{ Id, Position, Size, Paddle, Wall, Ball, Brick });

/// Builds what is missing, and tears down what is over.
fn stage(
    keys: peristyle.Res(Keys),
    score: peristyle.ResMut(Score),
    paddles: peristyle.Query(Paddles),
    balls: peristyle.Query(Balls),
    bricks: peristyle.Query(Bricks),
    commands: Spawner,
) void {
    const now = score.value;
    switch (now.phase) {
        Phase.start => if (bricks.isEmpty() and balls.isEmpty()) {
            now.* = .{ .points = 0, .best = now.best, .lives = lives_at_start, .level = 1, .phase = Phase.play };
            if (paddles.isEmpty()) spawnCourt(commands);
            spawnBricks(commands, now.level);
        } else {
            for (bricks.columns().entity) |brick| commands.despawn(brick);
            for (balls.columns().entity) |ball| commands.despawn(ball);
        },
        Phase.play => if (bricks.isEmpty()) {
            for (balls.columns().entity) |ball| commands.despawn(ball);
            if (now.level == court.levels) {
                now.phase = Phase.won;
            } else {
                now.level += 1;
                spawnBricks(commands, now.level);
            }
        } else if (balls.isEmpty()) {
            spawnBall(commands, now.level);
        },
        else => if (keys.value.isPressed(.enter)) {
            now.phase = Phase.start;
        },
    }
}

fn spawnCourt(commands: Spawner) void {
    _ = commands.spawn(.{ Id{ .number = court.paddle_id }, court.paddle_start, court.paddle_size, Paddle{} });
    for (court.walls, 0..) |wall, number| {
        const position, const size = wall;
        _ = commands.spawn(.{ Id{ .number = court.first_wall_id + @as(u32, @intCast(number)) }, position, size, Wall{} });
    }
}

fn spawnBricks(commands: Spawner, level: u32) void {
    for (0..court.rows) |row_index| {
        const row: u32 = @intCast(row_index);
        for (0..court.columns) |column_index| {
            const column: u32 = @intCast(column_index);
            if (!court.hasBrick(level, row, column)) continue;
            const brick: Brick = .{
                .points = court.points_per_row * (court.rows - row),
                .hits = court.brickHits(level, row),
            };
            const id: Id = .{ .number = court.first_brick_id + row * court.columns + column };
            _ = commands.spawn(.{ id, court.brickPosition(row, column), court.brick_size, brick });
        }
    }
}

/// Where it lies is for `carry` to say.
fn spawnBall(commands: Spawner, level: u32) void {
    const ball: Ball = .{ .speed = court.ballSpeed(level) };
    _ = commands.spawn(.{ Id{ .number = court.ball_id }, court.paddle_start, court.ball_size, ball });
}

const Steered = struct { position: *Position, paddle: peristyle.With(Paddle) };

/// Moves the paddle.
fn steer(time: peristyle.Time, keys: peristyle.Res(Keys), paddles: peristyle.Query(Steered)) void {
    const left: f32 = if (keys.value.isPressed(.arrow_left)) 1 else 0;
    const right: f32 = if (keys.value.isPressed(.arrow_right)) 1 else 0;
    const step = (right - left) * court.paddle_speed * time.delta_seconds;
    for (paddles.columns().position) |*position| {
        position.x = collision.limited(position.x + step, court.paddle_reach);
    }
}

const Resting = struct {
    entity: Entity,
    position: *Position,
    ball: *const Ball,
    velocity: peristyle.Without(Velocity),
    paddle: peristyle.Without(Paddle),
};
const Carriers = struct { position: *const Position, paddle: peristyle.With(Paddle) };

/// Keeps a resting ball on the paddle until the player sends it off, away from the nearer wall.
fn carry(
    keys: peristyle.Res(Keys),
    paddles: peristyle.Query(Carriers),
    balls: peristyle.Query(Resting),
    commands: peristyle.Commands(.{Velocity}),
) void {
    const paddle = (paddles.single() orelse return).position;
    var rows = balls.iterator();
    while (rows.next()) |row| {
        row.position.* = .{ .x = paddle.x, .y = paddle.y + court.paddle_size.y + court.ball_size.y };
        if (!keys.value.isPressed(.space)) continue;
        const offset: f32 = if (paddle.x > 0) -0.5 else 0.5;
        commands.insert(row.entity, collision.served(offset, row.ball.speed));
    }
}

const Moving = struct { position: *Position, velocity: *const Velocity };

/// Moves what has a velocity.
fn fly(time: peristyle.Time, moving: peristyle.Query(Moving)) void {
    var rows = moving.iterator();
    while (rows.next()) |row| {
        row.position.x += row.velocity.x * time.delta_seconds;
        row.position.y += row.velocity.y * time.delta_seconds;
    }
}

const Flying = struct { entity: Entity, ball: *Ball, position: *const Position, size: *const Size, velocity: *Velocity };
const PaddleBoxes = struct { position: *const Position, size: *const Size, paddle: peristyle.With(Paddle) };
const WallBoxes = struct { position: *const Position, size: *const Size, wall: peristyle.With(Wall) };
const BrickBoxes = struct {
    entity: Entity,
    position: *const Position,
    size: *const Size,
    brick: peristyle.With(Brick),
    order: peristyle.ByStableId,
};

/// Turns a ball at what it touches, and tells of bricks that were hit and of a ball that is lost.
fn bounce(
    balls: peristyle.Query(Flying),
    paddles: peristyle.Query(PaddleBoxes),
    walls: peristyle.Query(WallBoxes),
    bricks: peristyle.Query(BrickBoxes),
    commands: peristyle.Commands(.{ .messages = .{ Hit, Lost } }),
) void {
    var rows = balls.iterator();
    while (rows.next()) |row| {
        bounceOffWalls(row, walls);
        bounceOffPaddle(row, paddles);
        if (bounceOffBricks(row, bricks)) |brick| commands.send(Hit{ .brick = brick });
        if (row.position.y < court.floor) commands.send(Lost{ .ball = row.entity });
    }
}

const FlyingBall = peristyle.Query(Flying).Row;

fn bounceOffWalls(ball: FlyingBall, walls: peristyle.Query(WallBoxes)) void {
    var rows = walls.iterator();
    while (rows.next()) |wall| {
        const contact = collision.between(ball.position.*, ball.size.*, wall.position.*, wall.size.*) orelse continue;
        _ = contact.turn(ball.velocity);
    }
}

/// Wherever the paddle is hit, the ball goes up; where it is hit says how steeply.
fn bounceOffPaddle(ball: FlyingBall, paddles: peristyle.Query(PaddleBoxes)) void {
    if (ball.velocity.y >= 0) return;
    var rows = paddles.iterator();
    while (rows.next()) |paddle| {
        const contact = collision.between(ball.position.*, ball.size.*, paddle.position.*, paddle.size.*) orelse continue;
        const speed = ball.ball.speed + court.speed_step;
        ball.ball.speed = if (speed > court.speed_max) court.speed_max else speed;
        const offset = collision.limited(contact.offset.x / paddle.size.x, 1);
        ball.velocity.* = collision.served(offset, ball.ball.speed);
    }
}

/// The ball turns at the brick that it is deepest in, and at no other in the same tick.
fn bounceOffBricks(ball: FlyingBall, bricks: peristyle.Query(BrickBoxes)) ?Entity {
    var deepest: f32 = 0;
    var found: ?struct { Entity, collision.Contact } = null;
    var rows = bricks.iterator();
    while (rows.next()) |brick| {
        const contact = collision.between(ball.position.*, ball.size.*, brick.position.*, brick.size.*) orelse continue;
        if (contact.shallow() <= deepest) continue;
        deepest = contact.shallow();
        found = .{ brick.entity, contact };
    }
    const brick, const contact = found orelse return null;
    return if (contact.turn(ball.velocity)) brick else null;
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "judge", .run = judge },
        .{ .name = "stage", .run = stage, .after = &.{"judge"} },
        .{ .name = "steer", .run = steer, .after = &.{"stage"} },
        .{ .name = "carry", .run = carry, .after = &.{"steer"} },
        .{ .name = "fly", .run = fly, .after = &.{"carry"} },
        .{ .name = "bounce", .run = bounce, .after = &.{"fly"} },
    } });
}
