//! What the fields of a schema consist of.

const std = @import("std");
const abi = @import("abi.zig");
const schema = @import("schema.zig");
const Entity = @import("entity.zig").Entity;
const Str = @import("slices.zig").Str;

/// So many dimensions an array may have.
pub const rank_max = 4;

/// One field of a struct, of an option or of what a list has many of.
pub const Field = struct {
    name: [:0]const u8,
    offset: u32,
    type: type,
};

/// The fields of `T`, which is an `extern struct`, a `Maybe` or a `List`.
pub fn list(comptime T: type) []const Field {
    switch (schema.kindOf(T).?) {
        .option => return &.{
            .{ .name = "some", .offset = @offsetOf(T, "some"), .type = @FieldType(T, "some") },
            .{ .name = "value", .offset = @offsetOf(T, "bytes"), .type = T.peristyle_option },
        },
        .element => return &.{.{ .name = "value", .offset = 0, .type = T.peristyle_list }},
        else => {},
    }
    var all: []const Field = &.{};
    for (@typeInfo(T).@"struct".fields) |field| {
        all = all ++ [_]Field{.{ .name = field.name, .offset = @offsetOf(T, field.name), .type = field.type }};
    }
    return all;
}

/// What a field has one or many of.
pub const Element = struct {
    code: abi.FieldType,
    type: type,
    /// Arrays of arrays count all their elements.
    count: u32 = 1,
    rank: u32 = 0,
    /// The length of each dimension, the outermost first. Those beyond `rank_max` are left out.
    lengths: [rank_max]u32 = @splat(0),

    /// What a field of type `T` has, or null where it cannot be a field.
    pub fn of(comptime T: type) ?Element {
        if (@typeInfo(T) == .array) return ofArray(@typeInfo(T).array);
        if (T == Entity) return .{ .code = .entity, .type = T };
        if (T == Str) return .{ .code = .string, .type = T };
        // A list of exact types, since `usize` is not the same size in the game.
        for (.{ bool, u8, i8, u16, i16, u32, i32, u64, i64, f32, f64 }) |Known| {
            if (T == Known) return .{ .code = @field(abi.FieldType, @typeName(T)), .type = T };
        }
        const kind = schema.kindOf(T) orelse return null;
        return .{ .code = if (kind == .element) .list else .nested, .type = T };
    }

    fn ofArray(comptime array: std.builtin.Type.Array) ?Element {
        if (array.sentinel_ptr != null or array.len == 0) return null;
        var element = of(array.child) orelse return null;
        element.count *= array.len;
        element.rank += 1;
        element.lengths = [_]u32{array.len} ++ element.lengths[0 .. rank_max - 1].*;
        return element;
    }

    /// Whether it is of a type with a schema of its own.
    pub fn hasSchema(comptime element: Element) bool {
        return element.code == .nested or element.code == .list;
    }

    /// The schema of a nested type, or of a list's elements.
    pub fn schemaOf(comptime element: Element) ?*const abi.SchemaDescriptor {
        return if (element.hasSchema()) schema.ofAny(element.type) else null;
    }

    /// The dimensions of an array that has several.
    pub fn shapeOf(comptime element: Element) ?*const abi.ShapeDescriptor {
        return if (element.rank > 1) &Shape(element.rank, element.lengths).descriptor else null;
    }

    /// A mask of what it needs beyond the base of the contract.
    pub fn features(comptime element: Element) u64 {
        const own: ?abi.Feature = switch (element.code) {
            .nested => .nested_types,
            .string => .strings,
            .list => .lists,
            else => if (element.rank > 1) .nested_types else null,
        };
        const mask = if (own) |feature| feature.mask() else 0;
        return if (element.hasSchema()) mask | schema.features(element.type) else mask;
    }
};

/// One static shape for all fields that have it.
fn Shape(comptime rank: u32, comptime lengths: [rank_max]u32) type {
    return struct {
        const descriptor: abi.ShapeDescriptor = .{ .rank = rank, .lengths = lengths };
    };
}
