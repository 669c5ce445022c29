/// Perhaps a value, as a field of a component.
///
/// ```zig
/// const Orders = extern struct { goal: peristyle.Maybe([2]f32) };
///
/// var orders: Orders = .{ .goal = .of(.{ 1, 2 }) };
/// if (orders.goal.get()) |goal| peristyle.log.info("to {d}", .{goal[0]});
/// orders.goal.set(null);
/// orders = .{ .goal = .none };
/// ```
pub fn Maybe(comptime T: type) type {
    return extern struct {
        const Self = @This();

        /// What it may hold.
        pub const peristyle_option = T;
        /// Options are compared by what they hold.
        pub const peristyle_name = "Maybe";
        /// No value.
        pub const none: Self = .{};

        /// 0 or 1, as wide as the value's alignment, so that no padding follows.
        some: @Int(.unsigned, 8 * @alignOf(T)) = 0,
        /// The value. Bytes, since all of them are zero where there is none, and that need not be a `T`.
        bytes: [@sizeOf(T)]u8 align(@alignOf(T)) = @splat(0),

        /// That value, or none.
        pub fn of(value: ?T) Self {
            var maybe: Self = none;
            if (value) |present| {
                maybe.some = 1;
                @as(*T, @ptrCast(&maybe.bytes)).* = present;
            }
            return maybe;
        }

        /// The value, if there is one.
        pub fn get(maybe: Self) ?T {
            return if (maybe.some == 0) null else @as(*const T, @ptrCast(&maybe.bytes)).*;
        }

        /// Puts a value, or none, in the place of the one before.
        pub fn set(maybe: *Self, value: ?T) void {
            maybe.* = of(value);
        }
    };
}

const testing = @import("std").testing;

test "an option holds a value or none, and zeros where there is none" {
    const Phase = enum(u16) { rest = 1, work = 300 };
    var phase: Maybe(Phase) = .of(.work);
    try testing.expectEqual(4, @sizeOf(@TypeOf(phase)));
    try testing.expectEqual(.work, phase.get());
    phase.set(null);
    try testing.expectEqual(null, phase.get());
    try testing.expectEqual(Maybe(Phase).none, phase);
    try testing.expectEqual([_]u8{ 0, 0 }, phase.bytes);
}

test "the tag is as wide as the value's alignment" {
    const Place = extern struct { x: f32, y: f32 };
    try testing.expectEqual(2, @sizeOf(Maybe(u8)));
    try testing.expectEqual(12, @sizeOf(Maybe(Place)));
    try testing.expectEqual(16, @sizeOf(Maybe(u64)));
    try testing.expectEqual(8, @offsetOf(Maybe([3]f64), "bytes"));
    try testing.expectEqual(Place{ .x = 1, .y = 2 }, Maybe(Place).of(.{ .x = 1, .y = 2 }).get().?);
}
