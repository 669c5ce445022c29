const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Numbers = peristyle.List(u32);

fn run(all: peristyle.Query(struct { numbers: *Numbers })) void {
    _ = all;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
