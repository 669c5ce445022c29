//! The flight model: what thrust, gravity and air do to a drone in one step of time.

const peristyle = @import("peristyle");
const components = @import("components");
const vector = peristyle.vector;

pub const panic = peristyle.panic;

/// How strongly air takes a drone along, in m/s² for each m/s between the two.
const drag: f32 = 0.35;

const Drones = struct {
    thrust: *const components.Thrust,
    wind: *const components.Wind,
    position: *components.Position,
    velocity: *components.Velocity,
    grounded: peristyle.Without(components.Grounded),
};

/// Takes whole columns as plain numbers, four at a time, since that is several times faster than
/// going row by row.
fn integrate(time: peristyle.Time, drones: peristyle.Query(Drones)) void {
    const step = time.delta_seconds;
    const columns = drones.columns();
    const velocity = vector.flat(columns.velocity);

    // velocity += (thrust - gravity + drag * (wind - velocity)) * step, term by term.
    vector.axpy(velocity, -drag * step, velocity);
    vector.axpy(velocity, drag * step, vector.flat(columns.wind));
    vector.axpy(velocity, step, vector.flat(columns.thrust));
    for (columns.velocity) |*v| v.z -= components.gravity * step;

    // The new velocity and not the old one: a drone on a spring would gain energy by the old.
    vector.axpy(vector.flat(columns.position), step, velocity);
    for (columns.position, columns.velocity) |*p, *v| {
        if (p.z < 0) land(p, v);
    }
}

fn land(position: *components.Position, velocity: *components.Velocity) void {
    position.z = 0;
    if (velocity.z < 0) velocity.z = 0;
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "integrate", .run = integrate, .after = &.{"autopilot::steer"} },
    } });
}
