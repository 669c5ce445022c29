const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Order = struct { what: []const u8, next: ?*const Order };

fn run(room: peristyle.Room) !void {
    _ = try peristyle.bincode.decode(Order, "", room.allocator());
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
