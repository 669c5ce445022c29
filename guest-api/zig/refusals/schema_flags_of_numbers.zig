const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = packed struct(u8) { hurt: bool, points: u7 };

fn run(query: peristyle.Query(struct { health: *const Health })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
