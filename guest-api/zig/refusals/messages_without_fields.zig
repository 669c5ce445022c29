const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Goal = extern struct {};

fn run(goals: peristyle.MessageReader(Goal)) void {
    _ = goals;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
