//! A view of a field that is an array of several dimensions.
//!
//! ```zig
//! const Field = extern struct { heat: [2][3][4]f32 };
//!
//! field.heat[1][2][3] = 5;
//! const heat: peristyle.Tensor(f32, 3) = .of(&field.heat);
//! _ = heat.get(.{ 1, 2, 3 }); // 5
//! _ = heat.transposed().get(.{ 3, 2, 1 }); // 5
//! var values = heat.part(2, 2, 2).?.values();
//! while (values.next()) |value| sum += value;
//! ```

const std = @import("std");

/// A view of values in several dimensions: some of an array's, in some order.
pub fn Tensor(comptime T: type, comptime rank: usize) type {
    if (rank == 0) @compileError("peristyle.Tensor has at least one dimension");
    return struct {
        const Self = @This();

        elements: []const T,
        /// The index of the element whose indices are all 0.
        first: usize,
        lengths: [rank]usize,
        steps: [rank]usize,

        /// All of an array, given as a pointer to it.
        pub fn of(array: anytype) Self {
            const all = comptime shapeOf(@TypeOf(array), rank);
            const Element = ElementOf(@TypeOf(array), rank);
            if (Element != T) @compileError(std.fmt.comptimePrint("peristyle.Tensor({s}, {d}) has other elements than `{s}`, which are `{s}`", .{ @typeName(T), rank, @typeName(@TypeOf(array)), @typeName(Element) }));
            const steps = comptime steps: {
                var steps: [rank]usize = @splat(1);
                for (1..rank) |axis| steps[rank - axis - 1] = steps[rank - axis] * all[rank - axis];
                break :steps steps;
            };
            const first: [*]const T = @ptrCast(array);
            return .{ .elements = first[0 .. steps[0] * all[0]], .first = 0, .lengths = all, .steps = steps };
        }

        /// The length of each dimension, the outermost first.
        pub fn shape(tensor: Self) [rank]usize {
            return tensor.lengths;
        }

        /// How many elements of the array lie from one index to the next, in each dimension.
        pub fn strides(tensor: Self) [rank]usize {
            return tensor.steps;
        }

        /// The value at these indices, or null where there is none.
        pub fn get(tensor: Self, indices: [rank]usize) ?T {
            var place = tensor.first;
            for (indices, tensor.lengths, tensor.steps) |index, length, step| {
                if (index >= length) return null;
                place += index * step;
            }
            return tensor.elements[place];
        }

        /// The same values with the order of the dimensions turned around.
        pub fn transposed(tensor: Self) Self {
            var turned = tensor;
            std.mem.reverse(usize, &turned.lengths);
            std.mem.reverse(usize, &turned.steps);
            return turned;
        }

        /// The part of `len` from `start` on along one dimension, or null where that is not there.
        pub fn part(tensor: Self, axis: usize, start: usize, len: usize) ?Self {
            if (axis >= rank or start > tensor.lengths[axis] or len > tensor.lengths[axis] - start) return null;
            var inner = tensor;
            inner.first += start * tensor.steps[axis];
            inner.lengths[axis] = len;
            return inner;
        }

        /// All values, the last index the fastest:
        /// `var values = heat.values(); while (values.next()) |value| sum += value;`
        pub fn values(tensor: Self) Values {
            var left: usize = 1;
            for (tensor.lengths) |length| left *= length;
            return .{ .tensor = tensor, .left = left };
        }

        /// The values that are left of a tensor.
        pub const Values = struct {
            tensor: Self,
            indices: [rank]usize = @splat(0),
            left: usize,

            /// The next value, until there is none.
            pub fn next(self: *Values) ?T {
                if (self.left == 0) return null;
                self.left -= 1;
                const value = self.tensor.get(self.indices);
                var axis: usize = rank;
                while (axis > 0) {
                    axis -= 1;
                    self.indices[axis] += 1;
                    if (self.indices[axis] < self.tensor.lengths[axis]) break;
                    self.indices[axis] = 0;
                }
                return value;
            }
        };
    };
}

