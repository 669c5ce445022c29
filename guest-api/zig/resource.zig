const abi = @import("abi.zig");
const schema = @import("schema.zig");

/// A parameter that lets a system read one of the game's resources, `weather.value.wind`.
///
/// The value is a copy of what the game had when the call began. While the game does not have the
/// resource the system does not run. A unit test brings a value of its own:
/// `steer(.{ .value = &weather })`.
pub fn Res(comptime T: type) type {
    return Resource(T, .read);
}

/// A parameter that lets a system read and write one of the game's resources.
///
/// What it wrote becomes the game's when the call has finished, and the resource counts as changed
/// where it differs.
pub fn ResMut(comptime T: type) type {
    return Resource(T, .write);
}

fn Resource(comptime T: type, comptime kind: abi.TermKind) type {
    comptime schema.check(T);
    if (@sizeOf(T) == 0) @compileError("peristyle: resource `" ++ @typeName(T) ++ "` has no fields, so it says nothing; leave it out");
    const Pointer = if (kind == .write) *T else *const T;
    return struct {
        const Self = @This();

        /// Whether it is read or written.
        pub const peristyle_resource = kind;
        /// The resource that it is about.
        pub const Component = T;

        /// The resource itself.
        value: Pointer,

        /// The resource of that number in a call frame.
        pub fn fromFrame(frame: *const abi.CallFrame, number: u32) Self {
            // The host wrote the frame, and a module can but believe its host.
            @setRuntimeSafety(false);
            const column = frame.resources.at(abi.Column, number);
            return .{ .value = @ptrCast(@alignCast(@constCast(column.rows.?))) };
        }
    };
}

test "resources are found by their number" {
    const testing = @import("std").testing;
    const Weather = extern struct { wind: f32 };
    const Score = extern struct { points: u64 };
    const weather: Weather = .{ .wind = 3 };
    var score: Score = .{ .points = 40 };
    const columns = [_]abi.Column{
        .{ .size = @sizeOf(abi.Column), .rows = &weather, .stride = 4, .presence = null },
        .{ .size = @sizeOf(abi.Column), .rows = &score, .stride = 8, .presence = null },
    };
    var frame: abi.CallFrame = undefined;
    frame.resources = .of(abi.Column, &columns);

    const written: ResMut(Score) = .fromFrame(&frame, 1);
    written.value.points += 2;
    try testing.expectEqual(42, score.points);
    const read: Res(Weather) = .fromFrame(&frame, 0);
    try testing.expectEqual(3, read.value.wind);
}
