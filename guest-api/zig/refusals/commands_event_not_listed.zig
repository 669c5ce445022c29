const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Alarm = extern struct { level: u32 };
const Goal = extern struct { team: u32 };

fn run(commands: peristyle.Commands(.{ .messages = .{Goal}, .events = .{Alarm} })) void {
    commands.trigger(Goal{ .team = 1 });
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
