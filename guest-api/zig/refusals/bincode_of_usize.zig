const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

fn run(room: peristyle.Room) void {
    _ = peristyle.bincode.encode(room, @as(usize, 1));
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
