//! Commands: records that a call leaves in its frame for the host.

mod room;
mod terms;

use core::marker::PhantomData;
use core::{mem, ptr};

use crate::abi::{
    Address, CommandBuffer, CommandKind, CommandRecord, Entity, Feature, ParamDescriptor, ParamKind,
    RowOrder, Schema, SchemaDescriptor, Slice, TermDescriptor, TermKind,
};

pub use room::CommandRoom;
use terms::term_of;
pub use terms::{Bundle, CommandTerms};

const RECORD_BYTES: usize = size_of::<CommandRecord>();

/// A parameter by which a system makes and removes entities, and gives and takes components.
///
/// `C` is the tuple of the components that its commands insert and remove, `M` that of the
/// messages that they send, and `E` that of the events that they trigger. Commands take effect together, after all script systems of the
/// schedule, if the call finishes; a call that faults has commanded nothing.
///
/// ```
/// use peristyle::commands::CommandRoom;
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Position { x: f32, y: f32 }
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Spent {}
///
/// #[system]
/// fn replace(mut commands: Commands<(Position, Spent)>, spent: Query<(Entity, &Position), With<Spent>>) {
///     for (entity, position) in &spent {
///         commands.despawn(entity);
///         commands.spawn((*position,));
///     }
/// }
///
/// // A unit test brings room for commands.
/// let mut room = CommandRoom::new();
/// let old = Entity::from_bits(7);
/// replace(room.commands(), Query::from_columns((&[old][..], &[Position { x: 1.0, y: 2.0 }][..])));
/// assert_eq!(room.kinds().map(|kind| kind.name()).collect::<Vec<_>>(), ["despawn", "spawn", "insert"]);
/// ```
#[derive(Debug)]
pub struct Commands<'f, C: CommandTerms, M: CommandTerms = (), E: CommandTerms = ()> {
    /// Takes over how much there is when this parameter is dropped.
    buffer: &'f mut CommandBuffer<Address>,
    /// Where the next record goes, or the next message of the open one.
    next: *mut u8,
    /// Where the room for records ends.
    end: *mut u8,
    /// The id of the next entity to spawn.
    next_entity: u64,
    messages: OpenRecord,
    terms: PhantomData<(C, M, E)>,
}

/// The last record while more messages may be added to it. It has no header before it is closed.
///
/// An interpreter takes longer for a header than for several messages, so those of one kind that
/// follow each other share one.
#[derive(Debug)]
struct OpenRecord {
    /// Where it begins; null where none is open.
    record: *mut u8,
    /// The number of its messages' term.
    term: u32,
    /// Where the room for whole messages ends; null where none is open.
    end: *mut u8,
}

impl OpenRecord {
    const NONE: Self = Self { record: ptr::null_mut(), term: 0, end: ptr::null_mut() };
}

impl<'f, C: CommandTerms, M: CommandTerms, E: CommandTerms> Commands<'f, C, M, E> {
    /// Makes an entity with the components of a tuple.
    ///
    /// The id is good for later commands of this call, and inside an [`Entity`] field of a
    /// component that this call inserts. It is not the entity's id for good: to leave it in a
    /// column or to use it in a later call is a fault.
    #[inline]
    pub fn spawn(&mut self, bundle: impl Bundle<C, M, E>) -> Entity {
        let entity = Entity::from_bits(self.next_entity);
        self.push(CommandKind::Spawn, entity, 0, ());
        self.next_entity += 1;
        bundle.insert_into(self, entity);
        entity
    }

    /// Removes an entity and all of its children.
    pub fn despawn(&mut self, entity: Entity) {
        self.push(CommandKind::Despawn, entity, 0, ());
    }

    /// Gives an entity a component, or another value of the one that it has.
    pub fn insert<T: Schema>(&mut self, entity: Entity, component: T) {
        self.push(CommandKind::Insert, entity, const { term_of::<C, T>() }, component);
    }

    /// Takes a component from an entity.
    pub fn remove<T: Schema>(&mut self, entity: Entity) {
        self.push(CommandKind::Remove, entity, const { term_of::<C, T>() }, ());
    }

    /// Makes an entity the child of another: it goes when its parent goes.
    pub fn set_parent(&mut self, entity: Entity, parent: Entity) {
        self.push(CommandKind::SetParent, entity, 0, parent.to_bits());
    }

    /// Makes an entity nobody's child.
    pub fn remove_parent(&mut self, entity: Entity) {
        self.set_parent(entity, Entity::NONE);
    }

