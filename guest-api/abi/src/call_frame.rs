//! What one call of a script system is given, in memory that the host chose.

use crate::Slice;
use crate::layout::descriptor;

descriptor! {
    /// The header, whose address is the only argument of a script system.
    ///
    /// A guest may scribble over all of it: the host keeps its own records.
    pub struct CallFrame<A>: 80 {
        /// Bytes of this struct.
        0 => size: u32,
        /// The version of the contract that the host speaks.
        4 => abi_version: u32,
        /// How many times this system's schedule has run since the scripts were ready, from 1.
        8 => tick: u64,
        /// Seconds that this run stands for: the fixed time step, or the frame's.
        16 => delta_seconds: f64,
        /// Seconds since the scripts were ready: the sum of all deltas, this one included.
        24 => elapsed_seconds: f64,
        /// A list of [`QueryFrame`], one for each query in the order of the manifest.
        32 => queries: Slice<A>,
        /// A list of [`Column`] with one row each, one for each resource in the order of the
        /// manifest.
        40 => resources: Slice<A>,
        /// A list of [`QueryFrame`] with one column each, one for each kind of messages in the order
        /// of the manifest; a row is a message, the oldest first.
        48 => messages: Slice<A>,
        /// One [`CommandBuffer`] where the system has a parameter for commands, else empty.
        56 => commands: Slice<A>,
        /// One [`SliceRoom`] where the system has a parameter for it, else empty.
        64 => room: Slice<A>,
        /// Address of the [`RandomState`] where the system has a parameter for it, else 0.
        72 => random: A,
        /// Zero.
        76 => reserved: u32,
    }
}

descriptor! {
    /// The rows of one query.
    pub struct QueryFrame<A>: 24 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Rows in every column of the query.
        4 => rows: u32,
        /// A list of [`Column`], one for each term that has one, in the order of the manifest.
        8 => columns: Slice<A>,
        /// Zero.
        16 => reserved: u64,
    }
}

descriptor! {
    /// One packed array: all rows of one component.
    pub struct Column<A>: 16 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Address of row 0, a multiple of [`COLUMN_ALIGN`](crate::COLUMN_ALIGN).
        4 => rows: A,
        /// Bytes from one row to the next: the size of the component.
        8 => stride: u32,
        /// Address of an optional term's presence mask, else 0: bit `row % 8` of byte `row / 8` says
        /// whether the row has the component. Bits past the last row are 0.
        12 => presence: A,
    }
}

descriptor! {
    /// Where a call leaves its commands.
    ///
    /// Records follow each other from `records` on, each as long as it says. They count when the
    /// call finishes.
    pub struct CommandBuffer<A>: 32 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Address of the first record, a multiple of 8.
        4 => records: A,
        /// Bytes that there is room for.
        8 => capacity: u32,
        /// Bytes of the records so far; the guest counts. 0 at first.
        12 => used: u32,
        /// The id of the first entity that the call spawns; that of the next is greater by 1.
        16 => first_entity: u64,
        /// Entities spawned so far; the guest counts. 0 at first.
        24 => spawned: u32,
        /// Zero.
        28 => reserved: u32,
    }
}

descriptor! {
    /// One command. Its payload follows, filled up to a multiple of 8 bytes.
    pub struct CommandRecord: 24 {
        /// Bytes of this struct, its payload and what fills that up: a multiple of 8.
        0 => size: u32,
        /// A [`CommandKind`](crate::CommandKind).
        4 => kind: u32,
        /// The entity: one from a column, or one that an earlier record of this call spawned.
        8 => entity: u64,
        /// The number of the component's or message's term in the parameter for commands; else 0.
        16 => term: u32,
        /// Bytes of the payload.
        20 => payload_bytes: u32,
    }
}

descriptor! {
    /// Where a call may put the strings and lists that it writes. It may as well put them anywhere else in
    /// its memory: what fields cover is read when the call has finished.
    pub struct SliceRoom<A>: 16 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Address of the first byte, a multiple of 16.
        4 => bytes: A,
        /// Bytes that there is room for.
        8 => capacity: u32,
        /// Bytes that are taken; the guest counts. 0 at first.
        12 => used: u32,
    }
}

descriptor! {
    /// A system's random generator: xoshiro256++, whose state the guest moves on. It counts when
    /// the call finishes.
    pub struct RandomState: 40 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Zero.
        4 => reserved: u32,
        /// The four words.
        8 => words: [u64; 4],
    }
}
