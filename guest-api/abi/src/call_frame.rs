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
        /// Empty; kept for resources.
        40 => resources: Slice<A>,
        /// Empty; kept for messages.
        48 => messages: Slice<A>,
        /// Empty; kept for room for command records.
        56 => commands: Slice<A>,
        /// Empty; kept for the text of string fields.
        64 => strings: Slice<A>,
        /// Zero.
        72 => reserved: u64,
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
        /// Zero; kept for the presence mask of an optional term.
        12 => presence: u32,
    }
}
