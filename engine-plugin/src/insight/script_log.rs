//! The last lines that scripts logged, for whoever shows them in the game.

use std::collections::VecDeque;

use bevy::prelude::*;
use peristyle_abi::LogLevel;

use crate::module::engine::Instance;

/// Lines that are kept.
const LINES_MAX: usize = 256;

/// The last 256 lines that scripts logged, the oldest first. They are in Bevy's log as well.
#[derive(Resource, Default, Debug)]
pub struct ScriptLog {
    lines: VecDeque<ScriptLogLine>,
    /// Lines that there were so far, those that are no longer kept included.
    logged: u64,
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

    /// How many lines scripts have logged so far, which is also the number of the next line. A
    /// reader that has seen this many passes it to [`lines_since`](Self::lines_since).
    pub fn logged(&self) -> u64 {
        self.logged
    }

    /// The kept lines from number `seen` on, counted from 0, the oldest first.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::ScriptLog;
    ///
    /// fn show(log: Res<ScriptLog>, mut seen: Local<u64>) {
    ///     for line in log.lines_since(*seen) {
    ///         println!("{}::{}: {}", line.module, line.system, line.text);
    ///     }
    ///     *seen = log.logged();
    /// }
    /// # let mut app = App::new();
    /// # app.init_resource::<ScriptLog>().add_systems(Update, show).update();
    /// ```
    pub fn lines_since(&self, seen: u64) -> impl DoubleEndedIterator<Item = &ScriptLogLine> {
        let first_kept = self.logged - self.lines.len() as u64;
        let gone = usize::try_from(seen.saturating_sub(first_kept)).unwrap_or(usize::MAX);
        self.lines.range(gone.min(self.lines.len())..)
    }

    pub(crate) fn extend(&mut self, lines: impl Iterator<Item = ScriptLogLine>) {
        for line in lines {
            if self.lines.len() == LINES_MAX {
                self.lines.pop_front();
            }
            self.lines.push_back(line);
            self.logged += 1;
        }
    }
}

/// Passes on what an instance logged to Bevy's log, and keeps it in `recent`.
pub(crate) fn publish_logs(
    instance: &mut Instance,
    module: &str,
    system: &str,
    recent: &mut Vec<ScriptLogLine>,
) {
    let (logs, dropped) = instance.take_logs();
    for line in logs {
        let text = &line.text;
        match line.level {
            LogLevel::Error => error!(target: "peristyle::script", "{module}::{system}: {text}"),
            LogLevel::Warn => warn!(target: "peristyle::script", "{module}::{system}: {text}"),
            LogLevel::Info => info!(target: "peristyle::script", "{module}::{system}: {text}"),
            LogLevel::Debug => debug!(target: "peristyle::script", "{module}::{system}: {text}"),
            LogLevel::Trace => trace!(target: "peristyle::script", "{module}::{system}: {text}"),
        }
        let (module, system) = (module.to_owned(), system.to_owned());
        recent.push(ScriptLogLine { module, system, level: line.level, text: line.text });
    }
    if dropped > 0 {
        warn!(
            target: "peristyle::script",
            "{module}::{system}: {dropped} more lines were dropped (limit log_lines_per_frame_max)"
        );
    }
}
