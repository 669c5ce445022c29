//! What each system has not seen yet of the messages that it reads, over pauses and reloads.
#![expect(unsafe_code, reason = "messages are read where the caller has declared it")]

use std::sync::Arc;

use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::log::warn;
use bevy::prelude::*;

use crate::module::layout::CheckedMessages;
use crate::offer::messages::{MessageRows, MessageSource};
use crate::types::schema::SchemaLayout;

/// What one system has not seen yet of one kind of messages. It outlives pauses and reloads.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub schema: Arc<SchemaLayout>,
    source: MessageSource,
    /// Whether nobody has looked for messages yet: what is gone before the first look is not lost.
    is_new: bool,
    /// The number of the next message that is not in here.
    cursor: u64,
    messages: MessageRows,
    /// Messages that were lost since somebody last looked.
    lost: u64,
    /// Messages that were ever dropped to make room.
    dropped: u64,
}

/// Which messages of an inbox a call was given: the first so many at that time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GivenMessages {
    len: u32,
    dropped: u64,
}

impl Inbox {
    /// An empty one, for what is sent from now on and for what the game still keeps.
    pub fn new(messages: &CheckedMessages) -> Self {
        let (schema, source) = (Arc::clone(&messages.schema), messages.source.clone());
        Self {
            schema,
            source,
            is_new: true,
            cursor: 0,
            messages: MessageRows::default(),
            lost: 0,
            dropped: 0,
        }
    }

    /// Takes in what is new, and drops the oldest where there are more than `bytes_max` bytes.
    ///
    /// # Safety
    /// The caller may read the source's resource.
    pub unsafe fn collect(&mut self, world: UnsafeWorldCell<'_>, bytes_max: u32) {
        let Self { schema, source, cursor, messages, .. } = self;
        // SAFETY: the caller's promise.
        let gone = unsafe { source.read(world, schema, cursor, messages) };
        if !std::mem::take(&mut self.is_new) {
            self.lost += gone;
        }
        let (bytes, len) = (self.messages.bytes(), self.messages.len(&self.schema));
        if bytes > bytes_max as usize {
            // As many as are too large on the average.
            let excess = (bytes - bytes_max as usize).div_ceil((bytes / len.max(1)).max(1)).min(len);
            self.messages.drop_first(&self.schema, excess);
            self.lost += excess as u64;
            self.dropped += excess as u64;
        }
    }

    /// Takes in what is new, where nothing else runs.
    pub fn collect_in(&mut self, world: &mut World, bytes_max: u32) {
        // SAFETY: the world is borrowed exclusively.
        unsafe { self.collect(world.as_unsafe_world_cell(), bytes_max) }
    }

    /// The packed messages, the oldest first.
    pub fn messages(&self) -> &MessageRows {
        &self.messages
    }

    /// How many messages there are.
    pub fn len(&self) -> u32 {
        self.messages.len(&self.schema) as u32
    }

    /// Forgets the messages, which a finished call has seen.
    pub fn clear(&mut self) {
        self.messages.clear();
    }

    /// The messages that are here now, for [`Inbox::forget`].
    pub fn given(&self) -> GivenMessages {
        GivenMessages { len: self.len(), dropped: self.dropped }
    }

    /// Forgets the messages that a call was given which began some time ago.
    pub fn forget(&mut self, given: GivenMessages) {
        let gone = self.dropped - given.dropped;
        let left = u64::from(given.len).saturating_sub(gone).min(self.len().into());
        self.messages.drop_first(&self.schema, left as usize);
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
        let kept =
            old.iter().position(|inbox| inbox.schema == messages.schema && inbox.source == messages.source);
        kept.map_or_else(|| Inbox::new(messages), |at| old.swap_remove(at))
    }));
}
