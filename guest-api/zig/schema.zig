//! From a component's type to the schema that the host compares with its own.

const std = @import("std");
const abi = @import("abi.zig");
const field_types = @import("field.zig");
const Element = field_types.Element;
const Entity = @import("entity.zig").Entity;
const Str = @import("slices.zig").Str;

/// Loop turns that the compiler may take for one declaration: enough for a module of any size.
pub const quota = 10_000_000;

/// So many types may lie in each other, as the host counts them.
const depth_max = 8;

/// The schema of a component, a resource, a message or a state block as static data, one for each
/// type.
pub fn descriptor(comptime T: type) *const abi.SchemaDescriptor {
    comptime check(T);
    return ofAny(T);
}

/// The same for a type that passed `check`, or is within one that did.
pub fn ofAny(comptime T: type) *const abi.SchemaDescriptor {
    return &Described(T).descriptor;
}

/// What a schema of `T` describes, or null where there is none.
pub fn kindOf(comptime T: type) ?abi.SchemaKind {
    if (T == Entity or T == Str) return null;
    return switch (@typeInfo(T)) {
        .@"enum" => .@"enum",
        .@"struct" => |info| kind: {
            if (info.layout == .@"packed") break :kind .flags;
            if (@hasDecl(T, "peristyle_option")) break :kind .option;
            break :kind if (@hasDecl(T, "peristyle_list")) .element else .@"struct";
        },
        else => null,
    };
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
    for (.{ "struct", "enum" }) |kind| {
        if (std.mem.indexOf(u8, bare, "__" ++ kind ++ "_") != null) refuse(T, "has no name of its own; declare it by `const Name = …;`", .{});
    }
    return bare;
}

/// A mask of what `T` needs beyond the base of the contract.
pub fn features(comptime T: type) u64 {
    @setEvalBranchQuota(quota);
    const kind = kindOf(T).?;
    var mask: u64 = if (kind == .@"struct") 0 else abi.Feature.nested_types.mask();
    if (kind == .@"enum" or kind == .flags) return mask;
    for (field_types.list(T)) |field| mask |= Element.of(field.type).?.features();
    return mask;
}

/// Refuses a type whose values cannot cross between the game and its scripts byte for byte.
pub fn check(comptime T: type) void {
    comptime {
        @setEvalBranchQuota(quota);
        if (T == Str) refuse(T, "is a text, which only fields are; put it into an `extern struct`", .{});
        if (kindOf(T) == .option) refuse(T, "is an option, which only fields are; put it into an `extern struct`", .{});
        if (kindOf(T) == .element) refuse(T, "is a list, which only fields are; put it into an `extern struct`", .{});
        checkAny(T, 0);
    }
}

/// Whether values of `T` have parts that lie elsewhere.
pub fn hasSlices(comptime T: type) bool {
    return features(T) & (abi.Feature.strings.mask() | abi.Feature.lists.mask()) != 0;
}

/// `depth` is how many types it lies in.
fn checkAny(comptime T: type, comptime depth: u32) void {
    if (depth > depth_max) refuse(T, "lies deeper than {d} types in each other; is it in itself?", .{depth_max});
    switch (kindOf(T) orelse refuse(T, "is not a struct; components, resources, messages and state blocks are `extern struct`s, enums, or `packed struct`s of flags", .{})) {
        .@"struct" => checkStruct(T, depth),
        .@"enum" => checkEnum(T),
        .flags => checkFlags(T),
        .option, .element => for (field_types.list(T)) |field| checkField(T, field, depth),
    }
    _ = name(T);
}

fn checkStruct(comptime T: type, comptime depth: u32) void {
    if (@typeInfo(T).@"struct".layout != .@"extern") refuse(T, "has no fixed layout; declare it as `extern struct`", .{});
    var end: usize = 0;
    var alignment: usize = 1;
    for (field_types.list(T)) |field| {
        checkField(T, field, depth);
        if (field.offset != end) refuse(T, "has {d} bytes of padding before field `{s}`; order the fields from large to small, or fill the gap with a field that the game's type has too", .{ field.offset - end, field.name });
        end = field.offset + @sizeOf(field.type);
        alignment = @max(alignment, @alignOf(Element.of(field.type).?.type));
    }
    if (@sizeOf(T) != end) refuse(T, "has {d} bytes of padding at its end; fill them with a field that the game's type has too", .{@sizeOf(T) - end});
    if (@alignOf(T) != alignment) refuse(T, "is aligned to {d} bytes by `align`, and its fields need {d}; remove the `align`", .{ @alignOf(T), alignment });
}

