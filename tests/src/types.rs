//! A component with fields of all types, as the guests `rust_types`, `zig_types` and `c_types` know it.

use bevy::prelude::*;
use bevy_peristyle::{Maybe, Schema, ScriptEntity, flags};

/// How a drone feels.
#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Mood {
    /// At first.
    #[default]
    Calm,
    /// Then.
    Eager = 4,
    /// At last.
    Angry = 9,
}

/// What a drone does. No value is 0.
#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u16)]
pub enum Phase {
    /// Nothing.
    #[default]
    Rest = 1,
    /// Something.
    Work = 300,
}

flags! {
    /// What a drone can do.
    pub struct Abilities: u8 {
        /// In the air.
        FLY = 1;
        /// In water.
        SWIM = 4;
    }
}

flags! {
    /// What a drone may do.
    pub struct Rights: u16 {
        /// The lowest bit.
        READ = 1;
        /// The highest bit.
        WRITE = 0x8000;
    }
}

/// One of the places where a drone carries something.
#[derive(Schema, Clone, Copy, Debug, PartialEq, Default)]
#[repr(C)]
pub struct Slot {
    /// Where it goes.
    pub at: Maybe<Vec2>,
    /// How many there are.
    pub count: u16,
    /// How they feel.
    pub mood: Mood,
    /// Whether there is room for no more.
    pub full: bool,
}

/// Fields of all types, in 168 bytes.
#[derive(Schema, Clone, Copy, Debug, PartialEq, Default)]
#[repr(C)]
#[expect(missing_docs, reason = "what they mean does not matter")]
pub struct Everything {
    pub friend: Maybe<ScriptEntity>,
    pub big: u64,
    pub debt: i64,
    pub exact: f64,
    pub slots: [Slot; 2],
    pub goal: Maybe<Vec2>,
    pub heat: [[[f32; 2]; 3]; 2],
    pub count: u32,
    pub change: i32,
    pub heading: f32,
    pub years: u16,
    pub height: i16,
    pub phase: Phase,
    pub rights: Rights,
    pub mood: Mood,
    pub abilities: Abilities,
    pub level: Maybe<u8>,
    pub byte: u8,
    pub sign: i8,
    pub is_awake: bool,
    pub moods: [[Mood; 2]; 2],
    pub tags: [u8; 5],
}

/// What guests copy from.
#[derive(Component, Schema, Clone, Copy, Debug, PartialEq, Default)]
#[repr(C)]
pub struct Source {
    /// All of it.
    pub all: Everything,
}

/// What guests copy to.
#[derive(Component, Schema, Clone, Copy, Debug, PartialEq, Default)]
#[repr(C)]
pub struct Target {
    /// All of it.
    pub all: Everything,
}

/// What guests change, each field in a known way.
#[derive(Component, Schema, Clone, Copy, Debug, PartialEq, Default)]
#[repr(C)]
pub struct Subject {
    /// All of it.
    pub all: Everything,
}
