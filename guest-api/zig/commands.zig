const std = @import("std");
const abi = @import("abi.zig");
const schema = @import("schema.zig");
const messages = @import("messages.zig");
const events = @import("events.zig");
const options_check = @import("options.zig");
const Entity = @import("entity.zig").Entity;

/// A parameter that lets a system spawn and despawn entities, and give them components of the
/// list and take those away: `Commands(.{ Position, Velocity, Grounded })`. With messages to send and
/// events to trigger it is `Commands(.{ .components = .{Position}, .messages = .{Goal}, .events = .{Alarm} })`,
/// where any may be left out.
///
/// Commands are done after all script systems of the schedule have run, in the order in which they
/// were given, and only where the call finishes. An entity is one of a column or one that `spawn`
/// returned in this call; commands about one that is gone by then are skipped.
pub fn Commands(comptime lists: anytype) type {
    const list = comptime componentList(lists);
    const message_list = comptime messageList(lists);
    const event_list = comptime eventList(lists);
    return struct {
        const Self = @This();

        /// The components that commands may insert or remove, in order.
        pub const peristyle_commands = list;
        /// The messages that commands may send, in order.
        pub const peristyle_sends = message_list;
        /// The events that commands may trigger, in order.
        pub const peristyle_triggers = event_list;

        /// Where the call leaves its commands.
        buffer: *abi.CommandBuffer,

        /// The commands of a call.
        pub fn fromFrame(frame: *const abi.CallFrame) Self {
            return .{ .buffer = @constCast(frame.commands.at(abi.CommandBuffer, 0)) };
        }

        /// Makes an entity of these components:
        /// `commands.spawn(.{ Position{ .x = 0, .y = 0, .z = 0 }, Grounded{} })`.
        ///
        /// The id is good for later commands of the same call, and for nothing else.
        pub fn spawn(commands: Self, values: anytype) Entity {
            const entity: Entity = @enumFromInt(commands.buffer.first_entity + commands.buffer.spawned);
            push(commands.buffer, .spawn, entity, 0, {});
            commands.buffer.spawned += 1;
            commands.insert(entity, values);
            return entity;
        }

        /// Removes an entity and all its children.
        pub fn despawn(commands: Self, entity: Entity) void {
            push(commands.buffer, .despawn, entity, 0, {});
        }

        /// Gives an entity a component, or several: `commands.insert(drone, .{ Grounded{}, home })`.
        /// A component that it has already takes the new value.
        pub fn insert(commands: Self, entity: Entity, values: anytype) void {
            const Values = @TypeOf(values);
            const is_tuple = Values == @TypeOf(.{}) or (@typeInfo(Values) == .@"struct" and @typeInfo(Values).@"struct".is_tuple);
            if (!is_tuple) return push(commands.buffer, .insert, entity, comptime numberOf(list, Values), values);
            inline for (values) |value| push(commands.buffer, .insert, entity, comptime numberOf(list, @TypeOf(value)), value);
        }

        /// Takes component `T` from an entity, if it has it.
        pub fn remove(commands: Self, entity: Entity, comptime T: type) void {
            push(commands.buffer, .remove, entity, comptime numberOf(list, T), {});
        }

        /// Makes an entity the child of another, so that it is despawned with it.
        pub fn setParent(commands: Self, entity: Entity, parent: Entity) void {
            push(commands.buffer, .set_parent, entity, 0, parent);
        }

        /// Makes an entity the child of none.
        pub fn removeParent(commands: Self, entity: Entity) void {
            commands.setParent(entity, .none);
        }

        /// Sends a message, to the game and to every system that reads messages of this kind:
        /// `commands.send(Goal{ .team = 1 })`.
        pub fn send(commands: Self, message: anytype) void {
            push(commands.buffer, .send, .none, comptime sendTerm(@TypeOf(message)), message);
        }

        /// Sends messages of one kind that are there already, in their order:
        /// `commands.sendAll(&[_]Goal{ .{ .team = 1 }, .{ .team = 2 } })`.
        pub fn sendAll(commands: Self, messages_there: anytype) void {
            const T = std.meta.Elem(@TypeOf(messages_there));
            const all: []const T = messages_there;
            @memcpy(room(commands.buffer, T, comptime sendTerm(T), all.len), all);
        }

        /// Sends `count` messages of type `T`, which the caller writes into the slice. They are all
        /// zeros so far. It is the fastest way to send many:
        /// `for (commands.sendRoom(Goal, teams.len), teams) |*goal, team| goal.* = .{ .team = team.id };`.
        pub fn sendRoom(commands: Self, comptime T: type, count: usize) []T {
            const rows = room(commands.buffer, T, comptime sendTerm(T), count);
            @memset(std.mem.sliceAsBytes(rows), 0);
            return rows;
        }

        /// Triggers an event: the game's observers see it when commands are done, and scripts that run on
        /// it when their schedule runs next: `commands.trigger(Alarm{ .level = 1 })`.
        pub fn trigger(commands: Self, event: anytype) void {
            const number = comptime eventNumber(event_list, @TypeOf(event));
            push(commands.buffer, .trigger, .none, list.len + message_list.len + number, event);
        }

        /// Messages are numbered after the components, and events after the messages.
        fn sendTerm(comptime T: type) u32 {
            return @as(u32, list.len) + messageNumber(message_list, T);
        }

        /// Takes a disabled entity back into all queries.
        pub fn enable(commands: Self, entity: Entity) void {
            push(commands.buffer, .enable, entity, 0, {});
        }

        /// Hides an entity from all queries, scripts' and the game's.
        pub fn disable(commands: Self, entity: Entity) void {
            push(commands.buffer, .disable, entity, 0, {});
        }
    };
}

