//! Uses terms beyond read and write: entity ids, optional components, filters, orders; and reads a
//! resource and messages.
//!
//! Tests see with it that rows without a component are told apart, that an entity is found by its
//! id, that only what is new comes back, and that nothing is heard twice. `rust_queries` does the
//! same.

const peristyle = @import("peristyle");
const vector = peristyle.vector;

pub const panic = peristyle.panic;

const Position = extern struct { x: f32, y: f32, z: f32 };

const Velocity = extern struct { x: f32, y: f32, z: f32 };

/// Where a number of rows becomes visible to the game.
const Counter = extern struct { value: u32 };

/// Counts how often it was new.
const Trigger = extern struct { armed: u32 };

const Sparse = extern struct { value: u32 };

const Frozen = extern struct {};

/// A row in the order of stable ids, and the points of the teams that it has heard of.
const Wide = extern struct { id: u64, amount: f64 };

const Link = extern struct { target: peristyle.Entity };

const Score = extern struct { points: u32, rate: f32 };

/// A message that the game knows nothing of.
const Goal = extern struct {
    pub const peristyle_name = "goals::Goal";
    team: u32,
};

const Movers = struct { entity: peristyle.Entity, position: *Position, velocity: ?*const Velocity, order: peristyle.ByEntity };

/// Moves what has a velocity to the east by it, and everything else to the north by 1.
fn steer(movers: peristyle.Query(Movers)) void {
    const columns = movers.columns();
    var rows = movers.iterator();
    var index: usize = 0;
    while (rows.next()) |row| : (index += 1) {
        if (row.velocity) |velocity| row.position.x += velocity.x else row.position.y += 1;

        if (columns.velocity.isPresent(index) != (row.velocity != null)) peristyle.fault(@src(), "row {d} has a velocity in one of the two ways to ask", .{index});
        if (index > 0 and @intFromEnum(columns.entity[index - 1]) >= @intFromEnum(row.entity)) peristyle.fault(@src(), "row {d} is not in the order of ids", .{index});
        if (movers.rowOf(row.entity) != index) peristyle.fault(@src(), "row {d} is not found by its id", .{index});
        if (movers.get(row.entity).?.position != row.position) peristyle.fault(@src(), "row {d} is another one by its id", .{index});
    }
    if (movers.get(.none) != null) peristyle.fault(@src(), "no entity has a row", .{});
}

const Moved = struct { position: *const Position, moved: peristyle.Changed(Position) };

const Counters = struct { counter: *Counter };

/// Writes into every `Counter` how many positions changed since the last call.
fn count_changed(moved: peristyle.Query(Moved), counters: peristyle.Query(Counters)) void {
    for (counters.columns().counter) |*counter| counter.value = @intCast(moved.len());
}

const Links = struct { link: *const Link };

const Awake = struct { velocity: *Velocity, frozen: peristyle.Without(Frozen) };

/// Lifts everything that a link points to, unless it is frozen.
fn follow(links: peristyle.Query(Links), velocities: peristyle.Query(Awake)) void {
    for (links.columns().link) |link| {
        if (velocities.get(link.target)) |row| row.velocity.z += 1;
    }
}

const Slowed = struct { velocity: *Velocity, frozen: peristyle.With(Frozen) };

/// Halves the speed of what is frozen.
fn brake(velocities: peristyle.Query(Slowed)) void {
    vector.scale(vector.flat(velocities.columns().velocity), 0.5);
}

const Newcomers = struct { trigger: *Trigger, new: peristyle.Added(Trigger) };

/// Counts in every `Trigger` how often it was new.
fn welcome(newcomers: peristyle.Query(Newcomers)) void {
    for (newcomers.columns().trigger) |*trigger| trigger.armed += 1;
}

const FrozenNumbers = struct { number: *Sparse, frozen: peristyle.With(Frozen) };

const FreeNumbers = struct { number: *Sparse, frozen: peristyle.Without(Frozen) };

/// Takes 1 from what is frozen, and adds 1 to everything else.
fn thaw(frozen: peristyle.Query(FrozenNumbers), free: peristyle.Query(FreeNumbers)) void {
    for (frozen.columns().number) |*number| number.value -= 1;
    for (free.columns().number) |*number| number.value += 1;
}

const Ordered = struct { wide: *Wide, order: peristyle.ByStableId };

/// Numbers what is wide in the order of the game's numbers.
fn enumerate(wides: peristyle.Query(Ordered)) void {
    for (wides.columns().wide, 0..) |*wide, row| wide.id = row;
}

const Wides = struct { wide: *Wide };

/// Counts the goals of all teams, at the game's rate.
fn cheer(goals: peristyle.MessageReader(Goal), score: peristyle.Res(Score), wides: peristyle.Query(Wides)) void {
    for (goals.items()) |goal| {
        peristyle.log.info("team {d} scores", .{goal.team});
        const team: f64 = @floatFromInt(goal.team);
        for (wides.columns().wide) |*wide| wide.amount += score.value.rate * team;
    }
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "steer", .run = steer },
        .{ .name = "count_changed", .run = count_changed, .after = &.{"steer"} },
        .{ .name = "follow", .run = follow },
        .{ .name = "brake", .run = brake },
        .{ .name = "welcome", .run = welcome },
        .{ .name = "thaw", .run = thaw },
        .{ .name = "enumerate", .run = enumerate },
        .{ .name = "cheer", .run = cheer },
    } });
}
