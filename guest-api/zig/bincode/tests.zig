//! What values are as bytes, and which bytes are none.

const std = @import("std");
const testing = std.testing;
const bincode = @import("../bincode.zig");
const slices = @import("../slices.zig");

const Order = union(enum) {
    Stop,
    Buy: struct { what: []const u8, count: ?u16, tags: []const []const u8 },
};

fn expectBytes(expected: []const u8, value: anytype) !void {
    var room: slices.SliceRoom = .{};
    try testing.expectEqualSlices(u8, expected, bincode.encode(room.room(), value).slice());
    var arena: std.heap.ArenaAllocator = .init(testing.allocator);
    defer arena.deinit();
    try testing.expectEqualDeep(value, try bincode.decode(@TypeOf(value), expected, arena.allocator()));
}

test "numbers are as wide as their types" {
    try expectBytes("\x01", true);
    try expectBytes("\xfe", @as(i8, -2));
    try expectBytes("\x34\x12", @as(u16, 0x1234));
    try expectBytes("\xff\xff\xff\xff\xff\xff\xff\xff", @as(i64, -1));
    try expectBytes("\x02" ++ "\x00" ** 15, @as(u128, 2));
    try expectBytes("\x00\x00\x80\x3f", @as(f32, 1));
    try expectBytes("\x00\x00\x00\x00\x00\x00\xf0\xbf", @as(f64, -1));
    try expectBytes("", {});
}

test "lists have a length, arrays and structs have none" {
    try expectBytes("\x02\x00\x00\x00\x00\x00\x00\x00hi", @as([]const u8, "hi"));
    try expectBytes("\x02\x00\x00\x00\x00\x00\x00\x00\x01\x00\x02\x00", @as([]const u16, &.{ 1, 2 }));
    try expectBytes("\x01\x00\x02\x00", [2]u16{ 1, 2 });
    const Place = struct { x: u8, rest: struct { ?u8, ?u8 } };
    try expectBytes("\x07\x00\x01\x09", Place{ .x = 7, .rest = .{ null, 9 } });
}

test "variants are numbered by their place" {
    const Mood = enum(u8) { Calm = 9, Eager = 4 };
    try expectBytes("\x00\x00\x00\x00", Mood.Calm);
    try expectBytes("\x01\x00\x00\x00", Mood.Eager);
    try expectBytes("\x00\x00\x00\x00", @as(Order, .Stop));
    const buy: Order = .{ .Buy = .{ .what = "oil", .count = 500, .tags = &.{ "a", "" } } };
    try expectBytes("\x01\x00\x00\x00" ++ "\x03\x00\x00\x00\x00\x00\x00\x00oil" ++ "\x01\xf4\x01" ++
        "\x02\x00\x00\x00\x00\x00\x00\x00" ++ "\x01\x00\x00\x00\x00\x00\x00\x00a" ++ "\x00\x00\x00\x00\x00\x00\x00\x00", buy);
}

test "bytes that are those of no value are an error of their own" {
    const cases = [_]struct { bincode.Error, []const u8 }{
        .{ error.EndOfBytes, "" },
        .{ error.EndOfBytes, "\x01\x00\x00" },
        .{ error.UnknownVariant, "\x02\x00\x00\x00" },
        .{ error.TooManyBytes, "\x00\x00\x00\x00\x00" },
        .{ error.EndOfBytes, "\x01\x00\x00\x00" ++ "\xff" ** 8 },
        .{ error.NotABool, "\x01\x00\x00\x00" ++ "\x00" ** 8 ++ "\x02" },
        // More tags than bytes could hold.
        .{ error.EndOfBytes, "\x01\x00\x00\x00" ++ "\x00" ** 8 ++ "\x00" ++ "\x00\x00\x00\x10\x00\x00\x00\x00" ++ "\x00" ** 64 },
    };
    for (cases) |case| {
        const expected, const bytes = case;
        // Nothing is allocated for such bytes.
        try testing.expectError(expected, bincode.decode(Order, bytes, testing.failing_allocator));
    }
}

test "what is cut off anywhere is an error" {
    const bytes = "\x01\x00\x00\x00" ++ "\x03\x00\x00\x00\x00\x00\x00\x00oil" ++ "\x01\xf4\x01" ++
        "\x01\x00\x00\x00\x00\x00\x00\x00" ++ "\x01\x00\x00\x00\x00\x00\x00\x00a";
    for (0..bytes.len) |len| {
        var buffer: [256]u8 = undefined;
        var fixed: std.heap.FixedBufferAllocator = .init(&buffer);
        try testing.expectError(error.EndOfBytes, bincode.decode(Order, bytes[0..len], fixed.allocator()));
    }
}

test "a type may be in itself, to a depth" {
    const Tree = struct { branches: []const @This() };
    const leaf: Tree = .{ .branches = &.{} };
    try expectBytes("\x02" ++ "\x00" ** 23, Tree{ .branches = &.{ leaf, leaf } });
    const one = "\x01" ++ "\x00" ** 7;
    var arena: std.heap.ArenaAllocator = .init(testing.allocator);
    defer arena.deinit();
    const deep = one ** bincode.depth_max ++ "\x00" ** 8;
    try testing.expectError(error.TooDeep, bincode.decode(Tree, deep, arena.allocator()));
    _ = try bincode.decode(Tree, deep[8..], arena.allocator());
}

test "texts are not copied, and lists take what a room has" {
    var buffer: slices.SliceRoom = .{};
    const room = buffer.room();
    const order: Order = .{ .Buy = .{ .what = "oil", .count = null, .tags = &.{ "a", "bc" } } };
    const bytes = bincode.encode(room, order).slice();
    const read = try bincode.decode(Order, bytes, room.allocator());
    try testing.expectEqualDeep(order, read);
    try testing.expectEqual(bytes.ptr + 12, read.Buy.what.ptr);
    try testing.expectError(error.OutOfMemory, bincode.decode(Order, bytes, testing.failing_allocator));
}
