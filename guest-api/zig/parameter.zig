//! From the parameters of a system's function to what the manifest says of them, and from a call
//! frame to the arguments.

const std = @import("std");
const abi = @import("abi.zig");
const schema = @import("schema.zig");
const terms = @import("terms.zig");
const Entity = @import("entity.zig").Entity;
const Time = @import("time.zig").Time;
const Random = @import("random.zig").Random;
const Room = @import("slices.zig").Room;

/// What a parameter is.
const Kind = enum {
    time,
    query,
    commands,
    messages,
    events,
    resource,
    random,
    room,
    state,

    /// Its kind in the manifest, where it stands there.
    fn inManifest(kind: Kind) ?abi.ParamKind {
        return switch (kind) {
            .query => .query,
            .commands => .commands,
            .messages => .messages,
            .events => .events,
            .resource => .resource,
            .random => .random,
            .room => .room,
            .time, .state => null,
        };
    }

    /// In which list of the call frame it is numbered: messages and events share one.
    fn list(kind: Kind) Kind {
        return if (kind == .events) .messages else kind;
    }
};

fn kindOf(comptime T: type) ?Kind {
    if (T == Time) return .time;
    if (T == Random) return .random;
    if (T == Room) return .room;
    if (@typeInfo(T) != .@"struct") return null;
    if (@hasDecl(T, "peristyle_terms")) return .query;
    if (@hasDecl(T, "peristyle_commands")) return .commands;
    if (@hasDecl(T, "peristyle_messages")) return .messages;
    if (@hasDecl(T, "peristyle_events")) return .events;
    if (@hasDecl(T, "peristyle_resource")) return .resource;
    if (@hasDecl(T, "peristyle_state")) return .state;
    return null;
}

/// The parameter types of a system's function, all of which it may have.
pub fn list(comptime where: []const u8, comptime Run: type, comptime blocks: []const type) []const type {
    @setEvalBranchQuota(schema.quota);
    var parameters: []const type = &.{};
    for (@typeInfo(Run).@"fn".params, 1..) |param, position| {
        const parameter = std.fmt.comptimePrint("parameter {d} of {s}", .{ position, where });
        const T = param.type orelse @compileError("peristyle: " ++ parameter ++ " is `anytype`; give it a type");
        const kind = kindOf(T) orelse @compileError("peristyle: " ++ parameter ++ " is `" ++ @typeName(T) ++ "`; parameters are peristyle.Time, peristyle.Query(Terms), peristyle.Commands(.{ … }), peristyle.MessageReader(T), peristyle.On(E), peristyle.Res(T), peristyle.ResMut(T), peristyle.Random, peristyle.Room and peristyle.State(T)");
        if (kind == .state and blockOf(T.peristyle_state, blocks) == null) @compileError("peristyle: " ++ parameter ++ " asks for the state `" ++ @typeName(T.peristyle_state) ++ "`, which the module does not list; add it to `.state` of peristyle.module with its first value");
        for (parameters) |Earlier| {
            if (kindOf(Earlier) != kind) continue;
            switch (kind) {
                .commands => @compileError("peristyle: " ++ parameter ++ " is a second peristyle.Commands; give the first one all components, messages and events"),
                .messages => if (Earlier.peristyle_messages == T.peristyle_messages) @compileError("peristyle: " ++ parameter ++ " asks for the messages `" ++ @typeName(T.peristyle_messages) ++ "` again; remove one"),
                .events => if (sameTerm(Earlier.peristyle_events, T.peristyle_events)) @compileError("peristyle: " ++ parameter ++ " is a second `" ++ @typeName(T) ++ "`; remove one"),
                .room => @compileError("peristyle: " ++ parameter ++ " is a second peristyle.Room; a system has one"),
                .random => @compileError("peristyle: " ++ parameter ++ " is a second peristyle.Random; a system has one"),
                .resource => if (Earlier.Component == T.Component) @compileError("peristyle: " ++ parameter ++ " asks for the resource `" ++ @typeName(T.Component) ++ "` again; remove one"),
                .time, .query, .state => {},
            }
        }
        parameters = parameters ++ [_]type{T};
    }
    return parameters;
}

fn sameTerm(comptime first: terms.Term, comptime second: terms.Term) bool {
    return first.kind == second.kind and first.Component == second.Component;
}

/// The state block of type `T`.
fn blockOf(comptime T: type, comptime blocks: []const type) ?type {
    for (blocks) |Block| {
        if (Block.Value == T) return Block;
    }
    return null;
}

