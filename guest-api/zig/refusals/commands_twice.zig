const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };
const Dead = extern struct {};

fn run(living: peristyle.Commands(.{Health}), dead: peristyle.Commands(.{Dead})) void {
    _ = living;
    _ = dead;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
