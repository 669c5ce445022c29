//! Counts its own calls in a state block and writes the count into every `Counter`.
//!
//! Tests see with it that state lives on from call to call, over a reload, and as it was before
//! a call that faulted.

const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

/// Where the count becomes visible to the game: calls so far, the last one included.
const Counter = extern struct { value: u32 };

/// Calls that finished.
const Calls = extern struct { calls: u32 };

const Counters = struct { counter: *Counter };

fn count(counters: peristyle.Query(Counters), state: peristyle.State(Calls)) void {
    state.value.calls += 1;
    for (counters.columns().counter) |*counter| counter.value = state.value.calls;
}

comptime {
    peristyle.module(.{
        .systems = .{.{ .name = "count", .run = count }},
        .state = .{Calls{ .calls = 0 }},
    });
}
