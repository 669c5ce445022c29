//! What a module may call: `log`, `fault` and `row_of`. No engine is named here.

use peristyle_abi::{IMPORT_FAULT, IMPORT_LOG, IMPORT_ROW_OF, LogLevel};
use peristyle_metering::{FuelProfile, Gauge};

use super::machine::Stop;
use super::row_index::RowIndex;
use crate::Limits;
use crate::module::faults::GuestFault;

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
    /// What the host function that suspended a call returns when the call goes on.
    pub result: Option<i32>,
    /// Where the fuel of a profiled module goes.
    pub profile: FuelProfile,
    /// What a watched module is looked at for.
    pub watch: Option<Watch>,
}

/// Says of some bytes whether nobody should have written them.
type LookAt = dyn Fn(&[u8]) -> bool + Send + Sync;

/// Part of a module's memory, and when to stop because of what is in it.
pub(crate) struct Watch {
    pub address: u32,
    pub bytes: u32,
    /// Whether the bytes are what nobody should have written.
    pub is_bad: Box<LookAt>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes at {:#x}", self.bytes, self.address)
    }
}

/// What a host function needs of the engine in which a module calls it.
pub(super) trait Calling {
    /// The module's memory, and the host's side of the instance.
    fn parts(&mut self) -> (&[u8], &mut HostState);

    /// What the module counts its fuel by.
    fn gauge(&mut self) -> Gauge;

    /// Sets the gauge.
    fn set_gauge(&mut self, gauge: Gauge);
}

/// Links what the contract offers, and what metering asks for. Engines call their callers and their errors
/// differently, and do all else alike.
macro_rules! link_contract {
    ($linker:expr, $caller:ty, $error:expr) => {{
        use peristyle_abi::{IMPORT_FAULT, IMPORT_LOG, IMPORT_MODULE, IMPORT_ROW_OF};
        use peristyle_metering::{EXHAUSTED_MODULE, EXHAUSTED_NAME};
        use $crate::module::engine::host;

        let (linker, error) = ($linker, $error);
        linker.func_wrap(
            IMPORT_MODULE,
            IMPORT_LOG,
            move |mut from: $caller, level: u32, text: u32, len: u32| {
                host::log(&mut from, level, text, len).map_err(error)
            },
        )?;
        linker.func_wrap(
            IMPORT_MODULE,
            IMPORT_FAULT,
            move |mut from: $caller,
                  text: u32,
                  len: u32,
                  file: u32,
                  file_len: u32,
                  line: u32,
                  column: u32| {
                host::fault(&mut from, (text, len), (file, file_len), (line, column)).map_err(error)
            },
        )?;
        linker.func_wrap(
            IMPORT_MODULE,
            IMPORT_ROW_OF,
            move |mut from: $caller, query: u32, entity: u64| {
                host::row_of(&mut from, query, entity).map_err(error)
            },
        )?;
        linker.func_wrap(EXHAUSTED_MODULE, EXHAUSTED_NAME, move |mut from: $caller| {
            host::exhausted(&mut from).map_err(error)
        })?;
    }};
}
pub(super) use link_contract;

/// `log`.
pub(super) fn log(caller: &mut impl Calling, level: u32, message: u32, len: u32) -> Result<(), Stop> {
    let (memory, host) = caller.parts();
    let cost = host.log(memory, level, message, len).map_err(Stop::Guest)?;
    charge(caller, cost, None)
}

/// `fault`.
pub(super) fn fault(
    caller: &mut impl Calling,
    message: (u32, u32),
    file: (u32, u32),
    place: (u32, u32),
) -> Result<(), Stop> {
    let (memory, host) = caller.parts();
    Err(Stop::Guest(host.fault(memory, message, file, place)))
}

/// `row_of`.
pub(super) fn row_of(caller: &mut impl Calling, query: u32, entity: u64) -> Result<i32, Stop> {
    let (row, cost) = caller.parts().1.row_of(query, entity).map_err(Stop::Guest)?;
    charge(caller, cost, Some(row)).map(|()| row)
}

/// What a watched module calls behind each operator that writes.
pub(super) fn wrote(caller: &mut impl Calling) -> Result<(), Stop> {
    let (memory, host) = caller.parts();
    let Some(Watch { address, bytes, is_bad }) = &host.watch else { return Ok(()) };
    let watched = memory.get(*address as usize..).and_then(|rest| rest.get(..*bytes as usize));
    if watched.is_some_and(is_bad) {
        Err(Stop::Trap("it wrote what was watched for".to_owned()))
    } else {
        Ok(())
    }
}

/// What the module calls where its own check fails.
pub(super) fn exhausted(caller: &mut impl Calling) -> Result<(), Stop> {
    caller.parts().1.result = None;
    let gauge = caller.gauge();
    Err(if gauge.is_too_deep() { Stop::Recursion } else { Stop::OutOfFuel })
}

/// Has the call pay for what the host did for it. Where that is more than is left, the call stops
/// here; if it goes on later, with that result.
fn charge(caller: &mut impl Calling, cost: u64, result: Option<i32>) -> Result<(), Stop> {
    if cost == 0 {
        return Ok(());
    }
    let left = caller.gauge().minus(cost);
    caller.set_gauge(left);
    if left.is_exhausted() {
        caller.parts().1.result = result;
        return Err(Stop::OutOfFuel);
    }
    Ok(())
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
            result: None,
            profile: FuelProfile::default(),
            watch: None,
        }
    }

    /// Keeps a line, or counts it as dropped; what that costs.
    fn log(&mut self, memory: &[u8], level: u32, message: u32, len: u32) -> Result<u64, GuestFault> {
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
    fn fault(
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
    fn row_of(&mut self, query: u32, entity: u64) -> Result<(i32, u64), GuestFault> {
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
