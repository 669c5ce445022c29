//! What the systems are about: components, messages and events with strings and lists.

use peristyle::prelude::*;
use serde::{Deserialize, Serialize};

/// How a line is read out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Schema)]
#[repr(u8)]
pub enum Tone {
    /// As a rule.
    Calm,
    /// As an exception.
    Loud = 7,
}

/// One of many on a board.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Mark {
    /// What it says.
    pub label: Str,
    /// Which one it is.
    pub value: u32,
}

/// Strings and lists of many types.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Board {
    /// Meters from side to side.
    pub width: f64,
    /// What it is called.
    pub title: Str,
    /// Who made it.
    pub author: Str,
    /// A list of structs, each with a string.
    pub marks: List<Mark>,
    /// A list of strings.
    pub lines: List<Str>,
    /// Perhaps a string.
    pub note: Maybe<Str>,
    /// How each line is read out.
    pub tones: List<Tone>,
    /// Entities.
    pub friends: List<Entity>,
    /// A list of lists.
    pub rows: List<List<u16>>,
    /// A number.
    pub level: u32,
}

/// What `copy` copies.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Source {
    /// The board.
    pub board: Board,
}

/// Where `copy` puts it.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Target {
    /// The board.
    pub board: Board,
}

/// What systems change.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Subject {
    /// The board.
    pub board: Board,
}

/// What an entity is called.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Label {
    /// The name.
    pub text: Str,
}

/// Some entities.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Group {
    /// Which ones.
    pub members: List<Entity>,
    /// What it is called.
    pub label: Label,
}

/// Where a number becomes visible to the game.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// The number.
    pub value: u32,
}

/// A tag.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Frozen {}

/// What systems that run on events have heard.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Heard {
    /// Calls of `hear`.
    pub calls: u32,
    /// The levels of all alarms.
    pub levels: u32,
    /// Entities that became frozen.
    pub came: u32,
    /// Entities that are so no more.
    pub went: u32,
}

/// An event.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Alarm {
    /// Why.
    pub words: Str,
    /// How bad it is.
    pub level: u32,
}

/// A message with a string and a list.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Chat {
    /// What is said.
    pub words: Str,
    /// What it is about.
    pub tags: List<Str>,
    /// Who says it; scripts are 100 and above.
    pub from: u32,
}

/// How an [`Order`] crosses.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
#[schema(name = "Order")]
pub struct PackedOrder {
    /// Its bytes.
    pub bincode: List<u8>,
}

/// A message by serde. It borrows from the bytes, and has room for 8 tags.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order<'a> {
    /// Nothing more.
    Stop,
    /// Something.
    Buy {
        /// The good.
        what: &'a str,
        /// How many.
        count: Option<u16>,
        /// What it is about.
        #[serde(borrow)]
        tags: heapless::Vec<&'a str, 8>,
    },
}
