//! A component with fields of all types.

use peristyle::prelude::*;

/// How a drone feels.
#[derive(Clone, Copy, Schema)]
#[repr(u8)]
pub enum Mood {
    /// At first.
    Calm,
    /// Then.
    Eager = 4,
    /// At last.
    Angry = 9,
}

/// What a drone does.
#[derive(Clone, Copy, Schema)]
#[repr(u16)]
pub enum Phase {
    /// Nothing.
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
#[derive(Clone, Copy, Schema)]
#[repr(C)]
pub struct Slot {
    /// Where it goes.
    pub at: Maybe<[f32; 2]>,
    /// How many there are.
    pub count: u16,
    /// How they feel.
    pub mood: Mood,
    /// Whether there is room for no more.
    pub full: bool,
}

/// Fields of all types.
#[derive(Clone, Copy, Schema)]
#[repr(C)]
#[expect(missing_docs, reason = "what they mean does not matter")]
pub struct Everything {
    pub friend: Maybe<Entity>,
    pub big: u64,
    pub debt: i64,
    pub exact: f64,
    pub slots: [Slot; 2],
    pub goal: Maybe<[f32; 2]>,
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

/// What is copied.
#[derive(Clone, Copy, Schema)]
#[repr(C)]
pub struct Source {
    /// All of it.
    pub all: Everything,
}

/// Where it is copied to.
#[derive(Clone, Copy, Schema)]
#[repr(C)]
pub struct Target {
    /// All of it.
    pub all: Everything,
}

/// What is changed.
#[derive(Clone, Copy, Schema)]
#[repr(C)]
pub struct Subject {
    /// All of it.
    pub all: Everything,
}
