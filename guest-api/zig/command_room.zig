const std = @import("std");
const abi = @import("abi.zig");
const Commands = @import("commands.zig").Commands;
const Entity = @import("entity.zig").Entity;

/// Room for the commands of a unit test, 4 KiB:
/// `var room: peristyle.CommandRoom = .{}; churn(room.commands(peristyle.Commands(.{Position})));`
pub const CommandRoom = struct {
    buffer: abi.CommandBuffer = .{ .records = null, .capacity = words * @sizeOf(u64), .first_entity = 1 << 63 | 1 },
    records: [words]u64 = @splat(0),

    const words = 512;

    /// The parameter of a system that fills the room from its beginning.
    pub fn commands(room: *CommandRoom, comptime Parameter: type) Parameter {
        room.buffer.records = &room.records;
        room.buffer.used = 0;
        room.buffer.spawned = 0;
        return .{ .buffer = &room.buffer };
    }

    /// The kinds of the commands, in their order.
    pub fn kinds(room: *const CommandRoom) Kinds {
        return .{ .rest = std.mem.sliceAsBytes(&room.records)[0..room.buffer.used] };
    }

    /// The kinds of the commands that are left.
    pub const Kinds = struct {
        rest: []const u8,

        /// The next kind, until there is none.
        pub fn next(self: *Kinds) ?abi.CommandKind {
            if (self.rest.len == 0) return null;
            const record = std.mem.bytesToValue(abi.CommandRecord, self.rest[0..@sizeOf(abi.CommandRecord)]);
            self.rest = self.rest[record.size..];
            return record.kind;
        }
    };
};

test "commands are records one after the other" {
    const Position = extern struct { x: f32, y: f32, z: f32 };
    const Parked = extern struct {};
    const Owner = extern struct { entity: Entity };
    const Hit = extern struct { points: u32 };
    const Goal = extern struct { target: Entity };
    const first_entity: u64 = 1 << 63 | 1;
    const drone: Entity = @enumFromInt(7);
    var room: CommandRoom = .{};
    const commands = room.commands(Commands(.{ .components = .{ Position, Parked, Owner }, .messages = .{ Hit, Goal } }));

    const base = commands.spawn(.{});
    const child = commands.spawn(.{ Parked{}, Position{ .x = 1, .y = 2, .z = 3 } });
    commands.setParent(child, base);
    commands.insert(drone, Owner{ .entity = child });
    commands.remove(drone, Position);
    commands.removeParent(drone);
    commands.disable(drone);
    commands.enable(drone);
    commands.despawn(drone);
    commands.send(Goal{ .target = base });
    commands.send(Hit{ .points = 5 });

    const first, const second = .{ first_entity, first_entity + 1 };
    const expected = [_]struct { abi.CommandKind, u64, u32, []const u8 }{
        .{ .spawn, first, 0, "" },
        .{ .spawn, second, 0, "" },
        .{ .insert, second, 1, "" },
        .{ .insert, second, 0, std.mem.asBytes(&Position{ .x = 1, .y = 2, .z = 3 }) },
        .{ .set_parent, second, 0, std.mem.asBytes(&first) },
        .{ .insert, 7, 2, std.mem.asBytes(&second) },
        .{ .remove, 7, 0, "" },
        .{ .set_parent, 7, 0, std.mem.asBytes(&@as(u64, 0)) },
        .{ .disable, 7, 0, "" },
        .{ .enable, 7, 0, "" },
        .{ .despawn, 7, 0, "" },
        .{ .send, 0, 4, std.mem.asBytes(&first) },
        .{ .send, 0, 3, std.mem.asBytes(&Hit{ .points = 5 }) },
    };
    var offset: usize = 0;
    var kinds = room.kinds();
    for (expected) |row| {
        const kind, const entity, const term, const payload = row;
        const bytes = std.mem.sliceAsBytes(&room.records)[offset..];
        const record = std.mem.bytesToValue(abi.CommandRecord, bytes[0..@sizeOf(abi.CommandRecord)]);
        try std.testing.expectEqual(kind, record.kind);
        try std.testing.expectEqual(kind, kinds.next());
        try std.testing.expectEqual(entity, record.entity);
        try std.testing.expectEqual(term, record.term);
        try std.testing.expectEqualSlices(u8, payload, bytes[@sizeOf(abi.CommandRecord)..][0..record.payload_bytes]);
        offset += record.size;
    }
    try std.testing.expectEqual(null, kinds.next());
    try std.testing.expectEqual(offset, room.buffer.used);
    try std.testing.expectEqual(2, room.buffer.spawned);
    try std.testing.expectEqual(expected.len * 24 + 16 + 8 + 8 + 8 + 8 + 8, offset);
}

