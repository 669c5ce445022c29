const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };

fn run(first: peristyle.On(peristyle.Added(Health)), second: peristyle.On(peristyle.Added(Health))) void {
    _ = first;
    _ = second;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
