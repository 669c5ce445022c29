//! `position += velocity * dt`, row by row, as one writes it first.

const peristyle = @import("peristyle");
const components = @import("components");

pub const panic = peristyle.panic;

const Movers = struct { position: *components.Position, velocity: *const components.Velocity };

/// Moves everything by one step.
fn integrate(time: peristyle.Time, movers: peristyle.Query(Movers)) void {
    const columns = movers.columns();
    for (columns.position, columns.velocity) |*position, velocity| {
        position.x += velocity.x * time.delta_seconds;
        position.y += velocity.y * time.delta_seconds;
        position.z += velocity.z * time.delta_seconds;
    }
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "integrate", .run = integrate, .schedule = .update }} });
}
