const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Branch = extern struct { branches: peristyle.List(Branch) };

fn run(all: peristyle.Query(struct { branch: *Branch })) void {
    _ = all;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
