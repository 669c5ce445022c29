const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Hit = extern struct { points: u32 };
const Goal = extern struct { team: u32 };

fn run(commands: peristyle.Commands(.{ .components = .{}, .messages = .{Hit} })) void {
    commands.send(Goal{ .team = 1 });
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
