//! Every count that a module controls has a limit, and every limit a name.

/// What a module may take at most.
///
/// A module that asks for more does not load; one that reaches a limit while it runs faults. In
/// both cases the message names the limit, so that a game author knows which field to set.
///
/// ```
/// use bevy_peristyle::{Limits, PeristylePlugin};
/// let plugin = PeristylePlugin {
///     limits: Limits { memory_pages_max: 64, ..Limits::default() },
///     ..PeristylePlugin::default()
/// };
/// assert_eq!(plugin.limits.memory_pages_max, 64); // 4 MiB
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a module's file. Default 16 MiB.
    pub module_bytes_max: usize,
    /// Bytes of all descriptors and names of a manifest together. Default 64 KiB.
    pub manifest_bytes_max: u32,
    /// Pages of 64 KiB of a module's memory, the columns of its systems included.
    /// Default 2,048, which is 128 MiB.
    pub memory_pages_max: u32,
    /// Elements of each of a module's tables. Default 10,000.
    pub table_elements_max: u32,
    /// Calls inside calls, where one by a function with more than 64 parameters, locals and operands counts more than once (see
    /// `docs/fuel.md`). Default 1,000.
    pub recursion_max: u32,
    /// Bytes that the locals and operands of calls inside calls take in the engine, at most
    /// 1,000,000. Default 1,000,000.
    pub stack_bytes_max: u32,
    /// Bytes of all state blocks of a module together. Default 1 MiB.
    pub state_bytes_max: u32,
    /// Rows of all queries of one call together. Default 4,194,304.
    pub rows_max: u32,
    /// Bytes of all commands of one call together. Default 2 MiB.
    pub command_bytes_max: u32,
    /// Entities in the world, those of the game included, beyond which scripts can spawn no more.
    /// Default 1,048,576.
    pub entities_max: u32,
    /// Bytes of messages of one kind that wait for a system which does not run; the oldest go
    /// first. Default 1 MiB.
    pub message_bytes_max: u32,
    /// Bytes that the strings and lists take which one call leaves in rows and resources that it has changed and in
    /// commands; and of the room that a call has to write such, which is at most 64 KiB. Default 256 KiB.
    pub slice_bytes_max: u32,
    /// Calls of one module that are suspended at a time, each with an instance of its own; beyond, a call that
    /// runs out of fuel is undone. Default 8.
    pub suspended_calls_max: u32,
    /// Passes of its schedule that a call may take; then it is undone. Default 3,600, a minute.
    pub suspended_passes_max: u32,
    /// Versions of a module that are kept, so that a game can go back to them; the oldest go first. Default 8.
    pub versions_kept_max: u32,
    /// Log lines of one module in one frame; the rest is counted and dropped. Default 64.
    pub log_lines_per_frame_max: u32,
    /// Bytes of one log line or fault message; the rest is cut off. Default 1,024.
    pub log_line_bytes_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            module_bytes_max: 16 << 20,
            manifest_bytes_max: 64 << 10,
            memory_pages_max: 2_048,
            table_elements_max: 10_000,
            recursion_max: 1_000,
            stack_bytes_max: 1_000_000,
            state_bytes_max: 1 << 20,
            rows_max: 1 << 22,
            command_bytes_max: 2 << 20,
            entities_max: 1 << 20,
            message_bytes_max: 1 << 20,
            slice_bytes_max: 256 << 10,
            suspended_calls_max: 8,
            suspended_passes_max: 3_600,
            versions_kept_max: 8,
            log_lines_per_frame_max: 64,
            log_line_bytes_max: 1_024,
        }
    }
}