/// The argument for the parameter at `index`.
pub inline fn argument(
    comptime parameters: []const type,
    comptime index: usize,
    comptime blocks: []const type,
    frame: *const abi.CallFrame,
) parameters[index] {
    const T = parameters[index];
    // Queries, kinds of messages and events, and resources are numbered in the order of the parameters.
    const number = comptime count(parameters[0..index], kindOf(T).?);
    return switch (comptime kindOf(T).?) {
        .time, .commands, .random, .room => .fromFrame(frame),
        .query, .messages, .events, .resource => .fromFrame(frame, number),
        .state => .{ .value = &blockOf(T.peristyle_state, blocks).?.value },
    };
}

fn count(comptime parameters: []const type, comptime kind: Kind) u32 {
    var number: u32 = 0;
    for (parameters) |T| number += @intFromBool(kindOf(T).?.list() == kind.list());
    return number;
}

/// What the manifest says of the parameters.
pub fn descriptors(comptime parameters: []const type) [inManifest(parameters)]abi.ParamDescriptor {
    @setEvalBranchQuota(schema.quota);
    var all: [inManifest(parameters)]abi.ParamDescriptor = undefined;
    var index: usize = 0;
    for (parameters) |T| {
        const kind = kindOf(T).?.inManifest() orelse continue;
        all[index] = .{
            .kind = kind,
            .terms = .of(abi.TermDescriptor, &termDescriptors(T)),
            .order = if (kind == .query) T.peristyle_row_order else .tables,
        };
        index += 1;
    }
    return all;
}

fn inManifest(comptime parameters: []const type) usize {
    @setEvalBranchQuota(schema.quota);
    var number: usize = 0;
    for (parameters) |T| number += @intFromBool(kindOf(T).?.inManifest() != null);
    return number;
}

/// What a parameter in the manifest is made of: kinds and types.
fn termsOf(comptime T: type) []const terms.Term {
    @setEvalBranchQuota(schema.quota);
    var all: []const terms.Term = &.{};
    switch (kindOf(T).?) {
        .query => all = T.peristyle_terms,
        .commands => {
            for (T.peristyle_commands) |Component| all = all ++ [_]terms.Term{.{ .name = "", .kind = .insert, .Component = Component }};
            for (T.peristyle_sends) |Message| all = all ++ [_]terms.Term{.{ .name = "", .kind = .send, .Component = Message }};
            for (T.peristyle_triggers) |Event| all = all ++ [_]terms.Term{.{ .name = "", .kind = .trigger, .Component = Event }};
        },
        .messages => all = &.{.{ .name = "", .kind = .read, .Component = T.peristyle_messages }},
        .events => all = &.{T.peristyle_events},
        .resource => all = &.{.{ .name = "", .kind = T.peristyle_resource, .Component = T.Component }},
        .time, .random, .room, .state => {},
    }
    return all;
}

fn termDescriptors(comptime T: type) [termsOf(T).len]abi.TermDescriptor {
    @setEvalBranchQuota(schema.quota);
    var all: [termsOf(T).len]abi.TermDescriptor = undefined;
    for (&all, termsOf(T)) |*entry, term| {
        entry.* = .{ .kind = term.kind, .schema = if (term.Component == Entity) null else schema.descriptor(term.Component) };
    }
    return all;
}

/// A mask of what the parameters need beyond the base of the contract.
pub fn features(comptime parameters: []const type) u64 {
    @setEvalBranchQuota(schema.quota);
    var mask: u64 = 0;
    for (parameters) |T| {
        switch (kindOf(T).?) {
            .query => if (T.peristyle_row_order != .tables) {
                mask |= abi.Feature.row_orders.mask();
            },
            .commands => mask |= abi.Feature.commands.mask(),
            .messages => mask |= abi.Feature.messages.mask(),
            .events => mask |= abi.Feature.observers.mask(),
            .room => mask |= abi.Feature.strings.mask(),
            .resource => mask |= abi.Feature.resources.mask(),
            .random => mask |= abi.Feature.random.mask(),
            .time, .state => continue,
        }
        for (termsOf(T)) |term| {
            if (term.kind.feature()) |feature| mask |= feature.mask();
            if (term.Component != Entity) mask |= schema.features(term.Component);
        }
    }
    return mask;
}

