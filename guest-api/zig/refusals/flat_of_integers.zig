const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };

fn run(query: peristyle.Query(struct { health: *Health })) void {
    _ = peristyle.vector.flat(query.columns().health);
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
