const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Goal = extern struct {};

fn run(commands: peristyle.Commands(.{ .messages = .{Goal} })) void {
    _ = commands;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
