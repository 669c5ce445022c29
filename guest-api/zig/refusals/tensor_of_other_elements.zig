const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Health = extern struct { points: [2][3]f32 };

fn run(query: peristyle.Query(struct { health: *Health })) void {
    for (query.columns().health) |*health| {
        _ = peristyle.Tensor(f64, 2).of(&health.points);
    }
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
