//! Arithmetic over whole columns, four numbers at a time.
//!
//! One instruction on a vector does the work of four on numbers, and the compiler makes no vectors
//! of row loops by itself. So a column of `f32` fields is worth taking as `flat` numbers:
//! `position += velocity * dt` then takes a fraction of the fuel, and less time.
//!
//! | over | functions |
//! |---|---|
//! | numbers, one by one | `axpy`, `scale`, `add`, `sub`, `mul`, `clamp`, `lerp`, `select` |
//! | rows of three | `dot`, `length`, `normalize`, `clampLength`, `scaleRows`, `selectRows` |
//!
//! Each gives what a loop over plain numbers would, to the bit: the operations are those that its
//! description names, in that order, each rounded on its own. Only the bits of a NaN are the
//! engine's choice. Each checks lengths before it writes anything, and never allocates. Columns
//! may be the same memory, but not overlap otherwise.
//!
//! Where a helper gives one number a row, such as `length`, the numbers need a place of their own:
//! a component with one `f32`, or an array on the stack for some rows at a time.

const std = @import("std");
const schema = @import("schema.zig");
const steps = @import("vector/steps.zig");

/// Four numbers that one instruction works on.
pub const Chunk = steps.Chunk;

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

/// `y += a * x`: a multiplication, then an addition, each rounded. `x` may be `y` itself, and then
/// scales it by `1 + a`.
pub fn axpy(y: []f32, a: f32, x: []const f32) void {
    sameLength("axpy", y, "x", x);
    const Axpy = struct {
        a: f32,
        pub inline fn of(operation: @This(), y_chunk: Chunk, xs: [1]Chunk) Chunk {
            return y_chunk + splat(operation.a) * xs[0];
        }
    };
    each(Axpy{ .a = a }, y, .{x});
}

/// `y *= a`.
pub fn scale(y: []f32, a: f32) void {
    const Scale = struct {
        a: f32,
        pub inline fn of(operation: @This(), y_chunk: Chunk, _: [0]Chunk) Chunk {
            return y_chunk * splat(operation.a);
        }
    };
    each(Scale{ .a = a }, y, .{});
}

/// `y += x`.
pub fn add(y: []f32, x: []const f32) void {
    sameLength("add", y, "x", x);
    const Add = struct {
        pub inline fn of(_: @This(), y_chunk: Chunk, xs: [1]Chunk) Chunk {
            return y_chunk + xs[0];
        }
    };
    each(Add{}, y, .{x});
}

/// `y -= x`.
pub fn sub(y: []f32, x: []const f32) void {
    sameLength("sub", y, "x", x);
    const Sub = struct {
        pub inline fn of(_: @This(), y_chunk: Chunk, xs: [1]Chunk) Chunk {
            return y_chunk - xs[0];
        }
    };
    each(Sub{}, y, .{x});
}

/// `y *= x`, number by number.
pub fn mul(y: []f32, x: []const f32) void {
    sameLength("mul", y, "x", x);
    const Mul = struct {
        pub inline fn of(_: @This(), y_chunk: Chunk, xs: [1]Chunk) Chunk {
            return y_chunk * xs[0];
        }
    };
    each(Mul{}, y, .{x});
}

/// `low` where `y` is less, then `high` where that is greater. A NaN stays, and so does a `-0.0`
/// where a limit is `0.0`. `low` must be at most `high`, and neither may be NaN.
pub fn clamp(y: []f32, low: f32, high: f32) void {
    if (!(low <= high)) @panic("clamp: low must be at most high, and neither may be NaN");
    const Clamp = struct {
        low: f32,
        high: f32,
        pub inline fn of(operation: @This(), y_chunk: Chunk, _: [0]Chunk) Chunk {
            const low_chunk, const high_chunk = .{ splat(operation.low), splat(operation.high) };
            const raised = @select(f32, y_chunk < low_chunk, low_chunk, y_chunk);
            return @select(f32, high_chunk < raised, high_chunk, raised);
        }
    };
    each(Clamp{ .low = low, .high = high }, y, .{});
}

/// `y += (x - y) * t`, so `y` goes the part `t` of the way to `x`.
///
/// Each of the three operations is rounded, so with `t = 1` the result may be a rounding error
/// away from `x`.
pub fn lerp(y: []f32, x: []const f32, t: f32) void {
    sameLength("lerp", y, "x", x);
    const Lerp = struct {
        t: f32,
        pub inline fn of(operation: @This(), y_chunk: Chunk, xs: [1]Chunk) Chunk {
            return y_chunk + (xs[0] - y_chunk) * splat(operation.t);
        }
    };
    each(Lerp{ .t = t }, y, .{x});
}

/// `x` where `mask` is greater than zero; elsewhere, and where the mask is NaN, `y` stays.
///
/// A mask can thus be a flag of 0 or 1, and just as well the outcome of arithmetic: after
/// `sub(mask, limit)` it holds where `mask` was greater than `limit`.
pub fn select(y: []f32, x: []const f32, mask: []const f32) void {
    sameLength("select", y, "x", x);
    sameLength("select", y, "mask", mask);
    const Select = struct {
        pub inline fn of(_: @This(), y_chunk: Chunk, xs: [2]Chunk) Chunk {
            return @select(f32, xs[1] > splat(0), xs[0], y_chunk);
        }
    };
    each(Select{}, y, .{ x, mask });
}

