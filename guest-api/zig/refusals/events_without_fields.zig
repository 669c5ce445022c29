const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Alarm = extern struct {};

fn run(alarms: peristyle.On(Alarm)) void {
    _ = alarms;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
