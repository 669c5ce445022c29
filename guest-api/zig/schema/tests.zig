//! What types become: sizes, offsets, kinds, names and shapes.

const std = @import("std");
const testing = std.testing;
const abi = @import("../abi.zig");
const schema = @import("../schema.zig");
const Entity = @import("../entity.zig").Entity;
const Maybe = @import("../maybe.zig").Maybe;
const Str = @import("../slices.zig").Str;
const List = @import("../slices.zig").List;

fn field(described: *const abi.SchemaDescriptor, index: usize) *const abi.FieldDescriptor {
    return described.fields.at(abi.FieldDescriptor, index);
}

fn text(slice: abi.Slice) []const u8 {
    return @as([*]const u8, @ptrCast(slice.ptr.?))[0..slice.len];
}

fn expectVariants(described: *const abi.SchemaDescriptor, expected: []const struct { []const u8, u64 }) !void {
    try testing.expectEqual(expected.len, described.fields.len);
    for (expected, 0..) |row, index| {
        const name, const value = row;
        const variant = described.fields.at(abi.VariantDescriptor, index);
        try testing.expectEqualStrings(name, text(variant.name));
        try testing.expectEqual(value, variant.value);
    }
}

test "arrays count their elements flat, and tell their shape" {
    const Grid = extern struct { seed: u64, cells: [2][3]f32, on: bool, rest: [7]u8 };
    const grid = schema.descriptor(Grid);
    try testing.expectEqual(40, grid.byte_size);
    try testing.expectEqual(8, grid.@"align");
    try testing.expectEqual(4, grid.fields.len);
    const cells = field(grid, 1);
    try testing.expectEqual(.f32, cells.type_code);
    try testing.expectEqual(6, cells.count);
    try testing.expectEqual(8, cells.offset);
    try testing.expectEqual(2, cells.shape.?.rank);
    try testing.expectEqual([_]u32{ 2, 3, 0, 0 }, cells.shape.?.lengths);
    try testing.expectEqual(null, field(grid, 3).shape);
    try testing.expectEqual(abi.Feature.nested_types.mask(), comptime schema.features(Grid));
}

test "ids are fields of their own type" {
    const Squad = extern struct { leader: Entity, members: [3]Entity };
    const squad = schema.descriptor(Squad);
    try testing.expectEqual(32, squad.byte_size);
    const members = field(squad, 1);
    try testing.expectEqual(.entity, members.type_code);
    try testing.expectEqual(3, members.count);
    try testing.expectEqual(null, members.schema);
    try testing.expectEqual(0, comptime schema.features(Squad));
}

const Mood = enum(u8) { Calm, Eager = 4 };
const Abilities = packed struct(u8) { FLY: bool = false, _high: u1 = 0, SWIM: bool = false, _rest: u5 = 0 };
const Slot = extern struct { count: u16, mood: Mood, full: bool };

test "structs lie in structs, one by one or in arrays" {
    const Everything = extern struct { friend: Maybe(Entity), slots: [2]Slot, goal: Maybe([2][2]f32), mood: Mood, abilities: Abilities, level: Maybe(u8) };
    const everything = schema.descriptor(Everything);
    try testing.expectEqual(48, everything.byte_size);
    const slots = field(everything, 1);
    try testing.expectEqual(.nested, slots.type_code);
    try testing.expectEqual(2, slots.count);
    try testing.expectEqual(null, slots.shape);
    try testing.expectEqual(.@"struct", slots.schema.?.kind);
    try testing.expectEqualStrings("Slot", text(slots.schema.?.name));
    try testing.expectEqual(4, slots.schema.?.byte_size);
    try testing.expectEqual(.@"enum", field(slots.schema.?, 1).schema.?.kind);
    try testing.expectEqual(field(everything, 3).schema, field(slots.schema.?, 1).schema);
    try testing.expectEqual(abi.Feature.nested_types.mask(), comptime schema.features(Everything));
    const goal = field(everything, 2).schema.?;
    try testing.expectEqual(.option, goal.kind);
    try testing.expectEqual(20, goal.byte_size);
    try testing.expectEqual(4, goal.@"align");
    try testing.expectEqualStrings("some", text(field(goal, 0).name));
    try testing.expectEqual(.u32, field(goal, 0).type_code);
    try testing.expectEqualStrings("value", text(field(goal, 1).name));
    try testing.expectEqual(4, field(goal, 1).offset);
    try testing.expectEqual(4, field(goal, 1).count);
    try testing.expectEqual(2, field(goal, 1).shape.?.rank);
    const friend = field(everything, 0).schema.?;
    try testing.expectEqual(.u64, field(friend, 0).type_code);
    try testing.expectEqual(.entity, field(friend, 1).type_code);
}

