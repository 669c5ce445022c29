const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Nothing = extern struct {};

const Health = extern struct { points: u32, nothing: Nothing };

fn run(query: peristyle.Query(struct { health: *const Health })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
