//! What each system has not seen yet of the messages that it reads, over pauses and reloads.
#![expect(unsafe_code, reason = "messages are read where the caller has declared it")]

use std::sync::Arc;

use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::log::warn;
use bevy::prelude::*;

use crate::layout::CheckedMessages;
use crate::messages::MessageSource;
use crate::schema::SchemaLayout;

/// What one system has not seen yet of one kind of messages. It outlives pauses and reloads.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub schema: Arc<SchemaLayout>,
    /// Whether nobody has looked for messages yet: what is gone before the first look is not lost.
    is_new: bool,
    /// The number of the next message that is not in here.
    cursor: u64,
    bytes: Vec<u8>,
    /// Messages that were lost since somebody last looked.
    lost: u64,
}

impl Inbox {
    /// An empty one, for what is sent from now on and for what the game still keeps.
    pub fn new(schema: Arc<SchemaLayout>) -> Self {
        Self { schema, is_new: true, cursor: 0, bytes: Vec::new(), lost: 0 }
    }

    /// Takes in what is new, and drops the oldest where there are more than `bytes_max` bytes.
    ///
    /// # Safety
    /// The caller may read the source's resource.
    pub unsafe fn collect(&mut self, source: &MessageSource, world: UnsafeWorldCell<'_>, bytes_max: u32) {
        let row_bytes = (self.schema.byte_size as usize).max(1);
        // SAFETY: the caller's promise.
        let gone = unsafe { source.read(world, &mut self.cursor, &mut self.bytes) };
        if !std::mem::take(&mut self.is_new) {
            self.lost += gone;
        }
        let excess = self.bytes.len().saturating_sub(bytes_max as usize).div_ceil(row_bytes);
        self.bytes.drain(..excess * row_bytes);
        self.lost += excess as u64;
    }

    /// Takes in what is new, where nothing else runs.
    pub fn collect_in(&mut self, source: &MessageSource, world: &mut World, bytes_max: u32) {
        // SAFETY: the world is borrowed exclusively.
        unsafe { self.collect(source, world.as_unsafe_world_cell(), bytes_max) }
    }

    /// The packed messages, the oldest first.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many messages there are.
    pub fn len(&self) -> u32 {
        (self.bytes.len() / (self.schema.byte_size as usize).max(1)) as u32
    }

    /// Forgets the messages, which a finished call has seen.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Says how many messages were lost since the last time.
    pub fn warn_of_loss(&mut self, module: &str, system: &str) {
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 {
            warn!(
                "script {module}::{system} did not read {lost} messages `{}` in time, and they are lost (limit \
                 message_bytes_max)",
                self.schema.name
            );
        }
    }
}

/// Inboxes go on under the names of their messages; new ones begin empty.
pub(crate) fn keep_inboxes(inboxes: &mut Vec<Inbox>, messages: &[CheckedMessages]) {
    let mut old = std::mem::take(inboxes);
    inboxes.extend(messages.iter().map(|messages| {
        let kept = old.iter().position(|inbox| inbox.schema == messages.schema);
        kept.map_or_else(|| Inbox::new(Arc::clone(&messages.schema)), |at| old.swap_remove(at))
    }));
}
