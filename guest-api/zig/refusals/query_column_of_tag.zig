const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Dead = extern struct {};

fn run(query: peristyle.Query(struct { dead: *const Dead })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
