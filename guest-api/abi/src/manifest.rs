//! What a module says of itself: static data that the host reads before any guest code runs.

use crate::Slice;
use crate::layout::descriptor;

descriptor! {
    /// The root, at the address that the exported global `peristyle_manifest` holds.
    pub struct Manifest<A>: 64 {
        /// Bytes of this struct.
        0 => size: u32,
        /// [`MAGIC`](crate::MAGIC).
        4 => magic: u32,
        /// [`ABI_VERSION`](crate::ABI_VERSION).
        8 => abi_version: u32,
        /// Zero.
        12 => flags: u32,
        /// One bit for each [`Feature`](crate::Feature) that the module cannot do without.
        16 => features: u64,
        /// A list of [`SystemDescriptor`].
        24 => systems: Slice<A>,
        /// A list of [`StateBlockDescriptor`].
        32 => state_blocks: Slice<A>,
        /// Bytes that the module keeps free for call frames; `len` 0 lets the host grow the
        /// memory instead. Where a frame does not fit, the host grows the memory too.
        40 => arena: Slice<A>,
        /// Zero; kept for the schemas of components that the module defines.
        48 => components: Slice<A>,
        /// Zero.
        56 => reserved: u64,
    }
}

descriptor! {
    /// One script system.
    pub struct SystemDescriptor<A>: 80 {
        /// Bytes of this struct.
        0 => size: u32,
        /// A [`ScheduleCode`](crate::ScheduleCode).
        4 => schedule: u32,
        /// The system's name, unique in its module.
        8 => name: Slice<A>,
        /// The exported function that runs, `(frame: i32) -> i32`; 0 means that it finished.
        16 => export: Slice<A>,
        /// A list of [`ParamDescriptor`].
        24 => params: Slice<A>,
        /// A list of [`Slice`], names of systems that must run later: `system` for one of this
        /// module, `module::system` for any other.
        32 => before: Slice<A>,
        /// A list of [`Slice`], names of systems that must have run.
        40 => after: Slice<A>,
        /// Fuel for one call that the module asks for, at most the game's; 0 leaves it to the game.
        48 => fuel_per_call: u64,
        /// Fuel that each row adds, at most the game's; 0 leaves it to the game.
        56 => fuel_per_row: u64,
        /// A list of [`Slice`], conditions all of which must hold for the system to run:
        /// `every(4)`, `on_message(Goal)`, or a name that the game registered.
        64 => conditions: Slice<A>,
        /// Bits of [`SYSTEM_SUSPENDS`]; the others are zero.
        72 => flags: u32,
        /// Zero.
        76 => reserved: u32,
    }
}

/// A call of the system that runs out of fuel goes on in the next pass of its schedule, where it
/// stopped and with the columns that it began with: a bit of `SystemDescriptor::flags`.
pub const SYSTEM_SUSPENDS: u32 = 1;

descriptor! {
    /// One parameter of a script system that has something in the call frame.
    pub struct ParamDescriptor<A>: 32 {
        /// Bytes of this struct.
        0 => size: u32,
        /// A [`ParamKind`](crate::ParamKind).
        4 => kind: u32,
        /// A list of [`TermDescriptor`], for a query.
        8 => terms: Slice<A>,
        /// A [`RowOrder`](crate::RowOrder), for a query.
        16 => order: u32,
        /// Zero.
        20 => flags: u32,
        /// Zero.
        24 => schema: A,
        /// Zero.
        28 => reserved: u32,
    }
}

descriptor! {
    /// One term of a query.
    pub struct TermDescriptor<A>: 16 {
        /// Bytes of this struct.
        0 => size: u32,
        /// A [`TermKind`](crate::TermKind).
        4 => kind: u32,
        /// Address of the component's [`SchemaDescriptor`](crate::SchemaDescriptor).
        8 => schema: A,
        /// Zero.
        12 => flags: u32,
    }
}

descriptor! {
    /// A part of the module's own memory that lives on between calls.
    ///
    /// Everything else in a module's memory may vanish at any fault or reload.
    pub struct StateBlockDescriptor<A>: 24 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Address of the block's first byte.
        4 => address: A,
        /// The block's name, unique in its module.
        8 => name: Slice<A>,
        /// Address of the block's [`SchemaDescriptor`](crate::SchemaDescriptor).
        16 => schema: A,
        /// Bits of [`STATE_AFRESH`]; the others are zero.
        20 => flags: u32,
    }
}

/// Where a new version cannot go on with what the block holds, the block begins afresh and the version is not
/// refused: a bit of `StateBlockDescriptor::flags`.
pub const STATE_AFRESH: u32 = 1;

impl<A: Copy> StateBlockDescriptor<A> {
    /// The same block, which begins afresh where it cannot go on.
    pub const fn afresh(self) -> Self {
        Self { flags: self.flags | STATE_AFRESH, ..self }
    }
}
