//! Commands: records that a finished call left, checked as a whole and applied later in one fixed
//! order.

mod apply;
mod decode;

use bevy::prelude::Entity;

pub use apply::ScriptCommands;
pub(crate) use apply::apply_commands;
pub(crate) use decode::{Records, decode};

/// The commands of one finished call, checked.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct PendingCommands {
    list: Vec<Command>,
    /// Values of inserted components, each from a multiple of 8 bytes on.
    values: Vec<u64>,
    /// Rows of the messages to send, back to back.
    messages: Vec<u8>,
    /// Values with strings or lists, each with what they cover.
    packed: Vec<Vec<u8>>,
    /// The entities that were spawned, in the order of their provisional ids.
    spawned: Vec<Entity>,
}

impl PendingCommands {
    /// Forgets all commands and keeps the room.
    pub fn clear(&mut self) {
        self.list.clear();
        self.values.clear();
        self.messages.clear();
        self.packed.clear();
        self.spawned.clear();
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Spawn,
    Despawn(Target),
    /// The number of the component among those that the system may insert, and where in `values`
    /// the value begins; or its number in `packed` where it has strings or lists.
    Insert {
        target: Target,
        component: u32,
        at: u32,
    },
    /// The number of the messages' term, and where in `messages` their rows are; or the number of the one in
    /// `packed` where it has strings or lists.
    Send {
        term: u32,
        at: u32,
        bytes: u32,
    },
    Remove {
        target: Target,
        component: u32,
    },
    SetParent {
        target: Target,
        parent: Option<Target>,
    },
    Enable(Target),
    Disable(Target),
}

/// An entity that a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    There(Entity),
    /// The entity of the call's spawn with that number.
    New(u32),
}
