//! Arithmetic over whole columns, four numbers at a time.
//!
//! An interpreter takes about as long for one instruction on a `v128` as for one on an `f32`,
//! and the compiler does not vectorize row loops by itself.

const std = @import("std");
const schema = @import("schema.zig");

/// Four numbers that one instruction works on.
pub const Chunk = @Vector(4, f32);

/// How many numbers a chunk has.
const lanes = 4;
/// Chunks in one step of the loop: few enough for the engine's registers, and enough that the
/// loop itself costs little.
const chunks_per_step = 12;
const step = chunks_per_step * lanes;

/// A column of components as the plain numbers that it consists of. All fields of the component
/// must be `f32` or arrays of them. Row `i` of a component with 3 numbers is at `3 * i`.
pub fn flat(column: anytype) Flat(@TypeOf(column)) {
    const numbers_per_row = @sizeOf(std.meta.Elem(@TypeOf(column))) / @sizeOf(f32);
    const many: if (isConst(@TypeOf(column))) [*]const f32 else [*]f32 = @ptrCast(column.ptr);
    return many[0 .. column.len * numbers_per_row];
}

fn Flat(comptime Column: type) type {
    @setEvalBranchQuota(schema.quota);
    const info = @typeInfo(Column);
    if (info != .pointer or info.pointer.size != .slice) @compileError("peristyle.vector.flat takes a column such as `drones.columns().position`, not `" ++ @typeName(Column) ++ "`");
    const Component = info.pointer.child;
    if (@typeInfo(Component) != .@"struct" or @sizeOf(Component) == 0) @compileError("peristyle.vector.flat: rows of `" ++ @typeName(Column) ++ "` are not components with fields");
    for (@typeInfo(Component).@"struct".fields) |field| {
        if (Number(field.type) != f32) @compileError("peristyle.vector.flat: field `" ++ field.name ++ "` of `" ++ @typeName(Component) ++ "` is `" ++ @typeName(field.type) ++ "`, and only columns of f32 are flat; loop over its rows instead");
    }
    return if (isConst(Column)) []const f32 else []f32;
}

fn Number(comptime T: type) type {
    return if (@typeInfo(T) == .array) Number(std.meta.Elem(T)) else T;
}

fn isConst(comptime Column: type) bool {
    return @typeInfo(Column).pointer.is_const;
}

/// `y += a * x`, number by number: a multiplication, then an addition, each rounded as the same
/// loop over plain numbers would round it. `x` may be `y` itself, and then scales it by `1 + a`.
pub fn axpy(y: []f32, a: f32, x: []const f32) void {
    if (y.len != x.len) std.debug.panic("axpy: y has {d} numbers and x has {d}", .{ y.len, x.len });
    // The lengths are equal and every index below is less than them.
    @setRuntimeSafety(false);
    var index: usize = 0;
    while (index + step <= y.len) : (index += step) {
        const ys: *align(4) [chunks_per_step]Chunk = @ptrCast(y.ptr + index);
        const xs: *align(4) const [chunks_per_step]Chunk = @ptrCast(x.ptr + index);
        inline for (ys, xs) |*y_chunk, x_chunk| y_chunk.* += @as(Chunk, @splat(a)) * x_chunk;
    }
    while (index + lanes <= y.len) : (index += lanes) {
        const y_chunk: *align(4) Chunk = @ptrCast(y.ptr + index);
        const x_chunk: *align(4) const Chunk = @ptrCast(x.ptr + index);
        y_chunk.* += @as(Chunk, @splat(a)) * x_chunk.*;
    }
    while (index < y.len) : (index += 1) y[index] += a * x[index];
}

test "axpy agrees with plain numbers to the bit" {
    var random: std.Random.DefaultPrng = .init(1);
    var y: [131]f32 = undefined;
    var x: [131]f32 = undefined;
    var expected: [131]f32 = undefined;
    for (0..y.len + 1) |len| {
        for (&y, &x, &expected) |*y_number, *x_number, *expected_number| {
            y_number.* = random.random().floatNorm(f32) * 100;
            x_number.* = random.random().floatNorm(f32);
            expected_number.* = y_number.*;
        }
        for (expected[0..len], x[0..len]) |*expected_number, x_number| expected_number.* += 0.3 * x_number;
        axpy(y[0..len], 0.3, x[0..len]);
        try std.testing.expectEqualSlices(u32, @ptrCast(&expected), @ptrCast(&y));
    }
}

test "a flat column has the rows' numbers in order" {
    const Place = extern struct { x: f32, rest: [2]f32 };
    var column = [_]Place{ .{ .x = 1, .rest = .{ 2, 3 } }, .{ .x = 4, .rest = .{ 5, 6 } } };
    const rows: []Place = &column;
    try std.testing.expectEqualSlices(f32, &.{ 1, 2, 3, 4, 5, 6 }, flat(rows));
    flat(rows)[4] = 50;
    try std.testing.expectEqual(50, column[1].rest[0]);
}
