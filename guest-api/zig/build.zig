//! The library as a Zig package: the module `peristyle`, and `addScript` for a script's own build.
//!
//! ```zig
//! const std = @import("std");
//! const peristyle = @import("peristyle");
//!
//! pub fn build(b: *std.Build) void {
//!     const script = peristyle.addScript(b, b.dependency("peristyle", .{}), .{
//!         .name = "autopilot",
//!         .root_source_file = b.path("autopilot.zig"),
//!     });
//!     b.installArtifact(script);
//! }
//! ```

const std = @import("std");

/// What `addScript` is told about a script.
pub const ScriptOptions = struct {
    /// The module's name, by which other modules order their systems: `name::system`.
    name: []const u8,
    /// The file that calls `peristyle.module`.
    root_source_file: std.Build.LazyPath,
    /// With `.ReleaseSafe` a slip is a fault with a message; with `.ReleaseFast` it may be
    /// anything inside the module, and the module is smaller.
    optimize: std.builtin.OptimizeMode = .ReleaseSafe,
    /// Debug sections are many times larger than the code.
    strip: bool = true,
    /// Other modules that the script imports. `peristyle` is one of them without being named.
    imports: []const std.Build.Module.Import = &.{},
};

/// A script as a WebAssembly module.
pub fn addScript(b: *std.Build, peristyle: *std.Build.Dependency, options: ScriptOptions) *std.Build.Step.Compile {
    return addScriptWith(b, peristyle.module("peristyle"), options);
}

fn addScriptWith(b: *std.Build, peristyle: *std.Build.Module, options: ScriptOptions) *std.Build.Step.Compile {
    const root = b.createModule(.{
        .root_source_file = options.root_source_file,
        .target = b.resolveTargetQuery(.{
            .cpu_arch = .wasm32,
            .os_tag = .freestanding,
            .cpu_model = .{ .explicit = &std.Target.wasm.cpu.generic },
            .cpu_features_add = std.Target.wasm.featureSet(&.{ .simd128, .bulk_memory }),
        }),
        .optimize = options.optimize,
        .strip = options.strip,
        .imports = options.imports,
    });
    root.addImport("peristyle", peristyle);
    const script = b.addExecutable(.{ .name = options.name, .root_module = root });
    script.entry = .disabled;
    script.rdynamic = true;
    return script;
}

/// The package's own build: `zig build test`.
pub fn build(b: *std.Build) void {
    const peristyle = b.addModule("peristyle", .{ .root_source_file = b.path("peristyle.zig") });

    const test_step = b.step("test", "Run the library's tests, and see that what it refuses does not compile");
    const tests = b.addTest(.{ .root_module = b.createModule(.{
        .root_source_file = b.path("peristyle.zig"),
        .target = b.graph.host,
    }) });
    test_step.dependOn(&b.addRunArtifact(tests).step);
    for (refusals) |refusal| {
        const name, const message = refusal;
        const script = addScriptWith(b, peristyle, .{
            .name = name,
            .root_source_file = b.path(b.fmt("refusals/{s}.zig", .{name})),
        });
        script.expect_errors = .{ .contains = message };
        test_step.dependOn(&script.step);
    }
}

