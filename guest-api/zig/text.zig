//! Text for the host, in buffers of a fixed size: no allocator is at work in a log line or a fault.

const std = @import("std");

/// The longest line in bytes; what is beyond is dropped.
pub const line_size_max = 512;

/// As much of the text as fits, without half a character at its end.
pub fn print(buffer: []u8, comptime format: []const u8, args: anytype) []const u8 {
    var writer: std.Io.Writer = .fixed(buffer);
    writer.print(format, args) catch return wholeCharacters(writer.buffered());
    return writer.buffered();
}

fn wholeCharacters(line: []const u8) []const u8 {
    var start = line.len;
    while (start > 0) {
        start -= 1;
        // A byte 0b10xxxxxx goes on with a character that began before it.
        if (line[start] & 0xc0 == 0x80) continue;
        const size = std.unicode.utf8ByteSequenceLength(line[start]) catch return line;
        return if (start + size <= line.len) line else line[0..start];
    }
    return line;
}

test "a line that is too long is cut between characters" {
    var buffer: [8]u8 = undefined;
    try std.testing.expectEqualStrings("12345678", print(&buffer, "{d}", .{1234567890}));
    try std.testing.expectEqualStrings("héé", print(&buffer, "h{s}", .{"éé"}));
    try std.testing.expectEqualStrings("hééé", print(&buffer, "h{s}", .{"ééé…"}));
    try std.testing.expectEqualStrings("ééé", print(&buffer, "ééé{s}", .{"…"}));
    try std.testing.expectEqualStrings("ééééé"[0..8], print(&buffer, "{s}", .{"ééééé"}));
}
