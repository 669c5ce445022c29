//! Where a call frame lies in a module's memory, and how it is laid out.

use bytemuck::Zeroable;
use peristyle_abi::{
    ABI_VERSION, COLUMN_ALIGN, CallFrame, Column, CommandBuffer, QueryFrame, RandomState, Slice, SliceRoom,
};

use crate::calls::inbox::Inbox;
use crate::calls::sliced::SlicedValues;
use crate::limits::Limits;
use crate::module::engine::{Instance, PAGE_BYTES};
use crate::module::layout::CheckedParams;
use crate::module::manifest::Arena;
use crate::offer::clock::ScriptTime;

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

    /// The address of the last frame.
    pub fn address(self) -> u32 {
        self.address
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

/// The layout of one call frame: the host's own record, never read back from the guest. Offsets
/// are bytes from the frame's start.
#[derive(Debug, Default)]
pub(crate) struct FramePlan {
    /// Rows of each query.
    pub rows: Vec<u32>,
    /// Each column of each query, in order.
    pub columns: Vec<PlannedColumn>,
    /// Each resource.
    pub resources: Vec<PlannedColumn>,
    /// Each kind of messages, and how many there are.
    pub messages: Vec<(PlannedColumn, u32)>,
    /// Where the random generator's state is.
    pub random: u32,
    /// Where the command buffer's descriptor is.
    pub commands: u32,
    /// Where its records are, and how many bytes there is room for.
    pub records: (u32, u32),
    /// Where what the strings and lists of each sliced column and resource cover is.
    pub heaps: Vec<u32>,
    /// Where the descriptor of the room for strings and lists is.
    pub room: u32,
    /// Where that room is, and how many bytes it has.
    pub slices: (u32, u32),
    /// Bytes of the frame.
    pub bytes: u64,
}

/// Where one column lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlannedColumn {
    pub offset: u32,
    pub bytes: u32,
    /// How many bytes before it are nobody's.
    pub gap: u32,
    /// Where its presence mask is; 0 where every row has the component.
    pub presence: u32,
}

impl PlannedColumn {
    /// The column's bytes in the frame.
    pub fn of<'f>(&self, frame: &'f [u8]) -> &'f [u8] {
        &frame[self.offset as usize..][..self.bytes as usize]
    }
}

const HEADER_BYTES: u32 = size_of::<CallFrame>() as u32;
const QUERY_BYTES: u32 = size_of::<QueryFrame>() as u32;
const COLUMN_BYTES: u32 = size_of::<Column>() as u32;
const RANDOM_BYTES: u32 = size_of::<RandomState>() as u32;
/// The most room for strings and lists that a call is given: it is filled with zeros for each.
const ROOM_BYTES_MAX: u32 = 64 << 10;
const ROOM_BYTES: u32 = size_of::<SliceRoom>() as u32;
const COMMANDS_BYTES: u32 = size_of::<CommandBuffer>() as u32;

/// Columns of at least so many bytes begin so far into a frame that is a multiple of a page of the machine, which makes
/// copying them a few hundredths faster.
const LARGE_BYTES: u64 = 64 << 10;
const LARGE_ALIGN: u64 = 4 << 10;

/// Room in a frame, given out piece by piece. Past 4 GiB offsets mean nothing, and the frame is
/// refused by its size before one is used.
struct Room(u64);

impl Room {
    fn take(&mut self, bytes: u64) -> u32 {
        let offset = self.0;
        self.0 += bytes;
        offset as u32
    }

    fn align(&mut self) {
        self.0 = self.0.next_multiple_of(u64::from(COLUMN_ALIGN));
    }

    fn column(&mut self, rows: u32, row_bytes: u32, optional: bool) -> PlannedColumn {
        self.align();
        let bytes = u64::from(rows) * u64::from(row_bytes);
        let offset = self.take(bytes);
        let mut presence = 0;
        if optional {
            self.align();
            presence = self.take(u64::from(rows).div_ceil(8));
        }
        PlannedColumn { offset, bytes: u32::try_from(bytes).unwrap_or(u32::MAX), gap: 0, presence }
    }

