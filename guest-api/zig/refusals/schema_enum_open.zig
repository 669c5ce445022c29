const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Mood = enum(u8) { calm, eager, _ };

const Health = extern struct { points: u8, mood: Mood };

fn run(query: peristyle.Query(struct { health: *const Health })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