fn checkField(comptime T: type, comptime field: field_types.Field, comptime depth: u32) void {
    const element = Element.of(field.type) orelse refuse(
        T,
        "has a field `{s}` of type `{s}`; fields are bool, integers of 8, 16, 32 or 64 bits, f32, f64, peristyle.Entity, peristyle.Str, peristyle.List(T), peristyle.Maybe(T), `extern struct`s, `enum(u8)` to `enum(u32)`, `packed struct`s of flags, and arrays of those",
        .{ field.name, @typeName(field.type) },
    );
    if (element.rank > field_types.rank_max) refuse(T, "has a field `{s}` of {d} dimensions; arrays have at most {d}", .{ field.name, element.rank, field_types.rank_max });
    if (@sizeOf(element.type) == 0) refuse(T, "has a field `{s}` of type `{s}`, which has no bytes; remove it", .{ field.name, @typeName(field.type) });
    if (element.hasSchema()) checkAny(element.type, depth + 1);
}

fn checkEnum(comptime T: type) void {
    const info = @typeInfo(T).@"enum";
    switch (info.tag_type) {
        u8, u16, u32 => {},
        else => refuse(T, "has numbers of type `{s}`; declare it as `enum(u8)`, `enum(u16)` or `enum(u32)`, as the game does", .{@typeName(info.tag_type)}),
    }
    if (!info.is_exhaustive) refuse(T, "has values without a name, and the game knows none of those; remove its `_`", .{});
}

fn checkFlags(comptime T: type) void {
    const info = @typeInfo(T).@"struct";
    switch (info.backing_integer.?) {
        u8, u16, u32, u64 => {},
        else => refuse(T, "has {d} bits; declare it as `packed struct(u8)`, u16, u32 or u64, and fill it up with a field such as `_rest: u3 = 0`", .{@bitSizeOf(T)}),
    }
    if (flagsOf(T).len == 0) refuse(T, "has no flags; give it a field of type bool", .{});
    for (flagsOf(T)) |flag| {
        if (flag.type != bool) refuse(T, "has a field `{s}` of type `{s}`; fields of a `packed struct` are flags, of type bool, or bits without a name, which begins with `_`", .{ flag.name, @typeName(flag.type) });
    }
}

/// The fields of a set of flags that are not unnamed bits.
fn flagsOf(comptime T: type) []const std.builtin.Type.StructField {
    var flags: []const std.builtin.Type.StructField = &.{};
    for (@typeInfo(T).@"struct".fields) |field| {
        if (field.name[0] != '_') flags = flags ++ [_]std.builtin.Type.StructField{field};
    }
    return flags;
}

fn Described(comptime T: type) type {
    const kind = kindOf(T).?;
    // A list's schema is that of one of its elements.
    const Row = if (kind == .element) T.peristyle_list else T;
    return struct {
        const descriptor: abi.SchemaDescriptor = .{
            .kind = kind,
            .name = .of(u8, name(T)),
            .byte_size = @sizeOf(Row),
            .@"align" = @alignOf(Row),
            .fields = switch (kind) {
                .@"enum", .flags => .of(abi.VariantDescriptor, &variants(T)),
                else => .of(abi.FieldDescriptor, &fields(T)),
            },
        };
    };
}

fn fields(comptime T: type) [field_types.list(T).len]abi.FieldDescriptor {
    @setEvalBranchQuota(quota);
    var all: [field_types.list(T).len]abi.FieldDescriptor = undefined;
    for (&all, field_types.list(T)) |*entry, field| {
        const element = Element.of(field.type).?;
        entry.* = .{
            .offset = field.offset,
            .name = .of(u8, field.name),
            .type_code = element.code,
            .count = element.count,
            .schema = element.schemaOf(),
            .shape = element.shapeOf(),
        };
    }
    return all;
}

/// The values of an enum, or the flags as masks.
fn variants(comptime T: type) [variantCount(T)]abi.VariantDescriptor {
    @setEvalBranchQuota(quota);
    var all: [variantCount(T)]abi.VariantDescriptor = undefined;
    if (kindOf(T).? == .@"enum") {
        for (&all, @typeInfo(T).@"enum".fields) |*entry, value| entry.* = .{ .name = .of(u8, value.name), .value = value.value };
    } else {
        for (&all, flagsOf(T)) |*entry, flag| entry.* = .{ .name = .of(u8, flag.name), .value = 1 << @bitOffsetOf(T, flag.name) };
    }
    return all;
}

fn variantCount(comptime T: type) usize {
    return if (kindOf(T).? == .@"enum") @typeInfo(T).@"enum".fields.len else flagsOf(T).len;
}

fn refuse(comptime T: type, comptime format: []const u8, comptime args: anytype) noreturn {
    @compileError(std.fmt.comptimePrint("peristyle: `{s}` " ++ format, .{@typeName(T)} ++ args));
}

test {
    _ = @import("schema/tests.zig");
}
