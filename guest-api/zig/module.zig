const builtin = @import("builtin");
const root = @import("root");
const abi = @import("abi.zig");
const schema = @import("schema.zig");
const state = @import("state.zig");
const system = @import("system.zig");
const options_check = @import("options.zig");

/// Declares the module: exports one function for each system, and the manifest that the host
/// reads before any code has run. Call it once, in a `comptime` block of the root file.
///
/// - `.systems`: a tuple with, for each system,
///   - `.name`: its name, unique in the module, and also that of the exported function,
///   - `.run`: a function whose parameters are `Time`, `Query(…)`, `Commands(…)`,
///     `MessageReader(…)`, `On(…)`, `Res(…)`, `ResMut(…)`, `Random`, `Room` and `State(…)`, in any
///     order, and that returns nothing or an error,
///   - `.schedule`: `.fixed_update`, the default, `.update`, `.first`, `.pre_update`,
///     `.post_update` or `.last`,
///   - `.before`, `.after`: names of other systems, `&.{"name"}` in this module or
///     `&.{"module::name"}` in any other,
///   - `.run_if`: conditions all of which must hold, as `&.{"every(4)", "on_message(Goal)", "night"}`,
///   - `.fuel_per_call`, `.fuel_per_row`: the fuel that it asks for, where the game's default
///     is not right;
/// - `.state`: a tuple with the first value of each state block: `.{Tally{ .deliveries = 0 }}`. One that
///   begins afresh where a new version cannot go on with it is `.{ .first = Tally{ … }, .afresh = true }`.
pub fn module(comptime options: anytype) void {
    comptime {
        @setEvalBranchQuota(schema.quota);
        options_check.allowOnly("the module", options, &.{ "systems", "state" });
        if (!builtin.is_test and !@hasDecl(root, "panic")) @compileError("peristyle: the root file has no panic handler; add `pub const panic = peristyle.panic;`, so that a panic reaches the game's log");
        const Declared = Declaration(options);
        for (Declared.systems) |System| @export(&System.call, .{ .name = System.name });
        @export(&Declared.manifest, .{ .name = abi.manifest_export });
    }
}

/// The module as static data.
fn Declaration(comptime options: anytype) type {
    return struct {
        const blocks = blockList(if (@hasField(@TypeOf(options), "state")) options.state else .{});
        const systems = systemList(options, blocks);

        const manifest: abi.Manifest = .{
            .features = features(systems, blocks),
            .systems = .of(abi.SystemDescriptor, &system_descriptors),
            .state_blocks = .of(abi.StateBlockDescriptor, &block_descriptors),
        };

        const system_descriptors = descriptors: {
            @setEvalBranchQuota(schema.quota);
            var list: [systems.len]abi.SystemDescriptor = undefined;
            for (&list, systems) |*entry, System| entry.* = System.descriptor;
            break :descriptors list;
        };

        const block_descriptors = descriptors: {
            @setEvalBranchQuota(schema.quota);
            var list: [blocks.len]abi.StateBlockDescriptor = undefined;
            for (&list, blocks) |*entry, Block| entry.* = .{
                .address = &Block.value,
                .name = .of(u8, schema.name(Block.Value)),
                .schema = schema.descriptor(Block.Value),
                .flags = Block.flags,
            };
            break :descriptors list;
        };
    };
}

fn features(comptime systems: []const type, comptime blocks: []const type) u64 {
    var mask: u64 = 0;
    for (systems) |System| mask |= System.features;
    for (blocks) |Block| mask |= schema.features(Block.Value);
    return mask;
}

/// The entries of `.state`, each as a type that holds one block.
fn blockList(comptime values: anytype) []const type {
    @setEvalBranchQuota(schema.quota);
    var list: []const type = &.{};
    for (options_check.items("`.state`", values, ".{Tally{ .deliveries = 0 }}")) |entry| {
        const Block = state.Block(@field(values, entry.name));
        for (list) |earlier| {
            if (options_check.equal(schema.name(earlier.Value), schema.name(Block.Value))) @compileError("peristyle: `.state` has two blocks called `" ++ schema.name(Block.Value) ++ "`; give each a type of its own");
        }
        list = list ++ [_]type{Block};
    }
    return list;
}

/// The entries of `.systems`, each as a type that holds one system.
fn systemList(comptime options: anytype, comptime blocks: []const type) []const type {
    @setEvalBranchQuota(schema.quota);
    const example = ".{ .{ .name = \"steer\", .run = steer } }";
    if (!@hasField(@TypeOf(options), "systems")) @compileError("peristyle.module: no systems; write `.systems = " ++ example ++ "`");
    var list: []const type = &.{};
    for (options_check.items("`.systems`", options.systems, example)) |entry| {
        const System = system.System(@field(options.systems, entry.name), blocks);
        for (list) |earlier| {
            if (options_check.equal(earlier.name, System.name)) @compileError("peristyle: two systems are called `" ++ System.name ++ "`; rename one");
        }
        list = list ++ [_]type{System};
    }
    for (list) |System| {
        for (System.before ++ System.after) |other| system.checkOther(System.name, other, list);
    }
    return list;
}
