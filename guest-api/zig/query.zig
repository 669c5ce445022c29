const std = @import("std");
const abi = @import("abi.zig");
const schema = @import("schema.zig");

/// A term of a query: only entities that have `T`. It has no column.
pub fn With(comptime T: type) type {
    return Filter(.with, T);
}

/// A term of a query: only entities that lack `T`. It has no column.
pub fn Without(comptime T: type) type {
    return Filter(.without, T);
}

fn Filter(comptime kind: abi.TermKind, comptime T: type) type {
    comptime schema.check(T);
    return struct {
        /// What kind of term it is.
        pub const peristyle_filter = kind;
        /// The component that it is about.
        pub const Component = T;
    };
}

/// A parameter that gives a system the rows of the game's entities that have what `Terms` asks
/// for. Each field of `Terms` is one term:
///
/// - `*const T` reads component `T`,
/// - `*T` reads and writes it,
/// - `With(T)` and `Without(T)` only choose entities.
///
/// Columns are copies. What a system wrote to a `*T` column becomes the game's when the call
/// has finished, and only rows that differ count as changed.
pub fn Query(comptime Terms: type) type {
    const all_terms = comptime terms(Terms);
    return struct {
        const Self = @This();

        /// The terms in order, as `module` puts them into the manifest.
        pub const peristyle_terms = all_terms;

        /// One slice for each term that has a column, under the term's name: `[]T` or `[]const T`.
        pub const Columns = Fields(all_terms, .slice);
        /// One pointer for each term that has a column, under the term's name.
        pub const Row = Fields(all_terms, .one);

        rows: usize,
        slices: Columns,

        /// The query over columns that the caller has, for unit tests of a system.
        pub fn fromColumns(slices: Columns) Self {
            const fields = @typeInfo(Columns).@"struct".fields;
            const rows = if (fields.len == 0) 0 else @field(slices, fields[0].name).len;
            inline for (fields) |field| {
                if (@field(slices, field.name).len != rows) @panic("all columns of a query have the same number of rows");
            }
            return .{ .rows = rows, .slices = slices };
        }

        /// How many rows there are.
        pub fn len(query: Self) usize {
            return query.rows;
        }

        /// Whether there is no row.
        pub fn isEmpty(query: Self) bool {
            return query.rows == 0;
        }

        /// The columns as slices, row `i` of each for the same entity. They are valid until the
        /// call ends.
        pub fn columns(query: Self) Columns {
            return query.slices;
        }

        /// The rows one by one:
        /// `var rows = drones.iterator(); while (rows.next()) |row| row.velocity.z = 0;`
        pub fn iterator(query: Self) Iterator {
            return .{ .rows = query.rows, .slices = query.slices };
        }

        /// The rows that are left of a query.
        pub const Iterator = struct {
            rows: usize,
            slices: Columns,
            index: usize = 0,

            /// The next row, until there is none.
            pub fn next(self: *Iterator) ?Row {
                // The index is below the length of every column.
                @setRuntimeSafety(false);
                if (self.index == self.rows) return null;
                var row: Row = undefined;
                inline for (@typeInfo(Row).@"struct".fields) |field| {
                    @field(row, field.name) = &@field(self.slices, field.name)[self.index];
                }
                self.index += 1;
                return row;
            }
        };

        /// The rows of the query in a call frame.
        pub fn fromFrame(frame: *const abi.QueryFrame) Self {
            // The host wrote the frame, and a module can but believe its host.
            @setRuntimeSafety(false);
            var query: Self = .{ .rows = frame.rows, .slices = undefined };
            inline for (@typeInfo(Columns).@"struct".fields, 0..) |field, index| {
                const column = frame.columns.at(abi.Column, index);
                const Pointer = @typeInfo(field.type).pointer;
                const many: if (Pointer.is_const) [*]const Pointer.child else [*]Pointer.child = @ptrCast(@alignCast(@constCast(column.rows.?)));
                @field(query.slices, field.name) = many[0..frame.rows];
            }
            return query;
        }
    };
}

