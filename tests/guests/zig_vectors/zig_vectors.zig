//! Does what a `Case` asks for with a helper of `peristyle.vector` and with plain code, and
//! panics where the two differ in a bit.
//!
//! Tests see with it that the helpers are exact in the engine, and the same in every language:
//! what the helper made of the rows stays in them.

const peristyle = @import("peristyle");
const plain = @import("plain.zig");
const vector = peristyle.vector;

pub const panic = peristyle.panic;

/// The most rows of a case.
const rows_max = 160;

/// What to do: the helper, in the order of `run`, and the numbers that some helpers take.
pub const Case = extern struct { helper: u32, a: f32, b: f32 };

/// The first column, which the helper writes.
const Position = extern struct { x: f32, y: f32, z: f32 };

/// The second column.
const Velocity = extern struct { x: f32, y: f32, z: f32 };

/// A mask for each number.
const Mask = extern struct { x: f32, y: f32, z: f32 };

/// One number a row, which some helpers read and some write.
const Factor = extern struct { value: f32 };

const Cases = struct { case: *const Case };

const Rows = struct { position: *Position, factor: *Factor, velocity: *const Velocity, mask: *const Mask };

/// The columns of a case, as numbers.
pub const Columns = struct { y: []f32, of_row: []f32, x: []const f32, mask: []const f32 };

/// Runs every case.
fn compare(cases: peristyle.Query(Cases), rows: peristyle.Query(Rows)) void {
    const columns: Columns = .{
        .y = vector.flat(rows.columns().position),
        .of_row = vector.flat(rows.columns().factor),
        .x = vector.flat(rows.columns().velocity),
        .mask = vector.flat(rows.columns().mask),
    };
    var plain_y: [3 * rows_max]f32 = undefined;
    var plain_of_row: [rows_max]f32 = undefined;
    var plain_columns = columns;
    plain_columns.y = plain_y[0..columns.y.len];
    plain_columns.of_row = plain_of_row[0..columns.of_row.len];
    for (cases.columns().case) |case| {
        @memcpy(plain_columns.y, columns.y);
        @memcpy(plain_columns.of_row, columns.of_row);
        plain.run(case, plain_columns);
        run(case, columns);
        expectSame(case, columns.y, plain_columns.y);
        expectSame(case, columns.of_row, plain_columns.of_row);
    }
}

/// What a case asks for, with the helpers.
fn run(case: Case, columns: Columns) void {
    const y, const x, const of_row = .{ columns.y, columns.x, columns.of_row };
    switch (case.helper) {
        0 => vector.axpy(y, case.a, x),
        1 => vector.scale(y, case.a),
        2 => vector.add(y, x),
        3 => vector.sub(y, x),
        4 => vector.mul(y, x),
        5 => vector.clamp(y, case.a, case.b),
        6 => vector.lerp(y, x, case.a),
        7 => vector.select(y, x, columns.mask),
        8 => vector.dot(of_row, y, x),
        9 => vector.length(of_row, y),
        10 => vector.normalize(y),
        11 => vector.clampLength(y, case.a),
        12 => vector.scaleRows(y, of_row),
        13 => vector.selectRows(y, x, of_row),
        // Plain code does not do this one, so it must be found to differ.
        14 => vector.scale(y, 2),
        // Misuse.
        15 => vector.add(y, x[1..]),
        16 => vector.length(of_row, y[1..]),
        17 => vector.normalize(y[1..]),
        18 => vector.clamp(y, 1, 0),
        else => peristyle.fault(@src(), "there is no helper {d}", .{case.helper}),
    }
}

fn expectSame(case: Case, found: []const f32, expected: []const f32) void {
    for (found, expected, 0..) |found_number, expected_number, index| {
        const found_bits: u32, const expected_bits: u32 = .{ @bitCast(found_number), @bitCast(expected_number) };
        if (found_bits != expected_bits) peristyle.fault(@src(), "helper {d}: number {d} is {x:0>8}, and plain code gives {x:0>8}", .{ case.helper, index, found_bits, expected_bits });
    }
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "compare", .run = compare }} });
}
