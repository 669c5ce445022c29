const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

fn run(all: peristyle.Query(struct { name: *peristyle.Str })) void {
    _ = all;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
