//! The drones' batteries: a component that the game knows nothing of.
//!
//! What the rotors give takes charge, and a drone that stands on the ground is charged. Nothing
//! comes of an empty battery yet; `scoreboard` shows the lowest one.

const peristyle = @import("peristyle");
const components = @import("components");

pub const panic = peristyle.panic;

/// How full a drone's battery is, from 0 to 1. Defined here, and read by other scripts.
pub const Battery = extern struct {
    charge: f32,

    pub const peristyle_name = "battery::Battery";
};

/// Charge that a second of hovering takes.
const drain_per_second: f32 = 1.0 / 240.0;
/// Charge that a second on the ground gives.
const charge_per_second: f32 = 1.0 / 20.0;
/// The height in m below which a drone stands on the ground.
const ground: f32 = 0.5;

const Bare = struct {
    entity: peristyle.Entity,
    drone: peristyle.With(components.Drone),
    battery: peristyle.Without(Battery),
};

/// Gives each drone that has none a full battery.
fn fit(drones: peristyle.Query(Bare), commands: peristyle.Commands(.{Battery})) void {
    for (drones.columns().entity) |drone| commands.insert(drone, Battery{ .charge = 1 });
}

const Fitted = struct {
    position: *const components.Position,
    thrust: *const components.Thrust,
    battery: *Battery,
};

/// Takes what the rotors need, and gives what the ground has.
fn use(time: peristyle.Time, drones: peristyle.Query(Fitted)) void {
    var rows = drones.iterator();
    while (rows.next()) |row| {
        const lift = row.thrust.z / components.gravity;
        const rate = if (row.position.z < ground) charge_per_second else -drain_per_second * lift;
        row.battery.charge = @max(0, @min(1, row.battery.charge + rate * time.delta_seconds));
    }
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "fit", .run = fit },
        .{ .name = "use", .run = use, .after = &.{"autopilot::steer"} },
    } });
}
