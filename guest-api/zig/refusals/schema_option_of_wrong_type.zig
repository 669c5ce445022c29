const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { owner: peristyle.Maybe(*const u32) };

fn run(query: peristyle.Query(struct { health: *const Health })) void {
    _ = query;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
