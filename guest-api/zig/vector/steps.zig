//! How a helper goes over its columns: in steps of a fixed size.
//!
//! What the parts of a step are made of is measured on an interpreter, where an instruction on
//! vectors takes two to three times as long as one on numbers, and a shuffle as long as six of
//! those on vectors. A load costs less than either, and it may begin at any number.

const builtin = @import("builtin");

/// Four numbers that one instruction works on.
pub const Chunk = @Vector(4, f32);

/// Numbers in one step: 12 vectors, or 16 rows of three. More would save little of a call's cost.
pub const numbers_per_step = 48;

/// Rows of three in one step.
pub const rows_per_step = numbers_per_step / 3;

/// How many numbers of a column belong to one step.
pub const Widths = struct { y: usize = numbers_per_step, w: usize = 0 };

/// Calls `work` for each `widths.y` numbers of `y`, with those of `xs` at the same place and with
/// the `widths.w` numbers of each of `ws` that belong to them. The lengths are the caller's to
/// check.
///
/// What is left at the end is worked on as well, with zeros up to the size of a step.
pub inline fn eachStep(
    comptime work: anytype,
    operation: anytype,
    comptime widths: Widths,
    y: []f32,
    xs: anytype,
    ws: anytype,
) void {
    @setRuntimeSafety(false);
    var y_at: usize = 0;
    var w_at: usize = 0;
    while (y_at + widths.y <= y.len) {
        step(work, operation, y[y_at..][0..widths.y], stepsAt(widths.y, xs, y_at), stepsAt(widths.w, ws, w_at));
        y_at += widths.y;
        w_at += widths.w;
    }
    if (y_at < y.len) lastStep(work, operation, widths, y[y_at..], restsAt(xs, y_at), restsAt(ws, w_at));
}

/// A function of its own, since in a loop the compiler computes the address of every load and
/// store by an addition. Here all there is are pointers to arrays, and addresses are constant
/// offsets that cost no instruction.
noinline fn step(comptime work: anytype, operation: anytype, y: anytype, xs: anytype, ws: anytype) void {
    @setRuntimeSafety(false);
    work(operation, y, xs, ws);
}

/// A function of its own, since an engine charges fuel for code that it only passes by.
noinline fn lastStep(
    comptime work: anytype,
    operation: anytype,
    comptime widths: Widths,
    y_rest: []f32,
    xs: anytype,
    ws: anytype,
) void {
    @setRuntimeSafety(false);
    var y = padded(widths.y, y_rest);
    var x_steps: [xs.len][widths.y]f32 = undefined;
    inline for (&x_steps, xs) |*x_step, x| x_step.* = padded(widths.y, x);
    var w_steps: [ws.len][widths.w]f32 = undefined;
    inline for (&w_steps, ws) |*w_step, w| w_step.* = padded(widths.w, w);
    step(work, operation, &y, pointersTo(widths.y, &x_steps), pointersTo(widths.w, &w_steps));
    @memcpy(y_rest, y[0..y_rest.len]);
}

fn padded(comptime width: usize, rest: []const f32) [width]f32 {
    @setRuntimeSafety(false);
    var numbers: [width]f32 = @splat(0);
    @memcpy(numbers[0..rest.len], rest);
    return numbers;
}

inline fn stepsAt(comptime width: usize, columns: anytype, at: usize) [columns.len]*const [width]f32 {
    var steps: [columns.len]*const [width]f32 = undefined;
    inline for (&steps, columns) |*pointer, column| pointer.* = column[at..][0..width];
    return steps;
}

inline fn restsAt(columns: anytype, at: usize) [columns.len][]const f32 {
    var rests: [columns.len][]const f32 = undefined;
    inline for (&rests, columns) |*rest, column| rest.* = column[at..];
    return rests;
}

inline fn pointersTo(comptime width: usize, steps: anytype) [steps.len]*const [width]f32 {
    var pointers: [steps.len]*const [width]f32 = undefined;
    inline for (&pointers, steps) |*pointer, *numbers| pointer.* = numbers;
    return pointers;
}

/// Work: `y = operation.of(y, xs)`, number by number.
pub inline fn byNumber(operation: anytype, y: *[numbers_per_step]f32, xs: anytype, _: anytype) void {
    inline for (0..numbers_per_step / 4) |chunk| {
        const at = 4 * chunk;
        store(y, at, operation.of(load(y, at), loadAll(xs, at)));
    }
}

