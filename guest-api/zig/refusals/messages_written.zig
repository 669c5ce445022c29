const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Goal = extern struct { team: u32 };

fn run(goals: peristyle.MessageReader(Goal)) void {
    goals.items()[0].team = 2;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
