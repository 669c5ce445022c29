//! Where a call frame lies in a module's memory, and how it is laid out.

use bytemuck::Zeroable;
use peristyle_abi::{ABI_VERSION, COLUMN_ALIGN, CallFrame, Column, QueryFrame, Slice};

use crate::clock::ScriptTime;
use crate::columns::MatchedQuery;
use crate::engine::{Instance, PAGE_BYTES};
use crate::layout::CheckedQuery;
use crate::manifest::Arena;

/// The part of one instance's memory that call frames use, one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FrameMemory {
    address: u32,
    bytes: u64,
}

impl FrameMemory {
    /// The memory that a new instance offers: its arena, or nothing yet.
    pub fn new(arena: Option<Arena>) -> Self {
        let Some(arena) = arena else { return Self::default() };
        let Some(address) = arena.address.checked_next_multiple_of(COLUMN_ALIGN) else {
            return Self::default();
        };
        let lost = address - arena.address;
        Self { address, bytes: u64::from(arena.bytes.saturating_sub(lost)) }
    }

    /// The address of a frame of `bytes`, growing the instance's memory where there is no room.
    /// `None` where a limit forbids that.
    ///
    /// Memory at least doubles when it grows, so a game whose rows increase steadily grows it
    /// seldom. Where the guest has grown its memory meanwhile, the old room is left alone and
    /// new room is taken behind the guest's.
    pub fn reserve(&mut self, instance: &mut Instance, bytes: u64) -> Option<u32> {
        if bytes > self.bytes {
            let end = u64::from(self.address) + self.bytes;
            let at_the_end = self.bytes > 0 && end == instance.memory().len() as u64;
            let held = if at_the_end { self.bytes } else { 0 };
            let pages = |bytes: u64| u32::try_from((bytes - held).div_ceil(u64::from(PAGE_BYTES))).ok();
            let (generous, least) = (pages(bytes.max(self.bytes.saturating_mul(2)))?, pages(bytes)?);
            let (grown, address) = instance
                .grow(generous)
                .map(|address| (generous, address))
                .or_else(|| instance.grow(least).map(|address| (least, address)))?;
            if !at_the_end {
                self.address = address;
            }
            self.bytes = held + u64::from(grown) * u64::from(PAGE_BYTES);
        }
        Some(self.address)
    }
}

/// The layout of one call frame: the host's own record, never read back from the guest.
#[derive(Debug, Default)]
pub(crate) struct FramePlan {
    /// Rows of each query.
    pub rows: Vec<u32>,
    /// For each column of each query, in order: bytes from the frame's start, and its length.
    pub columns: Vec<(u32, u32)>,
    /// Bytes of the frame.
    pub bytes: u64,
}

const HEADER_BYTES: u32 = size_of::<CallFrame>() as u32;
const QUERY_BYTES: u32 = size_of::<QueryFrame>() as u32;
const COLUMN_BYTES: u32 = size_of::<Column>() as u32;

impl FramePlan {
    /// Lays out a frame for `queries` with the rows in `self.rows`. Keeps its allocations.
    pub fn lay_out<'q>(&mut self, queries: impl Iterator<Item = &'q CheckedQuery> + Clone) {
        let descriptors = queries
            .clone()
            .map(|query| u64::from(QUERY_BYTES) + query.columns.len() as u64 * u64::from(COLUMN_BYTES))
            .sum::<u64>();
        let mut end = u64::from(HEADER_BYTES) + descriptors;
        self.columns.clear();
        for (query, &rows) in queries.zip(&self.rows) {
            for column in &query.columns {
                end = end.next_multiple_of(u64::from(COLUMN_ALIGN));
                let bytes = u64::from(rows) * u64::from(column.schema.byte_size);
                // A frame past 4 GiB is refused by its size before an offset is used.
                self.columns.push((end as u32, u32::try_from(bytes).unwrap_or(u32::MAX)));
                end += bytes;
            }
        }
        // The rest of the last vector belongs to the frame as well.
        self.bytes = end.next_multiple_of(u64::from(COLUMN_ALIGN));
    }

    /// Writes the header and the descriptors of the frame, which begins at `address` in the
    /// module and is `frame` here.
    pub fn write_header(&self, queries: &[MatchedQuery], time: &ScriptTime, address: u32, frame: &mut [u8]) {
        let mut header = CallFrame::zeroed();
        header.size = HEADER_BYTES;
        header.abi_version = ABI_VERSION;
        header.tick = time.tick;
        header.delta_seconds = time.delta.as_secs_f64();
        header.elapsed_seconds = time.elapsed.as_secs_f64();
        header.queries = Slice { ptr: address + HEADER_BYTES, len: self.rows.len() as u32 };
        let mut out = Out { frame, at: 0 };
        out.put(&header);

        let mut descriptor = address + HEADER_BYTES + QUERY_BYTES * self.rows.len() as u32;
        for (query, &rows) in queries.iter().zip(&self.rows) {
            let columns = Slice { ptr: descriptor, len: query.checked().columns.len() as u32 };
            out.put(&QueryFrame { size: QUERY_BYTES, rows, columns, reserved: 0 });
            descriptor += columns.len * COLUMN_BYTES;
        }
        let schemas = queries.iter().flat_map(|query| &query.checked().columns).map(|column| &column.schema);
        for (schema, &(offset, _)) in schemas.zip(&self.columns) {
            let rows = address + offset;
            out.put(&Column { size: COLUMN_BYTES, rows, stride: schema.byte_size, presence: 0 });
        }
        // What lies between the descriptors and the first column must not depend on earlier calls.
        let first = self.columns.first().map_or(self.bytes as usize, |&(offset, _)| offset as usize);
        let Out { frame, at } = out;
        frame[at..first].fill(0);
    }
}

/// Writes one struct after the other.
struct Out<'f> {
    frame: &'f mut [u8],
    at: usize,
}

impl Out<'_> {
    fn put<T: bytemuck::NoUninit>(&mut self, value: &T) {
        let bytes = bytemuck::bytes_of(value);
        self.frame[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}
