const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

fn run(delta_seconds: f32) void {
    _ = delta_seconds;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
