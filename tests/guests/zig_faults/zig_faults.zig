//! Faults in the way that a trigger chooses, in a function that the system calls.
//!
//! Tests see with it that the game is told the line. A line with a fault ends in `// fault:` and
//! its name; functions that are `noinline` have code of their own, and the others are inlined.

const std = @import("std");
const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

/// The fault to make: one of the numbers in `misbehave`, or another one for none.
const Trigger = extern struct { armed: u32 };

/// A number that the compiler does not know: 0 where there is to be a fault.
const Counter = extern struct { value: u32 };

/// A type that has bytes which are no value.
const Switch = extern struct { on: bool, more: [3]bool };

const Rows = struct { trigger: *const Trigger, counter: *Counter };
const Switches = struct { lamp: *Switch };

fn misbehave(rows: peristyle.Query(Rows), switches: peristyle.Query(Switches)) void {
    var each = rows.iterator();
    while (each.next()) |row| switch (row.trigger.armed) {
        1 => row.counter.value = divide(1000, row.counter.value),
        2 => row.counter.value = pick(&.{ 3, 5 }, ~row.counter.value),
        3 => row.counter.value = increase(~row.counter.value, 1),
        4 => giveUp(row.counter),
        5 => trap(row.counter),
        6 => repeat(row.counter),
        7 => row.counter.value = descend(&row.counter.value),
        8 => for (switches.columns().lamp) |*lamp| spoil(lamp),
        else => {},
    };
}

noinline fn divide(dividend: u32, divisor: u32) u32 {
    return dividend / divisor; // fault: divide
}

inline fn pick(levels: []const u32, index: u32) u32 {
    return levels[index]; // fault: index
}

noinline fn increase(value: u32, by: u32) u32 {
    return value + by; // fault: overflow
}

inline fn giveUp(counter: *Counter) void {
    counter.value += 1;
    unreachable; // fault: panic
}

noinline fn trap(counter: *Counter) void {
    counter.value += 1;
    @trap(); // fault: trap
}

inline fn repeat(counter: *Counter) void {
    while (true) step(counter); // fault: loop
}

inline fn step(counter: *Counter) void {
    counter.value +%= 1;
    std.mem.doNotOptimizeAway(counter.value);
}

noinline fn descend(depth: *const u32) u32 {
    var below = depth.* +% 1;
    std.mem.doNotOptimizeAway(&below);
    return descend(&below) +% depth.*; // fault: recursion
}

noinline fn spoil(lamp: *Switch) void {
    const byte: *u8 = @ptrCast(&lamp.more[1]);
    byte.* = 2; // fault: write
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "misbehave", .run = misbehave }} });
}
