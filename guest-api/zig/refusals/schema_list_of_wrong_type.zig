const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { owners: peristyle.List([]const u8) };

fn run(all: peristyle.Query(struct { health: *Health })) void {
    _ = all;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
