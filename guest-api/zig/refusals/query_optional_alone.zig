const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };

fn run(query: peristyle.Query(struct { entity: peristyle.Entity, health: ?*Health })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