/// Writes one value of an array, given as a pointer to it; whether it is there:
/// `_ = peristyle.tensor.set(&field.heat, .{ 1, 2, 3 }, 5);`
pub fn set(array: anytype, indices: anytype, value: ElementOf(@TypeOf(array), indices.len)) bool {
    const places: [indices.len]usize = indices;
    var place: usize = 0;
    for (places, comptime shapeOf(@TypeOf(array), indices.len)) |index, length| {
        if (index >= length) return false;
        place = place * length + index;
    }
    const first: [*]@TypeOf(value) = @ptrCast(array);
    first[place] = value;
    return true;
}

/// The dimensions of the array that `Pointer` points to, the outermost first.
fn shapeOf(comptime Pointer: type, comptime rank: usize) [rank]usize {
    var lengths: [rank]usize = undefined;
    var Rest = pointee(Pointer);
    for (&lengths) |*length| {
        if (@typeInfo(Rest) != .array) @compileError(std.fmt.comptimePrint("peristyle.tensor: `{s}` has fewer than {d} dimensions", .{ @typeName(Pointer), rank }));
        length.* = @typeInfo(Rest).array.len;
        Rest = std.meta.Child(Rest);
    }
    return lengths;
}

/// The type of its elements.
fn ElementOf(comptime Pointer: type, comptime rank: usize) type {
    var Rest = pointee(Pointer);
    for (shapeOf(Pointer, rank)) |_| Rest = std.meta.Child(Rest);
    return Rest;
}

fn pointee(comptime Pointer: type) type {
    if (@typeInfo(Pointer) != .pointer or @typeInfo(Pointer).pointer.size != .one) @compileError("peristyle.tensor takes a pointer to an array, as `&field.heat`, not `" ++ @typeName(Pointer) ++ "`");
    return std.meta.Child(Pointer);
}

const testing = std.testing;

test "a tensor has a shape, strides and values" {
    var array: [2][3][4]f32 = @splat(@splat(@splat(0)));
    array[1][2][3] = 5;
    const heat: Tensor(f32, 3) = .of(&array);
    try testing.expectEqual([_]usize{ 2, 3, 4 }, heat.shape());
    try testing.expectEqual([_]usize{ 12, 4, 1 }, heat.strides());
    try testing.expectEqual(5, heat.get(.{ 1, 2, 3 }));
    try testing.expectEqual(null, heat.get(.{ 1, 3, 0 }));
    try testing.expectEqual(5, heat.transposed().get(.{ 3, 2, 1 }));
    try testing.expectEqual(null, heat.transposed().get(.{ 1, 2, 3 }));
}

test "a part of a tensor has the values of that part, in order" {
    const array: [2][3]u8 = .{ .{ 1, 2, 3 }, .{ 4, 5, 6 } };
    const all: Tensor(u8, 2) = .of(&array);
    try expectValues(&.{ 1, 4, 2, 5, 3, 6 }, all.transposed());
    try expectValues(&.{ 2, 3, 5, 6 }, all.part(1, 1, 2).?);
    try expectValues(&.{ 5, 6 }, all.part(1, 1, 2).?.part(0, 1, 1).?);
    try expectValues(&.{}, all.part(0, 2, 0).?);
    try testing.expectEqual(null, all.part(0, 1, 2));
    try testing.expectEqual(null, all.part(2, 0, 1));
    try testing.expectEqual(null, all.part(0, std.math.maxInt(usize), 2));
    // Rows count as elements where the rank is lower.
    try testing.expectEqual([_]u8{ 4, 5, 6 }, Tensor([3]u8, 1).of(&array).get(.{1}));
}

fn expectValues(expected: []const u8, tensor: Tensor(u8, 2)) !void {
    var values = tensor.values();
    for (expected) |value| try testing.expectEqual(value, values.next());
    try testing.expectEqual(null, values.next());
}

test "a value is set where it is there" {
    var heat: [2][2]f32 = @splat(@splat(0));
    try testing.expect(set(&heat, .{ 1, 0 }, 3));
    try testing.expect(!set(&heat, .{ 2, 0 }, 3));
    try testing.expectEqual([2][2]f32{ .{ 0, 0 }, .{ 3, 0 } }, heat);
}
