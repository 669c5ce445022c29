//! Checks of what `peristyle.module` is told, so that a slip is an error that names it.

const std = @import("std");
const Field = std.builtin.Type.StructField;

/// Refuses a field of `options` that is not in `known`.
pub fn allowOnly(comptime where: []const u8, comptime options: anytype, comptime known: []const []const u8) void {
    if (@typeInfo(@TypeOf(options)) != .@"struct") @compileError("peristyle: " ++ where ++ " takes options, `.{ … }`, not `" ++ @typeName(@TypeOf(options)) ++ "`");
    for (@typeInfo(@TypeOf(options)).@"struct".fields) |field| {
        for (known) |name| {
            if (equal(field.name, name)) break;
        } else @compileError("peristyle: " ++ where ++ " has no option `." ++ field.name ++ "`; its options are" ++ list(known));
    }
}

/// The entries of a tuple.
pub fn items(comptime where: []const u8, comptime tuple: anytype, comptime example: []const u8) []const Field {
    const info = @typeInfo(@TypeOf(tuple));
    if (info != .@"struct" or (!info.@"struct".is_tuple and info.@"struct".fields.len > 0)) @compileError("peristyle: " ++ where ++ " is not a list; write `" ++ example ++ "`");
    return info.@"struct".fields;
}

/// A list of strings: `&.{ "a", "b" }`.
pub fn strings(comptime where: []const u8, comptime value: anytype) []const []const u8 {
    const tuple = if (@typeInfo(@TypeOf(value)) == .pointer and @typeInfo(@TypeOf(value)).pointer.size == .one) value.* else value;
    const is_array = @typeInfo(@TypeOf(tuple)) == .array and std.meta.Elem(@TypeOf(tuple)) != u8;
    const is_tuple = @typeInfo(@TypeOf(tuple)) == .@"struct" and @typeInfo(@TypeOf(tuple)).@"struct".is_tuple;
    if (!is_array and !is_tuple and @TypeOf(value) != []const []const u8) @compileError("peristyle: " ++ where ++ " is not a list of names; write `&.{\"module::system\"}`");
    var names: []const []const u8 = &.{};
    for (tuple) |name| names = names ++ [_][]const u8{name};
    return names;
}

/// Refuses a name that is not letters, digits and `_`, beginning with none of the digits.
pub fn checkName(comptime what: []const u8, comptime name: []const u8) void {
    if (name.len == 0) @compileError("peristyle: a " ++ what ++ " has an empty name");
    for (name, 0..) |byte, index| switch (byte) {
        'a'...'z', 'A'...'Z', '_' => {},
        '0'...'9' => if (index == 0) @compileError("peristyle: " ++ what ++ " name `" ++ name ++ "` begins with a digit"),
        else => @compileError("peristyle: " ++ what ++ " name `" ++ name ++ "` has characters other than letters, digits and `_`"),
    };
}

pub fn equal(comptime left: []const u8, comptime right: []const u8) bool {
    return std.mem.eql(u8, left, right);
}

fn list(comptime names: []const []const u8) []const u8 {
    var text: []const u8 = "";
    for (names, 0..) |name, index| text = text ++ (if (index == 0) " `." else ", `.") ++ name ++ "`";
    return text;
}
