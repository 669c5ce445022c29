//! Strings and lists as fields, and the room for those that a call writes.

const std = @import("std");
const abi = @import("abi.zig");

/// Text as a field of a component.
///
/// It is where the text is, not the text itself: to change it, put another one in its place, from
/// `Room` or from anywhere else in the module's memory. What a call was given is there until the call
/// ends; do not keep it beyond.
///
/// ```zig
/// const Label = extern struct { text: peristyle.Str, size: f32 };
///
/// fn count(labels: peristyle.Query(struct { label: *Label }), room: peristyle.Room) void {
///     for (labels.columns().label) |*label| label.text = room.print("{d} bytes", .{label.text.slice().len});
/// }
/// ```
pub const Str = extern struct {
    bytes: ?[*]const u8 = null,
    len: usize = 0,

    /// No text.
    pub const empty: Str = .{};

    /// The text that lies there, in UTF-8, and goes on doing so until the call ends.
    pub fn of(text: []const u8) Str {
        return .{ .bytes = text.ptr, .len = text.len };
    }

    /// The text's bytes.
    pub fn slice(str: Str) []const u8 {
        return covered(u8, str.bytes, str.len);
    }

    /// Whether there is no text.
    pub fn isEmpty(str: Str) bool {
        return str.len == 0;
    }

    /// Whether it is this text.
    pub fn eql(str: Str, text: []const u8) bool {
        return std.mem.eql(u8, str.slice(), text);
    }

    /// Writes the text where it is formatted by `{f}`.
    pub fn format(str: Str, writer: *std.Io.Writer) std.Io.Writer.Error!void {
        try writer.writeAll(str.slice());
    }
};

/// A list of values as a field of a component: any number of a type that a field may have.
///
/// As a `Str` it is where the values are, not the values themselves.
pub fn List(comptime T: type) type {
    return extern struct {
        const Self = @This();

        /// What it has many of.
        pub const peristyle_list = T;
        /// Lists are compared by what they hold.
        pub const peristyle_name = "List";
        /// No values.
        pub const empty: Self = .{};

        values: ?[*]const T = null,
        len: usize = 0,

        /// The values that lie there, and go on doing so until the call ends.
        pub fn of(values: []const T) Self {
            return .{ .values = values.ptr, .len = values.len };
        }

        /// The values.
        pub fn slice(list: Self) []const T {
            return covered(T, list.values, list.len);
        }
    };
}

fn covered(comptime T: type, first: ?[*]const T, len: usize) []const T {
    // The host or the module wrote where the values are.
    @setRuntimeSafety(false);
    return if (len == 0) &.{} else first.?[0..len];
}

/// A parameter that gives a call room for the strings and lists that it writes into fields.
///
/// The room is empty again in the next call; what fields cover was copied out by then. Where it is full the
/// call ends as a fault that names the game's limit. A unit test brings a `SliceRoom`.
pub const Room = struct {
    /// The room in the call frame.
    state: *abi.SliceRoom,

    /// The room of a call.
    pub fn fromFrame(frame: *const abi.CallFrame) Room {
        return .{ .state = @constCast(frame.room.at(abi.SliceRoom, 0)) };
    }

    /// A text as `std.fmt` formats it: `room.print("score {d}", .{score})`.
    pub fn print(room: Room, comptime format: []const u8, args: anytype) Str {
        var writer = room.open();
        writer.print(format, args) catch full(room.state.capacity);
        return .of(room.close(&writer));
    }

    /// A copy of a text.
    pub fn text(room: Room, bytes: []const u8) Str {
        return .of(room.copy(u8, bytes));
    }

    /// A list with a copy of these values: `room.list(u32, &.{ 1, 2, 3 })`.
    pub fn list(room: Room, comptime T: type, values: []const T) List(T) {
        return .of(room.copy(T, values));
    }

    /// The room as an allocator, so that `std` makes texts and lists in it:
    /// `.of(try std.mem.concat(room.allocator(), Mark, &.{ sign.marks.slice(), &.{mark} }))`.
    ///
    /// It gives back what was taken last alone. Where the room is full the call ends as a fault.
    pub fn allocator(room: Room) std.mem.Allocator {
        return .{ .ptr = room.state, .vtable = &.{ .alloc = alloc, .resize = resize, .remap = remap, .free = free } };
    }

    /// A writer into all that is left of the room. Nobody else takes room before `close`.
    pub fn open(room: Room) std.Io.Writer {
        return .fixed(first(room.state)[room.state.used..room.state.capacity]);
    }

    /// Takes what such a writer has written.
    pub fn close(room: Room, writer: *const std.Io.Writer) []const u8 {
        room.state.used += @intCast(writer.end);
        return writer.buffered();
    }

    fn copy(room: Room, comptime T: type, values: []const T) []const T {
        if (values.len == 0) return &.{};
        const bytes = take(room.state, values.len * @sizeOf(T), .of(T));
        const place: [*]T = @ptrCast(@alignCast(bytes));
        @memcpy(place[0..values.len], values);
        return place[0..values.len];
    }

    fn first(state: *abi.SliceRoom) [*]u8 {
        return @ptrCast(@constCast(state.bytes.?));
    }

    fn take(state: *abi.SliceRoom, len: usize, alignment: std.mem.Alignment) [*]u8 {
        const start = alignment.forward(@intFromPtr(first(state)) + state.used) - @intFromPtr(first(state));
        if (start > state.capacity or len > state.capacity - start) full(state.capacity);
        state.used = @intCast(start + len);
        return first(state) + start;
    }

    fn alloc(context: *anyopaque, len: usize, alignment: std.mem.Alignment, _: usize) ?[*]u8 {
        return take(@ptrCast(@alignCast(context)), len, alignment);
    }

    /// What was taken last may grow and shrink where it is.
    fn resize(context: *anyopaque, memory: []u8, _: std.mem.Alignment, len: usize, _: usize) bool {
        const state: *abi.SliceRoom = @ptrCast(@alignCast(context));
        const start = memory.ptr - first(state);
        if (start + memory.len != state.used) return len <= memory.len;
        if (len > state.capacity - start) return false;
        state.used = @intCast(start + len);
        return true;
    }

    fn remap(context: *anyopaque, memory: []u8, alignment: std.mem.Alignment, len: usize, address: usize) ?[*]u8 {
        return if (resize(context, memory, alignment, len, address)) memory.ptr else null;
    }

    fn free(context: *anyopaque, memory: []u8, alignment: std.mem.Alignment, address: usize) void {
        _ = resize(context, memory, alignment, 0, address);
    }
};

