//! Messages and events of the game, their types forgotten.
#![expect(unsafe_code, reason = "a registered message is known by name alone where it is read and sent")]

use std::marker::PhantomData;

use bevy::ecs::component::ComponentId;
use bevy::ecs::message::{MessageCursor, Messages};
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::*;
use peristyle_abi::Schema;
use peristyle_abi::schema::bytes_of;

use super::MessageRows;
use crate::types::mirror::{BadValue, MirrorField};
use crate::types::schema::SchemaLayout;
use crate::types::slices::{SliceReader, SliceWriter, in_order};

/// Bevy's messages or events of one type, the type forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GameMessages {
    pub resource: ComponentId,
    read: unsafe fn(UnsafeWorldCell<'_>, &SchemaLayout, &mut u64, &mut MessageRows) -> u64,
    send: unsafe fn(&mut World, &SchemaLayout, &[u8]),
    check: unsafe fn(&[u8]) -> Result<(), BadValue>,
}

/// How messages of the type `M` are packed.
pub(crate) trait Packing<M>: 'static {
    /// What scripts see.
    type Packed: Schema;
    fn pack(message: &M, slices: &mut SliceWriter) -> Self::Packed;
    fn unpack(packed: &Self::Packed, slices: SliceReader<'_>) -> Option<M>;
    /// Whether what a script sends is such a message.
    fn check(packed: &Self::Packed, slices: SliceReader<'_>) -> Result<(), BadValue> {
        let _ = (packed, slices);
        Ok(())
    }
}

/// Packed as its type says.
pub(crate) struct Mirrored;

impl<M: MirrorField<Packed: Schema>> Packing<M> for Mirrored {
    type Packed = M::Packed;

    fn pack(message: &M, slices: &mut SliceWriter) -> M::Packed {
        message.pack(slices)
    }

    fn unpack(packed: &M::Packed, slices: SliceReader<'_>) -> Option<M> {
        Some(M::unpack(packed, slices))
    }
}

/// An event that happened, packed, until scripts have seen it.
#[derive(Message)]
pub(crate) struct Observed<E: Send + Sync + 'static> {
    packed: Vec<u8>,
    event: PhantomData<E>,
}

impl GameMessages {
    /// Those of `M`, which the world has.
    pub fn of<M: Message, P: Packing<M>>(world: &mut World) -> Self {
        let resource = world.register_component::<Messages<M>>();
        Self { resource, read: read::<M, P>, send: send::<M, P>, check: check::<M, P> }
    }

    /// Events of the type `E`, which are kept from now on until scripts have seen them.
    pub fn of_event<E>(world: &mut World) -> Self
    where
        E: Event + MirrorField<Packed: Schema>,
        for<'t> E::Trigger<'t>: Default,
    {
        bevy::ecs::message::MessageRegistry::register_message::<Observed<E>>(world);
        let schema = SchemaLayout::of::<E::Packed>();
        world.add_observer(move |event: On<E>, mut observed: MessageWriter<Observed<E>>| {
            let packed = packed::<E, Mirrored>(event.event(), &schema);
            observed.write(Observed { packed, event: PhantomData });
        });
        let resource = Self::event_resource::<E>(world);
        Self { resource, read: read_events::<E>, send: trigger::<E>, check: check::<E, Mirrored> }
    }

    /// The resource in which events of the type `E` wait.
    pub fn event_resource<E: Event>(world: &mut World) -> ComponentId {
        world.register_component::<Messages<Observed<E>>>()
    }

    /// Appends the messages from number `cursor` on to `out`, and moves the cursor past them. How
    /// many of them are gone already.
    ///
    /// # Safety
    /// The caller may read the resource; the schema is the packed type's.
    pub unsafe fn read(
        &self,
        world: UnsafeWorldCell<'_>,
        schema: &SchemaLayout,
        cursor: &mut u64,
        out: &mut MessageRows,
    ) -> u64 {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.read)(world, schema, cursor, out) }
    }

    /// Sends or triggers the messages in whole rows, or the one in packed bytes with strings and lists.
    ///
    /// # Safety
    /// The bytes are valid for the fields of the packed type, whose schema it is.
    pub unsafe fn send(&self, world: &mut World, schema: &SchemaLayout, packed: &[u8]) {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.send)(world, schema, packed) }
    }

    /// Whether these packed bytes are such a message.
    ///
    /// # Safety
    /// The bytes are valid for the fields of the packed type.
    pub unsafe fn check(&self, packed: &[u8]) -> Result<(), BadValue> {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.check)(packed) }
    }
}

