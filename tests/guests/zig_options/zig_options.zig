//! Says when and how often its systems run, asks several queries at once, and has a component of its own.
//!
//! Tests see with it that each system runs exactly where it should. `rust_options` does the same.

const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Position = extern struct { x: f32, y: f32, z: f32 };

const Counter = extern struct { value: u32 };

const Frozen = extern struct {};

const Trigger = extern struct { armed: u32 };

/// A message of the game.
const Ping = extern struct { value: u32, loud: bool, reserved: [3]u8 };

/// How often each system has run.
const Tally = extern struct { rarely: u32, answers: u32, pings: u32, played: u32, slept: u32, frames: u32, seconds: f32 };

/// A component that the game knows nothing of.
const Charge = extern struct {
    pub const peristyle_name = "options::Charge";
    left: u32,
};

const Tallies = peristyle.Query(struct { tally: *Tally });

/// Runs in every fourth tick.
fn rarely(tallies: Tallies) void {
    for (tallies.columns().tally) |*tally| tally.rarely += 1;
}

/// Runs where a message waits for it.
fn answer(pings: peristyle.MessageReader(Ping), tallies: Tallies) void {
    for (tallies.columns().tally) |*tally| {
        tally.answers += 1;
        tally.pings += @intCast(pings.len());
    }
}

/// Runs in a state of the game.
fn play(tallies: Tallies) void {
    for (tallies.columns().tally) |*tally| tally.played += 1;
}

/// Runs where the game says that it is night, in every second tick.
fn sleep(tallies: Tallies) void {
    for (tallies.columns().tally) |*tally| tally.slept += 1;
}

/// Runs once a frame, and adds up the frames' lengths.
fn watch(time: peristyle.Time, tallies: Tallies) void {
    for (tallies.columns().tally) |*tally| {
        tally.frames += 1;
        tally.seconds += time.delta_seconds;
    }
}

/// Never ends on its own: a small budget of its own stops it.
fn spin(tallies: Tallies) void {
    for (tallies.columns().tally) |*tally| {
        while (tally.seconds >= 0) tally.slept +%= 1;
    }
}

/// Counts the primes up to each large number: more than one pass has fuel for.
fn countPrimes(triggers: peristyle.Query(struct { trigger: *Trigger })) void {
    for (triggers.columns().trigger) |*trigger| {
        if (trigger.armed < 10_000) continue;
        var primes: u32 = 0;
        var number: u32 = 2;
        while (number <= trigger.armed) : (number += 1) primes += @intFromBool(isPrime(number));
        trigger.armed = primes;
    }
}

fn isPrime(number: u32) bool {
    var divisor: u32 = 2;
    while (divisor * divisor <= number) : (divisor += 1) {
        if (number % divisor == 0) return false;
    }
    return true;
}

const Leaders = struct { position: *const Position, frozen: peristyle.With(Frozen) };

const Others = struct { position: *Position, frozen: peristyle.Without(Frozen) };

/// Draws everything towards the one that is frozen, each the less the more there are.
fn gather(leaders: peristyle.Query(Leaders), others: peristyle.Query(Others)) void {
    const leader = (leaders.single() orelse return).position;
    if (others.isEmpty()) return;
    const share = 1 / @as(f32, @floatFromInt(others.len()));
    for (others.columns().position) |*position| position.x += share * (leader.x - position.x);
}

const Empty = struct { entity: peristyle.Entity, counter: peristyle.With(Counter), charge: peristyle.Without(Charge) };

/// Charges what has no charge yet.
fn charge(empty: peristyle.Query(Empty), commands: peristyle.Commands(.{Charge})) void {
    for (empty.columns().entity) |entity| commands.insert(entity, Charge{ .left = 3 });
}

const Charged = struct { entity: peristyle.Entity, charge: *Charge, counter: *Counter };

/// Uses up the charges, and counts what is left.
fn drain(charged: peristyle.Query(Charged), commands: peristyle.Commands(.{Charge})) void {
    var rows = charged.iterator();
    while (rows.next()) |row| {
        row.counter.value += row.charge.left;
        row.charge.left -= 1;
        if (row.charge.left == 0) commands.remove(row.entity, Charge);
    }
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "rarely", .run = rarely, .run_if = &.{"every(4)"} },
        .{ .name = "answer", .run = answer, .run_if = &.{"on_message(Ping)"} },
        .{ .name = "play", .run = play, .run_if = &.{"in_state(Playing)"} },
        .{ .name = "sleep", .run = sleep, .run_if = &.{ "night", "every(2)" } },
        .{ .name = "watch", .run = watch, .schedule = .update },
        .{ .name = "spin", .run = spin, .fuel_per_call = 5_000, .fuel_per_row = 50 },
        .{ .name = "count_primes", .run = countPrimes, .suspends = true },
        .{ .name = "gather", .run = gather },
        .{ .name = "charge", .run = charge },
        .{ .name = "drain", .run = drain, .before = &.{"charge"} },
    } });
}
