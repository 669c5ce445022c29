//! Spawns and despawns by commands, links and hides entities, sends messages, writes a resource and
//! draws random numbers.
//!
//! Tests see with it that entities come and go with their components and parents, and that every
//! guest library does the same. `rust_commands` has the same systems.

const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Position = extern struct { x: f32, y: f32, z: f32 };

const Velocity = extern struct { x: f32, y: f32, z: f32 };

/// Where a random number becomes visible to the game.
const Counter = extern struct { value: u32 };

/// Asks for a target.
const Trigger = extern struct { armed: u32 };

const Frozen = extern struct {};

/// Hides its entity.
const Switch = extern struct { on: bool, more: [3]bool };

const Link = extern struct { target: peristyle.Entity };

const Score = extern struct { points: u32, rate: f32 };

/// A message of the game.
const Ping = extern struct { value: u32, loud: bool, reserved: [3]u8 };

/// Another message of the game.
const Echo = extern struct { value: u32 };

/// A message that the game knows nothing of.
const Goal = extern struct {
    pub const peristyle_name = "goals::Goal";
    team: u32,
};

const Placed = struct { entity: peristyle.Entity, position: *const Position };

/// In tick 1 spawns an entity at x = 1 and a child of it at x = 2 that moves; in tick 2 despawns
/// everything at an x below 0.
fn churn(time: peristyle.Time, placed: peristyle.Query(Placed), commands: peristyle.Commands(.{ Position, Velocity })) void {
    switch (time.tick) {
        1 => {
            const base = commands.spawn(.{Position{ .x = 1, .y = 0, .z = 0 }});
            const child = commands.spawn(.{ Position{ .x = 2, .y = 0, .z = 0 }, Velocity{ .x = 0, .y = 0, .z = 1 } });
            commands.setParent(child, base);
        },
        2 => {
            var rows = placed.iterator();
            while (rows.next()) |row| {
                if (row.position.x < 0) commands.despawn(row.entity);
            }
        },
        else => {},
    }
}

const Armed = struct { entity: peristyle.Entity, trigger: *const Trigger };

/// Gives everything that is armed a link to a new entity, and disarms it.
fn bind(armed: peristyle.Query(Armed), commands: peristyle.Commands(.{ Counter, Link, Trigger })) void {
    var rows = armed.iterator();
    while (rows.next()) |row| {
        const target = commands.spawn(.{Counter{ .value = row.trigger.armed }});
        commands.insert(row.entity, Link{ .target = target });
        commands.remove(row.entity, Trigger);
    }
}

const Lamps = struct { entity: peristyle.Entity, lamp: *const Switch };

const Keepers = struct { link: *const Link, frozen: peristyle.With(Frozen) };

/// Hides what is switched on, and shows what a frozen entity points to.
fn blink(lamps: peristyle.Query(Lamps), keepers: peristyle.Query(Keepers), commands: peristyle.Commands(.{})) void {
    var rows = lamps.iterator();
    while (rows.next()) |row| {
        if (row.lamp.on) commands.disable(row.entity);
    }
    for (keepers.columns().link) |keeper| commands.enable(keeper.target);
}

/// Adds the rate to the points.
fn count(score: peristyle.ResMut(Score)) void {
    score.value.points += @intFromFloat(score.value.rate);
}

const Counters = struct { counter: *Counter, frozen: peristyle.With(Frozen) };

/// Writes a number below 100 into every `Counter` that is frozen.
fn roll(random: peristyle.Random, counters: peristyle.Query(Counters)) void {
    for (counters.columns().counter) |*counter| counter.value = random.below(100);
}

/// Answers every ping by one that is higher by 1, up to 10, and the last one by a goal.
fn echo(pings: peristyle.MessageReader(Ping), commands: peristyle.Commands(.{ .messages = .{ Ping, Goal } })) void {
    for (pings.items()) |ping| {
        if (ping.value < 10) {
            commands.send(Ping{ .value = ping.value + 1, .loud = ping.loud, .reserved = ping.reserved });
        } else {
            commands.send(Goal{ .team = ping.value });
        }
    }
}

/// Sends three echoes at once, and then one for every ping.
fn burst(pings: peristyle.MessageReader(Ping), commands: peristyle.Commands(.{ .messages = .{Echo} })) void {
    if (pings.items().len == 0) return;
    commands.sendAll(&[_]Echo{ .{ .value = 1 }, .{ .value = 2 }, .{ .value = 3 } });
    for (commands.sendRoom(Echo, pings.items().len), pings.items()) |*echoed, ping| echoed.* = .{ .value = ping.value };
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "churn", .run = churn },
        .{ .name = "bind", .run = bind },
        .{ .name = "blink", .run = blink },
        .{ .name = "count", .run = count },
        .{ .name = "roll", .run = roll },
        .{ .name = "echo", .run = echo },
        .{ .name = "burst", .run = burst },
    } });
}