    /// The same for a column of a query, which may be large.
    fn query_column(&mut self, rows: u32, row_bytes: u32, optional: bool) -> PlannedColumn {
        self.align();
        let end = self.0;
        if u64::from(rows) * u64::from(row_bytes) >= LARGE_BYTES {
            self.0 = self.0.next_multiple_of(LARGE_ALIGN);
        }
        let gap = (self.0 - end) as u32;
        PlannedColumn { gap, ..self.column(rows, row_bytes, optional) }
    }
}

impl FramePlan {
    /// Lays out a frame for a system with the rows in `self.rows`. Keeps its allocations.
    pub fn lay_out(
        &mut self,
        params: &CheckedParams,
        inboxes: &[Inbox],
        sliced: &[SlicedValues],
        limits: &Limits,
    ) {
        let mut room = Room(0);
        room.take(HEADER_BYTES.into());
        for query in params.queries.iter() {
            room.take(u64::from(QUERY_BYTES) + query.columns.len() as u64 * u64::from(COLUMN_BYTES));
        }
        room.take(params.resources.len() as u64 * u64::from(COLUMN_BYTES));
        room.take(inboxes.len() as u64 * u64::from(QUERY_BYTES + COLUMN_BYTES));
        self.random = if params.has_random { room.take(RANDOM_BYTES.into()) } else { 0 };
        self.commands = if params.commands.is_some() { room.take(COMMANDS_BYTES.into()) } else { 0 };
        self.room = if params.has_room { room.take(ROOM_BYTES.into()) } else { 0 };
        self.columns.clear();
        for (query, &rows) in params.queries.iter().zip(&self.rows) {
            for column in &query.columns {
                self.columns.push(room.query_column(rows, column.value.schema.byte_size, column.optional));
            }
        }
        self.resources.clear();
        for resource in &params.resources {
            self.resources.push(room.column(1, resource.value.schema.byte_size, false));
        }
        self.messages.clear();
        for inbox in inboxes {
            let rows = inbox.len();
            self.messages.push((room.column(rows, inbox.schema.byte_size, false), rows));
        }
        self.heaps.clear();
        for values in sliced {
            room.align();
            self.heaps.push(room.take(values.heap.len() as u64));
        }
        for heap in inboxes.iter().map(|inbox| &inbox.messages().heap).filter(|heap| !heap.is_empty()) {
            room.align();
            self.heaps.push(room.take(heap.len() as u64));
        }
        room.align();
        let room_bytes =
            if params.has_room { limits.slice_bytes_max.min(ROOM_BYTES_MAX) / 16 * 16 } else { 0 };
        self.slices = (room.take(room_bytes.into()), room_bytes);
        // The rest of the last vector belongs to the frame as well.
        room.align();
        let record_bytes = if params.commands.is_some() { limits.command_bytes_max / 8 * 8 } else { 0 };
        self.records = (room.take(record_bytes.into()), record_bytes);
        room.align();
        self.bytes = room.0;
    }

