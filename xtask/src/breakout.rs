//! Runs Breakout without a window, in each language of its rules, and reads its state hash.

use std::fs;
use std::path::Path;
use std::process::Command;

use peristyle_script_builder::Project;
use peristyle_script_builder::process::line;

use crate::error::Error;
use crate::game::{is_hash, printed_hash};

/// The languages of the rules, by their names on the command line.
pub const LANGUAGES: [&str; 2] = ["zig", "rust"];

/// The hashes that both must end at.
const GOLDEN_FILE: &str = "tests/golden/breakout.txt";

/// One game of the recorded keys.
#[derive(Clone, Copy, Debug)]
pub struct Game<'a> {
    /// The language of the rules.
    pub lang: &'a str,
    /// Fixed ticks to run.
    pub ticks: u64,
    /// The number of threads; the game's default where it is `None`.
    pub threads: Option<u32>,
    /// A folder of assets; the clone's own where it is `None`.
    pub assets: Option<&'a Path>,
}

impl Game<'_> {
    fn command(&self, project: &Project) -> Command {
        let arguments = ["run", "--quiet", "--locked", "--package", "breakout", "--no-default-features"];
        let mut command = project.cargo(&arguments);
        command.args([
            "--",
            "--headless",
            "--quiet",
            "--lang",
            self.lang,
            "--ticks",
            &self.ticks.to_string(),
        ]);
        if let Some(threads) = self.threads {
            command.args(["--threads", &threads.to_string()]);
        }
        if let Some(assets) = self.assets {
            command.arg("--assets").arg(assets);
        }
        command
    }

    /// Runs the game and returns the 16 hex digits of its last line.
    pub fn state_hash(&self, project: &Project) -> Result<String, Error> {
        printed_hash(&mut self.command(project))
    }
}

/// Plays every game on record in both languages, on 1 and on 4 threads.
pub fn check_golden(project: &Project) -> Result<(), Error> {
    let path = project.root.join(GOLDEN_FILE);
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    for (ticks, expected, line_number) in parse_golden(&text)? {
        for (lang, threads) in LANGUAGES.iter().flat_map(|lang| [1, 4].map(|threads| (lang, threads))) {
            let game = Game { lang, ticks, threads: Some(threads), assets: None };
            let found = game.state_hash(project)?;
            if found != expected {
                return Err(Error::GoldenMismatch {
                    command: line(&game.command(project)),
                    found,
                    expected,
                    path: GOLDEN_FILE.into(),
                    line: line_number,
                });
            }
            println!("{ticks} ticks, {lang}, threads: {threads}: state-hash {found}");
        }
    }
    Ok(())
}

/// Reads the golden file: comments after `#`, one line `<ticks> <hash>` a game. Gives each with the
/// number of its line.
fn parse_golden(text: &str) -> Result<Vec<(u64, String, usize)>, Error> {
    let mut games = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let words: Vec<&str> = content.split('#').next().unwrap_or_default().split_whitespace().collect();
        let game = match words[..] {
            [] => continue,
            [ticks, hash] if is_hash(hash) => ticks.parse().ok().map(|ticks| (ticks, hash.to_owned(), line)),
            _ => None,
        };
        games.push(game.ok_or_else(|| Error::GoldenLine {
            path: GOLDEN_FILE.into(),
            line,
            expected: "<ticks> <16 hex digits>",
            text: content.to_owned(),
        })?);
    }
    if games.is_empty() { Err(Error::GoldenEmpty { path: GOLDEN_FILE.into() }) } else { Ok(games) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_file_is_a_table_with_comments() {
        let games = parse_golden("# ticks hash\n600 0123456789abcdef # short\n").unwrap();
        assert_eq!(games, [(600, "0123456789abcdef".to_owned(), 2)]);
        assert!(matches!(parse_golden("600\n"), Err(Error::GoldenLine { line: 1, .. })));
        assert!(matches!(parse_golden("# none\n"), Err(Error::GoldenEmpty { .. })));
    }
}
