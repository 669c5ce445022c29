const std = @import("std");
const builtin = @import("builtin");
const abi = @import("abi.zig");
const schema = @import("schema.zig");
const terms = @import("terms.zig");
const optional = @import("optional.zig");
const Entity = @import("entity.zig").Entity;

/// A parameter that gives a system the rows of the game's entities that have what `Terms` asks
/// for. Each field of `Terms` is one term:
///
/// - `*const T` reads component `T`,
/// - `*T` reads and writes it,
/// - `?*const T` and `?*T` do so where a row has it, and leave rows without it in the query,
/// - `Entity` gives the ids,
/// - `With(T)` and `Without(T)` only choose entities, and so do `Added(T)` and `Changed(T)`,
/// - `ByEntity` or `ByStableId` is the order of the rows; without one they come as the game stores
///   them, which depends on its past.
///
/// Columns are copies. What a system wrote to a `*T` column becomes the game's when the call
/// has finished, and only rows that differ count as changed.
pub fn Query(comptime Terms: type) type {
    const all_terms = comptime terms.list(Terms);
    return struct {
        const Self = @This();

        /// The terms in order, as `module` puts them into the manifest.
        pub const peristyle_terms = all_terms;
        /// The order of the rows.
        pub const peristyle_row_order = terms.orderOf(Terms);

        /// One column for each term that has one, under the term's name: `[]T` or `[]const T`, for
        /// an optional term `Optional(*T)` or `Optional(*const T)`, for ids `[]const Entity`.
        pub const Columns = Fields(all_terms, ColumnOf);
        /// One row of each column, under the term's name: a pointer, an optional pointer, or an id.
        pub const Row = Fields(all_terms, RowOf);

        rows: usize,
        slices: Columns,
        /// The query's number in the call frame, by which the host knows it.
        number: u32,

        /// The query over columns that the caller has, for unit tests of a system.
        pub fn fromColumns(slices: Columns) Self {
            const fields = @typeInfo(Columns).@"struct".fields;
            const rows = if (fields.len == 0) 0 else valuesOf(@field(slices, fields[0].name)).len;
            inline for (fields) |field| {
                const column = @field(slices, field.name);
                if (valuesOf(column).len != rows) @panic("all columns of a query have the same number of rows");
                if (comptime !isSlice(field.type)) {
                    if (column.presence.len != optional.maskBytes(rows)) @panic("a presence mask has one bit for each row of its column");
                }
            }
            return .{ .rows = rows, .slices = slices, .number = std.math.maxInt(u32) };
        }

        /// How many rows there are.
        pub fn len(query: Self) usize {
            return query.rows;
        }

        /// Whether there is no row.
        pub fn isEmpty(query: Self) bool {
            return query.rows == 0;
        }

        /// The columns, row `i` of each for the same entity. They are valid until the call ends.
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
                if (self.index == self.rows) return null;
                const row = rowOfColumns(self.slices, self.index);
                self.index += 1;
                return row;
            }
        };

        /// The row of that number, which is less than `len()`.
        pub fn at(query: Self, row: usize) Row {
            if (row >= query.rows) noRow(row, query.rows);
            return rowOfColumns(query.slices, row);
        }

        /// The row of an entity, or null where the entity is not in the query. It takes the same
        /// time however many rows there are.
        pub fn get(query: Self, entity: Entity) ?Row {
            return query.at(query.rowOf(entity) orelse return null);
        }

        /// The number of an entity's row, or null where the entity is not in the query. In a unit
        /// test it looks into the query's column of ids.
        pub fn rowOf(query: Self, entity: Entity) ?usize {
            if (comptime !builtin.cpu.arch.isWasm()) return query.search(entity);
            const row = abi.host.row_of(query.number, @intFromEnum(entity));
            return if (row < 0) null else @intCast(row);
        }

        /// The only row, or null where there is none or more than one.
        pub fn single(query: Self) ?Row {
            return if (query.rows == 1) rowOfColumns(query.slices, 0) else null;
        }

        fn search(query: Self, entity: Entity) ?usize {
            inline for (all_terms) |term| {
                if (term.kind == .entity) return std.mem.findScalar(Entity, @field(query.slices, term.name), entity);
            }
            @panic("outside of a game, rows are found by the query's ids; add `entity: peristyle.Entity` to its terms");
        }

        /// The caller knows that there is such a row.
        inline fn rowOfColumns(slices: Columns, index: usize) Row {
            @setRuntimeSafety(false);
            var row: Row = undefined;
            inline for (@typeInfo(Row).@"struct".fields) |field| {
                const column = @field(slices, field.name);
                @field(row, field.name) = switch (@typeInfo(field.type)) {
                    .pointer => &column[index],
                    .optional => if (optional.isSet(column.presence[index / 8], index)) &column.values[index] else null,
                    else => column[index],
                };
            }
            return row;
        }

        /// The rows of the query of that number in a call frame.
        pub fn fromFrame(frame: *const abi.CallFrame, number: u32) Self {
            // The host wrote the frame, and a module can but believe its host.
            @setRuntimeSafety(false);
            const query_frame = frame.queries.at(abi.QueryFrame, number);
            const rows = query_frame.rows;
            var query: Self = .{ .rows = rows, .slices = undefined, .number = number };
            inline for (@typeInfo(Columns).@"struct".fields, 0..) |field, index| {
                const column = query_frame.columns.at(abi.Column, index);
                const target = &@field(query.slices, field.name);
                if (comptime isSlice(field.type)) {
                    target.* = sliceAt(field.type, column.rows, rows);
                } else {
                    target.values = sliceAt(@TypeOf(target.values), column.rows, rows);
                    target.presence = sliceAt([]const u8, column.presence, optional.maskBytes(rows));
                }
            }
            return query;
        }
    };
}

