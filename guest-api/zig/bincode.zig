//! Values as bytes, as serde and bincode write them in the game: how messages cross that the game registers
//! with `register_script_message_serde`. They have one field, `bincode: List(u8)`.
//!
//! ```zig
//! const Order = union(enum) {
//!     Stop,
//!     Buy: struct { what: []const u8, count: ?u16, tags: []const []const u8 },
//! };
//! const PackedOrder = extern struct {
//!     pub const peristyle_name = "Order";
//!     bincode: peristyle.List(u8),
//! };
//!
//! const order = try peristyle.bincode.decode(Order, message.bincode.slice(), room.allocator());
//! commands.send(PackedOrder{ .bincode = peristyle.bincode.encode(room, Order{ .Stop = {} }) });
//! ```
//!
//! Types have the fields and variants of the game's type in the same order; names do not matter.
//!
//! | in Zig | in Rust | bytes, little-endian |
//! |---|---|---|
//! | `bool` | `bool` | 1: 0 or 1 |
//! | `u8` to `u128`, `i8` to `i128`, `f32`, `f64` | the same; `usize` is `u64` | as wide as the type |
//! | `?T` | `Option<T>` | 0, or 1 and the value |
//! | `[]const u8` | `String`, `Vec<u8>` | the length as u64, and the bytes |
//! | `[]const T` | `Vec<T>` | the length as u64, and each value |
//! | `[N]T` | `[T; N]` | each value |
//! | `struct`, also a tuple | struct, tuple | each field |
//! | `enum` | enum without fields | the variant's place in the list as u32, from 0 |
//! | `union(enum)` | enum | the same, and then its fields |
//! | `void` | `()`, a struct without fields | none |

const std = @import("std");
const slices = @import("slices.zig");

/// So many slices may lie in each other in what is decoded.
pub const depth_max = 32;

/// A value as bytes in the room. Where the room is too small the call ends as a fault.
pub fn encode(room: slices.Room, value: anytype) slices.List(u8) {
    comptime check(@TypeOf(value));
    var writer = room.open();
    write(&writer, value) catch slices.full(room.state.capacity);
    return .of(room.close(&writer));
}

/// Writes a value as bytes.
pub fn write(writer: *std.Io.Writer, value: anytype) std.Io.Writer.Error!void {
    const T = @TypeOf(value);
    comptime check(T);
    switch (@typeInfo(T)) {
        .void => {},
        .bool => try writer.writeByte(@intFromBool(value)),
        .int => try writer.writeInt(T, value, .little),
        .float => try writer.writeInt(@Int(.unsigned, @bitSizeOf(T)), @bitCast(value), .little),
        .optional => {
            try writer.writeByte(@intFromBool(value != null));
            if (value) |present| try write(writer, present);
        },
        .array => for (value) |element| try write(writer, element),
        .pointer => {
            try writer.writeInt(u64, value.len, .little);
            if (std.meta.Child(T) == u8) return writer.writeAll(value);
            for (value) |element| try write(writer, element);
        },
        .@"struct" => |info| inline for (info.fields) |field| try write(writer, @field(value, field.name)),
        .@"enum" => |info| inline for (info.fields, 0..) |variant, index| {
            if (@intFromEnum(value) == variant.value) try writer.writeInt(u32, index, .little);
        },
        .@"union" => |info| inline for (info.fields, 0..) |variant, index| {
            if (value == @field(info.tag_type.?, variant.name)) {
                try writer.writeInt(u32, index, .little);
                try write(writer, @field(value, variant.name));
            }
        },
        else => comptime unreachable,
    }
}

/// Why bytes are those of no such value.
pub const Error = error{
    /// They end within the value.
    EndOfBytes,
    /// Some are left behind the value.
    TooManyBytes,
    /// A bool or an option is neither 0 nor 1.
    NotABool,
    /// An enum has no variant of that number.
    UnknownVariant,
    /// Slices lie too deep in each other.
    TooDeep,
    /// The allocator has no more memory.
    OutOfMemory,
};

/// The value whose bytes these are, all of them.
///
/// A `[]const u8` is not copied: it lies in `bytes`, and a text is not checked to be UTF-8. Other slices
/// are made by the allocator, such as `room.allocator()` or that of a `std.heap.FixedBufferAllocator`; they
/// never take more of it than a fixed number of times the length of the bytes. After an error some of its memory may be taken.
pub fn decode(comptime T: type, bytes: []const u8, allocator: std.mem.Allocator) Error!T {
    comptime check(T);
    var decoder: Decoder = .{ .rest = bytes, .allocator = allocator };
    const value = try decoder.read(T, 0);
    return if (decoder.rest.len == 0) value else error.TooManyBytes;
}

