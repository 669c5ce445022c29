//! Compiled Zig that does real work. Each export takes how much. Built by Zig 0.16:
//!   zig build-exe -target wasm32-freestanding -OReleaseSafe -fno-entry -rdynamic -fstrip --stack 65536
//!     --name programs_zig programs.zig

const std = @import("std");

var heap: [1 << 19]u8 = undefined;

const Random = struct {
    state: u64,

    fn next(self: *Random) u64 {
        self.state = self.state *% 6364136223846793005 +% 1442695040888963407;
        const mixed = ((self.state >> 18) ^ self.state) >> 27;
        return std.math.rotr(u64, mixed, self.state >> 59);
    }
};

fn hash(bytes: []const u8) i32 {
    return @bitCast(std.hash.Crc32.hash(bytes));
}

/// Hash maps and lists in a fixed heap.
export fn maps(amount: i32) i32 {
    var fixed = std.heap.FixedBufferAllocator.init(&heap);
    const allocator = fixed.allocator();
    var random = Random{ .state = 1 };
    var map: std.AutoHashMapUnmanaged(u32, f32) = .empty;
    var order: std.ArrayList(u32) = .empty;
    var index: i32 = 0;
    while (index < amount) : (index += 1) {
        const key: u32 = @truncate(random.next() % 97);
        const entry = map.getOrPut(allocator, key) catch return -1;
        if (!entry.found_existing) entry.value_ptr.* = 0.5;
        entry.value_ptr.* = @sqrt(entry.value_ptr.* * 1.75 + @as(f32, @floatFromInt(key)));
        order.append(allocator, @bitCast(entry.value_ptr.*)) catch return -2;
        if (key % 11 == 3) _ = map.remove(@truncate(random.next() % 97));
    }
    return hash(std.mem.sliceAsBytes(order.items));
}

/// A stable and an unstable sort, and a search.
export fn sorts(amount: i32) i32 {
    var random = Random{ .state = 2 };
    var numbers: [2048]u32 = undefined;
    const slice = numbers[0..@intCast(amount)];
    for (slice) |*number| number.* = @truncate(random.next() % 5000);
    std.mem.sort(u32, slice[0 .. slice.len / 2], {}, std.sort.desc(u32));
    const first = hash(std.mem.sliceAsBytes(slice));
    std.sort.pdq(u32, slice, {}, std.sort.asc(u32));
    return first ^ hash(std.mem.sliceAsBytes(slice));
}

/// Numbers to text.
export fn formats(amount: i32) i32 {
    var random = Random{ .state = 3 };
    var text: [4096]u8 = undefined;
    var result: i32 = 0;
    var index: i32 = 0;
    while (index < amount) : (index += 1) {
        const float: f64 = @bitCast(random.next());
        const line = std.fmt.bufPrint(&text, "{d} {e} {x:0>8} {s}", .{
            index, float, random.next() % 100000, if (float > 1) "more" else "less",
        }) catch return -1;
        result ^= hash(line);
    }
    return result;
}

/// Digests.
export fn digests(amount: i32) i32 {
    var digest: [32]u8 = @splat(7);
    var index: i32 = 0;
    while (index < amount) : (index += 1) std.crypto.hash.sha2.Sha256.hash(&digest, &digest, .{});
    var other: [32]u8 = undefined;
    std.crypto.hash.Blake3.hash(&digest, &other, .{});
    return hash(&other);
}

const Wide = @Vector(8, f32);

/// Vectors that are wider than registers.
export fn vectors(amount: i32) i32 {
    var position: Wide = @splat(1.5);
    var velocity = Wide{ 1, -2, 3, -4, 5, -6, 7, -8 };
    var index: i32 = 0;
    while (index < amount) : (index += 1) {
        position = @mulAdd(Wide, velocity, @splat(0.0625), position);
        const outside = @abs(position) > @as(Wide, @splat(3));
        velocity = @select(f32, outside, -velocity, velocity * @as(Wide, @splat(1.001)));
    }
    const bytes: [32]u8 = @bitCast(position / velocity);
    return hash(&bytes);
}

const Operation = *const fn (i32, i32) callconv(.c) i32;

fn add(a: i32, b: i32) callconv(.c) i32 {
    return a +% b;
}

fn mix(a: i32, b: i32) callconv(.c) i32 {
    return (a ^ b) *% 31;
}

fn descend(a: i32, b: i32) callconv(.c) i32 {
    if (b <= 0) return a;
    return operations[@intCast(@mod(a, 3))](a +% 1, b - 1) -% 1;
}

var operations: [3]Operation = .{ add, mix, descend };

/// Calls by a table of functions that call each other.
export fn dispatches(amount: i32) i32 {
    var result: i32 = 1;
    var index: i32 = 0;
    while (index < amount) : (index += 1) result = operations[@intCast(@mod(result, 3))](result, @mod(index, 50));
    return result;
}

/// What the language checks: an addition that overflows.
export fn overflows(amount: i32) i32 {
    var sum: i32 = 1;
    var index: i32 = 1;
    while (index <= amount) : (index += 1) sum += sum * @mod(index, 3);
    return sum;
}
