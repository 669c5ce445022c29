const std = @import("std");
const abi = @import("abi.zig");
const schema = @import("schema.zig");
const terms = @import("terms.zig");
const messages = @import("messages.zig");
const sliceAt = @import("query.zig").sliceAt;
const Entity = @import("entity.zig").Entity;

/// A parameter that has a system run on events: where none happened since it last finished, it does not run.
///
/// `On(Alarm)` gives the events of a kind that the game registered, or that scripts made up by a name with
/// `::`, in the order in which they happened. `On(Added(T))` and `On(Removed(T))` give the entities that got or
/// lost a component, despawned ones included. Nothing is missed while the system is paused or reloaded.
///
/// ```zig
/// fn sound(alarms: peristyle.On(Alarm)) void {
///     for (alarms.items()) |alarm| peristyle.log.info("alarm of level {d}", .{alarm.level});
/// }
///
/// fn warn(lost: peristyle.On(peristyle.Removed(Battery)), commands: peristyle.Commands(.{ .events = .{Alarm} })) void {
///     commands.trigger(Alarm{ .level = @intCast(lost.len()) });
/// }
/// ```
///
/// A unit test brings its own: `sound(.{ .events = &.{Alarm{ .level = 1 }} })`.
pub fn On(comptime E: type) type {
    const observed = comptime termOf(E);
    const Item = if (observed.kind == .read) E else Entity;
    return struct {
        const Self = @This();

        /// What it is about.
        pub const peristyle_events = observed;

        /// Valid until the call ends.
        events: []const Item,

        /// The events, or the entities, in the order in which it happened. They are valid until the call ends.
        pub fn items(on: Self) []const Item {
            return on.events;
        }

        /// How many there are: at least one, but where the system runs on other events as well.
        pub fn len(on: Self) usize {
            return on.events.len;
        }

        /// Whether there is none.
        pub fn isEmpty(on: Self) bool {
            return on.events.len == 0;
        }

        /// The events of that number among the messages and events in a call frame.
        pub fn fromFrame(frame: *const abi.CallFrame, number: u32) Self {
            // The host wrote the frame, and a module can but believe its host.
            @setRuntimeSafety(false);
            const events = frame.messages.at(abi.QueryFrame, number);
            const column = events.columns.at(abi.Column, 0);
            return .{ .events = sliceAt([]const Item, column.rows, events.rows) };
        }
    };
}

fn termOf(comptime E: type) terms.Term {
    if (terms.isFilter(E)) {
        if (E.peristyle_filter != .added and E.peristyle_filter != .removed) @compileError("peristyle.On(" ++ @typeName(E) ++ ") is not what a system can run on; write peristyle.On(E) of an event, peristyle.On(peristyle.Added(T)) or peristyle.On(peristyle.Removed(T)) of a component");
        return .{ .name = "", .kind = E.peristyle_filter, .Component = E.Component };
    }
    check(E);
    return .{ .name = "", .kind = .read, .Component = E };
}

/// Refuses a type that is no event.
pub fn check(comptime E: type) void {
    schema.check(E);
    if (@sizeOf(E) == 0) @compileError("peristyle: events `" ++ @typeName(E) ++ "` have no fields, so they say nothing; give them one, such as a number");
}

test "events and entities are found by their number, after messages" {
    const Alarm = extern struct { level: u32 };
    const Frozen = extern struct {};
    const alarms = [_]Alarm{ .{ .level = 3 }, .{ .level = 5 } };
    const entities = [_]Entity{@enumFromInt(9)};
    const columns = [_]abi.Column{
        .{ .size = @sizeOf(abi.Column), .rows = &alarms, .stride = 4, .presence = null },
        .{ .size = @sizeOf(abi.Column), .rows = &entities, .stride = 8, .presence = null },
    };
    const frames = [_]abi.QueryFrame{
        .{ .size = @sizeOf(abi.QueryFrame), .rows = 2, .columns = .of(abi.Column, columns[0..1]), .reserved = 0 },
        .{ .size = @sizeOf(abi.QueryFrame), .rows = 1, .columns = .of(abi.Column, columns[1..2]), .reserved = 0 },
    };
    var frame: abi.CallFrame = undefined;
    frame.messages = .of(abi.QueryFrame, &frames);

    const read: messages.MessageReader(Alarm) = .fromFrame(&frame, 0);
    try std.testing.expectEqual(2, read.len());
    const on: On(Alarm) = .fromFrame(&frame, 0);
    try std.testing.expectEqual(alarms, on.items()[0..2].*);
    const lost: On(terms.Removed(Frozen)) = .fromFrame(&frame, 1);
    try std.testing.expectEqual(entities, lost.items()[0..1].*);
    try std.testing.expect(lost.len() == 1 and !lost.isEmpty());
}