fn ColumnOf(comptime term: terms.Term) type {
    return switch (term.kind) {
        .optional_read, .optional_write => optional.Optional(Pointer(.one, term)),
        else => Pointer(.slice, term),
    };
}

fn RowOf(comptime term: terms.Term) type {
    return switch (term.kind) {
        .entity => Entity,
        .optional_read, .optional_write => ?Pointer(.one, term),
        else => Pointer(.one, term),
    };
}

fn Pointer(comptime size: std.builtin.Type.Pointer.Size, comptime term: terms.Term) type {
    const is_const = term.kind != .write and term.kind != .optional_write;
    return @Pointer(size, .{ .@"const" = is_const }, term.Component, null);
}

/// A struct with one field for each term that has a column.
fn Fields(comptime all_terms: []const terms.Term, comptime Of: fn (comptime terms.Term) type) type {
    @setEvalBranchQuota(schema.quota);
    var names: []const []const u8 = &.{};
    var types: []const type = &.{};
    for (all_terms) |term| {
        if (!term.kind.hasColumn()) continue;
        names = names ++ [_][]const u8{term.name};
        types = types ++ [_]type{Of(term)};
    }
    return @Struct(.auto, null, names, types[0..types.len], &@splat(.{}));
}

fn isSlice(comptime Column: type) bool {
    return @typeInfo(Column) == .pointer;
}

/// The values of a column, optional or not.
fn valuesOf(column: anytype) if (isSlice(@TypeOf(column))) @TypeOf(column) else @FieldType(@TypeOf(column), "values") {
    return if (comptime isSlice(@TypeOf(column))) column else column.values;
}

/// The rows of a column in a call frame.
pub inline fn sliceAt(comptime Slice: type, address: abi.Address, len: usize) Slice {
    @setRuntimeSafety(false);
    const info = @typeInfo(Slice).pointer;
    const many: if (info.is_const) [*]const info.child else [*]info.child = @ptrCast(@alignCast(@constCast(address.?)));
    return many[0..len];
}

/// A function of its own, since an engine charges fuel for code that it only passes by.
noinline fn noRow(row: usize, rows: usize) noreturn {
    @branchHint(.cold);
    std.debug.panic("there is no row {d}: the query has {d}", .{ row, rows });
}

const tests = struct {
    const Health = extern struct { points: u32 };
    const Damage = extern struct { points: u32 };
    const Dead = extern struct {};

    fn column(rows: abi.Address, stride: u32, presence: abi.Address) abi.Column {
        return .{ .size = @sizeOf(abi.Column), .rows = rows, .stride = stride, .presence = presence };
    }

    fn entity(number: u64) Entity {
        return @enumFromInt(number);
    }
};

