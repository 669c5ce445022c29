const std = @import("std");
const abi = @import("abi.zig");
const schema = @import("schema.zig");
const sliceAt = @import("query.zig").sliceAt;

/// A parameter that gives a system the messages of one kind that it has not seen yet, the oldest
/// first: `for (goals.items()) |goal| …`.
///
/// The game registers the kinds of messages that it reads or sends. Modules make up kinds of their
/// own by a name with `::`:
/// `const Goal = extern struct { pub const peristyle_name = "goals::Goal"; team: u32 };`.
/// Each system has its own place in what was sent: nothing is missed while it is paused or
/// reloaded, and what a call that faults was given comes again. `Commands.send` sends messages. A
/// unit test brings its own: `cheer(.{ .messages = &.{Goal{ .team = 1 }} })`.
pub fn MessageReader(comptime T: type) type {
    comptime check(T);
    return struct {
        const Self = @This();

        /// The messages that it is about.
        pub const peristyle_messages = T;

        /// Valid until the call ends.
        messages: []const T,

        /// The messages, the oldest first. They are valid until the call ends.
        pub fn items(reader: Self) []const T {
            return reader.messages;
        }

        /// How many messages there are.
        pub fn len(reader: Self) usize {
            return reader.messages.len;
        }

        /// Whether there is no message.
        pub fn isEmpty(reader: Self) bool {
            return reader.messages.len == 0;
        }

        /// The messages of that number in a call frame.
        pub fn fromFrame(frame: *const abi.CallFrame, number: u32) Self {
            // The host wrote the frame, and a module can but believe its host.
            @setRuntimeSafety(false);
            const messages = frame.messages.at(abi.QueryFrame, number);
            const column = messages.columns.at(abi.Column, 0);
            return .{ .messages = sliceAt([]const T, column.rows, messages.rows) };
        }
    };
}

/// Refuses a type that is no message.
pub fn check(comptime T: type) void {
    schema.check(T);
    if (@sizeOf(T) == 0) @compileError("peristyle: messages `" ++ @typeName(T) ++ "` have no fields, so they say nothing; give them one, such as a number");
}

test "messages are found by their number" {
    const Ping = extern struct { value: u32 };
    const Goal = extern struct {
        pub const peristyle_name = "goals::Goal";
        team: u64,
    };
    const goals = [_]Goal{ .{ .team = 7 }, .{ .team = 9 } };
    const columns = [_]abi.Column{
        .{ .size = @sizeOf(abi.Column), .rows = &goals, .stride = 4, .presence = null },
        .{ .size = @sizeOf(abi.Column), .rows = &goals, .stride = 8, .presence = null },
    };
    const frames = [_]abi.QueryFrame{
        .{ .size = @sizeOf(abi.QueryFrame), .rows = 0, .columns = .of(abi.Column, columns[0..1]), .reserved = 0 },
        .{ .size = @sizeOf(abi.QueryFrame), .rows = 2, .columns = .of(abi.Column, columns[1..2]), .reserved = 0 },
    };
    var frame: abi.CallFrame = undefined;
    frame.messages = .of(abi.QueryFrame, &frames);

    const pings: MessageReader(Ping) = .fromFrame(&frame, 0);
    try std.testing.expect(pings.isEmpty());
    const read: MessageReader(Goal) = .fromFrame(&frame, 1);
    try std.testing.expectEqual(2, read.len());
    try std.testing.expectEqual(goals, read.items()[0..2].*);
}
