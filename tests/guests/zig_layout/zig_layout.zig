//! Exports the contract's layout as the Zig library sees it. The test reads the text from memory:
//! `layout_table` is its address and `layout_table_len` the address of its length, a `u32`.

const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const table = peristyle.abi.layout_table;

export const layout_table: [table.len]u8 = table[0..table.len].*;
export const layout_table_len: u32 = table.len;

/// Tells the number of bytes, so that the module is one that a game would load.
fn report() void {
    peristyle.log.info("{d} bytes of layout", .{table.len});
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "report", .run = report }} });
}
