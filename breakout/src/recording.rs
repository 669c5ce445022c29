//! Recorded keys: which of them are down, tick by tick.
//!
//! A recording is text. Each line is the number of a tick and the keys that are down from then on;
//! the last line is the last tick and `end`.
//!
//! ```text
//! 1
//! 40 ArrowLeft Space
//! 41 ArrowLeft
//! 600 end
//! ```

use std::fmt::Write;

use bevy::prelude::*;
use thiserror::Error;

/// The keys that a recording knows, by their names in it.
const KEYS: [(&str, KeyCode); 4] = [
    ("ArrowLeft", KeyCode::ArrowLeft),
    ("ArrowRight", KeyCode::ArrowRight),
    ("Space", KeyCode::Space),
    ("Enter", KeyCode::Enter),
];

/// Which of [`KEYS`] are down: bit `n` for the key with the index `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressed(u8);

impl Pressed {
    /// These keys, as far as a recording knows them.
    pub fn of(keys: &[KeyCode]) -> Self {
        let bits = KEYS.iter().enumerate().filter(|(_, (_, key))| keys.contains(key));
        Self(bits.fold(0, |all, (index, _)| all | 1 << index))
    }

    /// Those that the player holds down.
    pub fn read(keys: &ButtonInput<KeyCode>) -> Self {
        Self::of(&KEYS.map(|(_, key)| key).into_iter().filter(|key| keys.pressed(*key)).collect::<Vec<_>>())
    }

    /// Has exactly these keys be down, of those that a recording knows.
    pub fn apply(self, keys: &mut ButtonInput<KeyCode>) {
        for (index, (_, key)) in KEYS.into_iter().enumerate() {
            keys.clear_just_pressed(key);
            keys.clear_just_released(key);
            if self.0 >> index & 1 == 1 {
                keys.press(key);
            } else {
                keys.release(key);
            }
        }
    }
}

/// What is wrong with a line of a recording.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RecordingError {
    /// It has no tick, or one that does not come after the one before.
    #[error("line {line}: `{text}` does not begin with a tick above {before}")]
    Tick {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
        /// The tick before.
        before: u64,
    },
    /// A key that a recording does not know.
    #[error("line {line}: there is no key `{key}`; there are ArrowLeft, ArrowRight, Space and Enter")]
    Key {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        key: String,
    },
    /// The last line is missing, or not the last.
    #[error("it must have one line with a tick and `end`, as its last")]
    End,
}

/// Keys that were pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// From which tick on which keys are down, in ascending order.
    changes: Vec<(u64, Pressed)>,
    /// The last tick.
    pub last_tick: u64,
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// The first line that means nothing.
    pub fn parse(text: &str) -> Result<Self, RecordingError> {
        let mut recording = Self::default();
        let mut has_end = false;
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.split('#').next().unwrap_or_default().trim();
            if content.is_empty() {
                continue;
            }
            if has_end {
                return Err(RecordingError::End);
            }
            let before = recording.last_tick;
            let (tick, names) = content.split_once(' ').unwrap_or((content, ""));
            let is_end = names.trim() == "end";
            let tick = tick.parse().ok().filter(|tick| *tick > before || is_end && *tick == before);
            let Some(tick) = tick else {
                return Err(RecordingError::Tick { line, text: content.to_owned(), before });
            };
            recording.last_tick = tick;
            if is_end {
                has_end = true;
                continue;
            }
            let mut keys = Vec::new();
            for name in names.split_whitespace() {
                let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == name) else {
                    return Err(RecordingError::Key { line, key: name.to_owned() });
                };
                keys.push(*key);
            }
            recording.changes.push((tick, Pressed::of(&keys)));
        }
        if has_end { Ok(recording) } else { Err(RecordingError::End) }
    }

    /// The keys that are down in a tick.
    pub fn at(&self, tick: u64) -> Pressed {
        let later = self.changes.partition_point(|(from, _)| *from <= tick);
        let now = later.checked_sub(1).and_then(|index| self.changes.get(index));
        now.map_or(Pressed::default(), |(_, pressed)| *pressed)
    }

    /// Adds the keys of the next tick.
    pub fn push(&mut self, tick: u64, pressed: Pressed) {
        if self.changes.last().is_none_or(|(_, last)| *last != pressed) {
            self.changes.push((tick, pressed));
        }
        self.last_tick = tick;
    }

    /// The recording as text.
    pub fn to_text(&self) -> String {
        let mut text = "# From a tick on these keys are down. `breakout --record` wrote it.\n".to_owned();
        for (tick, Pressed(bits)) in &self.changes {
            // Writing to a `String` does not fail.
            let _ = write!(text, "{tick}");
            for (index, (name, _)) in KEYS.iter().enumerate() {
                if bits >> index & 1 == 1 {
                    let _ = write!(text, " {name}");
                }
            }
            text.push('\n');
        }
        let _ = writeln!(text, "{} end", self.last_tick);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_down_until_the_next_line() {
        let recording = Recording::parse("# keys\n2 Space ArrowLeft\n5 # none\n9 end\n").unwrap();
        let both = Pressed::of(&[KeyCode::ArrowLeft, KeyCode::Space]);
        let expected = [Pressed::default(), both, both, Pressed::default(), Pressed::default()];
        assert_eq!([1, 2, 4, 5, 20].map(|tick| recording.at(tick)), expected);
        assert_eq!(recording.last_tick, 9);
    }

    #[test]
    fn what_was_recorded_is_read_again() {
        let mut recording = Recording::default();
        for tick in 1..=100 {
            let keys: &[KeyCode] = if tick / 10 % 2 == 0 { &[KeyCode::ArrowRight] } else { &[] };
            recording.push(tick, Pressed::of(keys));
        }
        let read = Recording::parse(&recording.to_text()).unwrap();
        assert_eq!(read.last_tick, 100);
        assert!((1..=100).all(|tick| read.at(tick) == recording.at(tick)));
    }

    #[test]
    fn a_line_that_means_nothing_is_named() {
        let error = |text: &str| Recording::parse(text).unwrap_err().to_string();
        assert_eq!(error("3 Space\n3\n9 end"), "line 2: `3` does not begin with a tick above 3");
        assert!(error("3 Jump\n9 end").starts_with("line 1: there is no key `Jump`"));
        assert_eq!(Recording::parse("3 Space\n"), Err(RecordingError::End));
        assert_eq!(Recording::parse("3 end\n4 Space\n"), Err(RecordingError::End));
    }

    #[test]
    fn keys_go_down_and_up() {
        let mut keys = ButtonInput::default();
        let pressed = Pressed::of(&[KeyCode::Space]);
        pressed.apply(&mut keys);
        assert_eq!(Pressed::read(&keys), pressed);
        Pressed::default().apply(&mut keys);
        assert_eq!(Pressed::read(&keys), Pressed::default());
    }
}