/// The packed bytes of a message.
fn packed<M, P: Packing<M>>(message: &M, schema: &SchemaLayout) -> Vec<u8> {
    let mut slices = SliceWriter::default();
    let packed = P::pack(message, &mut slices);
    let mut bytes = bytes_of(&packed).to_vec();
    in_order(schema, &mut bytes, 0, slices);
    bytes
}

/// # Safety
/// The bytes begin with those of a `P`, and are valid for its fields.
unsafe fn value<P: Schema>(packed: &[u8]) -> (P, SliceReader<'_>) {
    let (own, slices) = packed.split_at(size_of::<P>());
    // SAFETY: bytes that are valid for the fields are a value of a `Schema` type, and the split says that
    // there are enough.
    (unsafe { own.as_ptr().cast::<P>().read_unaligned() }, SliceReader::new(slices))
}

/// # Safety
/// The caller may read the resource `Messages<M>`.
unsafe fn read<M: Message, P: Packing<M>>(
    world: UnsafeWorldCell<'_>,
    schema: &SchemaLayout,
    cursor: &mut u64,
    out: &mut MessageRows,
) -> u64 {
    // SAFETY: the caller's promise.
    let Some(messages) = (unsafe { world.get_resource::<Messages<M>>() }) else { return 0 };
    let oldest = messages.oldest_message_count() as u64;
    let lost = oldest.saturating_sub(*cursor);
    *cursor += lost;
    let seen = (*cursor - oldest) as usize;
    let unread = messages.len().saturating_sub(seen);
    if schema.has_slices() {
        for message in MessageCursor::default().read(messages).skip(seen) {
            out.push(schema, &packed::<M, P>(message, schema));
            *cursor += 1;
        }
        return lost;
    }
    // Whoever looks in every frame has all that is older, and Bevy gives out what is newer
    // three times as fast.
    let mut newer = messages.iter_current_update_messages();
    *cursor += match newer.len().checked_sub(unread) {
        Some(seen) => {
            if let Some(last_seen) = seen.checked_sub(1) {
                newer.nth(last_seen);
            }
            pack::<M, P>(newer, unread, &mut out.rows)
        }
        None => pack::<M, P>(MessageCursor::default().read(messages).skip(seen), unread, &mut out.rows),
    };
    lost
}

/// Appends the bytes of at most `rows` messages without strings and lists to `out`; how many there were.
fn pack<'m, M: 'm, P: Packing<M>>(
    messages: impl Iterator<Item = &'m M>,
    rows: usize,
    out: &mut Vec<u8>,
) -> u64 {
    let row_bytes = size_of::<P::Packed>();
    out.reserve(rows * row_bytes);
    let room = &mut out.spare_capacity_mut()[..rows * row_bytes];
    let mut slices = SliceWriter::default();
    let packed = room.chunks_exact_mut(row_bytes).zip(messages).fold(0, |packed, (row, message)| {
        row.write_copy_of_slice(bytes_of(&P::pack(message, &mut slices)));
        packed + 1
    });
    // SAFETY: the bytes of so many rows were written, one after the other, into reserved room.
    unsafe { out.set_len(out.len() + packed * row_bytes) };
    packed as u64
}

