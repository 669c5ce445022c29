const abi = @import("abi.zig");
const options = @import("options.zig");
const schema = @import("schema.zig");

/// A parameter that gives a system one of the module's state blocks.
///
/// State blocks are all that a module remembers between calls. The module lists each with its
/// first value, and a system that asks for one that is not listed does not compile:
///
/// ```zig
/// const Tally = extern struct { deliveries: u32 };
///
/// fn count(tally: peristyle.State(Tally)) void {
///     tally.value.deliveries += 1;
/// }
///
/// comptime {
///     peristyle.module(.{
///         .systems = .{.{ .name = "count", .run = count }},
///         .state = .{Tally{ .deliveries = 0 }},
///     });
/// }
/// ```
///
/// A state block's type is its key, and the block is called like its schema. A unit test brings a
/// value of its own: `count(.{ .value = &tally })`.
///
/// After a fault the block holds what it held before the call. After a reload it goes on, field by
/// field: a version that cannot go on with it is refused. `.{ .first = Tally{ … }, .afresh = true }`
/// is a block that begins afresh instead. Its type follows the rules of a component.
pub fn State(comptime T: type) type {
    comptime schema.check(T);
    return struct {
        /// The block's type, by which `module` finds it.
        pub const peristyle_state = T;

        /// The block itself.
        value: *T,
    };
}

/// Where the block of an entry of `.state` lives in the module's memory: the first value, or that and
/// whether the block begins afresh where it cannot go on.
pub fn Block(comptime entry: anytype) type {
    const has_options = comptime hasOptions(@TypeOf(entry));
    if (has_options) {
        options.allowOnly("a block of `.state`", entry, &.{ "first", "afresh" });
        if (!@hasField(@TypeOf(entry), "first")) @compileError("peristyle: a block of `.state` has no first value; write `.{ .first = Tally{ .deliveries = 0 }, .afresh = true }`");
    }
    const initial = if (has_options) entry.first else entry;
    const T = @TypeOf(initial);
    schema.check(T);
    if (@sizeOf(T) == 0) @compileError("peristyle: state block `" ++ @typeName(T) ++ "` has no fields, so it keeps nothing; remove it from `.state`");
    if (schema.hasSlices(T)) @compileError("peristyle: state block `" ++ @typeName(T) ++ "` has strings or lists, and what those cover does not outlive a call; keep an array of u8, or of the values, and a number of how many count");
    return struct {
        pub const Value = T;
        pub const flags: u32 = if (has_options and @hasField(@TypeOf(entry), "afresh") and entry.afresh) abi.state_afresh else 0;
        pub var value: T = initial;
    };
}

/// Whether an entry says more than the first value, whose type has a fixed layout.
fn hasOptions(comptime Entry: type) bool {
    const info = @typeInfo(Entry);
    return info == .@"struct" and info.@"struct".layout == .auto and (@hasField(Entry, "first") or @hasField(Entry, "afresh"));
}

test "a block begins afresh where its entry says so" {
    const Tally = extern struct { deliveries: u32 };
    const plain = Block(Tally{ .deliveries = 3 });
    const afresh = Block(.{ .first = Tally{ .deliveries = 4 }, .afresh = true });
    const testing = @import("std").testing;
    try testing.expectEqual(0, plain.flags);
    try testing.expectEqual(abi.state_afresh, afresh.flags);
    try testing.expectEqual(3, plain.value.deliveries);
    try testing.expectEqual(4, afresh.value.deliveries);
}
