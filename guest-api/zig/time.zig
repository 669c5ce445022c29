const abi = @import("abi.zig");

/// The time that a call stands for. It is the game's time, never the clock on the wall.
pub const Time = struct {
    /// Seconds that this call stands for: the fixed time step in FixedUpdate, the frame's
    /// length elsewhere.
    delta_seconds: f32,
    /// Seconds since the scripts were ready, this step included.
    elapsed_seconds: f64,
    /// How many times the schedule has run since the scripts were ready, from 1.
    tick: u64,

    /// The time in a call frame.
    pub fn fromFrame(frame: *const abi.CallFrame) Time {
        return .{
            .delta_seconds = @floatCast(frame.delta_seconds),
            .elapsed_seconds = frame.elapsed_seconds,
            .tick = frame.tick,
        };
    }
};
