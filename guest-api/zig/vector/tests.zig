const std = @import("std");
const vector = @import("../vector.zig");

/// Numbers that arithmetic treats in a way of their own.
const special = [_]f32{
    0,
    -0.0,
    1,
    -1,
    std.math.floatMin(f32),
    std.math.floatTrueMin(f32),
    -1e-23,
    1e20,
    std.math.floatMax(f32),
    -std.math.floatMax(f32),
    std.math.inf(f32),
    -std.math.inf(f32),
    std.math.nan(f32),
    @bitCast(@as(u32, 0xffa1_2345)),
};

/// Enough rows to go beyond two steps.
const rows_max = 131;
const numbers_max = 3 * rows_max;

/// Numbers of moderate size, and now and then one that is special.
fn fill(random: std.Random, numbers: []f32) void {
    for (numbers) |*number| {
        number.* = if (random.uintLessThan(u8, 8) == 0) special[random.uintLessThan(usize, special.len)] else random.floatNorm(f32) * 8;
    }
}

/// Which NaN it is depends on the processor, and on what the compiler does with the plain form.
fn expectSame(expected: []const f32, found: []const f32) !void {
    for (expected, found, 0..) |expected_number, found_number, index| {
        if (std.math.isNan(expected_number) and std.math.isNan(found_number)) continue;
        if (@as(u32, @bitCast(expected_number)) == @as(u32, @bitCast(found_number))) continue;
        std.debug.print("number {d} of {d}\n", .{ index, found.len });
        try std.testing.expectEqual(expected_number, found_number);
    }
}

/// Compares `Helper.helper` with `Helper.plain`, which gives number `i` from the numbers `i` of
/// `y`, `x` and `mask`, for columns of every length.
fn testByNumber(Helper: type) !void {
    var random: std.Random.DefaultPrng = .init(1);
    var y: [numbers_max]f32 = undefined;
    var x: [numbers_max]f32 = undefined;
    var mask: [numbers_max]f32 = undefined;
    var expected: [numbers_max]f32 = undefined;
    for (0..numbers_max + 1) |len| {
        inline for (.{ &y, &x, &mask }) |numbers| fill(random.random(), numbers);
        expected = y;
        for (expected[0..len], x[0..len], mask[0..len]) |*number, x_number, mask_number| {
            number.* = Helper.plain(number.*, x_number, mask_number);
        }
        Helper.helper(y[0..len], x[0..len], mask[0..len]);
        try expectSame(&expected, &y);
    }
}

/// Compares `Helper.helper` with `Helper.plain`, which changes one row and its number, for every
/// count of rows.
fn testByRow(Helper: type) !void {
    var random: std.Random.DefaultPrng = .init(2);
    var v: [numbers_max]f32 = undefined;
    var w: [numbers_max]f32 = undefined;
    var of_row: [rows_max]f32 = undefined;
    for (0..rows_max + 1) |rows| {
        inline for (.{ &v, &w, &of_row }) |numbers| fill(random.random(), numbers);
        var expected_v = v;
        var expected_of_row = of_row;
        for (0..rows) |row| Helper.plain(expected_v[3 * row ..][0..3], &expected_of_row[row], w[3 * row ..][0..3]);
        Helper.helper(v[0 .. 3 * rows], of_row[0..rows], w[0 .. 3 * rows]);
        try expectSame(&expected_v, &v);
        try expectSame(&expected_of_row, &of_row);
    }
}

fn plainLength(v: *const [3]f32) f32 {
    return @sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

test "axpy agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, x: []const f32, _: []const f32) void {
            vector.axpy(y, 0.3, x);
        }
        fn plain(y: f32, x: f32, _: f32) f32 {
            return y + 0.3 * x;
        }
    });
}

test "scale agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, _: []const f32, _: []const f32) void {
            vector.scale(y, -0.7);
        }
        fn plain(y: f32, _: f32, _: f32) f32 {
            return y * -0.7;
        }
    });
}

test "add agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, x: []const f32, _: []const f32) void {
            vector.add(y, x);
        }
        fn plain(y: f32, x: f32, _: f32) f32 {
            return y + x;
        }
    });
}

test "sub agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, x: []const f32, _: []const f32) void {
            vector.sub(y, x);
        }
        fn plain(y: f32, x: f32, _: f32) f32 {
            return y - x;
        }
    });
}

test "mul agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, x: []const f32, _: []const f32) void {
            vector.mul(y, x);
        }
        fn plain(y: f32, x: f32, _: f32) f32 {
            return y * x;
        }
    });
}

test "clamp agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, _: []const f32, _: []const f32) void {
            vector.clamp(y, -1.5, 2.5);
        }
        fn plain(y: f32, _: f32, _: f32) f32 {
            return if (y < -1.5) -1.5 else if (2.5 < y) 2.5 else y;
        }
    });
}

