const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: u32 };

fn run(query: peristyle.Query(struct { health: *const Health })) void {
    var rows = query.iterator();
    while (rows.next()) |row| row.health.points = 0;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
