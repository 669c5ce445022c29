//! Messages and events: what crosses between the game and its scripts, and from script to script.
#![expect(unsafe_code, reason = "a registered message is known by name alone where it is read and sent")]

mod bincode;
mod game;
mod rows;
mod scripts;

use std::sync::Arc;

use bevy::ecs::component::ComponentId;
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::*;

pub(crate) use self::bincode::{Bincode, PackedBincode};
pub(crate) use game::{GameMessages, Mirrored, Packing};
pub(crate) use rows::MessageRows;
pub(crate) use scripts::{ScriptChannel, ScriptChannels, modules_text};

use crate::types::mirror::BadValue;
use crate::types::schema::SchemaLayout;

/// What happens to a component of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening {
    Added,
    Removed,
}

/// Where messages of one name come from and go to.
#[derive(Clone, Debug)]
pub(crate) enum MessageSource {
    /// Bevy's messages or events of a type that the game registered.
    Game(GameMessages),
    /// A channel that scripts alone know, by the name of its messages.
    Scripts(Arc<ScriptChannel>),
    /// The entities to which that happens.
    Happening(ComponentId, Happening, Arc<ScriptChannel>),
}

impl PartialEq for MessageSource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Game(a), Self::Game(b)) => a.resource == b.resource,
            (Self::Scripts(a), Self::Scripts(b)) => Arc::ptr_eq(a, b),
            (Self::Happening(.., a), Self::Happening(.., b)) => Arc::ptr_eq(a, b),
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
            Self::Scripts(_) | Self::Happening(..) => None,
        }
    }

    /// Appends the messages from number `cursor` on to `out`, and moves the cursor past them. How
    /// many of them are gone already.
    ///
    /// # Safety
    /// The caller may read the resource; the schema is that of the messages.
    pub unsafe fn read(
        &self,
        world: UnsafeWorldCell<'_>,
        schema: &SchemaLayout,
        cursor: &mut u64,
        out: &mut MessageRows,
    ) -> u64 {
        match self {
            // SAFETY: the caller's promise.
            Self::Game(messages) => unsafe { messages.read(world, schema, cursor, out) },
            Self::Scripts(channel) | Self::Happening(.., channel) => channel.read(cursor, out),
        }
    }

    /// Sends or triggers the messages in whole rows, or the one in packed bytes with strings and lists,
    /// which were checked.
    pub fn send(&self, world: &mut World, schema: &SchemaLayout, packed: &[u8]) {
        match self {
            // SAFETY: the caller has checked the bytes.
            Self::Game(messages) => unsafe { messages.send(world, schema, packed) },
            Self::Scripts(channel) => channel.send(packed),
            Self::Happening(..) => {}
        }
    }

    /// Has the world tell from now on what happens to a component, if that is what it is about.
    pub fn watch(&self, world: &mut World) {
        if let &Self::Happening(component, happening, _) = self {
            scripts::watch(world, component, happening);
        }
    }

    /// Whether packed bytes, which are valid for the schema's fields, are such a message.
    pub fn check(&self, packed: &[u8]) -> Result<(), BadValue> {
        match self {
            // SAFETY: the caller has checked the bytes against the fields.
            Self::Game(messages) => unsafe { messages.check(packed) },
            _ => Ok(()),
        }
    }
}