const Decoder = struct {
    rest: []const u8,
    allocator: std.mem.Allocator,

    fn take(decoder: *Decoder, len: usize) Error![]const u8 {
        if (len > decoder.rest.len) return error.EndOfBytes;
        defer decoder.rest = decoder.rest[len..];
        return decoder.rest[0..len];
    }

    fn number(decoder: *Decoder, comptime T: type) Error!T {
        const bytes = try decoder.take(@sizeOf(T));
        return std.mem.readInt(T, bytes[0..@sizeOf(T)], .little);
    }

    fn flag(decoder: *Decoder) Error!bool {
        return switch (try decoder.number(u8)) {
            0 => false,
            1 => true,
            else => error.NotABool,
        };
    }

    /// `depth` is how many slices it lies in.
    fn read(decoder: *Decoder, comptime T: type, depth: usize) Error!T {
        switch (@typeInfo(T)) {
            .void => return,
            .bool => return decoder.flag(),
            .int => return decoder.number(T),
            .float => return @bitCast(try decoder.number(@Int(.unsigned, @bitSizeOf(T)))),
            .optional => |optional| return if (try decoder.flag()) try decoder.read(optional.child, depth) else null,
            .array => |array| {
                var value: T = undefined;
                for (&value) |*element| element.* = try decoder.read(array.child, depth);
                return value;
            },
            .pointer => |pointer| return decoder.slice(pointer.child, depth),
            .@"struct" => |info| {
                var value: T = undefined;
                inline for (info.fields) |field| @field(value, field.name) = try decoder.read(field.type, depth);
                return value;
            },
            .@"enum" => |info| {
                const index = try decoder.number(u32);
                inline for (info.fields, 0..) |variant, number_of| {
                    if (index == number_of) return @enumFromInt(variant.value);
                }
                return error.UnknownVariant;
            },
            .@"union" => |info| {
                const index = try decoder.number(u32);
                inline for (info.fields, 0..) |variant, number_of| {
                    if (index == number_of) return @unionInit(T, variant.name, try decoder.read(variant.type, depth));
                }
                return error.UnknownVariant;
            },
            else => comptime unreachable,
        }
    }

    fn slice(decoder: *Decoder, comptime T: type, depth: usize) Error![]const T {
        const len = try decoder.number(u64);
        // Before anything is allocated: every element takes some of the bytes.
        if (len > decoder.rest.len / comptime bytesMin(T)) return error.EndOfBytes;
        if (T == u8) return decoder.take(@intCast(len));
        if (depth == depth_max) return error.TooDeep;
        const elements = try decoder.allocator.alloc(T, @intCast(len));
        for (elements) |*element| element.* = try decoder.read(T, depth + 1);
        return elements;
    }
};

/// The fewest bytes that a value may have.
fn bytesMin(comptime T: type) usize {
    switch (@typeInfo(T)) {
        .void => return 0,
        .bool, .optional => return 1,
        .int, .float => return @sizeOf(T),
        .array => |array| return array.len * bytesMin(array.child),
        .pointer => return 8,
        .@"enum", .@"union" => return 4,
        .@"struct" => |info| {
            var bytes: usize = 0;
            for (info.fields) |field| bytes += bytesMin(field.type);
            return bytes;
        },
        else => comptime unreachable,
    }
}

/// Refuses types that have no such bytes.
fn check(comptime T: type) void {
    @setEvalBranchQuota(1_000_000);
    checkWithin(T, &.{});
}

/// `owners` are the types that it lies in: one that is among them was looked at already.
fn checkWithin(comptime T: type, comptime owners: []const type) void {
    for (owners) |owner| {
        if (owner == T) return;
    }
    const within = owners ++ [_]type{T};
    switch (@typeInfo(T)) {
        .void, .bool => {},
        .int => |int| switch (int.bits) {
            8, 16, 32, 64, 128 => if (T == usize or T == isize) refuse(T, "is as wide as the machine likes; write `u64` or `i64`"),
            else => refuse(T, "is no integer of Rust's; write one of 8, 16, 32, 64 or 128 bits"),
        },
        .float => |float| if (float.bits != 32 and float.bits != 64) refuse(T, "is no float of Rust's; write `f32` or `f64`"),
        .optional => |optional| checkWithin(optional.child, within),
        .array => |array| {
            if (array.sentinel_ptr != null) refuse(T, "has a sentinel; write an array without one");
            checkWithin(array.child, within);
        },
        .pointer => |pointer| {
            if (pointer.size != .slice or !pointer.is_const or pointer.sentinel_ptr != null) refuse(T, "is no plain slice; write `[]const " ++ @typeName(pointer.child) ++ "`");
            checkWithin(pointer.child, within);
            if (bytesMin(pointer.child) == 0) refuse(T, "has elements without bytes; write a number of them");
        },
        .@"struct" => |info| {
            if (info.layout == .@"packed") refuse(T, "is packed; write its backing integer");
            for (info.fields) |field| checkWithin(field.type, within);
        },
        .@"enum" => |info| if (!info.is_exhaustive) refuse(T, "has values without a name; remove its `_`"),
        .@"union" => |info| {
            if (info.tag_type == null) refuse(T, "has no tag; declare it as `union(enum)`");
            for (info.fields) |field| checkWithin(field.type, within);
        },
        else => refuse(T, "has no form in bincode; write booleans, integers, floats, enums, `union(enum)`, optionals, slices, arrays and structs of those"),
    }
}

fn refuse(comptime T: type, comptime why: []const u8) noreturn {
    @compileError("peristyle.bincode: `" ++ @typeName(T) ++ "` " ++ why);
}

test {
    _ = @import("bincode/tests.zig");
}