    /// Writes the header and the descriptors of the frame, which begins at `address` in the
    /// module and is `frame` here.
    pub fn write_header(&self, params: &CheckedParams, inputs: &Inputs<'_>, address: u32, frame: &mut [u8]) {
        let queries_bytes = QUERY_BYTES * self.rows.len() as u32;
        let columns_bytes = COLUMN_BYTES * self.columns.len() as u32;
        let resources = address + HEADER_BYTES + queries_bytes + columns_bytes;
        let messages = resources + COLUMN_BYTES * self.resources.len() as u32;
        let mut header = CallFrame::zeroed();
        header.size = HEADER_BYTES;
        header.abi_version = ABI_VERSION;
        header.tick = inputs.time.tick;
        header.delta_seconds = inputs.time.delta.as_secs_f64();
        header.elapsed_seconds = inputs.time.elapsed.as_secs_f64();
        header.queries = Slice { ptr: address + HEADER_BYTES, len: self.rows.len() as u32 };
        if !self.resources.is_empty() {
            header.resources = Slice { ptr: resources, len: self.resources.len() as u32 };
        }
        if !self.messages.is_empty() {
            header.messages = Slice { ptr: messages, len: self.messages.len() as u32 };
        }
        if params.has_random {
            header.random = address + self.random;
        }
        if params.commands.is_some() {
            header.commands = Slice { ptr: address + self.commands, len: 1 };
        }
        if params.has_room {
            header.room = Slice { ptr: address + self.room, len: 1 };
        }
        let mut out = Out { frame, at: 0 };
        out.put(&header);

        let mut descriptor = address + HEADER_BYTES + queries_bytes;
        for (query, &rows) in params.queries.iter().zip(&self.rows) {
            let columns = Slice { ptr: descriptor, len: query.columns.len() as u32 };
            out.put(&QueryFrame { size: QUERY_BYTES, rows, columns, reserved: 0 });
            descriptor += columns.len * COLUMN_BYTES;
        }
        let columns = params.queries.iter().flat_map(|query| &query.columns).map(|column| &column.value);
        let resources = params.resources.iter().map(|resource| &resource.value);
        for (value, planned) in columns.chain(resources).zip(self.columns.iter().chain(&self.resources)) {
            let presence = if planned.presence == 0 { 0 } else { address + planned.presence };
            let rows = address + planned.offset;
            out.put(&Column { size: COLUMN_BYTES, rows, stride: value.schema.byte_size, presence });
        }
        let columns = messages + QUERY_BYTES * self.messages.len() as u32;
        for (index, &(_, rows)) in (0..).zip(&self.messages) {
            let columns = Slice { ptr: columns + COLUMN_BYTES * index, len: 1 };
            out.put(&QueryFrame { size: QUERY_BYTES, rows, columns, reserved: 0 });
        }
        for ((planned, _), messages) in self.messages.iter().zip(&params.messages) {
            let rows = address + planned.offset;
            let stride = messages.schema.byte_size;
            out.put(&Column { size: COLUMN_BYTES, rows, stride, presence: 0 });
        }
        if params.has_random {
            out.put(&RandomState { size: RANDOM_BYTES, reserved: 0, words: *inputs.random });
        }
        if params.commands.is_some() {
            let (records, capacity) = self.records;
            out.put(&CommandBuffer {
                size: COMMANDS_BYTES,
                records: address + records,
                capacity,
                used: 0,
                first_entity: inputs.first_entity,
                spawned: 0,
                reserved: 0,
            });
        }
        let (slices, capacity) = self.slices;
        if params.has_room {
            out.put(&SliceRoom { size: ROOM_BYTES, bytes: address + slices, capacity, used: 0 });
        }
        // What lies between the descriptors and the first column must not depend on earlier calls.
        let messages = self.messages.first().map(|(first, _)| first);
        let first = self.columns.first().or(self.resources.first()).or(messages);
        let first = first.map_or(slices, |first| first.offset);
        let Out { frame, at } = out;
        frame[at..first as usize].fill(0);
        frame[slices as usize..][..capacity as usize].fill(0);
    }

    /// What the guest left where the strings and lists of the sliced column or resource with that number had been.
    pub fn heap_of<'f>(&self, sliced: usize, bytes: usize, frame: &'f [u8]) -> &'f [u8] {
        let at = self.heaps.get(sliced).map_or(0, |&at| at as usize);
        frame.get(at..at + bytes).unwrap_or_default()
    }

    /// What the guest left in the command buffer: bytes of records, and entities spawned.
    pub fn read_commands(&self, frame: &[u8]) -> (u32, u32) {
        let bytes = &frame[self.commands as usize..][..COMMANDS_BYTES as usize];
        let buffer: CommandBuffer = bytemuck::pod_read_unaligned(bytes);
        (buffer.used, buffer.spawned)
    }

    /// The generator as the guest left it.
    pub fn read_random(&self, frame: &[u8]) -> [u64; 4] {
        let bytes = &frame[self.random as usize..][..RANDOM_BYTES as usize];
        bytemuck::pod_read_unaligned::<RandomState>(bytes).words
    }
}

/// What a frame's header says, beside addresses.
pub(crate) struct Inputs<'a> {
    pub time: &'a ScriptTime,
    pub random: &'a [u64; 4],
    /// The id of the first entity that the call spawns.
    pub first_entity: u64,
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
