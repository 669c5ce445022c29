const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

fn run(first: peristyle.Room, second: peristyle.Room) void {
    _ = first;
    _ = second;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
