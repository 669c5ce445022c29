//! Panics when a row is armed, after it has written to columns, to a state block and to a variable
//! that is none.
//!
//! Tests see with it that a fault leaves nothing of the call, and that the message of a panic
//! reaches the game.

const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

/// Makes the system panic where `armed` is not 0.
const Trigger = extern struct { armed: u32 };

/// What the system writes before it looks at triggers.
const Counter = extern struct { value: u32 };

/// Calls that finished.
const Calls = extern struct { calls: u32 };

const Counters = struct { counter: *Counter };
const Triggers = struct { trigger: *const Trigger };

/// Calls of this instance. After a fault there has to be a new instance.
var undeclared_calls: u32 = 0;

fn detonate(counters: peristyle.Query(Counters), triggers: peristyle.Query(Triggers), state: peristyle.State(Calls)) void {
    state.value.calls += 1;
    undeclared_calls += 1;
    if (undeclared_calls > state.value.calls) peristyle.fault(@src(), "the instance remembers {d} calls, of which {d} count", .{ undeclared_calls, state.value.calls });
    for (counters.columns().counter) |*counter| counter.value = state.value.calls;

    const safe_levels = [_]u32{0};
    for (triggers.columns().trigger) |trigger| {
        if (safe_levels[trigger.armed] != 0) unreachable;
    }
}

comptime {
    peristyle.module(.{
        .systems = .{.{ .name = "detonate", .run = detonate }},
        .state = .{Calls{ .calls = 0 }},
    });
}
