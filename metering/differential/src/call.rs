//! What is called, and what is seen afterwards.

use std::fmt;

/// One call of an export, in a new instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The export. Its parameters are `i32`s.
    pub export: String,
    /// Its arguments; `None` is the address of the frame.
    pub arguments: Vec<Option<i32>>,
    /// The fuel.
    pub fuel: u64,
    /// How deep calls may nest.
    pub depth: u32,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned.
    Finished,
    /// It trapped.
    Trapped,
    /// Fuel ran out or calls nested too deep; the gauge says which.
    Stopped,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Finished => "finished",
            Self::Trapped => "trapped",
            Self::Stopped => "stopped",
        })
    }
}

/// What is seen after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// How it ended.
    pub outcome: Outcome,
    /// The gauge's bits.
    pub gauge: i64,
    /// The hash of memory, of all mutable globals and of a result that is an `i32`.
    pub state: u64,
}

/// The pages that a host adds to a module's memory for the frame.
pub(crate) const FRAME_PAGES: u32 = 1;
/// The words of the frame that are not zero.
const FRAME_WORDS: u32 = 4_096;

/// What the frame holds: small counts and addresses within it, mixed, so that whatever a module takes
/// them for it finds something. The same words on every engine.
pub fn frame_words(address: u32) -> impl Iterator<Item = u32> {
    (0..FRAME_WORDS).map(move |index| {
        let mixed = index.wrapping_mul(0x9e37_79b9).rotate_left(13);
        match mixed % 3 {
            0 => mixed % 61,
            _ => address + (mixed >> 8) % FRAME_WORDS * 4,
        }
    })
}

/// Two FNV-1a hashes of 32 bits over words: quick in JavaScript as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash {
    low: u32,
    high: u32,
}

impl Hash {
    pub fn new() -> Self {
        Self { low: 0x811c_9dc5, high: 0x1234_5678 }
    }

    pub fn word(&mut self, word: u32) {
        self.low = (self.low ^ word).wrapping_mul(0x0100_0193);
        self.high = (self.high ^ word).wrapping_mul(0x85eb_ca6b).rotate_left(7);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        for word in bytes.chunks_exact(4) {
            self.word(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        }
    }

    pub fn finish(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}