test "the manifest tells parameters in order, and what they need" {
    const query = @import("query.zig");
    const commands = @import("commands.zig");
    const resource = @import("resource.zig");
    const messages = @import("messages.zig");
    const Health = extern struct { points: u32 };
    const Hit = extern struct { points: u32 };
    const Dead = extern struct {};
    const Lists = .{ .components = .{ Health, Dead }, .messages = .{Hit} };
    const Terms = struct { entity: Entity, health: *Health, dead: ?*const Dead, hurt: terms.Changed(Health), order: terms.ByStableId };
    const run = struct {
        fn run(_: Random, _: Time, _: query.Query(Terms), _: commands.Commands(Lists), _: resource.ResMut(Health), _: messages.MessageReader(Hit)) void {}
    }.run;
    const parameters = comptime list("the test", @TypeOf(run), &.{});
    const params = comptime descriptors(parameters);
    try std.testing.expectEqual(5, params.len);
    const expected = [_]struct { abi.ParamKind, abi.RowOrder, []const abi.TermKind }{
        .{ .random, .tables, &.{} },
        .{ .query, .stable_id, &.{ .entity, .write, .optional_read, .changed } },
        .{ .commands, .tables, &.{ .insert, .insert, .send } },
        .{ .resource, .tables, &.{.write} },
        .{ .messages, .tables, &.{.read} },
    };
    for (expected, params) |row, param| {
        const kind, const order, const kinds = row;
        try std.testing.expectEqual(kind, param.kind);
        try std.testing.expectEqual(order, param.order);
        try std.testing.expectEqual(kinds.len, param.terms.len);
        for (kinds, 0..) |term_kind, index| {
            const term = param.terms.at(abi.TermDescriptor, index);
            try std.testing.expectEqual(term_kind, term.kind);
            try std.testing.expectEqual(term_kind == .entity, term.schema == null);
        }
    }
    try std.testing.expectEqual(0b1_0000_0111_1111, comptime features(parameters));
}

test "events and messages are numbered together, and events are triggered" {
    const events = @import("events.zig");
    const commands = @import("commands.zig");
    const messages = @import("messages.zig");
    const Alarm = extern struct { level: u32 };
    const Frozen = extern struct {};
    const Lists = .{ .components = .{Frozen}, .messages = .{Alarm}, .events = .{Alarm} };
    const run = struct {
        fn run(_: messages.MessageReader(Alarm), _: events.On(Alarm), _: Room, _: events.On(terms.Added(Frozen)), _: events.On(terms.Removed(Frozen)), _: commands.Commands(Lists)) void {}
    }.run;
    const parameters = comptime list("the test", @TypeOf(run), &.{});
    const params = comptime descriptors(parameters);
    const expected = [_]struct { abi.ParamKind, []const abi.TermKind }{
        .{ .messages, &.{.read} },
        .{ .events, &.{.read} },
        .{ .room, &.{} },
        .{ .events, &.{.added} },
        .{ .events, &.{.removed} },
        .{ .commands, &.{ .insert, .send, .trigger } },
    };
    for (expected, params) |row, param| {
        const kind, const kinds = row;
        try std.testing.expectEqual(kind, param.kind);
        try std.testing.expectEqual(kinds.len, param.terms.len);
        for (kinds, 0..) |term_kind, index| try std.testing.expectEqual(term_kind, param.terms.at(abi.TermDescriptor, index).kind);
    }
    try std.testing.expectEqual(3, comptime count(parameters[0..4], .events));
    try std.testing.expectEqual(3, comptime count(parameters[0..4], .messages));
    const Needed = abi.Feature;
    const mask = Needed.commands.mask() | Needed.messages.mask() | Needed.observers.mask() | Needed.strings.mask() | Needed.change_filters.mask();
    try std.testing.expectEqual(mask, comptime features(parameters));
}

test "fields of nested types are a feature, in whatever parameter" {
    const Mood = enum(u8) { calm, eager };
    const Drone = extern struct { mood: Mood };
    const query = @import("query.zig");
    const commands = @import("commands.zig");
    const nested = abi.Feature.nested_types.mask();
    try std.testing.expectEqual(nested, comptime features(&.{query.Query(struct { mood: terms.With(Mood) })}));
    try std.testing.expectEqual(nested, comptime features(&.{query.Query(struct { drone: *Drone })}));
    try std.testing.expectEqual(abi.Feature.commands.mask() | nested, comptime features(&.{commands.Commands(.{Drone})}));
}
