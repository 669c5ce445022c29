const std = @import("std");

/// The column of an optional term: `Optional(*const T)` for `?*const T`, `Optional(*T)` for `?*T`.
pub fn Optional(comptime Pointer: type) type {
    const info = @typeInfo(Pointer);
    if (info != .pointer or info.pointer.size != .one) @compileError("peristyle.Optional takes `*T` or `*const T`, not `" ++ @typeName(Pointer) ++ "`");
    const Values = @Pointer(.slice, .{ .@"const" = info.pointer.is_const }, info.pointer.child, null);
    return struct {
        const Self = @This();

        /// A value for each row, zeros where the row lacks the component (in an enum without a value
        /// 0, the least of its values). What is written to those is dropped.
        values: Values,
        /// Which rows have the component: bit `row % 8` of byte `row / 8`.
        presence: []const u8,

        /// Whether the row has the component.
        pub fn isPresent(column: Self, row: usize) bool {
            return isSet(column.presence[row / 8], row);
        }

        /// The row's component, or null where it lacks it.
        pub fn at(column: Self, row: usize) ?Pointer {
            const value = &column.values[row];
            return if (column.isPresent(row)) value else null;
        }
    };
}

/// Bytes of the presence mask of so many rows.
pub fn maskBytes(rows: usize) usize {
    return (rows + 7) / 8;
}

/// Whether a row's bit is set in its byte of a presence mask.
pub inline fn isSet(byte: u8, row: usize) bool {
    return byte >> @as(u3, @truncate(row)) & 1 != 0;
}

test "a row is present where its bit is set" {
    const Load = extern struct { mass: f32 };
    var values: [10]Load = @splat(.{ .mass = 0 });
    const column: Optional(*Load) = .{ .values = &values, .presence = &.{ 0b1000_0001, 0b10 } };
    column.at(9).?.mass = 2;
    try std.testing.expectEqual(2, values[9].mass);
    for ([_]bool{ true, false, false, false, false, false, false, true, false, true }, 0..) |expected, row| {
        try std.testing.expectEqual(expected, column.isPresent(row));
        try std.testing.expectEqual(expected, column.at(row) != null);
    }
    try std.testing.expectEqual(2, maskBytes(values.len));
    try std.testing.expectEqual(1, maskBytes(8));
}
