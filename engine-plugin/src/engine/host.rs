//! What a module may call: `log`, `fault` and `row_of`. No engine is named here.

use peristyle_abi::{IMPORT_FAULT, IMPORT_LOG, IMPORT_ROW_OF, LogLevel};

use super::row_index::RowIndex;
use crate::Limits;
use crate::faults::GuestFault;

/// One line that a module logged.
#[derive(Clone, Debug)]
pub(crate) struct GuestLog {
    pub level: LogLevel,
    pub text: String,
}

/// The host's side of one instance.
#[derive(Debug)]
pub(super) struct HostState {
    pub logs: Vec<GuestLog>,
    /// Lines that this instance may still log in this frame.
    pub log_lines_left: u32,
    /// Lines that were dropped since the host last looked.
    pub log_lines_dropped: u32,
    pub log_line_bytes_max: u32,
    /// For each query of the running call which row an entity has.
    pub rows: Vec<RowIndex>,
}

/// Bytes of a logged text that one unit of fuel pays for.
const LOG_BYTES_PER_FUEL: u32 = 64;

/// Rows that are entered into the index for one unit of fuel.
const ROWS_PER_FUEL: u64 = 4;

impl HostState {
    pub fn new(limits: &Limits) -> Self {
        Self {
            logs: Vec::new(),
            log_lines_left: limits.log_lines_per_frame_max,
            log_lines_dropped: 0,
            log_line_bytes_max: limits.log_line_bytes_max,
            rows: Vec::new(),
        }
    }

    /// Keeps a line, or counts it as dropped; what that costs.
    pub fn log(&mut self, memory: &[u8], level: u32, message: u32, len: u32) -> Result<u64, GuestFault> {
        // Checked also where the line will be dropped: how many lines are left depends on the frame
        // rate, and whether a call faults must not.
        let text = guest_bytes(memory, IMPORT_LOG, message, len)?;
        if self.log_lines_left > 0 {
            self.log_lines_left -= 1;
            let level = LogLevel::from_code(level).unwrap_or(LogLevel::Info);
            self.logs.push(GuestLog { level, text: self.lossy_text(text) });
        } else {
            self.log_lines_dropped = self.log_lines_dropped.saturating_add(1);
        }
        Ok(len.div_ceil(LOG_BYTES_PER_FUEL).into())
    }

    /// What a guest says when it gives up: a message, a file, a line and a column.
    pub fn fault(
        &self,
        memory: &[u8],
        message: (u32, u32),
        file: (u32, u32),
        (line, column): (u32, u32),
    ) -> GuestFault {
        let text = |(at, len)| Ok(self.lossy_text(guest_bytes(memory, IMPORT_FAULT, at, len)?));
        match (text(message), text(file)) {
            (Ok(message), Ok(file)) => GuestFault { message, file, line, column },
            (Err(misused), _) | (_, Err(misused)) => misused,
        }
    }

    /// The row of an entity in a query, or -1, and what finding it costs.
    pub fn row_of(&mut self, query: u32, entity: u64) -> Result<(i32, u64), GuestFault> {
        let queries = self.rows.len();
        let Some(rows) = self.rows.get_mut(query as usize) else {
            return Err(GuestFault::of_host(format!(
                "`{IMPORT_ROW_OF}` was asked about query {query}, and this system has {queries}"
            )));
        };
        // The first answer of a call enters all rows into the index.
        let cost = rows.rows_to_build() / ROWS_PER_FUEL;
        let row = rows.row_of(entity).and_then(|row| i32::try_from(row).ok());
        Ok((row.unwrap_or(-1), cost))
    }

    /// Text of the guest, cut at the limit; bytes that are not UTF-8 are shown as such.
    fn lossy_text(&self, text: &[u8]) -> String {
        let text = text.get(..self.log_line_bytes_max as usize).unwrap_or(text);
        String::from_utf8_lossy(text).into_owned()
    }
}

/// Bytes of the guest's memory.
fn guest_bytes<'m>(memory: &'m [u8], import: &str, ptr: u32, len: u32) -> Result<&'m [u8], GuestFault> {
    memory.get(ptr as usize..).and_then(|rest| rest.get(..len as usize)).ok_or_else(|| {
        GuestFault::of_host(format!(
            "`{import}` was given {len} bytes at {ptr:#x}, outside of the module's memory of {} bytes",
            memory.len()
        ))
    })
}