test "enums and flags have names for their numbers" {
    const Phase = enum(u16) { Rest = 1, Work = 300 };
    const phase = schema.descriptor(Phase);
    try testing.expectEqual(.@"enum", phase.kind);
    try testing.expectEqualStrings("Phase", text(phase.name));
    try testing.expectEqual(2, phase.byte_size);
    try testing.expectEqual(2, phase.@"align");
    try expectVariants(phase, &.{ .{ "Rest", 1 }, .{ "Work", 300 } });
    const abilities = schema.descriptor(Abilities);
    try testing.expectEqual(.flags, abilities.kind);
    try expectVariants(abilities, &.{ .{ "FLY", 1 }, .{ "SWIM", 4 } });
    const Wide = packed struct(u64) { _low: u63 = 0, TOP: bool = false };
    try testing.expectEqual(8, schema.descriptor(Wide).@"align");
    try expectVariants(schema.descriptor(Wide), &.{.{ "TOP", 1 << 63 }});
}

test "a schema has the type's bare name, or the one that the type declares" {
    const Renamed = extern struct {
        pub const peristyle_name = "game::Health";
        points: u32,
    };
    try testing.expectEqualStrings("Slice", comptime schema.name(abi.Slice));
    try testing.expectEqualStrings("game::Health", comptime schema.name(Renamed));
}

test "texts and lists are where their values are" {
    const Mark = extern struct { label: Str, values: List([2]f32) };
    const Sign = extern struct { title: Str, lines: [2]Str, marks: List(Mark), tags: List(Str), note: Maybe(Str), moods: List(Mood) };
    const sign = schema.descriptor(Sign);
    const title = field(sign, 0);
    try testing.expectEqual(.string, title.type_code);
    try testing.expectEqual(null, title.schema);
    try testing.expectEqual(2, field(sign, 1).count);
    const marks = field(sign, 2);
    try testing.expectEqual(.list, marks.type_code);
    try testing.expectEqual(1, marks.count);
    const element = marks.schema.?;
    try testing.expectEqual(.element, element.kind);
    try testing.expectEqualStrings("List", text(element.name));
    try testing.expectEqual(@sizeOf(Mark), element.byte_size);
    try testing.expectEqual(@alignOf(Mark), element.@"align");
    try testing.expectEqual(1, element.fields.len);
    const mark = field(element, 0);
    try testing.expectEqualStrings("value", text(mark.name));
    try testing.expectEqual(.nested, mark.type_code);
    try testing.expectEqualStrings("Mark", text(mark.schema.?.name));
    const values = field(field(mark.schema.?, 1).schema.?, 0);
    try testing.expectEqual(.f32, values.type_code);
    try testing.expectEqual(2, values.count);
    try testing.expectEqual(.string, field(field(sign, 3).schema.?, 0).type_code);
    try testing.expectEqual(.string, field(field(sign, 4).schema.?, 1).type_code);
    try testing.expectEqual(1, field(sign, 5).schema.?.byte_size);
    const strings, const lists, const nested = .{ abi.Feature.strings.mask(), abi.Feature.lists.mask(), abi.Feature.nested_types.mask() };
    try testing.expectEqual(strings | lists | nested, comptime schema.features(Sign));
    try testing.expectEqual(strings, comptime schema.features(extern struct { title: Str }));
    try testing.expect(comptime schema.hasSlices(Mark) and !schema.hasSlices(Slot));
}