/// One term, as its type says it.
pub const Term = struct {
    name: [:0]const u8,
    kind: abi.TermKind,
    Component: type,
};

fn terms(comptime Terms: type) []const Term {
    @setEvalBranchQuota(schema.quota);
    if (@typeInfo(Terms) != .@"struct") @compileError("peristyle.Query takes a struct of terms, not `" ++ @typeName(Terms) ++ "`");
    var list: []const Term = &.{};
    for (@typeInfo(Terms).@"struct".fields) |field| {
        const term = termOf(field.name, field.type) orelse @compileError("peristyle: term `" ++ field.name ++ "` of query `" ++ @typeName(Terms) ++ "` is `" ++ @typeName(field.type) ++ "`; write `*const T` to read component T, `*T` to write it, peristyle.With(T) or peristyle.Without(T) to choose entities");
        schema.check(term.Component);
        if (term.kind.hasColumn() and @sizeOf(term.Component) == 0) @compileError("peristyle: term `" ++ field.name ++ "` of query `" ++ @typeName(Terms) ++ "` asks for a column of `" ++ @typeName(term.Component) ++ "`, which has no fields; write peristyle.With(" ++ schema.name(term.Component) ++ ")");
        for (list) |earlier| {
            if (earlier.Component == term.Component) @compileError("peristyle: terms `" ++ earlier.name ++ "` and `" ++ term.name ++ "` of query `" ++ @typeName(Terms) ++ "` are both about `" ++ @typeName(term.Component) ++ "`; remove one");
        }
        list = list ++ [_]Term{term};
    }
    if (list.len == 0) @compileError("peristyle: query `" ++ @typeName(Terms) ++ "` has no terms; give it at least one");
    return list;
}

fn termOf(comptime name: [:0]const u8, comptime T: type) ?Term {
    switch (@typeInfo(T)) {
        .pointer => |pointer| {
            if (pointer.size != .one) return null;
            return .{ .name = name, .kind = if (pointer.is_const) .read else .write, .Component = pointer.child };
        },
        .@"struct" => {
            if (!@hasDecl(T, "peristyle_filter")) return null;
            return .{ .name = name, .kind = T.peristyle_filter, .Component = T.Component };
        },
        else => return null,
    }
}

/// A struct with one pointer or slice for each term that has a column.
fn Fields(comptime all_terms: []const Term, comptime size: std.builtin.Type.Pointer.Size) type {
    @setEvalBranchQuota(schema.quota);
    var names: []const []const u8 = &.{};
    var types: []const type = &.{};
    for (all_terms) |term| {
        if (!term.kind.hasColumn()) continue;
        names = names ++ [_][]const u8{term.name};
        types = types ++ [_]type{@Pointer(size, .{ .@"const" = term.kind == .read }, term.Component, null)};
    }
    return @Struct(.auto, null, names, types[0..types.len], &@splat(.{}));
}

test "a query reads its rows from a call frame" {
    const Health = extern struct { points: u32 };
    const Damage = extern struct { points: u32 };
    const Dead = extern struct {};
    var health = [_]Health{ .{ .points = 10 }, .{ .points = 20 } };
    const damage = [_]Damage{ .{ .points = 1 }, .{ .points = 2 } };
    const frames = [_]abi.Column{
        .{ .size = @sizeOf(abi.Column), .rows = &damage, .stride = 4, .presence = 0 },
        .{ .size = @sizeOf(abi.Column), .rows = &health, .stride = 4, .presence = 0 },
    };
    const frame: abi.QueryFrame = .{ .size = @sizeOf(abi.QueryFrame), .rows = 2, .columns = .of(abi.Column, &frames), .reserved = 0 };
    const query: Query(struct { dead: Without(Dead), damage: *const Damage, health: *Health }) = .fromFrame(&frame);

    try std.testing.expectEqual(2, query.len());
    try std.testing.expect(!query.isEmpty());
    var rows = query.iterator();
    while (rows.next()) |row| row.health.points -= row.damage.points;
    try std.testing.expectEqual(18, query.columns().health[1].points);
    try std.testing.expectEqual(9, health[0].points);
}
