const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = packed struct { hurt: bool, tired: bool };

fn run(query: peristyle.Query(struct { health: *const Health })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
