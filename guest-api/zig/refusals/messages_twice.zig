const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Goal = extern struct { team: u32 };

fn run(first: peristyle.MessageReader(Goal), second: peristyle.MessageReader(Goal)) void {
    _ = first;
    _ = second;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