test "a query reads its rows from a call frame" {
    const Health, const Damage, const Dead = .{ tests.Health, tests.Damage, tests.Dead };
    var health = [_]Health{ .{ .points = 10 }, .{ .points = 20 } };
    const damage = [_]Damage{ .{ .points = 1 }, .{ .points = 2 } };
    const columns = [_]abi.Column{ tests.column(&damage, 4, null), tests.column(&health, 4, null) };
    const queries = [_]abi.QueryFrame{
        .{ .size = @sizeOf(abi.QueryFrame), .rows = 0, .columns = .empty, .reserved = 0 },
        .{ .size = @sizeOf(abi.QueryFrame), .rows = 2, .columns = .of(abi.Column, &columns), .reserved = 0 },
    };
    var frame: abi.CallFrame = undefined;
    frame.queries = .of(abi.QueryFrame, &queries);
    const query: Query(struct { dead: terms.Without(Dead), damage: *const Damage, health: *Health }) = .fromFrame(&frame, 1);

    try std.testing.expectEqual(2, query.len());
    try std.testing.expect(!query.isEmpty());
    var rows = query.iterator();
    while (rows.next()) |row| row.health.points -= row.damage.points;
    try std.testing.expectEqual(18, query.columns().health[1].points);
    try std.testing.expectEqual(9, health[0].points);
    try std.testing.expectEqual(2, query.at(1).damage.points);
    try std.testing.expectEqual(null, query.single());
}

test "optional columns, ids, changes and orders" {
    const Health, const Damage = .{ tests.Health, tests.Damage };
    const Terms = struct {
        entity: Entity,
        health: *Health,
        hurt: terms.Changed(Health),
        damage: ?*const Damage,
        dead: ?*const tests.Dead,
        order: terms.ByEntity,
    };
    var health = [_]Health{ .{ .points = 10 }, .{ .points = 20 }, .{ .points = 30 } };
    const damage = [_]Damage{ .{ .points = 1 }, .{ .points = 0 }, .{ .points = 3 } };
    const ids = [_]Entity{ tests.entity(5), tests.entity(6), tests.entity(9) };
    const has_damage: u8, const is_dead: u8 = .{ 0b101, 0b010 };
    const columns = [_]abi.Column{
        tests.column(&ids, 8, null),
        tests.column(&health, 4, null),
        tests.column(&damage, 4, &has_damage),
        tests.column(&health, 0, &is_dead),
    };
    const queries = [_]abi.QueryFrame{.{ .size = @sizeOf(abi.QueryFrame), .rows = 3, .columns = .of(abi.Column, &columns), .reserved = 0 }};
    var frame: abi.CallFrame = undefined;
    frame.queries = .of(abi.QueryFrame, &queries);
    const query: Query(Terms) = .fromFrame(&frame, 0);

    try std.testing.expectEqual(.entity, Query(Terms).peristyle_row_order);
    var rows = query.iterator();
    while (rows.next()) |row| {
        if (row.damage) |d| row.health.points -= d.points;
        if (row.dead != null) row.health.points = 0;
    }
    try std.testing.expectEqual([_]Health{ .{ .points = 9 }, .{ .points = 0 }, .{ .points = 27 } }, health);
    try std.testing.expectEqual(27, query.get(tests.entity(9)).?.health.points);
    try std.testing.expectEqual(null, query.get(tests.entity(7)));
    try std.testing.expectEqual(1, query.rowOf(tests.entity(6)));
    try std.testing.expect(query.columns().dead.isPresent(1));
    try std.testing.expectEqual(null, query.columns().damage.at(1));
}

test "a unit test brings columns of its own" {
    var loads = [_]tests.Health{.{ .points = 1 }};
    const query: Query(struct { entity: Entity, with: terms.With(tests.Dead), load: ?*tests.Health }) = .fromColumns(.{
        .entity = &.{tests.entity(3)},
        .load = .{ .values = &loads, .presence = &.{1} },
    });
    query.single().?.load.?.points = 7;
    try std.testing.expectEqual(7, loads[0].points);
}
