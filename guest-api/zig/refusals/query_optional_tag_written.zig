const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };
const Dead = extern struct {};

fn run(query: peristyle.Query(struct { health: *Health, dead: ?*Dead })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