/// # Safety
/// The bytes of each row are valid for the fields of `P::Packed`.
unsafe fn send<M: Message, P: Packing<M>>(world: &mut World, schema: &SchemaLayout, packed: &[u8]) {
    if schema.has_slices() {
        // SAFETY: the caller's promise.
        let (packed, slices) = unsafe { value(packed) };
        if let Some(message) = P::unpack(&packed, slices) {
            world.write_message(message);
        }
        return;
    }
    let rows = packed.chunks_exact(size_of::<P::Packed>());
    debug_assert!(rows.remainder().is_empty(), "part of a message");
    let none = SliceReader::new(&[]);
    // SAFETY: the caller's promise, and each chunk has as many bytes as a value takes.
    let messages = rows.filter_map(|row| P::unpack(&unsafe { value::<P::Packed>(row) }.0, none));
    world.write_message_batch(messages);
}

/// # Safety
/// The bytes are valid for the fields of `P::Packed`.
unsafe fn check<M, P: Packing<M>>(packed: &[u8]) -> Result<(), BadValue> {
    // SAFETY: the caller's promise.
    let (packed, slices) = unsafe { value(packed) };
    P::check(&packed, slices)
}

/// # Safety
/// The caller may read the resource `Messages<Observed<E>>`.
unsafe fn read_events<E: Event + MirrorField<Packed: Schema>>(
    world: UnsafeWorldCell<'_>,
    schema: &SchemaLayout,
    cursor: &mut u64,
    out: &mut MessageRows,
) -> u64 {
    // SAFETY: the caller's promise.
    let Some(messages) = (unsafe { world.get_resource::<Messages<Observed<E>>>() }) else { return 0 };
    let oldest = messages.oldest_message_count() as u64;
    let lost = oldest.saturating_sub(*cursor);
    *cursor += lost;
    for observed in MessageCursor::default().read(messages).skip((*cursor - oldest) as usize) {
        out.push(schema, &observed.packed);
        *cursor += 1;
    }
    lost
}

/// # Safety
/// The bytes of each row are valid for the fields of `E::Packed`.
unsafe fn trigger<E>(world: &mut World, schema: &SchemaLayout, packed: &[u8])
where
    E: Event + MirrorField<Packed: Schema>,
    for<'t> E::Trigger<'t>: Default,
{
    let row_bytes = if schema.has_slices() { packed.len() } else { size_of::<E::Packed>() };
    for row in packed.chunks_exact(row_bytes.max(1)) {
        // SAFETY: the caller's promise.
        let (packed, slices) = unsafe { value::<E::Packed>(row) };
        world.trigger(E::unpack(&packed, slices));
    }
}

#[cfg(test)]
mod tests {
    use peristyle_macros::HostSchema;

    use super::super::MessageSource;
    use super::*;

    #[derive(Message, HostSchema, Clone, Copy)]
    #[repr(C)]
    #[schema(name = "Number")]
    struct Number {
        value: u32,
    }

    #[test]
    fn what_bevy_keeps_is_read_once_wherever_it_is_kept() {
        let mut world = World::new();
        world.init_resource::<Messages<Number>>();
        let schema = SchemaLayout::of::<Number>();
        let source = MessageSource::Game(GameMessages::of::<Number, Mirrored>(&mut world));
        let (mut cursor, mut sent, mut read) = (0, 0..1_000_u32, MessageRows::default());
        let mut lost = 0;
        // Some before Bevy makes them the older ones and some after it, read in every third turn or
        // in several turns in a row.
        for turn in 0..40_u32 {
            let rows: Vec<u8> = sent.by_ref().take(turn as usize % 5).flat_map(u32::to_le_bytes).collect();
            source.send(&mut world, &schema, &rows);
            if turn % 3 == 0 || turn > 20 {
                let world = world.as_unsafe_world_cell();
                // SAFETY: nothing else touches the world.
                lost += unsafe { source.read(world, &schema, &mut cursor, &mut read) };
            }
            if turn % 4 != 0 {
                world.resource_mut::<Messages<Number>>().update();
            }
        }
        let read: Vec<u32> = read.rows.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect();
        assert!(read.is_sorted_by(|a, b| a < b), "{read:?}");
        assert_eq!((read.len() as u64 + lost, read.last()), (cursor, Some(&(sent.start - 1))));
        assert!(lost > 0 && read.len() > 60, "{lost} lost, {} read", read.len());
    }
}
