const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };
const Dead = extern struct {};

fn run(commands: peristyle.Commands(.{Health})) void {
    _ = commands.spawn(.{ Health{ .points = 3 }, Dead{} });
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
