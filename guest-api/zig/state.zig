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
/// After a fault the block holds what it held before the call. After a reload it goes
/// on where its layout is the same, and else starts afresh. Its type follows the rules of a component.
pub fn State(comptime T: type) type {
    comptime schema.check(T);
    return struct {
        /// The block's type, by which `module` finds it.
        pub const peristyle_state = T;

        /// The block itself.
        value: *T,
    };
}

/// Where the block that begins as `initial` lives in the module's memory.
pub fn Block(comptime initial: anytype) type {
    const T = @TypeOf(initial);
    schema.check(T);
    if (@sizeOf(T) == 0) @compileError("peristyle: state block `" ++ @typeName(T) ++ "` has no fields, so it keeps nothing; remove it from `.state`");
    if (schema.hasSlices(T)) @compileError("peristyle: state block `" ++ @typeName(T) ++ "` has strings or lists, and what those cover does not outlive a call; keep an array of u8, or of the values, and a number of how many count");
    return struct {
        pub const Value = T;
        pub var value: T = initial;
    };
}
