//! Lines in the game's log, formatted as by `std.fmt` and cut at 512 bytes.

const std = @import("std");
const abi = @import("abi.zig");
const text = @import("text.zig");

/// Something is wrong.
pub fn err(comptime format: []const u8, args: anytype) void {
    write(.err, format, args);
}

/// Something is odd.
pub fn warn(comptime format: []const u8, args: anytype) void {
    write(.warn, format, args);
}

/// Something happened that a player's log may show.
pub fn info(comptime format: []const u8, args: anytype) void {
    write(.info, format, args);
}

/// For whoever works on the script.
pub fn debug(comptime format: []const u8, args: anytype) void {
    write(.debug, format, args);
}

/// For whoever works on the script, in detail.
pub fn trace(comptime format: []const u8, args: anytype) void {
    write(.trace, format, args);
}

/// Sends `std.log` to the game's log. In the root file:
/// `pub const std_options: std.Options = .{ .logFn = peristyle.log.logFn };`
pub fn logFn(comptime level: std.log.Level, comptime scope: @EnumLiteral(), comptime format: []const u8, args: anytype) void {
    const prefix = if (scope == .default) "" else "(" ++ @tagName(scope) ++ ") ";
    write(@field(abi.LogLevel, @tagName(level)), prefix ++ format, args);
}

fn write(level: abi.LogLevel, comptime format: []const u8, args: anytype) void {
    var buffer: [text.line_size_max]u8 = undefined;
    const line = text.print(&buffer, format, args);
    abi.host.log(level, line.ptr, line.len);
}
