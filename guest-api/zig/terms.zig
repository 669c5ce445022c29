//! From a struct of terms to what a query asks of the host.

const abi = @import("abi.zig");
const schema = @import("schema.zig");
const Entity = @import("entity.zig").Entity;

/// A term of a query: only entities that have `T`. It has no column.
pub fn With(comptime T: type) type {
    return Filter(.with, T);
}

/// A term of a query: only entities that lack `T`. It has no column.
pub fn Without(comptime T: type) type {
    return Filter(.without, T);
}

/// A term of a query: only entities that got `T` since the system last finished. It has no column,
/// and may stand beside a term that reads or writes `T`.
pub fn Added(comptime T: type) type {
    return Filter(.added, T);
}

/// A term of a query: only entities whose `T` was added or written since the system last finished,
/// by the game or by other systems. It has no column, and may stand beside a term that reads or
/// writes `T`.
pub fn Changed(comptime T: type) type {
    return Filter(.changed, T);
}

/// In `On(Removed(T))`: the entities that lost `T`, or with it all. It is no term of a query.
pub fn Removed(comptime T: type) type {
    return Filter(.removed, T);
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

/// A term of a query: rows by entity id, ascending.
pub const ByEntity = Order(.entity);

/// A term of a query: rows by the number that the game gives its entities, ascending; those
/// without one come last, by entity id. It is the order that is the same on every machine and after
/// loading a saved game.
pub const ByStableId = Order(.stable_id);

fn Order(comptime order: abi.RowOrder) type {
    return struct {
        /// The order that it asks for.
        pub const peristyle_order = order;
    };
}

/// One term, as its type says it.
pub const Term = struct {
    name: [:0]const u8,
    kind: abi.TermKind,
    /// `Entity` in a term for entity ids.
    Component: type,
};

/// The terms of a query that the host is told.
pub fn list(comptime Terms: type) []const Term {
    @setEvalBranchQuota(schema.quota);
    if (@typeInfo(Terms) != .@"struct") @compileError("peristyle.Query takes a struct of terms, not `" ++ @typeName(Terms) ++ "`");
    var all: []const Term = &.{};
    var is_required = false;
    for (@typeInfo(Terms).@"struct".fields) |field| {
        if (isOrder(field.type)) continue;
        const what = "term `" ++ field.name ++ "` of query `" ++ @typeName(Terms) ++ "`";
        const term = termOf(field.name, field.type) orelse @compileError("peristyle: " ++ what ++ " is `" ++ @typeName(field.type) ++ "`; write `*const T` to read component T, `*T` to write it, `?*const T` or `?*T` where rows may lack it, peristyle.Entity for the ids, peristyle.With(T), Without(T), Added(T) or Changed(T) to choose entities, peristyle.ByEntity or ByStableId for their order");
        if (term.kind != .entity) schema.check(term.Component);
        // The presence mask alone tells of a tag, so one that may be absent can be read.
        const is_of_values = term.kind.hasColumn() and term.kind != .optional_read;
        if (is_of_values and @sizeOf(term.Component) == 0) @compileError("peristyle: " ++ what ++ " asks for a column of `" ++ @typeName(term.Component) ++ "`, which has no fields; write " ++ if (term.kind == .optional_write) "`?*const " ++ schema.name(term.Component) ++ "`" else "peristyle.With(" ++ schema.name(term.Component) ++ ")");
        for (all) |earlier| {
            if (excludes(earlier, term)) @compileError("peristyle: terms `" ++ earlier.name ++ "` and `" ++ term.name ++ "` of query `" ++ @typeName(Terms) ++ "` are both about `" ++ @typeName(term.Component) ++ "`; remove one");
        }
        is_required = is_required or term.kind.isRequired();
        all = all ++ [_]Term{term};
    }
    if (all.len == 0) @compileError("peristyle: query `" ++ @typeName(Terms) ++ "` has no terms; give it at least one");
    if (!is_required) @compileError("peristyle: query `" ++ @typeName(Terms) ++ "` has no term that every row must have; add `*const T`, `*T`, peristyle.With(T), peristyle.Added(T) or peristyle.Changed(T)");
    return all;
}

/// The order of a query's rows.
pub fn orderOf(comptime Terms: type) abi.RowOrder {
    @setEvalBranchQuota(schema.quota);
    var order: abi.RowOrder = .tables;
    for (@typeInfo(Terms).@"struct".fields) |field| {
        if (!isOrder(field.type)) continue;
        if (order != .tables) @compileError("peristyle: term `" ++ field.name ++ "` of query `" ++ @typeName(Terms) ++ "` is a second order; remove one");
        order = field.type.peristyle_order;
    }
    return order;
}

fn isOrder(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and @hasDecl(T, "peristyle_order");
}

fn termOf(comptime name: [:0]const u8, comptime T: type) ?Term {
    if (T == Entity) return .{ .name = name, .kind = .entity, .Component = Entity };
    switch (@typeInfo(T)) {
        .pointer => |pointer| {
            if (pointer.size != .one or pointer.child == Entity) return null;
            return .{ .name = name, .kind = if (pointer.is_const) .read else .write, .Component = pointer.child };
        },
        .optional => |optional| {
            var term = termOf(name, optional.child) orelse return null;
            term.kind = switch (term.kind) {
                .read => .optional_read,
                .write => .optional_write,
                else => return null,
            };
            return term;
        },
        .@"struct" => {
            if (!isFilter(T) or T.peristyle_filter == .removed) return null;
            return .{ .name = name, .kind = T.peristyle_filter, .Component = T.Component };
        },
        else => return null,
    }
}

/// Whether it is `With(T)` or another one of its kind.
pub fn isFilter(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and @hasDecl(T, "peristyle_filter");
}

/// Whether two terms cannot be in one query. A filter by changes may stand beside anything about its
/// component but that rows lack it, and each of the two once.
fn excludes(comptime first: Term, comptime second: Term) bool {
    if (first.Component != second.Component) return false;
    if (first.kind == second.kind) return true;
    const changes = isChange(first.kind) or isChange(second.kind);
    return !changes or first.kind == .without or second.kind == .without;
}

fn isChange(comptime kind: abi.TermKind) bool {
    return kind == .added or kind == .changed;
}
