//! The contract between a Peristyle host and its modules, ABI version 1.
//!
//! The crate `peristyle-abi` is its one definition; the sizes and offsets below are that
//! crate's, written out, and compilation fails where a struct differs.

const std = @import("std");
const builtin = @import("builtin");

/// The version of the contract that this library speaks.
pub const version: u32 = 1;

/// `"PRST"` as a little-endian number.
pub const magic: u32 = std.mem.readInt(u32, "PRST", .little);

/// The exported immutable global that holds the manifest's address.
pub const manifest_export = "peristyle_manifest";

/// Columns begin at a multiple of this many bytes.
pub const column_align = 16;

/// A place in the module's own memory: 4 bytes on wasm32. It is a pointer, so that modules also
/// compile natively, for editors and unit tests.
pub const Address = ?*const anyopaque;

/// A run of bytes or of descriptors.
pub const Slice = extern struct {
    ptr: Address,
    len: u32,

    /// The slice of nothing.
    pub const empty: Slice = .{ .ptr = null, .len = 0 };

    /// The slice that covers static data.
    pub fn of(comptime T: type, items: []const T) Slice {
        return if (items.len == 0) empty else .{ .ptr = @ptrCast(items.ptr), .len = @intCast(items.len) };
    }

    /// The descriptor at `index`. A later host's descriptors may be longer than `T`: each says
    /// its own size, which is the step from one to the next.
    pub fn at(slice: Slice, comptime T: type, index: usize) *const T {
        // The host wrote the frame, and a module can but believe its host.
        @setRuntimeSafety(false);
        const first: *const T = @ptrCast(@alignCast(slice.ptr.?));
        const bytes: [*]const u8 = @ptrCast(first);
        return @ptrCast(@alignCast(bytes + index * first.size));
    }
};

/// What a module says of itself.
pub const Manifest = extern struct {
    size: u32 = @sizeOf(Manifest),
    magic: u32 = magic,
    abi_version: u32 = version,
    flags: u32 = 0,
    features: u64 = 0,
    systems: Slice,
    state_blocks: Slice,
    arena: Slice = .empty,
    components: Slice = .empty,
    reserved: u64 = 0,
};

/// One script system.
pub const SystemDescriptor = extern struct {
    size: u32 = @sizeOf(SystemDescriptor),
    schedule: ScheduleCode,
    name: Slice,
    @"export": Slice,
    params: Slice,
    before: Slice,
    after: Slice,
    fuel_per_call: u64,
    fuel_per_row: u64,
    conditions: Slice = .empty,
    flags: u32 = 0,
    reserved: u32 = 0,
};

/// A bit of `SystemDescriptor.flags`: a call that runs out of fuel goes on in the next pass.
pub const system_suspends: u32 = 1;

/// One parameter of a system that has something in the call frame.
pub const ParamDescriptor = extern struct {
    size: u32 = @sizeOf(ParamDescriptor),
    kind: ParamKind,
    terms: Slice,
    order: RowOrder = .tables,
    flags: u32 = 0,
    schema: Address = null,
    reserved: u32 = 0,
};

/// One term of a parameter.
pub const TermDescriptor = extern struct {
    size: u32 = @sizeOf(TermDescriptor),
    kind: TermKind,
    /// Null in a term for entity ids.
    schema: ?*const SchemaDescriptor,
    flags: u32 = 0,
};

/// The layout of one type, as the module's memory holds its values.
pub const SchemaDescriptor = extern struct {
    size: u32 = @sizeOf(SchemaDescriptor),
    kind: SchemaKind = .@"struct",
    name: Slice,
    byte_size: u32,
    @"align": u32,
    fields: Slice,
};

/// One field of a schema.
pub const FieldDescriptor = extern struct {
    size: u32 = @sizeOf(FieldDescriptor),
    offset: u32,
    name: Slice,
    type_code: FieldType,
    count: u32,
    /// Of a nested type or of a list's elements, else null.
    schema: ?*const SchemaDescriptor = null,
    /// Of an array of several dimensions, else null.
    shape: ?*const ShapeDescriptor = null,
};

/// The dimensions of an array that has several.
pub const ShapeDescriptor = extern struct {
    size: u32 = @sizeOf(ShapeDescriptor),
    rank: u32,
    /// The length of each, the outermost first; then zeros.
    lengths: [4]u32,
};

/// One value of an enum, or one flag.
pub const VariantDescriptor = extern struct {
    size: u32 = @sizeOf(VariantDescriptor),
    flags: u32 = 0,
    name: Slice,
    value: u64,
};

/// A part of the module's memory that lives on between calls.
pub const StateBlockDescriptor = extern struct {
    size: u32 = @sizeOf(StateBlockDescriptor),
    address: Address,
    name: Slice,
    schema: *const SchemaDescriptor,
    flags: u32 = 0,
};