test "clamp to zero agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, _: []const f32, _: []const f32) void {
            vector.clamp(y, 0, 0);
        }
        fn plain(y: f32, _: f32, _: f32) f32 {
            return if (y < 0) 0 else if (0 < y) 0 else y;
        }
    });
}

test "lerp agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, x: []const f32, _: []const f32) void {
            vector.lerp(y, x, 0.3);
        }
        fn plain(y: f32, x: f32, _: f32) f32 {
            return y + (x - y) * 0.3;
        }
    });
}

test "select agrees with plain numbers to the bit" {
    try testByNumber(struct {
        fn helper(y: []f32, x: []const f32, mask: []const f32) void {
            vector.select(y, x, mask);
        }
        fn plain(y: f32, x: f32, mask: f32) f32 {
            return if (mask > 0) x else y;
        }
    });
}

test "dot agrees with plain rows to the bit" {
    try testByRow(struct {
        fn helper(v: []f32, numbers: []f32, w: []const f32) void {
            vector.dot(numbers, v, w);
        }
        fn plain(v: *[3]f32, number: *f32, w: *const [3]f32) void {
            number.* = v[0] * w[0] + v[1] * w[1] + v[2] * w[2];
        }
    });
}

test "length agrees with plain rows to the bit" {
    try testByRow(struct {
        fn helper(v: []f32, numbers: []f32, _: []const f32) void {
            vector.length(numbers, v);
        }
        fn plain(v: *[3]f32, number: *f32, _: *const [3]f32) void {
            number.* = plainLength(v);
        }
    });
}

test "normalize agrees with plain rows to the bit" {
    try testByRow(struct {
        fn helper(v: []f32, _: []f32, _: []const f32) void {
            vector.normalize(v);
        }
        fn plain(v: *[3]f32, _: *f32, _: *const [3]f32) void {
            const length = plainLength(v);
            if (length > 0) for (v) |*component| {
                component.* /= length;
            };
        }
    });
}

test "clampLength agrees with plain rows to the bit" {
    try testByRow(struct {
        fn helper(v: []f32, _: []f32, _: []const f32) void {
            vector.clampLength(v, 5);
        }
        fn plain(v: *[3]f32, _: *f32, _: *const [3]f32) void {
            const length = plainLength(v);
            if (length > 5) for (v) |*component| {
                component.* *= 5 / length;
            };
        }
    });
}

test "scaleRows agrees with plain rows to the bit" {
    try testByRow(struct {
        fn helper(v: []f32, numbers: []f32, _: []const f32) void {
            vector.scaleRows(v, numbers);
        }
        fn plain(v: *[3]f32, number: *f32, _: *const [3]f32) void {
            for (v) |*component| component.* *= number.*;
        }
    });
}

test "selectRows agrees with plain rows to the bit" {
    try testByRow(struct {
        fn helper(v: []f32, numbers: []f32, w: []const f32) void {
            vector.selectRows(v, w, numbers);
        }
        fn plain(v: *[3]f32, number: *f32, w: *const [3]f32) void {
            if (number.* > 0) v.* = w.*;
        }
    });
}

test "columns may be the same memory" {
    var y = [_]f32{ 1, 2, 3, 4, 5 };
    vector.axpy(&y, 0.5, &y);
    try std.testing.expectEqualSlices(f32, &.{ 1.5, 3, 4.5, 6, 7.5 }, &y);
    vector.select(&y, &y, &y);
    try std.testing.expectEqualSlices(f32, &.{ 1.5, 3, 4.5, 6, 7.5 }, &y);
}

test "what is chosen keeps its bits" {
    const nan: f32 = @bitCast(@as(u32, 0xffa1_2345));
    var y = [_]f32{ nan, -0.0, nan, 1 };
    vector.clamp(&y, 0, 1);
    try std.testing.expectEqualSlices(u32, @ptrCast(&[_]f32{ nan, -0.0, nan, 1 }), @ptrCast(&y));
    vector.select(&y, &.{ -0.0, nan, 0, nan }, &.{ 1, std.math.floatMin(f32), -1, std.math.nan(f32) });
    try std.testing.expectEqualSlices(u32, @ptrCast(&[_]f32{ -0.0, nan, nan, 1 }), @ptrCast(&y));
}

test "a flat column has the rows' numbers in order" {
    const Place = extern struct { x: f32, rest: [2]f32 };
    var column = [_]Place{ .{ .x = 1, .rest = .{ 2, 3 } }, .{ .x = 4, .rest = .{ 5, 6 } } };
    const rows: []Place = &column;
    try std.testing.expectEqualSlices(f32, &.{ 1, 2, 3, 4, 5, 6 }, vector.flat(rows));
    vector.flat(rows)[4] = 50;
    try std.testing.expectEqual(50, column[1].rest[0]);
}