    /// Sends a message: to the game and to every system that reads messages of this kind.
    ///
    /// A loop that sends one after the other is as fast as there is.
    #[inline]
    pub fn send<T: Schema>(&mut self, message: T) {
        let place = self.place_for_messages::<T>(1).cast::<T>();
        // SAFETY: there is room for a row there, which nobody else uses. Rows lie back to back from
        // a multiple of 8 on, and a type's size is a multiple of its alignment.
        unsafe { place.write(message) }
    }

    /// Sends messages that are there already, in their order.
    pub fn send_all<T: Schema>(&mut self, messages: &[T]) {
        if messages.is_empty() {
            return;
        }
        let place = self.place_for_messages::<T>(messages.len()).cast::<T>();
        // SAFETY: as for one of them.
        unsafe { place.copy_from_nonoverlapping(messages.as_ptr(), messages.len()) }
    }

    /// Triggers an event: the game's observers see it when commands are applied, and scripts that run
    /// [`On`](crate::On) it when their schedule runs next.
    pub fn trigger<T: Schema>(&mut self, event: T) {
        let term = const { (C::NAMES.len() + M::NAMES.len()) as u32 + term_of::<E, T>() };
        self.push(CommandKind::Trigger, Entity::NONE, term, event);
    }

    /// Takes room for `rows` messages of type `T`; where it is.
    ///
    /// # Panics
    /// Where there is no room: the game's limit on commands of one call.
    #[inline]
    fn place_for_messages<T: Schema>(&mut self, rows: usize) -> *mut u8 {
        const { assert!(align_of::<T>() <= 8 && size_of::<T>() > 0) };
        let term = const { C::NAMES.len() as u32 + term_of::<M, T>() };
        // Where there is but one kind, an open record is of that kind.
        let is_open = const { M::NAMES.len() == 1 } || self.messages.term == term;
        let bytes = rows * size_of::<T>();
        let (next, end) = (self.next as usize, self.messages.end as usize);
        // The open record has room for whole messages, and where none is open its end is 0.
        let fits = next < end && (rows == 1 || bytes <= end - next);
        if !(is_open && fits) {
            self.close_record();
            let record = self.next;
            self.next = first_message(self.buffer, record, bytes);
            let room = (self.end as usize - self.next as usize) / size_of::<T>() * size_of::<T>();
            self.messages = OpenRecord { record, term, end: self.next.wrapping_add(room) };
        }
        let place = self.next;
        self.next = place.wrapping_add(bytes);
        place
    }

    /// Ends the open record, if there is one.
    #[inline]
    fn close_record(&mut self) {
        if const { !M::NAMES.is_empty() } && !self.messages.record.is_null() {
            let OpenRecord { record, term, .. } = mem::replace(&mut self.messages, OpenRecord::NONE);
            // SAFETY: `first_message` left room for the header. A record begins at a multiple of 8.
            self.next = unsafe { write_header(record, term, self.next) };
        }
    }

    /// Takes a disabled entity back into all queries.
    pub fn enable(&mut self, entity: Entity) {
        self.push(CommandKind::Enable, entity, 0, ());
    }

    /// Hides an entity from all queries.
    pub fn disable(&mut self, entity: Entity) {
        self.push(CommandKind::Disable, entity, 0, ());
    }

    /// Writes one record with plain stores of known sizes, which an interpreter does several times
    /// faster than it copies bytes.
    ///
    /// # Panics
    /// Where there is no room: the game's limit on commands of one call.
    #[inline]
    fn push<P>(&mut self, kind: CommandKind, entity: Entity, term: u32, payload: P) {
        const { assert!(align_of::<P>() <= 8) };
        self.close_record();
        let size = const { RECORD_BYTES + size_of::<P>().next_multiple_of(8) };
        if size > self.end as usize - self.next as usize {
            no_room(self.buffer.capacity);
        }
        let record = CommandRecord {
            size: size as u32,
            kind: kind.code(),
            entity: entity.to_bits(),
            term,
            payload_bytes: size_of::<P>() as u32,
        };
        // SAFETY: nobody else uses the room for records during the call, and at least `size` bytes
        // of it are left. Records begin at multiples of 8.
        unsafe {
            self.next.cast::<CommandRecord>().write(record);
            let place = self.next.add(RECORD_BYTES);
            if !size_of::<P>().is_multiple_of(8) {
                // What pads the payload.
                place.add(size_of::<P>() / 8 * 8).cast::<u64>().write(0);
            }
            place.cast::<P>().write(payload);
        }
        self.next = self.next.wrapping_add(size);
    }