/// Where a new version cannot go on with what the block holds, the block begins afresh and the version is not
/// refused: a bit of `StateBlockDescriptor.flags`.
pub const state_afresh: u32 = 1;

/// What one call of a system is given.
pub const CallFrame = extern struct {
    size: u32,
    abi_version: u32,
    tick: u64,
    delta_seconds: f64,
    elapsed_seconds: f64,
    queries: Slice,
    resources: Slice,
    messages: Slice,
    commands: Slice,
    room: Slice,
    random: Address,
    reserved: u32,
};

/// The rows of one query.
pub const QueryFrame = extern struct {
    size: u32,
    rows: u32,
    columns: Slice,
    reserved: u64,
};

/// One packed array: all rows of one component.
pub const Column = extern struct {
    size: u32,
    rows: Address,
    stride: u32,
    presence: Address,
};

/// Where a call leaves its commands.
pub const CommandBuffer = extern struct {
    size: u32 = @sizeOf(CommandBuffer),
    records: Address,
    capacity: u32,
    used: u32 = 0,
    first_entity: u64,
    spawned: u32 = 0,
    reserved: u32 = 0,
};

/// One command; its payload follows.
pub const CommandRecord = extern struct {
    size: u32,
    kind: CommandKind,
    entity: u64,
    term: u32 = 0,
    payload_bytes: u32 = 0,
};

/// Where a call may put the strings and lists that it writes.
pub const SliceRoom = extern struct {
    size: u32 = @sizeOf(SliceRoom),
    bytes: Address,
    capacity: u32,
    used: u32 = 0,
};

/// A system's random generator.
pub const RandomState = extern struct {
    size: u32 = @sizeOf(RandomState),
    reserved: u32 = 0,
    words: [4]u64,
};

/// What a module may need beyond the base of the contract: bit numbers of `Manifest.features`.
pub const Feature = enum(u6) {
    optional_terms = 0,
    change_filters = 1,
    entity_terms = 2,
    row_orders = 3,
    commands = 4,
    resources = 5,
    messages = 6,
    observers = 7,
    strings = 8,
    lists = 9,
    nested_types = 10,
    script_components = 11,
    random = 12,
    conditions = 13,
    suspension = 14,

    /// The feature as a mask of one bit.
    pub fn mask(feature: Feature) u64 {
        return @as(u64, 1) << @intFromEnum(feature);
    }
};

/// Where a system runs.
pub const ScheduleCode = enum(u32) { fixed_update = 0, update = 1, first = 2, pre_update = 3, post_update = 4, last = 5 };

/// What one parameter is.
pub const ParamKind = enum(u32) { query = 1, commands = 2, resource = 3, random = 4, messages = 5, events = 6, room = 8 };

/// What one term of a parameter asks for.
pub const TermKind = enum(u32) {
    read = 1,
    write = 2,
    with = 3,
    without = 4,
    optional_read = 5,
    optional_write = 6,
    added = 7,
    changed = 8,
    entity = 9,
    insert = 10,
    send = 11,
    removed = 12,
    trigger = 13,

    /// Whether the term has a column in the call frame.
    pub fn hasColumn(kind: TermKind) bool {
        return switch (kind) {
            .read, .write, .optional_read, .optional_write, .entity => true,
            .with, .without, .added, .changed, .insert, .send, .removed, .trigger => false,
        };
    }

    /// The feature that such a term needs.
    pub fn feature(kind: TermKind) ?Feature {
        return switch (kind) {
            .optional_read, .optional_write => .optional_terms,
            .added, .changed => .change_filters,
            .entity => .entity_terms,
            .insert => .commands,
            .send => .messages,
            .removed, .trigger => .observers,
            .read, .write, .with, .without => null,
        };
    }

    /// Whether a row must have the term's component.
    pub fn isRequired(kind: TermKind) bool {
        return switch (kind) {
            .read, .write, .with, .added, .changed => true,
            .without, .optional_read, .optional_write, .entity, .insert, .send, .removed, .trigger => false,
        };
    }
};

/// The order of a query's rows.
pub const RowOrder = enum(u32) { tables = 0, entity = 1, stable_id = 2 };

/// What one command does.
pub const CommandKind = enum(u32) { spawn = 1, despawn = 2, insert = 3, remove = 4, set_parent = 5, send = 6, trigger = 7, enable = 10, disable = 11 };

/// The type of one field's elements.
pub const FieldType = enum(u32) { bool = 1, u8 = 2, i8 = 3, u16 = 4, i16 = 5, u32 = 6, i32 = 7, u64 = 8, i64 = 9, f32 = 10, f64 = 11, entity = 12, nested = 13, string = 14, list = 15 };