/// `out = v.x * w.x + v.y * w.y + v.z * w.z` of each row, added from left to right.
pub fn dot(out: []f32, v: []const f32, w: []const f32) void {
    threeForEach("dot", "v", v, "out", out);
    threeForEach("dot", "w", w, "out", out);
    const Dot = struct {
        pub inline fn ofSum(_: @This(), sum: Chunk) Chunk {
            return sum;
        }
    };
    steps.eachStep(steps.rowSums, Dot{}, sums_widths, out, no_columns, columns(.{ v, w }));
}

/// `out = sqrt(v.x * v.x + v.y * v.y + v.z * v.z)` of each row, added from left to right.
///
/// It is zero where the squares are too small for an `f32`, and infinite where they are too large:
/// for lengths below about 1e-22 and above about 1e19.
pub fn length(out: []f32, v: []const f32) void {
    threeForEach("length", "v", v, "out", out);
    const Length = struct {
        pub inline fn ofSum(_: @This(), sum: Chunk) Chunk {
            return @sqrt(sum);
        }
    };
    steps.eachStep(steps.rowSums, Length{}, sums_widths, out, no_columns, columns(.{v}));
}

/// Divides each row by its `length` where that is greater than zero. A row of length zero stays as
/// it is, and so does one with a NaN.
///
/// It divides because a product with `1 / length` is rounded once more, and saves nothing that an
/// interpreter feels.
pub fn normalize(v: []f32) void {
    wholeRows("normalize", v);
    const Normalize = struct {
        pub inline fn ofSum(_: @This(), sum: Chunk) Chunk {
            const own = @sqrt(sum);
            return @select(f32, own > splat(0), own, splat(1));
        }
        pub inline fn of(_: @This(), v_chunk: Chunk, _: [0]Chunk, divisor: Chunk) Chunk {
            return v_chunk / divisor;
        }
    };
    steps.eachStep(steps.byOwnLength, Normalize{}, .{}, v, no_columns, no_columns);
}

/// Multiplies each row whose `length` is greater than `max` by `max / length`. Any other row stays
/// as it is, and so does one with a NaN. `max` must be at least 0.
pub fn clampLength(v: []f32, max: f32) void {
    wholeRows("clampLength", v);
    if (!(max >= 0)) @panic("clampLength: max must be at least 0, and not NaN");
    const ClampLength = struct {
        max: f32,
        pub inline fn ofSum(operation: @This(), sum: Chunk) Chunk {
            const own, const most = .{ @sqrt(sum), splat(operation.max) };
            return @select(f32, own > most, most / own, splat(1));
        }
        pub inline fn of(_: @This(), v_chunk: Chunk, _: [0]Chunk, factor: Chunk) Chunk {
            return v_chunk * factor;
        }
    };
    steps.eachStep(steps.byOwnLength, ClampLength{ .max = max }, .{}, v, no_columns, no_columns);
}

/// Multiplies each row by its factor.
pub fn scaleRows(v: []f32, factors: []const f32) void {
    threeForEach("scaleRows", "v", v, "factors", factors);
    const ScaleRows = struct {
        pub inline fn of(_: @This(), v_chunk: Chunk, _: [0]Chunk, factor: Chunk) Chunk {
            return v_chunk * factor;
        }
    };
    steps.eachStep(steps.byRow, ScaleRows{}, rows_widths, v, no_columns, columns(.{factors}));
}

/// The row of `w` where the row's `mask` is greater than zero; elsewhere, and where the mask is
/// NaN, the row of `v` stays. It is `select` with one mask for three numbers.
pub fn selectRows(v: []f32, w: []const f32, mask: []const f32) void {
    threeForEach("selectRows", "v", v, "mask", mask);
    threeForEach("selectRows", "w", w, "mask", mask);
    const SelectRows = struct {
        pub inline fn of(_: @This(), v_chunk: Chunk, xs: [1]Chunk, row_mask: Chunk) Chunk {
            return @select(f32, row_mask > splat(0), xs[0], v_chunk);
        }
    };
    steps.eachStep(steps.byRow, SelectRows{}, rows_widths, v, columns(.{w}), columns(.{mask}));
}

/// Three numbers of a column belong to one of `y`, or one to three of them.
const sums_widths: steps.Widths = .{ .y = steps.rows_per_step, .w = steps.numbers_per_step };
const rows_widths: steps.Widths = .{ .w = steps.rows_per_step };

const no_columns: [0][]const f32 = .{};

/// `y = operation.of(y, xs)`. All columns have the same length.
inline fn each(operation: anytype, y: []f32, xs: anytype) void {
    steps.eachStep(steps.byNumber, operation, .{}, y, columns(xs), no_columns);
}

inline fn columns(slices: anytype) [slices.len][]const f32 {
    return slices;
}

inline fn splat(number: f32) Chunk {
    return @splat(number);
}

fn sameLength(function: []const u8, y: []const f32, name: []const u8, x: []const f32) void {
    if (y.len != x.len) refuse("{s}: y has {d} numbers and {s} has {d}", .{ function, y.len, name, x.len });
}

fn threeForEach(function: []const u8, name: []const u8, v: []const f32, of: []const u8, numbers: []const f32) void {
    if (v.len % 3 == 0 and v.len / 3 == numbers.len) return;
    refuse("{s}: {s} has {d} numbers and {s} has {d}; {s} needs three for each", .{ function, name, v.len, of, numbers.len, name });
}

fn wholeRows(function: []const u8, v: []const f32) void {
    if (v.len % 3 != 0) refuse("{s}: v has {d} numbers, which is no whole rows of 3", .{ function, v.len });
}

/// A function of its own, since an engine charges fuel for code that it only passes by.
noinline fn refuse(comptime format: []const u8, args: anytype) noreturn {
    @branchHint(.cold);
    std.debug.panic(format, args);
}

test {
    _ = @import("vector/tests.zig");
}
