//! The command line.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Breakout, whose every rule is a WebAssembly script
///
/// Plays 60 ticks to a second of game time. In a window the arrow keys move the paddle, space
/// sends the ball off and enter starts a new game. Without a window a recording of such keys is
/// played as fast as the machine can. The last line is `state-hash` and 16 hex digits: the same
/// for the same keys in both languages, on every machine, whatever --threads says.
#[derive(Parser, Clone, Debug)]
#[command(version, after_help = AFTER_HELP)]
pub struct Arguments {
    /// Play without a window
    #[arg(long)]
    pub headless: bool,

    /// The language of the module with the rules: `breakout/breakout_zig.wasm` or
    /// `breakout/breakout_rust.wasm`
    #[arg(long, value_enum, default_value_t = Language::Zig)]
    pub lang: Language,

    /// End after this many ticks [default: the recording's last; with --watch or in a window: never]
    #[arg(long, value_name = "N")]
    pub ticks: Option<NonZeroU64>,

    /// Play these keys [default without a window: `breakout/recording.txt` among the assets]
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,

    /// Let a simple bot press the keys
    #[arg(long, conflicts_with = "replay")]
    pub bot: bool,

    /// Write the keys that were pressed to this file, to be played by --replay
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// How many threads run systems in parallel [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,

    /// Play in real time and reload the script when its file changes, as a window always does
    #[arg(long)]
    pub watch: bool,

    /// The folder of assets
    ///
    /// Without this option: in BEVY_ASSET_ROOT, else in the clone that `cargo run` was called in,
    /// else in the current folder.
    #[arg(long, value_name = "DIR")]
    pub assets: Option<PathBuf>,

    /// Print nothing but the state hash; the log keeps warnings and errors
    #[arg(long)]
    pub quiet: bool,

    /// Write a picture of the window to this PNG file, print the report and end
    ///
    /// Every frame is one tick of the recording, so the picture and the state hash are those of a
    /// game without a window at the same tick.
    #[cfg(feature = "window")]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["headless", "ticks"])]
    pub screenshot: Option<PathBuf>,

    /// The tick of the picture
    #[cfg(feature = "window")]
    #[arg(long, value_name = "TICK", default_value = "600", requires = "screenshot")]
    pub at: NonZeroU64,
}

const AFTER_HELP: &str = "\
Exit codes: 0 after a whole game; 1 where the script or the recording could not be loaded;
2 for a wrong command line; 130 after Ctrl-C, unless --watch was given.
RUST_LOG sets what the log on the standard error tells.";

/// The language of the rules.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `breakout/scripts/breakout_zig`.
    Zig,
    /// `breakout/scripts/breakout_rust`.
    Rust,
}

impl Language {
    /// The asset path of the module.
    pub const fn module(self) -> &'static str {
        match self {
            Self::Zig => "breakout/breakout_zig.wasm",
            Self::Rust => "breakout/breakout_rust.wasm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_language_is_chosen_by_name() {
        let lang = |line: &str| Arguments::try_parse_from(line.split(' ')).map(|arguments| arguments.lang);
        assert_eq!(lang("breakout --lang rust").unwrap(), Language::Rust);
        assert_eq!(lang("breakout --headless").unwrap(), Language::Zig);
        assert!(lang("breakout --lang c").is_err());
    }
}
