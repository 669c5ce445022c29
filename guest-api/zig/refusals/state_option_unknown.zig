const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Tally = extern struct { deliveries: u32 };

fn run(tally: peristyle.State(Tally)) void {
    tally.value.deliveries += 1;
}

comptime {
    peristyle.module(.{
        .systems = .{.{ .name = "run", .run = run }},
        .state = .{.{ .first = Tally{ .deliveries = 0 }, .fresh = true }},
    });
}
