//! Uses terms beyond read and write: entity ids, an optional component, a filter by change.
//!
//! Tests see with it that rows without the component are told apart, that an entity is found by
//! its id, and that only what changed comes back.

const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Position = extern struct { x: f32, y: f32, z: f32 };

const Velocity = extern struct { x: f32, y: f32, z: f32 };

/// Where the number of changed rows becomes visible to the game.
const Counter = extern struct { value: u32 };

const Movers = struct { entity: peristyle.Entity, position: *Position, velocity: ?*const Velocity, order: peristyle.ByEntity };

/// Moves what has a velocity to the east by it, and everything else to the north by 1.
fn steer(movers: peristyle.Query(Movers)) void {
    const columns = movers.columns();
    var rows = movers.iterator();
    var index: usize = 0;
    while (rows.next()) |row| : (index += 1) {
        if (row.velocity) |velocity| row.position.x += velocity.x else row.position.y += 1;

        if (columns.velocity.isPresent(index) != (row.velocity != null)) peristyle.fault(@src(), "row {d} has a velocity in one of the two ways to ask", .{index});
        if (index > 0 and @intFromEnum(columns.entity[index - 1]) >= @intFromEnum(row.entity)) peristyle.fault(@src(), "row {d} is not in the order of ids", .{index});
        if (movers.rowOf(row.entity) != index) peristyle.fault(@src(), "row {d} is not found by its id", .{index});
        if (movers.get(row.entity).?.position != row.position) peristyle.fault(@src(), "row {d} is another one by its id", .{index});
    }
    if (movers.get(.none) != null) peristyle.fault(@src(), "no entity has a row", .{});
}

const Moved = struct { position: *const Position, moved: peristyle.Changed(Position) };

const Counters = struct { counter: *Counter };

/// Writes into every `Counter` how many positions changed since the last call.
fn count_changed(moved: peristyle.Query(Moved), counters: peristyle.Query(Counters)) void {
    for (counters.columns().counter) |*counter| counter.value = @intCast(moved.len());
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "steer", .run = steer },
        .{ .name = "count_changed", .run = count_changed, .after = &.{"steer"} },
    } });
}
