const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };

fn run(commands: peristyle.Commands(.{Health{ .points = 3 }})) void {
    _ = commands;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
