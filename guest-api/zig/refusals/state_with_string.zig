const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Tally = extern struct { name: peristyle.Str };

fn run(tally: peristyle.State(Tally)) void {
    tally.value.name = .empty;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }}, .state = .{Tally{ .name = .empty }} });
}
