const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };

fn run(hurt: peristyle.On(peristyle.Changed(Health))) void {
    _ = hurt;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
