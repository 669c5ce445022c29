//! The same as the helpers do, in plain code.

const root = @import("zig_vectors.zig");

/// What a case asks for, number by number or row by row.
pub fn run(case: root.Case, columns: root.Columns) void {
    if (case.helper < 8) {
        for (columns.y, columns.x, columns.mask) |*y, x, mask| y.* = number(case, y.*, x, mask);
    } else {
        for (columns.of_row, 0..) |*of_row, index| row(case, columns.y[3 * index ..][0..3], of_row, columns.x[3 * index ..][0..3]);
    }
}

fn number(case: root.Case, y: f32, x: f32, mask: f32) f32 {
    return switch (case.helper) {
        0 => y + case.a * x,
        1 => y * case.a,
        2 => y + x,
        3 => y - x,
        4 => y * x,
        5 => if (y < case.a) case.a else if (y > case.b) case.b else y,
        6 => y + (x - y) * case.a,
        else => if (mask > 0) x else y,
    };
}

fn row(case: root.Case, v: *[3]f32, of_row: *f32, w: *const [3]f32) void {
    switch (case.helper) {
        8 => of_row.* = v[0] * w[0] + v[1] * w[1] + v[2] * w[2],
        9 => of_row.* = length(v),
        10 => {
            const own = length(v);
            const divisor = if (own > 0) own else 1;
            for (v) |*component| component.* /= divisor;
        },
        11 => {
            const own = length(v);
            const factor = if (own > case.a) case.a / own else 1;
            for (v) |*component| component.* *= factor;
        },
        12 => for (v) |*component| {
            component.* *= of_row.*;
        },
        13 => if (of_row.* > 0) {
            v.* = w.*;
        },
        else => {},
    }
}

fn length(v: *const [3]f32) f32 {
    return @sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}