/// Work: `v = operation.of(v, xs, number)`, row by row, with one of `numbers[0]` for each.
pub inline fn byRow(operation: anytype, v: *[numbers_per_step]f32, xs: anytype, numbers: anytype) void {
    inline for (0..rows_per_step / 4) |four| {
        const of_row = numbers[0][4 * four ..][0..4];
        const a, const b, const c, const d = .{ splatFrom(&of_row[0]), splatFrom(&of_row[1]), splatFrom(&of_row[2]), splatFrom(&of_row[3]) };
        // Four rows are three vectors: x y z x, y z x y and z x y z.
        const chunks = .{ first(3, a, b), first(2, b, c), first(1, c, d) };
        inline for (chunks, 0..) |number, chunk| {
            const at = 12 * four + 4 * chunk;
            store(v, at, operation.of(load(v, at), loadAll(xs, at), number));
        }
    }
}

/// Work: `out = operation.ofSum(v.x * w.x + v.y * w.y + v.z * w.z)`, row by row, where `v` and `w`
/// are the first and the last of `columns`.
///
/// Three loads that begin at a row's x, y and z have two whole rows, in lanes 0 and 3. Half of the
/// arithmetic is for nothing, but to sort the rows by component would take five shuffles, and not
/// one.
pub inline fn rowSums(operation: anytype, out: *[rows_per_step]f32, _: anytype, columns: anytype) void {
    inline for (0..rows_per_step / 4) |four| {
        const sums = @shuffle(f32, twoRows(columns, 12 * four), twoRows(columns, 12 * four + 6), [4]i32{ 0, 3, ~@as(i32, 0), ~@as(i32, 3) });
        store(out, 4 * four, operation.ofSum(sums));
    }
}

/// Work: `v = operation.of(v, number)`, where a row's number is `operation.ofSum` of its length
/// squared.
pub inline fn byOwnLength(operation: anytype, v: *[numbers_per_step]f32, xs: anytype, _: anytype) void {
    var numbers: [rows_per_step]f32 = undefined;
    rowSums(operation, &numbers, xs, .{v});
    byRow(operation, v, xs, .{&numbers});
}

inline fn twoRows(columns: anytype, comptime at: usize) Chunk {
    return product(columns, at) + product(columns, at + 1) + product(columns, at + 2);
}

inline fn product(columns: anytype, comptime at: usize) Chunk {
    const factors = loadAll(columns, at);
    return factors[0] * factors[factors.len - 1];
}

inline fn loadAll(columns: anytype, comptime at: usize) [columns.len]Chunk {
    var chunks: [columns.len]Chunk = undefined;
    inline for (&chunks, columns) |*chunk, column| chunk.* = load(column, at);
    return chunks;
}

inline fn load(numbers: anytype, comptime at: usize) Chunk {
    return @as(*align(4) const Chunk, @ptrCast(numbers[at..][0..4])).*;
}

inline fn store(numbers: anytype, comptime at: usize, chunk: Chunk) void {
    @as(*align(4) Chunk, @ptrCast(numbers[at..][0..4])).* = chunk;
}

/// The number four times. It is volatile, since the compiler then leaves the load as it is: of
/// several numbers side by side it would load four at once and take them apart by shuffles.
inline fn splatFrom(number: *const f32) Chunk {
    return @splat(@as(*const volatile f32, number).*);
}

/// The first `count` lanes of `a`, and the rest of `b`.
inline fn first(comptime count: usize, a: Chunk, b: Chunk) Chunk {
    const in_a: @Vector(4, bool) = .{ count > 0, count > 1, count > 2, count > 3 };
    // `@select` by a mask that is known becomes a shuffle, unless the instruction is named.
    if (builtin.cpu.arch != .wasm32) return @select(f32, in_a, a, b);
    const mask = @select(i32, in_a, @as(Bits, @splat(-1)), @as(Bits, @splat(0)));
    return @bitCast(@"llvm.wasm.bitselect.v4i32"(@bitCast(a), @bitCast(b), mask));
}

const Bits = @Vector(4, i32);

extern fn @"llvm.wasm.bitselect.v4i32"(Bits, Bits, Bits) Bits;
