//! `position += velocity * dt`, whole columns at once, by the library's vectors.

const peristyle = @import("peristyle");
const components = @import("components");
const vector = peristyle.vector;

pub const panic = peristyle.panic;

const Movers = struct { position: *components.Position, velocity: *const components.Velocity };

/// Moves everything by one step.
fn integrate(time: peristyle.Time, movers: peristyle.Query(Movers)) void {
    const columns = movers.columns();
    vector.axpy(vector.flat(columns.position), time.delta_seconds, vector.flat(columns.velocity));
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "integrate", .run = integrate, .schedule = .update }} });
}
