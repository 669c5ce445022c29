//! Reads and writes fields of all types: nested structs, enums, flags, options, arrays of several
//! dimensions.
//!
//! Tests see with it that values go from the game to a script and back unchanged, and what a script
//! can do with each type. `rust_types` does the same.

const peristyle = @import("peristyle");
const Maybe = peristyle.Maybe;

pub const panic = peristyle.panic;

/// How a drone feels.
const Mood = enum(u8) { Calm, Eager = 4, Angry = 9 };

/// What a drone does.
const Phase = enum(u16) { Rest = 1, Work = 300 };

/// What a drone can do.
const Abilities = packed struct(u8) { FLY: bool, _middle: bool = false, SWIM: bool, _rest: u5 = 0 };

/// What a drone may do.
const Rights = packed struct(u16) { READ: bool, _middle: u14 = 0, WRITE: bool };

/// One of the places where a drone carries something.
const Slot = extern struct {
    at: Maybe([2]f32),
    count: u16,
    mood: Mood,
    full: bool,
};

/// Fields of all types.
const Everything = extern struct {
    friend: Maybe(peristyle.Entity),
    big: u64,
    debt: i64,
    exact: f64,
    slots: [2]Slot,
    goal: Maybe([2]f32),
    heat: [2][3][2]f32,
    count: u32,
    change: i32,
    heading: f32,
    years: u16,
    height: i16,
    phase: Phase,
    rights: Rights,
    mood: Mood,
    abilities: Abilities,
    level: Maybe(u8),
    byte: u8,
    sign: i8,
    is_awake: bool,
    moods: [2][2]Mood,
    tags: [5]u8,
};

const Source = extern struct { all: Everything };

const Target = extern struct { all: Everything };

const Subject = extern struct { all: Everything };

const Copies = struct { source: *const Source, target: *Target };

/// Copies every field on its own.
fn copy(copies: peristyle.Query(Copies)) void {
    var rows = copies.iterator();
    while (rows.next()) |row| {
        const to, const from = .{ &row.target.all, &row.source.all };
        inline for (.{ "friend", "goal", "level" }) |name| @field(to, name).set(@field(from, name).get());
        for (&to.slots, &from.slots) |*slot, *other| {
            slot.at.set(other.at.get());
            inline for (.{ "count", "mood", "full" }) |name| @field(slot, name) = @field(other, name);
        }
        inline for (.{
            "big",   "debt",   "exact", "heat", "count",     "change", "heading", "years",    "height",
            "phase", "rights", "mood",  "byte", "abilities", "sign",   "moods",   "is_awake", "tags",
        }) |name| @field(to, name) = @field(from, name);
    }
}

const Subjects = struct { subject: *Subject };

/// Counts unsigned numbers up and signed ones down.
fn count(subjects: peristyle.Query(Subjects)) void {
    for (subjects.columns().subject) |*subject| {
        const all = &subject.all;
        inline for (.{ "big", "count", "years", "byte" }) |name| @field(all, name) +%= 1;
        inline for (.{ "debt", "change", "height", "sign" }) |name| @field(all, name) -%= 1;
        all.is_awake = !all.is_awake;
        const tags = all.tags;
        for (&all.tags, 1..) |*tag, number| tag.* = tags[tags.len - number];
    }
}

/// The next value of the enum.
fn next(mood: Mood) Mood {
    return switch (mood) {
        .Calm => .Eager,
        .Eager => .Angry,
        .Angry => .Calm,
    };
}

/// Puts the next value in the place of each of an enum.
fn feel(subjects: peristyle.Query(Subjects)) void {
    for (subjects.columns().subject) |*subject| {
        const all = &subject.all;
        all.mood = next(all.mood);
        for (&all.slots) |*slot| slot.mood = next(slot.mood);
        for (&all.moods) |*row| {
            for (row) |*mood| mood.* = next(mood.*);
        }
        all.phase = switch (all.phase) {
            .Rest => .Work,
            .Work => .Rest,
        };
    }
}

/// Sets flags and takes them away.
fn learn(subjects: peristyle.Query(Subjects)) void {
    for (subjects.columns().subject) |*subject| {
        const all = &subject.all;
        if (all.abilities.FLY) {
            all.abilities.FLY = false;
            all.abilities.SWIM = true;
        } else {
            all.abilities.FLY = true;
        }
        all.rights = .{ .READ = false, .WRITE = true };
    }
}

const Deciders = struct { entity: peristyle.Entity, subject: *Subject };

/// Takes what is there, and gives what is not.
fn decide(deciders: peristyle.Query(Deciders)) void {
    var rows = deciders.iterator();
    while (rows.next()) |row| {
        const all = &row.subject.all;
        all.slots[0].at = all.goal;
        all.goal.set(if (all.goal.get()) |goal| .{ goal[1], goal[0] + 1 } else .{ 1, 2 });
        if (all.level.get()) |level| all.level.set(if (level > 9) null else level + 1) else all.level.set(0);
        all.friend = if (all.friend.get() != null) .none else .of(row.entity);
    }
}

/// The sum of numbers, from the first to the last.
fn sum(tensor: peristyle.Tensor(f32, 3)) f32 {
    var total: f32 = 0;
    var values = tensor.values();
    while (values.next()) |value| total += value;
    return total;
}

/// Adds numbers of three dimensions, and finds one from behind.
fn measure(subjects: peristyle.Query(Subjects)) void {
    for (subjects.columns().subject) |*subject| {
        const all = &subject.all;
        const heat: peristyle.Tensor(f32, 3) = .of(&all.heat);
        all.exact = sum(heat);
        all.heading = heat.transposed().get(.{ 1, 2, 0 }) orelse 0;
        const half = sum(heat.part(1, 1, 2).?);
        _ = peristyle.tensor.set(&all.heat, .{ 1, 0, 1 }, half);
    }
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "copy", .run = copy },
        .{ .name = "count", .run = count },
        .{ .name = "feel", .run = feel },
        .{ .name = "learn", .run = learn },
        .{ .name = "decide", .run = decide },
        .{ .name = "measure", .run = measure },
    } });
}