const example_components = "peristyle.Commands(.{ Position, Velocity })";
const example_messages = "peristyle.Commands(.{ .components = .{Position}, .messages = .{Goal} })";

const example_events = "peristyle.Commands(.{ .components = .{Position}, .events = .{Alarm} })";

/// The component types that commands may be about.
fn componentList(comptime lists: anytype) []const type {
    const components = if (!isNamed(lists)) lists else if (@hasField(@TypeOf(lists), "components")) lists.components else .{};
    return typeList("the list of peristyle.Commands", "component", components, example_components);
}

/// The types of the messages that commands may send.
fn messageList(comptime lists: anytype) []const type {
    if (!isNamed(lists)) return &.{};
    options_check.allowOnly("peristyle.Commands", lists, &.{ "components", "messages", "events" });
    const Lists = @TypeOf(lists);
    const all = typeList("`.messages` of peristyle.Commands", "message", if (@hasField(Lists, "messages")) lists.messages else .{}, example_messages);
    for (all) |T| messages.check(T);
    return all;
}

/// The types of the events that commands may trigger.
fn eventList(comptime lists: anytype) []const type {
    if (!isNamed(lists) or !@hasField(@TypeOf(lists), "events")) return &.{};
    const all = typeList("`.events` of peristyle.Commands", "event", lists.events, example_events);
    for (all) |E| events.check(E);
    return all;
}

/// Whether the lists have names: `.{ .components = …, .messages = … }`.
fn isNamed(comptime lists: anytype) bool {
    const info = @typeInfo(@TypeOf(lists));
    return info == .@"struct" and !info.@"struct".is_tuple and info.@"struct".fields.len > 0;
}

fn typeList(comptime where: []const u8, comptime what: []const u8, comptime types: anytype, comptime example: []const u8) []const type {
    @setEvalBranchQuota(schema.quota);
    var list: []const type = &.{};
    for (options_check.items(where, types, example)) |field| {
        if (field.type != type) @compileError("peristyle: " ++ where ++ " has a `" ++ @typeName(field.type) ++ "` in it, which is no " ++ what ++ " type; write `" ++ example ++ "`");
        const T = @field(types, field.name);
        schema.check(T);
        for (list) |earlier| {
            if (earlier == T) @compileError("peristyle: " ++ where ++ " has `" ++ @typeName(T) ++ "` twice; remove one");
        }
        list = list ++ [_]type{T};
    }
    return list;
}