test "events are numbered after messages" {
    const Goal = extern struct { team: u32 };
    const Alarm = extern struct { level: u64 };
    var room: CommandRoom = .{};
    const commands = room.commands(Commands(.{ .messages = .{Goal}, .events = .{ Goal, Alarm } }));
    commands.trigger(Alarm{ .level = 7 });
    commands.trigger(Goal{ .team = 2 });
    const bytes = std.mem.sliceAsBytes(&room.records);
    const alarm = std.mem.bytesToValue(abi.CommandRecord, bytes[0..24]);
    try std.testing.expectEqual(abi.CommandRecord{ .size = 32, .kind = .trigger, .entity = 0, .term = 2, .payload_bytes = 8 }, alarm);
    try std.testing.expectEqual(7, std.mem.bytesToValue(u64, bytes[24..32]));
    const goal = std.mem.bytesToValue(abi.CommandRecord, bytes[32..56]);
    try std.testing.expectEqual(1, goal.term);
    try std.testing.expectEqual(4, goal.payload_bytes);
}

test "messages may stand without components" {
    const Goal = extern struct { team: u32 };
    var room: CommandRoom = .{};
    const commands = room.commands(Commands(.{ .messages = .{Goal} }));
    commands.send(Goal{ .team = 2 });
    var kinds = room.kinds();
    try std.testing.expectEqual(.send, kinds.next());
    try std.testing.expectEqual(0, std.mem.bytesToValue(abi.CommandRecord, std.mem.asBytes(&room.records)[0..@sizeOf(abi.CommandRecord)]).term);
}

test "many messages are one record" {
    const Hit = extern struct { points: u32 };
    var room: CommandRoom = .{};
    const commands = room.commands(Commands(.{ .messages = .{Hit} }));
    commands.sendAll(&[_]Hit{ .{ .points = 1 }, .{ .points = 2 }, .{ .points = 3 } });
    for (commands.sendRoom(Hit, 2), 4..) |*hit, points| {
        try std.testing.expectEqual(0, hit.points);
        hit.points = @intCast(points);
    }
    const none: []const Hit = &.{};
    commands.sendAll(none);
    try std.testing.expectEqual(0, commands.sendRoom(Hit, 0).len);

    const bytes = std.mem.sliceAsBytes(&room.records);
    const first = std.mem.bytesToValue(abi.CommandRecord, bytes[0..24]);
    try std.testing.expectEqual(12, first.payload_bytes);
    try std.testing.expectEqual(40, first.size);
    try std.testing.expectEqualSlices(u32, &.{ 1, 2, 3 }, @alignCast(std.mem.bytesAsSlice(u32, bytes[24..36])));
    const second = std.mem.bytesToValue(abi.CommandRecord, bytes[40..64]);
    try std.testing.expectEqual(8, second.payload_bytes);
    try std.testing.expectEqualSlices(u32, &.{ 4, 5 }, @alignCast(std.mem.bytesAsSlice(u32, bytes[64..72])));
    try std.testing.expectEqual(72, room.buffer.used);
}
