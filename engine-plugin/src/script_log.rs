//! The last lines that scripts logged, for whoever shows them in the game.

use std::collections::VecDeque;

use bevy::prelude::*;
use peristyle_abi::LogLevel;

/// Lines that are kept.
const LINES_MAX: usize = 256;

/// The last 256 lines that scripts logged, the oldest first. They are in Bevy's log as well.
#[derive(Resource, Default, Debug)]
pub struct ScriptLog {
    lines: VecDeque<ScriptLogLine>,
}

/// One line that a script logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptLogLine {
    /// The module's name.
    pub module: String,
    /// The system's name.
    pub system: String,
    /// How loud it is.
    pub level: LogLevel,
    /// What it says.
    pub text: String,
}

impl ScriptLog {
    /// The lines, the oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &ScriptLogLine> {
        self.lines.iter()
    }

    pub(crate) fn extend(&mut self, lines: impl Iterator<Item = ScriptLogLine>) {
        for line in lines {
            if self.lines.len() == LINES_MAX {
                self.lines.pop_front();
            }
            self.lines.push_back(line);
        }
    }
}
