const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

fn run() void {}

comptime {
    peristyle.module(.{ .systems = .{ .{ .name = "run", .run = run }, .{ .name = "run", .run = run } } });
}
