//! Runs the example game without a window and reads its state hash.

use std::path::{Path, PathBuf};
use std::process::Command;

use peristyle_script_builder::{Project, process};

use crate::error::Error;

/// One simulation: the same case ends at the same hash on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Fixed ticks to run.
    pub ticks: u64,
    /// The seed of the game's own randomness.
    pub seed: u64,
    /// Drones in the air.
    pub drones: u64,
}

/// The case in which modules are compared.
pub const COMPARED_CASE: Case = Case { ticks: 600, seed: 7, drones: 200 };

/// How the game is built and run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// In the release profile, not the dev profile.
    pub release: bool,
    /// The number of threads; the game's default where it is `None`.
    pub threads: Option<u32>,
    /// A folder of assets; the clone's own where it is `None`.
    pub assets: Option<PathBuf>,
    /// What the game with the compiler is told; where it is `None` the game is built without.
    pub engine: Option<&'static [&'static str]>,
}

/// The call of the game.
pub fn command(project: &Project, case: Case, options: &Options) -> Command {
    // Without the window: a small part of Bevy, and the same simulation.
    let arguments = ["run", "--quiet", "--locked", "--package", "example-game", "--no-default-features"];
    let mut command = project.cargo(&arguments);
    if options.release {
        command.arg("--release");
    }
    if options.engine.is_some() {
        command.args(["--features", "jit"]);
    }
    command.args(["--", "--headless"]);
    let Case { ticks, seed, drones } = case;
    for (flag, value) in [("--ticks", ticks), ("--seed", seed), ("--drones", drones)] {
        command.args([flag, &value.to_string()]);
    }
    if let Some(threads) = options.threads {
        command.args(["--threads", &threads.to_string()]);
    }
    command.args(options.engine.unwrap_or_default());
    if let Some(assets) = &options.assets {
        command.arg("--assets").arg(assets);
    }
    command
}

/// Runs the game and returns the 16 hex digits of its last line.
pub fn state_hash(project: &Project, case: Case, options: &Options) -> Result<String, Error> {
    printed_hash(&mut command(project, case, options))
}

/// Runs a game and returns the 16 hex digits of its last line.
pub fn printed_hash(command: &mut Command) -> Result<String, Error> {
    let printed = process::stdout(command)?;
    let last = printed.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match last_hash(last) {
        Some(hash) => Ok(hash.to_owned()),
        None => Err(Error::NoStateHash { command: process::line(command), last: last.to_owned() }),
    }
}

fn last_hash(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix("state-hash ").filter(|hash| is_hash(hash))
}

/// Whether it is 16 hex digits.
pub fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A case whose hash is promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Golden {
    /// What to run.
    pub case: Case,
    /// Where it must end: 16 hex digits.
    pub hash: String,
    /// The line of the file that says so.
    pub line: usize,
}

/// Reads the golden file: comments after `#`, one line `<ticks> <seed> <drones> <hash>` a case.
///
/// # Errors
/// A line that is no case, or a file without any.
pub fn parse_golden(path: &Path, text: &str) -> Result<Vec<Golden>, Error> {
    let mut cases = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let content = line.split('#').next().unwrap_or_default();
        if content.trim().is_empty() {
            continue;
        }
        let golden = golden_line(content, line_number).ok_or_else(|| Error::GoldenLine {
            path: path.to_owned(),
            line: line_number,
            expected: "<ticks> <seed> <drones> <16 hex digits>",
            text: line.to_owned(),
        })?;
        cases.push(golden);
    }
    if cases.is_empty() {
        return Err(Error::GoldenEmpty { path: path.to_owned() });
    }
    Ok(cases)
}

fn golden_line(content: &str, line: usize) -> Option<Golden> {
    let words: Vec<&str> = content.split_whitespace().collect();
    let [ticks, seed, drones, hash] = words[..] else {
        return None;
    };
    let case = Case { ticks: ticks.parse().ok()?, seed: seed.parse().ok()?, drones: drones.parse().ok()? };
    is_hash(hash).then(|| Golden { case, hash: hash.to_owned(), line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_file_is_a_table_with_comments() {
        let text = "# ticks seed drones hash\n\n600 7 200 0123456789abcdef # the usual case\n60 1 8 ffffffffffffffff\n";
        let cases = parse_golden(Path::new("golden.txt"), text).unwrap();
        assert_eq!(cases.len(), 2);
        assert_eq!(cases[0].case, COMPARED_CASE);
        assert_eq!((cases[0].hash.as_str(), cases[0].line), ("0123456789abcdef", 3));
        assert_eq!(cases[1].case, Case { ticks: 60, seed: 1, drones: 8 });
    }

    #[test]
    fn a_line_that_is_no_case_is_named() {
        for bad in ["600 7 200", "600 7 200 0123", "600 7 200 0123456789ABCDEF", "a 7 200 0123456789abcdef"] {
            let error = parse_golden(Path::new("golden.txt"), &format!("# x\n{bad}\n")).unwrap_err();
            assert!(matches!(error, Error::GoldenLine { line: 2, .. }), "{bad}: {error}");
        }
        let error = parse_golden(Path::new("golden.txt"), "# nothing\n").unwrap_err();
        assert!(matches!(error, Error::GoldenEmpty { .. }));
    }

    #[test]
    fn only_a_whole_hash_is_a_hash() {
        assert_eq!(last_hash("state-hash 0123456789abcdef"), Some("0123456789abcdef"));
        assert_eq!(last_hash("state-hash 123"), None);
        assert_eq!(last_hash("done"), None);
    }
}