/// What a schema describes.
pub const SchemaKind = enum(u32) { @"struct" = 0, @"enum" = 1, flags = 2, option = 3, element = 4 };

/// How loud a log line is.
pub const LogLevel = enum(u32) { err = 1, warn = 2, info = 3, debug = 4, trace = 5 };

/// The functions that the host offers, with stand-ins for native tests.
pub const host = if (builtin.cpu.arch.isWasm()) struct {
    /// Writes one line to the game's log.
    pub extern "peristyle" fn log(level: LogLevel, message: [*]const u8, message_len: usize) void;
    /// Ends the call as a fault.
    pub extern "peristyle" fn fault(message: [*]const u8, message_len: usize, file: [*]const u8, file_len: usize, line: u32, column: u32) noreturn;
    /// The row of an entity in the query of that number, or -1.
    pub extern "peristyle" fn row_of(query: u32, entity: u64) i32;
} else struct {
    pub fn log(level: LogLevel, message: [*]const u8, message_len: usize) void {
        std.debug.print("{t}: {s}\n", .{ level, message[0..message_len] });
    }
    pub fn fault(message: [*]const u8, message_len: usize, file: [*]const u8, file_len: usize, line: u32, column: u32) noreturn {
        std.debug.print("{s}:{d}:{d}: {s}\n", .{ file[0..file_len], line, column, message[0..message_len] });
        std.process.abort();
    }
    pub fn row_of(_: u32, _: u64) i32 {
        @panic("row_of: a host answers it, and here is none");
    }
};

/// Every struct above as text: a line `Name size`, then a line `  field offset` for each field.
/// The host's crate writes the same text, and a test compares the two.
pub const layout_table: []const u8 = table: {
    @setEvalBranchQuota(100_000);
    var text: []const u8 = "";
    for (structs) |row| {
        const T, const name, const size, _ = row;
        if (@sizeOf(Address) != 4) @compileError("the layout is that of wasm32");
        text = text ++ std.fmt.comptimePrint("{s} {d}\n", .{ name, size });
        for (@typeInfo(T).@"struct".fields) |field| {
            text = text ++ std.fmt.comptimePrint("  {s} {d}\n", .{ field.name, @offsetOf(T, field.name) });
        }
    }
    break :table text;
};

/// Struct, name, size, and the offset of each field.
const structs = .{
    .{ Slice, "Slice", 8, .{ 0, 4 } },
    .{ Manifest, "Manifest", 64, .{ 0, 4, 8, 12, 16, 24, 32, 40, 48, 56 } },
    .{ SystemDescriptor, "SystemDescriptor", 80, .{ 0, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72, 76 } },
    .{ ParamDescriptor, "ParamDescriptor", 32, .{ 0, 4, 8, 16, 20, 24, 28 } },
    .{ TermDescriptor, "TermDescriptor", 16, .{ 0, 4, 8, 12 } },
    .{ SchemaDescriptor, "SchemaDescriptor", 32, .{ 0, 4, 8, 16, 20, 24 } },
    .{ FieldDescriptor, "FieldDescriptor", 32, .{ 0, 4, 8, 16, 20, 24, 28 } },
    .{ ShapeDescriptor, "ShapeDescriptor", 24, .{ 0, 4, 8 } },
    .{ VariantDescriptor, "VariantDescriptor", 24, .{ 0, 4, 8, 16 } },
    .{ StateBlockDescriptor, "StateBlockDescriptor", 24, .{ 0, 4, 8, 16, 20 } },
    .{ CallFrame, "CallFrame", 80, .{ 0, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72, 76 } },
    .{ QueryFrame, "QueryFrame", 24, .{ 0, 4, 8, 16 } },
    .{ Column, "Column", 16, .{ 0, 4, 8, 12 } },
    .{ CommandBuffer, "CommandBuffer", 32, .{ 0, 4, 8, 12, 16, 24, 28 } },
    .{ CommandRecord, "CommandRecord", 24, .{ 0, 4, 8, 16, 20 } },
    .{ SliceRoom, "SliceRoom", 16, .{ 0, 4, 8, 12 } },
    .{ RandomState, "RandomState", 40, .{ 0, 4, 8 } },
};

comptime {
    // Pointers of other machines are wider, and no host reads those.
    if (@sizeOf(Address) == 4) for (structs) |row| {
        const T, const name, const size, const offsets = row;
        const fields = @typeInfo(T).@"struct".fields;
        if (@sizeOf(T) != size) @compileError("abi." ++ name ++ " has the wrong size");
        if (fields.len != offsets.len) @compileError("abi." ++ name ++ " has the wrong number of fields");
        for (fields, offsets) |field, offset| {
            if (@offsetOf(T, field.name) != offset) @compileError("abi." ++ name ++ "." ++ field.name ++ " is at the wrong offset");
        }
    };
}