    /// The commands of a call.
    ///
    /// # Safety
    /// `list` has one command buffer, with the room that it says, and nobody else uses it for
    /// `'f`.
    pub(crate) unsafe fn from_frame(list: Slice<Address>) -> Self {
        // SAFETY: the caller's promise.
        Self::new(unsafe { &mut *list.ptr.as_ptr().cast_mut().cast() })
    }

    /// Commands that begin with an empty buffer.
    fn new(buffer: &'f mut CommandBuffer<Address>) -> Self {
        let next = buffer.records.as_ptr().cast_mut();
        let end = next.wrapping_add(buffer.capacity as usize);
        let next_entity = buffer.first_entity;
        Self { buffer, next, end, next_entity, messages: OpenRecord::NONE, terms: PhantomData }
    }

    /// The parameter's entry in the manifest.
    pub const PARAM: ParamDescriptor<Address> = ParamDescriptor {
        size: size_of::<ParamDescriptor<Address>>() as u32,
        kind: ParamKind::Commands.code(),
        terms: Slice { ptr: Address::of(Self::TERMS), len: Self::COUNT as u32 },
        order: RowOrder::Tables.code(),
        flags: 0,
        schema: Address::NULL,
        reserved: 0,
    };
    /// What it asks of the host, as bits of the manifest's features.
    pub const FEATURES: u64 = Feature::Commands.bit()
        | if M::NAMES.is_empty() { 0 } else { Feature::Messages.bit() }
        | if E::NAMES.is_empty() { 0 } else { Feature::Observers.bit() }
        | C::FEATURES
        | M::FEATURES
        | E::FEATURES;

    const COUNT: usize = C::NAMES.len() + M::NAMES.len() + E::NAMES.len();

    /// The components, then the messages, then the events, then what is left of the array.
    const TERMS: &'static [TermDescriptor<Address>; TERMS_MAX] = &{
        let mut terms = [TermDescriptor { size: 0, kind: 0, schema: Address::NULL, flags: 0 }; TERMS_MAX];
        let mut index = 0;
        while index < Self::COUNT {
            let (components, messages) = (C::NAMES.len(), M::NAMES.len());
            let (kind, schema) = if index < components {
                (TermKind::Insert, C::SCHEMAS[index])
            } else if index < components + messages {
                (TermKind::Send, M::SCHEMAS[index - components])
            } else {
                (TermKind::Trigger, E::SCHEMAS[index - components - messages])
            };
            terms[index] = TermDescriptor {
                size: size_of::<TermDescriptor<Address>>() as u32,
                kind: kind.code(),
                schema: Address::of::<SchemaDescriptor<Address>>(schema),
                flags: 0,
            };
            index += 1;
        }
        terms
    };
}

/// Where the first message goes of a record that begins at `record` and has at least `bytes` bytes
/// of them.
///
/// What is seldom called takes and gives numbers alone: a compiler keeps [`Commands`] out of the
/// memory where nobody has its address.
#[cold]
#[inline(never)]
fn first_message(buffer: &CommandBuffer<Address>, record: *mut u8, bytes: usize) -> *mut u8 {
    let used = record as usize - buffer.records.as_ptr() as usize;
    if bytes > (buffer.capacity as usize - used).saturating_sub(RECORD_BYTES) {
        no_room(buffer.capacity);
    }
    record.wrapping_add(RECORD_BYTES)
}

/// Writes the header of a record of messages that end at `end`; where the next record begins.
///
/// # Safety
/// There is room for the header, aligned.
#[inline(never)]
unsafe fn write_header(record: *mut u8, term: u32, end: *mut u8) -> *mut u8 {
    let bytes = end as usize - record as usize;
    let size = bytes.next_multiple_of(8);
    let header = CommandRecord {
        size: size as u32,
        kind: CommandKind::Send.code(),
        entity: Entity::NONE.to_bits(),
        term,
        payload_bytes: (bytes - RECORD_BYTES) as u32,
    };
    // SAFETY: the caller's promise.
    unsafe { record.cast::<CommandRecord>().write(header) };
    record.wrapping_add(size)
}

impl<C: CommandTerms, M: CommandTerms, E: CommandTerms> Drop for Commands<'_, C, M, E> {
    #[inline]
    fn drop(&mut self) {
        self.close_record();
        self.buffer.used = (self.next as usize - self.buffer.records.as_ptr() as usize) as u32;
        self.buffer.spawned = (self.next_entity - self.buffer.first_entity) as u32;
    }
}

/// Three tuples of at most 12.
const TERMS_MAX: usize = 36;

#[cold]
#[inline(never)]
fn no_room(capacity: u32) -> ! {
    panic!("no room for another command: the limit command_bytes_max is {capacity} bytes")
}
