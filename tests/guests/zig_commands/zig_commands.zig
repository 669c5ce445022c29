//! Spawns and despawns by commands, and draws random numbers.
//!
//! Tests see with it that entities come and go with their components and parents, and that every
//! guest library draws the same numbers.

const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Position = extern struct { x: f32, y: f32, z: f32 };

const Velocity = extern struct { x: f32, y: f32, z: f32 };

/// Where a random number becomes visible to the game.
const Counter = extern struct { value: u32 };

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

const Counters = struct { counter: *Counter };

/// Writes a number below 100 into every `Counter`.
fn roll(random: peristyle.Random, counters: peristyle.Query(Counters)) void {
    for (counters.columns().counter) |*counter| counter.value = random.below(100);
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "churn", .run = churn },
        .{ .name = "roll", .run = roll },
    } });
}