/// Files in `refusals`, each with the end of what the compiler has to say about it.
const refusals = [_]struct { []const u8, []const u8 }{
    .{
        "bincode_of_pointer",
        "`*const bincode_of_pointer.Order` is no plain slice; write `[]const bincode_of_pointer.Order`",
    },
    .{
        "bincode_of_usize",
        "peristyle.bincode: `usize` is as wide as the machine likes; write `u64` or `i64`",
    },
    .{
        "commands_component_not_listed",
        "`commands_component_not_listed.Dead` is none of the components that these commands may insert or remove; write peristyle.Commands(.{ Health, … }) with it in the list",
    },
    .{
        "commands_event_not_listed",
        "`commands_event_not_listed.Goal` is none of the events that these commands may trigger; write peristyle.Commands(.{ .components = .{ … }, .events = .{ Alarm, … } }) with it in the list",
    },
    .{
        "commands_list_unknown",
        "peristyle.Commands has no option `.mesages`; its options are `.components`, `.messages`, `.events`",
    },
    .{
        "commands_message_not_listed",
        "`commands_message_not_listed.Goal` is none of the messages that these commands may send; write peristyle.Commands(.{ .components = .{ … }, .messages = .{ Hit, … } }) with it in the list",
    },
    .{
        "commands_message_without_fields",
        "messages `commands_message_without_fields.Goal` have no fields, so they say nothing; give them one, such as a number",
    },
    .{
        "commands_of_values",
        "the list of peristyle.Commands has a `commands_of_values.Health` in it, which is no component type; write `peristyle.Commands(.{ Position, Velocity })`",
    },
    .{
        "commands_twice",
        "parameter 2 of system `run` is a second peristyle.Commands; give the first one all components, messages and events",
    },
    .{
        "events_of_filter",
        "is not what a system can run on; write peristyle.On(E) of an event, peristyle.On(peristyle.Added(T)) or peristyle.On(peristyle.Removed(T)) of a component",
    },
    .{
        "events_twice",
        "`; remove one",
    },
    .{
        "events_without_fields",
        "events `events_without_fields.Alarm` have no fields, so they say nothing; give them one, such as a number",
    },
    .{
        "flat_of_integers",
        "peristyle.vector.flat: field `points` of `flat_of_integers.Health` is `u32`, and only columns of f32 are flat; loop over its rows instead",
    },
    .{
        "messages_twice",
        "parameter 2 of system `run` asks for the messages `messages_twice.Goal` again; remove one",
    },
    .{
        "messages_without_fields",
        "messages `messages_without_fields.Goal` have no fields, so they say nothing; give them one, such as a number",
    },
    .{
        "messages_written",
        "cannot assign to constant",
    },
    .{
        "option_unknown",
        "system `run` has no option `.shedule`; its options are `.name`, `.run`, `.schedule`, `.before`, `.after`, `.run_if`, `.fuel_per_call`, `.fuel_per_row`, `.suspends`",
    },
    .{
        "order_unknown",
        "system `run` is ordered against `ran`, which this module does not have; write `module::ran` for a system of another module",
    },
    .{
        "panic_missing",
        "the root file has no panic handler; add `pub const panic = peristyle.panic;`, so that a panic reaches the game's log",
    },
    .{
        "parameter_of_wrong_type",
        "parameter 1 of system `run` is `f32`; parameters are peristyle.Time, peristyle.Query(Terms), peristyle.Commands(.{ … }), peristyle.MessageReader(T), peristyle.On(E), peristyle.Res(T), peristyle.ResMut(T), peristyle.Random, peristyle.Room and peristyle.State(T)",
    },
    .{
        "query_changed_and_without",
        "are both about `query_changed_and_without.Dead`; remove one",
    },
    .{
        "query_column_of_tag",
        "asks for a column of `query_column_of_tag.Dead`, which has no fields; write peristyle.With(Dead)",
    },
    .{
        "query_component_twice",
        "are both about `query_component_twice.Health`; remove one",
    },
    .{
        "query_optional_alone",
        "has no term that every row must have; add `*const T`, `*T`, peristyle.With(T), peristyle.Added(T) or peristyle.Changed(T)",
    },
    .{
        "query_optional_tag_written",
        "asks for a column of `query_optional_tag_written.Dead`, which has no fields; write `?*const Dead`",
    },
    .{
        "query_orders_twice",
        "is a second order; remove one",
    },
    .{
        "query_removed",
        "`; write `*const T` to read component T, `*T` to write it, `?*const T` or `?*T` where rows may lack it, peristyle.Entity for the ids, peristyle.With(T), Without(T), Added(T) or Changed(T) to choose entities, peristyle.ByEntity or ByStableId for their order",
    },
    .{
        "query_term_of_wrong_type",
        "is `query_term_of_wrong_type.Health`; write `*const T` to read component T, `*T` to write it, `?*const T` or `?*T` where rows may lack it, peristyle.Entity for the ids, peristyle.With(T), Without(T), Added(T) or Changed(T) to choose entities, peristyle.ByEntity or ByStableId for their order",
    },
    .{
        "random_twice",
        "parameter 2 of system `run` is a second peristyle.Random; a system has one",
    },
    .{
        "read_column_written",
        "cannot assign to constant",
    },
    .{
        "resource_read_and_written",
        "parameter 2 of system `run` asks for the resource `resource_read_and_written.Weather` again; remove one",
    },
    .{
        "resource_read_written",
        "cannot assign to constant",
    },
    .{
        "room_twice",
        "parameter 2 of system `run` is a second peristyle.Room; a system has one",
    },
    .{
        "schema_array_of_five_dimensions",
        "`schema_array_of_five_dimensions.Health` has a field `points` of 5 dimensions; arrays have at most 4",
    },
    .{
        "schema_enum_of_any_width",
        "`schema_enum_of_any_width.Health` has numbers of type `u1`; declare it as `enum(u8)`, `enum(u16)` or `enum(u32)`, as the game does",
    },
    .{
        "schema_enum_open",
        "`schema_enum_open.Mood` has values without a name, and the game knows none of those; remove its `_`",
    },
    .{
        "schema_field_of_wrong_type",
        "`schema_field_of_wrong_type.Health` has a field `owner` of type `*const u32`; fields are bool, integers of 8, 16, 32 or 64 bits, f32, f64, peristyle.Entity, peristyle.Str, peristyle.List(T), peristyle.Maybe(T), `extern struct`s, `enum(u8)` to `enum(u32)`, `packed struct`s of flags, and arrays of those",
    },
    .{
        "schema_flags_of_any_width",
        "`schema_flags_of_any_width.Health` has 2 bits; declare it as `packed struct(u8)`, u16, u32 or u64, and fill it up with a field such as `_rest: u3 = 0`",
    },
    .{
        "schema_flags_of_numbers",
        "`schema_flags_of_numbers.Health` has a field `points` of type `u7`; fields of a `packed struct` are flags, of type bool, or bits without a name, which begins with `_`",
    },
    .{
        "schema_list_alone",
        "`slices.List(u32)` is a list, which only fields are; put it into an `extern struct`",
    },
    .{
        "schema_list_of_itself",
        "lies deeper than 8 types in each other; is it in itself?",
    },
    .{
        "schema_list_of_wrong_type",
        "`slices.List([]const u8)` has a field `value` of type `[]const u8`; fields are bool, integers of 8, 16, 32 or 64 bits, f32, f64, peristyle.Entity, peristyle.Str, peristyle.List(T), peristyle.Maybe(T), `extern struct`s, `enum(u8)` to `enum(u32)`, `packed struct`s of flags, and arrays of those",
    },
    .{
        "schema_nested_with_padding",
        "`schema_nested_with_padding.Slot` has 1 bytes of padding before field `count`; order the fields from large to small, or fill the gap with a field that the game's type has too",
    },
    .{
        "schema_not_extern",
        "`schema_not_extern.Health` has no fixed layout; declare it as `extern struct`",
    },
    .{
        "schema_option_alone",
        "`maybe.Maybe(u32)` is an option, which only fields are; put it into an `extern struct`",
    },
    .{
        "schema_option_of_wrong_type",
        "`maybe.Maybe(*const u32)` has a field `value` of type `*const u32`; fields are bool, integers of 8, 16, 32 or 64 bits, f32, f64, peristyle.Entity, peristyle.Str, peristyle.List(T), peristyle.Maybe(T), `extern struct`s, `enum(u8)` to `enum(u32)`, `packed struct`s of flags, and arrays of those",
    },
    .{
        "schema_string_alone",
        "`slices.Str` is a text, which only fields are; put it into an `extern struct`",
    },
    .{
        "schema_with_nothing_nested",
        "`schema_with_nothing_nested.Health` has a field `nothing` of type `schema_with_nothing_nested.Nothing`, which has no bytes; remove it",
    },
    .{
        "schema_with_padding",
        "`schema_with_padding.Health` has 3 bytes of padding before field `points`; order the fields from large to small, or fill the gap with a field that the game's type has too",
    },
    .{
        "schema_with_padding_at_end",
        "`schema_with_padding_at_end.Health` has 3 bytes of padding at its end; fill them with a field that the game's type has too",
    },
    .{
        "state_not_listed",
        "parameter 1 of system `run` asks for the state `state_not_listed.Tally`, which the module does not list; add it to `.state` of peristyle.module with its first value",
    },
    .{
        "state_option_unknown",
        "a block of `.state` has no option `.fresh`; its options are `.first`, `.afresh`",
    },
    .{
        "state_twice",
        "`.state` has two blocks called `Tally`; give each a type of its own",
    },
    .{
        "state_with_string",
        "state block `state_with_string.Tally` has strings or lists, and what those cover does not outlive a call; keep an array of u8, or of the values, and a number of how many count",
    },
    .{
        "system_twice",
        "two systems are called `run`; rename one",
    },
    .{
        "tensor_of_fewer_dimensions",
        "peristyle.tensor: `*[2][3]f32` has fewer than 3 dimensions",
    },
    .{
        "tensor_of_other_elements",
        "peristyle.Tensor(f64, 2) has other elements than `*[2][3]f32`, which are `f32`",
    },
};
