//! From a component's type to the schema that the host compares with its own.

const std = @import("std");
const abi = @import("abi.zig");
const Entity = @import("entity.zig").Entity;

/// Loop turns that the compiler may take for one declaration: enough for a module of any size.
pub const quota = 10_000_000;

/// The schema of `T` as static data, one for each type.
pub fn descriptor(comptime T: type) *const abi.SchemaDescriptor {
    comptime check(T);
    return &Described(T).descriptor;
}

/// The name under which the game registered `T`, or by which scripts agree about messages of their
/// own: its declaration `peristyle_name` where it has one, or else its own name without the file.
pub fn name(comptime T: type) [:0]const u8 {
    if (@hasDecl(T, "peristyle_name")) return T.peristyle_name;
    const path = @typeName(T);
    const start = if (std.mem.lastIndexOfScalar(u8, path, '.')) |dot| dot + 1 else 0;
    const bare = path[start..];
    for (bare) |byte| switch (byte) {
        'a'...'z', 'A'...'Z', '0'...'9', '_' => {},
        else => refuse(T, "has no plain name; add `pub const peristyle_name = \"…\";` to it", .{}),
    };
    if (std.mem.indexOf(u8, bare, "__struct_") != null) refuse(T, "has no name of its own; declare it as `const Name = extern struct {{ … }};`", .{});
    return bare;
}

/// Refuses a type whose values cannot cross between the game and its scripts byte for byte.
pub fn check(comptime T: type) void {
    comptime {
        @setEvalBranchQuota(quota);
        const info = switch (@typeInfo(T)) {
            .@"struct" => |info| info,
            else => refuse(T, "is not a struct; components, resources, messages and state blocks are `extern struct`s", .{}),
        };
        if (info.layout != .@"extern") refuse(T, "has no fixed layout; declare it as `extern struct`", .{});
        _ = name(T);
        var end: usize = 0;
        var alignment: usize = 1;
        for (info.fields) |field| {
            const element = Element.of(field.type) orelse refuse(
                T,
                "has a field `{s}` of type `{s}`; fields are bool, integers of 8, 16, 32 or 64 bits, f32, f64, peristyle.Entity, and arrays of those",
                .{ field.name, @typeName(field.type) },
            );
            const offset = @offsetOf(T, field.name);
            if (offset != end) refuse(T, "has {d} bytes of padding before field `{s}`; order the fields from large to small, or fill the gap with a field that the game's type has too", .{ offset - end, field.name });
            end = offset + @sizeOf(field.type);
            alignment = @max(alignment, element.size);
        }
        if (@sizeOf(T) != end) refuse(T, "has {d} bytes of padding at its end; fill them with a field that the game's type has too", .{@sizeOf(T) - end});
        if (@alignOf(T) != alignment) refuse(T, "is aligned to {d} bytes by `align`, and its fields need {d}; remove the `align`", .{ @alignOf(T), alignment });
    }
}

fn Described(comptime T: type) type {
    const fields = @typeInfo(T).@"struct".fields;
    return struct {
        const descriptor: abi.SchemaDescriptor = .{
            .name = .of(u8, name(T)),
            .byte_size = @sizeOf(T),
            .@"align" = @alignOf(T),
            .fields = .of(abi.FieldDescriptor, &field_descriptors),
        };

        const field_descriptors: [fields.len]abi.FieldDescriptor = descriptors: {
            @setEvalBranchQuota(quota);
            var list: [fields.len]abi.FieldDescriptor = undefined;
            for (&list, fields) |*entry, field| {
                const element = Element.of(field.type).?;
                entry.* = .{
                    .offset = @offsetOf(T, field.name),
                    .name = .of(u8, field.name),
                    .type_code = element.type_code,
                    .count = element.count,
                };
            }
            break :descriptors list;
        };
    };
}

/// What a field consists of. Arrays of arrays count all their elements.
const Element = struct {
    type_code: abi.FieldType,
    size: usize,
    count: u32,

    fn of(comptime T: type) ?Element {
        if (@typeInfo(T) == .array) {
            const array = @typeInfo(T).array;
            var element = of(array.child) orelse return null;
            element.count *= array.len;
            return if (array.sentinel_ptr == null and element.count > 0) element else null;
        }
        if (T == Entity) return .{ .type_code = .entity, .size = @sizeOf(T), .count = 1 };
        // A list of exact types, since `usize` is not the same size in the game.
        for (.{ bool, u8, i8, u16, i16, u32, i32, u64, i64, f32, f64 }) |Known| {
            if (T == Known) return .{ .type_code = @field(abi.FieldType, @typeName(T)), .size = @sizeOf(T), .count = 1 };
        }
        return null;
    }
};

fn refuse(comptime T: type, comptime format: []const u8, comptime args: anytype) noreturn {
    @compileError(std.fmt.comptimePrint("peristyle: `{s}` " ++ format, .{@typeName(T)} ++ args));
}

test "arrays count their elements flat" {
    const Grid = extern struct { seed: u64, cells: [2][3]f32, on: bool, rest: [7]u8 };
    const schema = descriptor(Grid);
    try std.testing.expectEqual(40, schema.byte_size);
    try std.testing.expectEqual(8, schema.@"align");
    try std.testing.expectEqual(4, schema.fields.len);
    const cells = schema.fields.at(abi.FieldDescriptor, 1);
    try std.testing.expectEqual(.f32, cells.type_code);
    try std.testing.expectEqual(6, cells.count);
    try std.testing.expectEqual(8, cells.offset);
}

test "ids are fields of their own type" {
    const Squad = extern struct { leader: Entity, members: [3]Entity };
    const schema = descriptor(Squad);
    try std.testing.expectEqual(32, schema.byte_size);
    const members = schema.fields.at(abi.FieldDescriptor, 1);
    try std.testing.expectEqual(.entity, members.type_code);
    try std.testing.expectEqual(3, members.count);
}

test "a schema has the type's bare name, or the one that the type declares" {
    const Renamed = extern struct {
        pub const peristyle_name = "game::Health";
        points: u32,
    };
    try std.testing.expectEqualStrings("Slice", comptime name(abi.Slice));
    try std.testing.expectEqualStrings("game::Health", comptime name(Renamed));
}
