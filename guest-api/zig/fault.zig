const std = @import("std");
const abi = @import("abi.zig");
const text = @import("text.zig");

/// Ends the call as a fault: nothing that it wrote counts, and the game's log tells the message
/// with the file and the line. Pass `@src()` first.
pub fn fault(source: std.builtin.SourceLocation, comptime format: []const u8, args: anytype) noreturn {
    @branchHint(.cold);
    var buffer: [text.line_size_max]u8 = undefined;
    const message = text.print(&buffer, format, args);
    abi.host.fault(message.ptr, message.len, source.file.ptr, source.file.len, source.line, source.column);
}

/// Turns every panic of the module into a fault with its message. In the root file:
/// `pub const panic = peristyle.panic;`
///
/// A panic has no file and line. Zig hands its handler a return address only, and WebAssembly
/// has none to hand out; `fault(@src(), …)` is the way to say where.
pub const panic = std.debug.FullPanic(faultWithoutSource);

/// What becomes of an error that a system returns.
pub fn faultOfError(err: anyerror) noreturn {
    @branchHint(.cold);
    var buffer: [text.line_size_max]u8 = undefined;
    faultWithoutSource(text.print(&buffer, "error.{s}", .{@errorName(err)}), null);
}

fn faultWithoutSource(message: []const u8, return_address: ?usize) noreturn {
    @branchHint(.cold);
    _ = return_address;
    abi.host.fault(message.ptr, message.len, "", 0, 0, 0);
}
