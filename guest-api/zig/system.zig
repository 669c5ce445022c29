//! From one entry of `.systems` to an exported function and its descriptor.

const std = @import("std");
const abi = @import("abi.zig");
const schema = @import("schema.zig");
const fault = @import("fault.zig");
const options_check = @import("options.zig");
const parameter = @import("parameter.zig");

/// One system: its descriptor, and the function `call` that the host calls.
pub fn System(comptime options: anytype, comptime blocks: []const type) type {
    for (.{ "name", "run" }) |required| {
        if (!@hasField(@TypeOf(options), required)) @compileError("peristyle: a system has no `." ++ required ++ "`; write `.{ .name = \"steer\", .run = steer }`");
    }
    options_check.checkName("system", options.name);
    for (.{ "memory", "_initialize", abi.manifest_export }) |reserved| {
        if (options_check.equal(options.name, reserved)) @compileError("peristyle: a system cannot be called `" ++ reserved ++ "`, since the module exports something else by that name; rename it");
    }
    const where = "system `" ++ options.name ++ "`";
    options_check.allowOnly(where, options, &.{ "name", "run", "schedule", "before", "after", "run_if", "fuel_per_call", "fuel_per_row", "suspends" });
    const parameters = checkRun(where, @TypeOf(options.run), blocks);

    return struct {
        pub const name: [:0]const u8 = options.name;
        pub const before = names("before");
        pub const after = names("after");
        const run_if = names("run_if");

        pub const descriptor: abi.SystemDescriptor = .{
            .schedule = scheduleOf(where, options),
            .name = .of(u8, name),
            .@"export" = .of(u8, name),
            .params = .of(abi.ParamDescriptor, &params),
            .before = .of(abi.Slice, &slices(before)),
            .after = .of(abi.Slice, &slices(after)),
            .conditions = .of(abi.Slice, &slices(run_if)),
            .fuel_per_call = option(u64, "fuel_per_call", 0),
            .fuel_per_row = option(u64, "fuel_per_row", 0),
            .flags = if (suspends) abi.system_suspends else 0,
        };

        const params = parameter.descriptors(parameters);
        const suspends = option(bool, "suspends", false);

        /// What it needs beyond the base of the contract.
        pub const features = parameter.features(parameters) |
            (if (run_if.len == 0) 0 else abi.Feature.conditions.mask()) |
            (if (suspends) abi.Feature.suspension.mask() else 0);

        /// Builds the arguments from the call frame and runs the system. The result 0 says that
        /// it finished.
        pub fn call(frame: *const abi.CallFrame) callconv(.c) i32 {
            var arguments: std.meta.ArgsTuple(@TypeOf(options.run)) = undefined;
            inline for (&arguments, 0..) |*argument, index| argument.* = parameter.argument(parameters, index, blocks, frame);
            const result = @call(.always_inline, options.run, arguments);
            if (@typeInfo(@TypeOf(result)) == .error_union) {
                result catch |err| fault.faultOfError(err);
            }
            return 0;
        }

        fn option(comptime T: type, comptime field: []const u8, comptime default: T) T {
            return if (@hasField(@TypeOf(options), field)) @field(options, field) else default;
        }

        fn names(comptime field: []const u8) []const []const u8 {
            @setEvalBranchQuota(schema.quota);
            if (!@hasField(@TypeOf(options), field)) return &.{};
            return options_check.strings("`." ++ field ++ "` of " ++ where, @field(options, field));
        }
    };
}

fn scheduleOf(comptime where: []const u8, comptime options: anytype) abi.ScheduleCode {
    if (!@hasField(@TypeOf(options), "schedule")) return .fixed_update;
    const chosen = options.schedule;
    if (@typeInfo(@TypeOf(chosen)) == .enum_literal) {
        if (std.meta.stringToEnum(abi.ScheduleCode, @tagName(chosen))) |schedule| return schedule;
    }
    @compileError("peristyle: `.schedule` of " ++ where ++ " is none; write one of `.fixed_update`, `.update`, `.first`, `.pre_update`, `.post_update`, `.last`");
}

/// Refuses a name in `.before` or `.after` that cannot be that of another system.
pub fn checkOther(comptime name: []const u8, comptime other: []const u8, comptime systems: []const type) void {
    if (std.mem.indexOf(u8, other, "::")) |separator| {
        options_check.checkName("system", other[separator + 2 ..]);
        if (separator == 0) @compileError("peristyle: `" ++ other ++ "` in the order of system `" ++ name ++ "` names no module; write `module::system`");
        return;
    }
    if (options_check.equal(other, name)) @compileError("peristyle: system `" ++ name ++ "` cannot run before or after itself");
    for (systems) |S| {
        if (options_check.equal(S.name, other)) return;
    }
    @compileError("peristyle: system `" ++ name ++ "` is ordered against `" ++ other ++ "`, which this module does not have; write `module::" ++ other ++ "` for a system of another module");
}

/// The parameter types of a system's function.
fn checkRun(comptime where: []const u8, comptime Run: type, comptime blocks: []const type) []const type {
    if (@typeInfo(Run) != .@"fn") @compileError("peristyle: `.run` of " ++ where ++ " is not a function but `" ++ @typeName(Run) ++ "`");
    const Returned = @typeInfo(Run).@"fn".return_type orelse void;
    const Payload = if (@typeInfo(Returned) == .error_union) @typeInfo(Returned).error_union.payload else Returned;
    if (Payload != void and Payload != noreturn) @compileError("peristyle: " ++ where ++ " returns `" ++ @typeName(Returned) ++ "`; let it return `void` or `!void`, and write results to columns or state");
    return parameter.list(where, Run, blocks);
}

fn slices(comptime texts: []const []const u8) [texts.len]abi.Slice {
    @setEvalBranchQuota(schema.quota);
    var list: [texts.len]abi.Slice = undefined;
    for (&list, texts) |*entry, text| entry.* = .of(u8, text);
    return list;
}
