//! Peristyle for Zig: gameplay systems for a Bevy game, as a WebAssembly module.
//!
//! ```zig
//! const peristyle = @import("peristyle");
//! const components = @import("components");
//!
//! pub const panic = peristyle.panic;
//!
//! const Movers = struct {
//!     position: *components.Position,
//!     velocity: *const components.Velocity,
//!     grounded: peristyle.Without(components.Grounded),
//! };
//!
//! fn move(time: peristyle.Time, movers: peristyle.Query(Movers)) void {
//!     var rows = movers.iterator();
//!     while (rows.next()) |row| row.position.x += row.velocity.x * time.delta_seconds;
//! }
//!
//! comptime {
//!     peristyle.module(.{ .systems = .{.{ .name = "move", .run = move }} });
//! }
//! ```
//!
//! A call is a transaction. It finishes, and the rows that it changed are written back; or it runs
//! out of fuel, traps or panics, and nothing happened. A panic's message is in the game's log.
//!
//! Memory between calls counts for nothing but the declared state blocks (`State`). A
//! container-level `var` or an allocation may be gone at the next call, since a fault and a reload
//! begin with a fresh instance.
//!
//! The host puts call frames into memory that it grows while the module is loaded. An allocator
//! therefore takes memory by `@wasmMemoryGrow` alone, as `std.heap.wasm_allocator` does, and never
//! assumes that what lies below `@wasmMemorySize` is its own.
//!
//! Everything outside of the module is the same on every machine: there is no clock and no file.
//! `Time` is the game's, and so is the seed of `Random`.

pub const Query = @import("query.zig").Query;
pub const Entity = @import("entity.zig").Entity;
pub const Optional = @import("optional.zig").Optional;
pub const Str = @import("slices.zig").Str;
pub const List = @import("slices.zig").List;
pub const Room = @import("slices.zig").Room;
pub const SliceRoom = @import("slices.zig").SliceRoom;
pub const Maybe = @import("maybe.zig").Maybe;
pub const tensor = @import("tensor.zig");
pub const Tensor = tensor.Tensor;
pub const With = @import("terms.zig").With;
pub const Without = @import("terms.zig").Without;
pub const Added = @import("terms.zig").Added;
pub const Changed = @import("terms.zig").Changed;
pub const Removed = @import("terms.zig").Removed;
pub const ByEntity = @import("terms.zig").ByEntity;
pub const ByStableId = @import("terms.zig").ByStableId;
pub const Commands = @import("commands.zig").Commands;
pub const CommandRoom = @import("command_room.zig").CommandRoom;
pub const MessageReader = @import("messages.zig").MessageReader;
pub const On = @import("events.zig").On;
pub const Res = @import("resource.zig").Res;
pub const ResMut = @import("resource.zig").ResMut;
pub const Random = @import("random.zig").Random;
pub const Time = @import("time.zig").Time;
pub const State = @import("state.zig").State;
pub const bincode = @import("bincode.zig");
pub const input = @import("input.zig");
pub const bevy = @import("bevy.zig");
pub const log = @import("log.zig");
pub const fault = @import("fault.zig").fault;
pub const panic = @import("fault.zig").panic;
pub const vector = @import("vector.zig");
pub const module = @import("module.zig").module;

/// The contract with the host, for whoever goes below this library.
pub const abi = @import("abi.zig");

test {
    _ = abi;
    _ = @import("schema.zig");
    _ = @import("maybe.zig");
    _ = @import("slices.zig");
    _ = bincode;
    _ = tensor;
    _ = @import("text.zig");
    _ = @import("query.zig");
    _ = @import("optional.zig");
    _ = @import("command_room.zig");
    _ = @import("messages.zig");
    _ = @import("events.zig");
    _ = @import("resource.zig");
    _ = @import("random.zig");
    _ = input;
    _ = bevy;
    _ = @import("parameter.zig");
    _ = @import("state.zig");
    _ = @import("vector.zig");
}
