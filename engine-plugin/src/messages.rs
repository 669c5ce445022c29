//! Messages: what crosses between the game and its scripts, and from script to script.
#![expect(unsafe_code, reason = "a registered message is known by name alone where it is read and sent")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bevy::ecs::component::ComponentId;
use bevy::ecs::message::{MessageCursor, Messages};
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::*;
use peristyle_abi::Schema;
use peristyle_abi::schema::bytes_of;

use crate::schema::{LayoutMismatch, SchemaLayout};

/// Where messages of one name come from and go to.
#[derive(Clone, Debug)]
pub(crate) enum MessageSource {
    /// Bevy's `Messages` of a type that the game registered.
    Game(GameMessages),
    /// A channel that scripts alone know, by the name of its messages.
    Scripts(Arc<ScriptChannel>),
}

impl PartialEq for MessageSource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Game(a), Self::Game(b)) => a.resource == b.resource,
            (Self::Scripts(a), Self::Scripts(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Eq for MessageSource {}

impl MessageSource {
    /// The resource that readers look at, which Bevy's scheduler must know.
    pub fn resource(&self) -> Option<ComponentId> {
        match self {
            Self::Game(messages) => Some(messages.resource),
            Self::Scripts(_) => None,
        }
    }

    /// Appends the messages from number `cursor` on to `out`, and moves the cursor past them. How
    /// many of them are gone already.
    ///
    /// # Safety
    /// The caller may read the resource.
    pub unsafe fn read(&self, world: UnsafeWorldCell<'_>, cursor: &mut u64, out: &mut Vec<u8>) -> u64 {
        match self {
            // SAFETY: the caller's promise.
            Self::Game(messages) => unsafe { (messages.read)(world, cursor, out) },
            Self::Scripts(channel) => channel.lock().read(cursor, out),
        }
    }

    /// Sends messages, whole rows whose bytes are valid for their schema's fields.
    pub fn send(&self, world: &mut World, rows: &[u8]) {
        match self {
            // SAFETY: the caller has checked the bytes.
            Self::Game(messages) => unsafe { (messages.send)(world, rows) },
            Self::Scripts(channel) => channel.lock().bytes.extend_from_slice(rows),
        }
    }
}

/// Bevy's messages of one type, the type forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GameMessages {
    pub resource: ComponentId,
    read: unsafe fn(UnsafeWorldCell<'_>, &mut u64, &mut Vec<u8>) -> u64,
    send: unsafe fn(&mut World, &[u8]),
}

impl GameMessages {
    /// Those of `M`, which is added to the world.
    pub fn of<M: Message + Schema>(world: &mut World) -> Self {
        /// # Safety
        /// The caller may read the resource `Messages<M>`.
        unsafe fn read<M: Message + Schema>(
            world: UnsafeWorldCell<'_>,
            cursor: &mut u64,
            out: &mut Vec<u8>,
        ) -> u64 {
            // SAFETY: the caller's promise.
            let Some(messages) = (unsafe { world.get_resource::<Messages<M>>() }) else { return 0 };
            let oldest = messages.oldest_message_count() as u64;
            let lost = oldest.saturating_sub(*cursor);
            *cursor += lost;
            let seen = (*cursor - oldest) as usize;
            let unread = messages.len().saturating_sub(seen);
            // Whoever looks in every frame has all that is older, and Bevy gives out what is newer
            // three times as fast.
            let mut newer = messages.iter_current_update_messages();
            *cursor += match newer.len().checked_sub(unread) {
                Some(seen) => {
                    if let Some(last_seen) = seen.checked_sub(1) {
                        newer.nth(last_seen);
                    }
                    pack(newer, unread, out)
                }
                None => pack(MessageCursor::default().read(messages).skip(seen), unread, out),
            };
            lost
        }
        /// # Safety
        /// The bytes of each row are valid for the fields of `M`.
        unsafe fn send<M: Message + Schema>(world: &mut World, rows: &[u8]) {
            let rows = rows.chunks_exact(size_of::<M>());
            debug_assert!(rows.remainder().is_empty(), "part of a message");
            // SAFETY: bytes that are valid for the fields are a value of a `Schema` type, and each
            // chunk has as many as one takes.
            let messages = rows.map(|row| unsafe { row.as_ptr().cast::<M>().read_unaligned() });
            world.write_message_batch(messages);
        }
        let resource = world.register_component::<Messages<M>>();
        Self { resource, read: read::<M>, send: send::<M> }
    }
}

/// Appends the bytes of at most `rows` messages to `out`; how many there were.
fn pack<'m, M: Schema>(messages: impl Iterator<Item = &'m M>, rows: usize, out: &mut Vec<u8>) -> u64 {
    out.reserve(rows * size_of::<M>());
    let room = &mut out.spare_capacity_mut()[..rows * size_of::<M>()];
    let packed = room.chunks_exact_mut(size_of::<M>()).zip(messages).fold(0, |packed, (row, message)| {
        row.write_copy_of_slice(bytes_of(message));
        packed + 1
    });
    // SAFETY: the bytes of so many rows were written, one after the other, into reserved room.
    unsafe { out.set_len(out.len() + packed * size_of::<M>()) };
    packed as u64
}

/// Messages that scripts send to each other.
#[derive(Debug)]
pub(crate) struct ScriptChannel {
    pub schema: Arc<SchemaLayout>,
    queue: Mutex<Queue>,
}

/// The channels of all messages that scripts alone know.
#[derive(Resource, Debug, Default)]
pub(crate) struct ScriptChannels(Mutex<BTreeMap<String, Shared>>);

#[derive(Debug)]
struct Shared {
    channel: Arc<ScriptChannel>,
    /// The modules that have asked for it.
    modules: BTreeSet<String>,
}

impl ScriptChannels {
    /// The channel of that schema's name.
    ///
    /// # Errors
    /// The difference, where another module has another idea of the layout, and that layout.
    pub fn channel(
        &self,
        module: &str,
        schema: &Arc<SchemaLayout>,
    ) -> Result<Arc<ScriptChannel>, (LayoutMismatch, Arc<SchemaLayout>)> {
        let mut channels = self.lock();
        let new = || Shared {
            channel: Arc::new(ScriptChannel::new(Arc::clone(schema))),
            modules: BTreeSet::from([module.to_owned()]),
        };
        let shared = channels.entry(schema.name.clone()).or_insert_with(new);
        if let Err(mismatch) = schema.check_against(&shared.channel.schema) {
            // Whoever is alone with it may change it.
            if shared.modules.iter().any(|other| other != module) {
                return Err((mismatch, Arc::clone(&shared.channel.schema)));
            }
            *shared = new();
        }
        shared.modules.insert(module.to_owned());
        Ok(Arc::clone(&shared.channel))
    }

    /// Ends a frame for all channels.
    pub fn end_frame(&self) {
        self.lock().values().for_each(|shared| shared.channel.end_frame());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Queue {
    row_bytes: usize,
    /// The number of the first message that is kept.
    first: u64,
    /// Messages of the last frame, and after them those of this one.
    bytes: Vec<u8>,
    /// Bytes of the last frame's.
    old_bytes: usize,
}

impl ScriptChannel {
    /// A channel without messages.
    pub fn new(schema: Arc<SchemaLayout>) -> Self {
        let queue = Queue { row_bytes: schema.byte_size as usize, ..Queue::default() };
        Self { schema, queue: Mutex::new(queue) }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a frame: messages of the one before are dropped.
    pub fn end_frame(&self) {
        let queue = &mut *self.lock();
        queue.first += (queue.old_bytes / queue.row_bytes.max(1)) as u64;
        queue.bytes.drain(..queue.old_bytes);
        queue.old_bytes = queue.bytes.len();
    }
}

impl Queue {
    fn read(&self, cursor: &mut u64, out: &mut Vec<u8>) -> u64 {
        let lost = self.first.saturating_sub(*cursor);
        *cursor += lost;
        let skipped = (*cursor - self.first) as usize * self.row_bytes;
        if let Some(unread) = self.bytes.get(skipped..) {
            out.extend_from_slice(unread);
            *cursor += (unread.len() / self.row_bytes.max(1)) as u64;
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use peristyle_macros::HostSchema;

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
        let source = MessageSource::Game(GameMessages::of::<Number>(&mut world));
        let (mut cursor, mut sent, mut read) = (0, 0..1_000_u32, Vec::new());
        let mut lost = 0;
        // Some before Bevy makes them the older ones and some after it, read in every third turn or
        // in several turns in a row.
        for turn in 0..40_u32 {
            let rows: Vec<u8> = sent.by_ref().take(turn as usize % 5).flat_map(u32::to_le_bytes).collect();
            source.send(&mut world, &rows);
            if turn % 3 == 0 || turn > 20 {
                let world = world.as_unsafe_world_cell();
                // SAFETY: nothing else touches the world.
                lost += unsafe { source.read(world, &mut cursor, &mut read) };
            }
            if turn % 4 != 0 {
                world.resource_mut::<Messages<Number>>().update();
            }
        }
        let read: Vec<u32> = read.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect();
        assert!(read.is_sorted_by(|a, b| a < b), "{read:?}");
        assert_eq!((read.len() as u64 + lost, read.last()), (cursor, Some(&(sent.start - 1))));
        assert!(lost > 0 && read.len() > 60, "{lost} lost, {} read", read.len());
    }
}
