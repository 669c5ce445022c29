const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };

fn run(all: peristyle.Query(struct { health: *Health, lost: peristyle.Removed(Health) })) void {
    _ = all;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
