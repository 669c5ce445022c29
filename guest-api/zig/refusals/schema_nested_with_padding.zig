const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Slot = extern struct { is_full: bool, count: u16 };

const Health = extern struct { slots: [2]Slot };

fn run(query: peristyle.Query(struct { health: *const Health })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
