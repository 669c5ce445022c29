//! The autopilot: a PID controller for each drone, which pulls it to its target.

const peristyle = @import("peristyle");
const components = @import("components");

pub const panic = peristyle.panic;

/// Pull toward the target, in m/s² for each m of error.
const proportional_gain: f32 = 3.0;
/// Pull against an error that stays, such as that of a steady wind, in m/s² for each m·s.
const integral_gain: f32 = 1.0;
/// Braking, in m/s² for each m/s.
const derivative_gain: f32 = 3.2;

/// An error beyond this many m pulls no harder, so a far target is a cruise and not a sprint: at
/// about `error_max * proportional_gain / derivative_gain` m/s the braking holds the pull.
const error_max: f32 = 14.0;
/// The integral is summed within this many m of the target: what keeps a drone farther away is
/// the way that it has to go, and not the wind.
const integral_range: f32 = 2.0;
/// The integral's limit in m·s, enough to hold against a wind of 7 m/s.
const integral_max: f32 = 2.5;
/// What the rotors give, in m/s² and in whatever direction.
const thrust_max: f32 = 25.0;

const Drones = struct {
    position: *const components.Position,
    velocity: *const components.Velocity,
    target: *const components.Target,
    integral: *components.PidIntegral,
    thrust: *components.Thrust,
    grounded: peristyle.Without(components.Grounded),
};

fn steer(time: peristyle.Time, drones: peristyle.Query(Drones)) void {
    var rows = drones.iterator();
    while (rows.next()) |row| {
        const offset = load(row.target) - load(row.position);
        const distance = length(offset);

        var integral = load(row.integral);
        if (distance < integral_range) {
            integral = limited(integral + scaled(offset, time.delta_seconds), integral_max);
            store(row.integral, integral);
        }

        const err = if (distance > error_max) scaled(offset, error_max / distance) else offset;
        const pull = scaled(err, proportional_gain) + scaled(integral, integral_gain) - scaled(load(row.velocity), derivative_gain);

        // What carries the drone's weight is not there for anything else.
        const lift = Vector{ 0, 0, components.gravity };
        store(row.thrust, limited(pull, thrust_max - components.gravity) + lift);
    }
}

/// A component's x, y and z as one value, for arithmetic.
const Vector = @Vector(3, f32);

fn load(component: anytype) Vector {
    return .{ component.x, component.y, component.z };
}

fn store(component: anytype, v: Vector) void {
    component.* = .{ .x = v[0], .y = v[1], .z = v[2] };
}

fn scaled(v: Vector, factor: f32) Vector {
    return v * @as(Vector, @splat(factor));
}

fn length(v: Vector) f32 {
    return @sqrt(@reduce(.Add, v * v));
}

/// `v`, or what has its direction and the length `length_max`.
fn limited(v: Vector, length_max: f32) Vector {
    const own = length(v);
    return if (own > length_max) scaled(v, length_max / own) else v;
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "steer", .run = steer, .after = &.{"dispatch::assign_targets"} },
    } });
}
