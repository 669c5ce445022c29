const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

fn run(random: peristyle.Random, other: peristyle.Random) void {
    _ = random;
    _ = other;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