/// Ends the call, since there is no room.
pub fn full(capacity: u32) noreturn {
    @branchHint(.cold);
    std.debug.panic("the room of {d} bytes for strings and lists is full; the game's limit is slice_bytes_max", .{capacity});
}

/// Room for the strings and lists of a unit test, 4 KiB:
/// `var room: peristyle.SliceRoom = .{}; count(labels, room.room());`
pub const SliceRoom = struct {
    state: abi.SliceRoom = .{ .bytes = null, .capacity = size },
    bytes: [size]u8 align(abi.column_align) = @splat(0),

    const size = 4096;

    /// The parameter of a system that fills the room from its beginning.
    pub fn room(slices: *SliceRoom) Room {
        slices.state.bytes = &slices.bytes;
        slices.state.used = 0;
        return .{ .state = &slices.state };
    }
};

const testing = std.testing;

test "texts are what they cover" {
    const title: Str = .of("Pad é");
    try testing.expectEqualStrings("Pad é", title.slice());
    try testing.expect(title.eql("Pad é") and !title.eql("Pad") and !title.isEmpty());
    try testing.expect(Str.empty.isEmpty() and Str.empty.eql(""));
    var buffer: [16]u8 = undefined;
    try testing.expectEqualStrings("<Pad é>", try std.fmt.bufPrint(&buffer, "<{f}>", .{title}));
}

test "a room gives texts and lists of their own, aligned" {
    const Mark = extern struct { label: Str, value: u32, rest: u32 = 0 };
    var slices: SliceRoom = .{};
    const room = slices.room();
    var name = "first".*;
    const label = room.text(&name);
    @memset(&name, 'x');
    try testing.expectEqualStrings("first", label.slice());
    const marks = room.list(Mark, &.{ .{ .label = label, .value = 1 }, .{ .label = .of("second"), .value = 2 } });
    try testing.expectEqual(0, @intFromPtr(marks.values.?) % @alignOf(Mark));
    try testing.expectEqualStrings("score -7", room.print("score {d}", .{-7}).slice());
    try testing.expectEqualStrings("first", marks.slice()[0].label.slice());
    try testing.expectEqualStrings("second", marks.slice()[1].label.slice());
    try testing.expect(room.text("").isEmpty());
    try testing.expectEqual(0, List(Mark).empty.slice().len);
    try testing.expectEqual(0, slices.room().state.used);
}

test "std makes lists in a room" {
    var slices: SliceRoom = .{};
    const room = slices.room();
    const old: List(u32) = .of(&.{ 1, 2 });
    const new: List(u32) = .of(try std.mem.concat(room.allocator(), u32, &.{ old.slice(), &.{3} }));
    try testing.expectEqualSlices(u32, &.{ 1, 2, 3 }, new.slice());
    var numbers: std.ArrayList(u64) = .empty;
    for (0..100) |number| try numbers.append(room.allocator(), number);
    try testing.expectEqual(99, numbers.items[99]);
    const used = slices.state.used;
    try testing.expect(used < 12 + 8 + 8 * 200);
    numbers.deinit(room.allocator());
    try testing.expect(slices.state.used < used);
}
