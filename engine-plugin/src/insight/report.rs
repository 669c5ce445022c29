//! What is told about a fault: why, where in the script's source, and what the script had logged.

use std::fmt;

use crate::insight::script_log::ScriptLogLine;
use crate::module::faults::Fault;
use crate::module::source::{SourceFrame, SourceMap};

/// The most functions that a report shows.
const FRAMES_SHOWN: usize = 8;

/// The most functions that a report keeps, innermost first.
const FRAMES_MAX: usize = 1_024;

/// The most log lines that a report keeps.
pub(crate) const LINES_MAX: usize = 6;

/// What is told about a call that did not finish.
///
/// Its `Display` is what stands in the log:
///
/// ```text
/// trap: integer division by zero
///   at `share` (scripts/wind/src/lib.rs:41:17), inlined
///   in `blow` (scripts/wind/src/lib.rs:58:9)
///   it had logged:
///     info: 3 gusts
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FaultReport {
    /// Why the call did not finish.
    pub fault: Fault,
    /// The functions that were running, innermost first; empty where that is not known, as for a fault that is no
    /// fault of the code. Places in the source are known where the module has debug information.
    pub frames: Vec<SourceFrame>,
    /// The last lines that the system had logged, the oldest first.
    pub log: Vec<ScriptLogLine>,
}

impl FaultReport {
    pub(crate) fn new(fault: Fault, frames: Vec<SourceFrame>, log: Vec<ScriptLogLine>) -> Self {
        Self { fault, frames, log }
    }

    /// The function to look at first: the innermost that is not of a library.
    ///
    /// ```
    /// # fn show(report: &bevy_peristyle::FaultReport) {
    /// if let Some(place) = report.place() {
    ///     println!("{}:{}", place.file, place.line);
    /// }
    /// # }
    /// ```
    pub fn place(&self) -> Option<&SourceFrame> {
        self.frames.iter().find(|frame| !frame.is_of_library()).or(self.frames.first())
    }

    /// The fault in one line, behind the place in the source where that is known: `scripts/wind/src/lib.rs:41: trap:
    /// integer division by zero`.
    pub fn headline(&self) -> String {
        match self.place() {
            Some(place) if !place.file.is_empty() => format!("{}:{}: {}", place.file, place.line, self.fault),
            Some(place) => format!("in `{}`: {}", place.function, self.fault),
            None => self.fault.to_string(),
        }
    }

    /// The functions from the place on, without those of libraries that called the script.
    fn shown(&self) -> &[SourceFrame] {
        let is_own = |frame: &SourceFrame| !frame.is_of_library();
        match (self.frames.iter().position(is_own), self.frames.iter().rposition(is_own)) {
            (Some(first), Some(last)) => self.frames.get(first..=last).unwrap_or_default(),
            _ => &self.frames,
        }
    }
}

impl fmt::Display for FaultReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        // A function that calls itself at one place is told once.
        let shown: Vec<&[SourceFrame]> = self.shown().chunk_by(|a, b| a == b).collect();
        for (index, frames) in shown.iter().take(FRAMES_SHOWN).enumerate() {
            let Some(frame) = frames.first() else { continue };
            let word = if index == 0 { "at" } else { "in" };
            let inlined = if frame.is_inlined { ", inlined" } else { "" };
            write!(f, "\n  {word} {frame}{inlined}")?;
            if frames.len() > 1 {
                write!(f, ", {} times", frames.len())?;
            }
        }
        if shown.len() > FRAMES_SHOWN {
            write!(f, "\n  and {} more", shown.len() - FRAMES_SHOWN)?;
        }
        if !self.log.is_empty() {
            f.write_str("\n  it had logged:")?;
            for line in &self.log {
                write!(f, "\n    {}: {}", line.level, line.text)?;
            }
        }
        Ok(())
    }
}

/// The source frames of offsets in a module's file, innermost first.
pub(crate) fn source_frames(wasm: &[u8], offsets: &[u32]) -> Vec<SourceFrame> {
    let map = SourceMap::of(wasm);
    offsets.iter().take(FRAMES_MAX).flat_map(|&offset| map.frames(offset)).collect()
}

#[cfg(test)]
mod tests {
    use peristyle_abi::LogLevel;

    use super::*;

    fn frame(function: &str, file: &str, is_inlined: bool) -> SourceFrame {
        SourceFrame { function: function.to_owned(), file: file.to_owned(), line: 7, column: 3, is_inlined }
    }

    #[test]
    fn a_report_begins_where_the_script_called_its_library() {
        let frames = vec![
            frame("core::panicking::panic", "rust/library/core/src/panicking.rs", false),
            frame("share", "scripts/wind/src/lib.rs", true),
            frame("blow", "scripts/wind/src/lib.rs", false),
            frame("peristyle::system::call", "guest-api/rust/src/system.rs", false),
        ];
        let line = ScriptLogLine {
            module: "wind".to_owned(),
            system: "blow".to_owned(),
            level: LogLevel::Info,
            text: "3 gusts".to_owned(),
        };
        let report = FaultReport::new(Fault::Returned(3), frames, vec![line]);
        assert_eq!(report.place().map(|place| place.function.as_str()), Some("share"));
        assert_eq!(
            report.headline(),
            "scripts/wind/src/lib.rs:7: its function returned 3; 0 means that it finished"
        );
        assert_eq!(
            report.to_string(),
            "its function returned 3; 0 means that it finished\n  \
             at `share` (scripts/wind/src/lib.rs:7:3), inlined\n  \
             in `blow` (scripts/wind/src/lib.rs:7:3)\n  \
             it had logged:\n    info: 3 gusts"
        );
    }

    #[test]
    fn what_a_panic_goes_through_is_no_place() {
        let frames = vec![
            frame("__rustc::rust_begin_unwind", "", false),
            frame("core::panicking::panic_fmt", "", false),
            frame("rot::rot", "", false),
        ];
        let report = FaultReport::new(Fault::Returned(3), frames, Vec::new());
        assert!(report.headline().starts_with("in `rot::rot`: "), "{}", report.headline());
        let frames = vec![
            frame("fault.panic", "/elsewhere/guest-api/zig/fault.zig", false),
            frame("grow.grow", "grow.zig", false),
        ];
        let report = FaultReport::new(Fault::Returned(3), frames, Vec::new());
        assert!(report.headline().starts_with("grow.zig:7: "), "{}", report.headline());
    }

    #[test]
    fn a_module_without_any_names_is_told_by_numbers() {
        let wasm =
            wat::parse_str("(module (import \"a\" \"b\" (func)) (func) (func (unreachable)))").unwrap();
        let at = wasm.iter().rposition(|byte| *byte == 0).unwrap() as u32;
        let frames = source_frames(&wasm, &[at]);
        assert_eq!(frames.iter().map(ToString::to_string).collect::<Vec<_>>(), ["`function 2`"]);
        assert_eq!(source_frames(b"no module", &[5]).len(), 1);
    }
}