/// The number of component `T` in the list.
fn numberOf(comptime list: []const type, comptime T: type) u32 {
    return indexOf(list, T) orelse @compileError("peristyle: `" ++ @typeName(T) ++ "` is none of the components that these commands may insert or remove; write peristyle.Commands(.{ " ++ namesOf(list) ++ "… }) with it in the list");
}

/// The number of message `T` in the list.
fn messageNumber(comptime list: []const type, comptime T: type) u32 {
    return indexOf(list, T) orelse @compileError("peristyle: `" ++ @typeName(T) ++ "` is none of the messages that these commands may send; write peristyle.Commands(.{ .components = .{ … }, .messages = .{ " ++ namesOf(list) ++ "… } }) with it in the list");
}

/// The number of event `E` in the list.
fn eventNumber(comptime list: []const type, comptime E: type) u32 {
    return indexOf(list, E) orelse @compileError("peristyle: `" ++ @typeName(E) ++ "` is none of the events that these commands may trigger; write peristyle.Commands(.{ .components = .{ … }, .events = .{ " ++ namesOf(list) ++ "… } }) with it in the list");
}

fn indexOf(comptime list: []const type, comptime T: type) ?u32 {
    @setEvalBranchQuota(schema.quota);
    for (list, 0..) |Listed, number| {
        if (Listed == T) return number;
    }
    return null;
}

fn namesOf(comptime list: []const type) []const u8 {
    @setEvalBranchQuota(schema.quota);
    var names: []const u8 = "";
    for (list) |Listed| names = names ++ schema.name(Listed) ++ ", ";
    return names;
}

/// Adds a record with the bytes of `payload`.
fn push(buffer: *abi.CommandBuffer, kind: abi.CommandKind, entity: Entity, term: u32, payload: anytype) void {
    // The host wrote the buffer, and a module can but believe its host.
    @setRuntimeSafety(false);
    const Payload = @TypeOf(payload);
    const header = @sizeOf(abi.CommandRecord);
    const size = comptime std.mem.alignForward(u32, header + @sizeOf(Payload), 8);
    if (buffer.capacity - buffer.used < size) noRoom(buffer.capacity);
    const records: [*]u8 = @ptrCast(@constCast(buffer.records.?));
    const place: [*]align(8) u8 = @alignCast(records + buffer.used);
    const record: *abi.CommandRecord = @ptrCast(place);
    record.* = .{ .size = size, .kind = kind, .entity = @intFromEnum(entity), .term = term, .payload_bytes = @sizeOf(Payload) };
    if (@sizeOf(Payload) > 0) @as(*Payload, @ptrCast(@alignCast(place + header))).* = payload;
    buffer.used += size;
}

/// Adds one record of `count` messages; where they go.
fn room(buffer: *abi.CommandBuffer, comptime T: type, term: u32, count: usize) []T {
    // As above.
    @setRuntimeSafety(false);
    if (count == 0) return &.{};
    const header = @sizeOf(abi.CommandRecord);
    if (count > (buffer.capacity - buffer.used -| header) / @sizeOf(T)) noRoom(buffer.capacity);
    const bytes: u32 = @intCast(count * @sizeOf(T));
    const size = std.mem.alignForward(u32, header + bytes, 8);
    const records: [*]u8 = @ptrCast(@constCast(buffer.records.?));
    const place: [*]align(8) u8 = @alignCast(records + buffer.used);
    const record: *abi.CommandRecord = @ptrCast(place);
    record.* = .{ .size = size, .kind = .send, .entity = @intFromEnum(Entity.none), .term = term, .payload_bytes = bytes };
    buffer.used += size;
    const rows: [*]T = @ptrCast(@alignCast(place + header));
    return rows[0..count];
}

/// A function of its own, since an engine charges fuel for code that it only passes by.
noinline fn noRoom(capacity: u32) noreturn {
    @branchHint(.cold);
    std.debug.panic("no room for another command: the limit command_bytes_max is {d} bytes", .{capacity});
}
