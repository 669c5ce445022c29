//! Takes memory for the first time inside a call, when the host's columns are already in the
//! module's memory.
//!
//! Tests see with it that neither overwrites the other. The game fills row `i` with `i`, and finds
//! `i + 1` there after the first call.

const std = @import("std");
const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Counter = extern struct { value: u32 };

const Counters = struct { counter: *Counter };

/// 512 KiB: more than a fresh memory has to spare.
const words = 128 * 1024;
const pattern: u32 = 0xa5a5_a5a5;

fn allocate(counters: peristyle.Query(Counters)) !void {
    const column = counters.columns().counter;
    const memory = try std.heap.wasm_allocator.alloc(u32, words);
    defer std.heap.wasm_allocator.free(memory);
    @memset(memory, pattern);

    for (column, 0..) |*counter, row| {
        if (counter.value != row) peristyle.fault(@src(), "row {d} was overwritten with 0x{x}", .{ row, counter.value });
        counter.value += 1;
    }
    for (memory, 0..) |word, index| {
        if (word != pattern) peristyle.fault(@src(), "word {d} of the allocation was overwritten with 0x{x}", .{ index, word });
    }
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "allocate", .run = allocate }} });
}
