//! What a module may call: `log`, `fault` and `row_of`.

use peristyle_abi::{IMPORT_FAULT, IMPORT_LOG, IMPORT_MODULE, IMPORT_ROW_OF, LogLevel};
use wasmi::{Caller, Error, Linker, Memory, StoreLimits, TrapCode};

use super::row_index::RowIndex;
use crate::faults::GuestFault;

/// One line that a module logged.
#[derive(Clone, Debug)]
pub(crate) struct GuestLog {
    pub level: LogLevel,
    pub text: String,
}

/// The host's side of one instance.
pub(super) struct HostState {
    pub limits: StoreLimits,
    pub memory: Option<Memory>,
    pub logs: Vec<GuestLog>,
    /// Lines that this instance may still log in this frame.
    pub log_lines_left: u32,
    /// Lines that were dropped since the host last looked.
    pub log_lines_dropped: u32,
    pub log_line_bytes_max: u32,
    /// For each query of the running call which row an entity has.
    pub rows: Vec<RowIndex>,
}

/// How a guest's `fault` travels through the engine.
#[derive(Debug)]
pub(super) struct FaultSignal(pub GuestFault);

impl std::fmt::Display for FaultSignal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl wasmi::errors::HostError for FaultSignal {}

/// Links every function that the contract offers.
pub(super) fn link(linker: &mut Linker<HostState>) -> Result<(), Error> {
    linker.func_wrap(IMPORT_MODULE, IMPORT_LOG, log)?;
    linker.func_wrap(IMPORT_MODULE, IMPORT_FAULT, fault)?;
    linker.func_wrap(IMPORT_MODULE, IMPORT_ROW_OF, row_of)?;
    Ok(())
}

/// Bytes of a logged text that one unit of fuel pays for.
const LOG_BYTES_PER_FUEL: u32 = 64;

fn log(mut caller: Caller<'_, HostState>, level: u32, message: u32, len: u32) -> Result<(), Error> {
    // Checked also where the line will be dropped: how many lines are left depends on the frame
    // rate, and whether a call faults must not.
    let text = guest_bytes(&caller, IMPORT_LOG, message, len)?;
    let is_kept = caller.data().log_lines_left > 0;
    let text = if is_kept { lossy_text(&caller, text) } else { String::new() };
    charge(&mut caller, len.div_ceil(LOG_BYTES_PER_FUEL).into())?;
    let state = caller.data_mut();
    if is_kept {
        state.log_lines_left -= 1;
        let level = LogLevel::from_code(level).unwrap_or(LogLevel::Info);
        state.logs.push(GuestLog { level, text });
    } else {
        state.log_lines_dropped = state.log_lines_dropped.saturating_add(1);
    }
    Ok(())
}

fn fault(
    caller: Caller<'_, HostState>,
    message: u32,
    message_len: u32,
    file: u32,
    file_len: u32,
    line: u32,
    column: u32,
) -> Result<(), Error> {
    let message = lossy_text(&caller, guest_bytes(&caller, IMPORT_FAULT, message, message_len)?);
    let file = lossy_text(&caller, guest_bytes(&caller, IMPORT_FAULT, file, file_len)?);
    Err(Error::host(FaultSignal(GuestFault { message, file, line, column })))
}

/// Rows that are entered into the index for one unit of fuel.
const ROWS_PER_FUEL: u64 = 4;

fn row_of(mut caller: Caller<'_, HostState>, query: u32, entity: u64) -> Result<i32, Error> {
    let queries = caller.data().rows.len();
    let Some(rows) = caller.data().rows.get(query as usize) else {
        return Err(Error::host(FaultSignal(GuestFault::of_host(format!(
            "`{IMPORT_ROW_OF}` was asked about query {query}, and this system has {queries}"
        )))));
    };
    // The first answer of a call enters all rows into the index.
    let cost = rows.rows_to_build() / ROWS_PER_FUEL;
    charge(&mut caller, cost)?;
    let row = caller.data_mut().rows.get_mut(query as usize).and_then(|rows| rows.row_of(entity));
    Ok(row.and_then(|row| i32::try_from(row).ok()).unwrap_or(-1))
}

/// Has the call pay for what the host does for it.
fn charge(caller: &mut Caller<'_, HostState>, cost: u64) -> Result<(), Error> {
    if cost > 0 {
        let left = caller.get_fuel()?.checked_sub(cost).ok_or(TrapCode::OutOfFuel)?;
        caller.set_fuel(left)?;
    }
    Ok(())
}

/// Bytes of the guest's memory.
fn guest_bytes<'c>(
    caller: &'c Caller<'_, HostState>,
    import: &str,
    ptr: u32,
    len: u32,
) -> Result<&'c [u8], Error> {
    let memory = caller.data().memory.map_or(&[][..], |memory| memory.data(caller));
    memory.get(ptr as usize..).and_then(|rest| rest.get(..len as usize)).ok_or_else(|| {
        Error::host(FaultSignal(GuestFault::of_host(format!(
            "`{import}` was given {len} bytes at {ptr:#x}, outside of the module's memory of {} bytes",
            memory.len()
        ))))
    })
}

/// Text of the guest, cut at the limit; bytes that are not UTF-8 are shown as such.
fn lossy_text(caller: &Caller<'_, HostState>, text: &[u8]) -> String {
    let text = text.get(..caller.data().log_line_bytes_max as usize).unwrap_or(text);
    String::from_utf8_lossy(text).into_owned()
}
