const peristyle = @import("peristyle");

fn run() void {}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
