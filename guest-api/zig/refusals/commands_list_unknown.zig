const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Goal = extern struct { team: u32 };

fn run(commands: peristyle.Commands(.{ .mesages = .{Goal} })) void {
    _ = commands;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
