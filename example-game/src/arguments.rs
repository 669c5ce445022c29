//! The command line.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Parser;

/// Ticks of a game that is not told how long to be.
const TICKS_DEFAULT: NonZeroU64 = match NonZeroU64::new(600) {
    Some(ticks) => ticks,
    None => NonZeroU64::MIN,
};

/// Delivery drones, flown by WebAssembly scripts
///
/// Plays 60 ticks to a second of game time: in a window, or without one as fast as the machine
/// can. At the end it prints what the scripts did: rows and changed rows of the last call, fuel and time of all. The last line is `state-hash` and 16 hex digits: the same for
/// the same scripts, --seed, --drones and --ticks on every machine, whatever --threads says.
///
/// It loads the scripts in `assets/scripts` that it knows by name; README.md says how to add one.
#[derive(Parser, Clone, Debug)]
#[command(version, after_help = AFTER_HELP)]
pub struct Arguments {
    /// Play without a window, as happens anyway where there is no display
    #[arg(long)]
    pub headless: bool,

    /// End after this many ticks [default: 600; with --watch or in a window: never]
    #[arg(long, value_name = "N")]
    pub ticks: Option<NonZeroU64>,

    /// Decide by this number where the pads lie and how the wind blows
    #[arg(long, value_name = "S", default_value_t = 7)]
    pub seed: u64,

    /// How many drones fly
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub drones: u32,

    /// How many threads run systems in parallel [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,

    /// What runs the scripts: the result is the same
    #[cfg(feature = "jit")]
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = Engine::Interpreter)]
    pub engine: Engine,

    /// Have the scripts go over to the other engine after this many ticks
    #[cfg(feature = "jit")]
    #[arg(long, value_name = "N")]
    pub switch_at: Option<u64>,

    /// Play in real time and reload scripts when their files change, as a window always does
    ///
    /// Without a window it prints one line a second and goes on until Ctrl-C, or until --ticks.
    #[arg(long)]
    pub watch: bool,

    /// Run each saved script beside the running one for N frames, say what it would do differently, and only then swap it in
    ///
    /// One that faults again and again is not swapped in.
    #[arg(long, value_name = "N", requires = "watch", value_parser = clap::value_parser!(u32).range(1..))]
    pub beside: Option<u32>,

    /// The folder of assets; scripts are in its subfolder `scripts`
    ///
    /// Without this option: `assets` beside the executable, else in BEVY_ASSET_ROOT, else in the
    /// clone that `cargo run` was called in.
    #[arg(long, value_name = "DIR")]
    pub assets: Option<PathBuf>,

    /// Print nothing but the state hash; the log keeps warnings and errors
    #[arg(long)]
    pub quiet: bool,

    /// Write to FILE where the scripts' fuel went: stacks of functions, or a flame graph where it ends in `.svg`
    ///
    /// It plays without a window, prints a table of each script's functions, and takes several times as long.
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    pub profile: Option<PathBuf>,

    /// Play the game that FILE records, and fail where a script costs more fuel than it says
    ///
    /// It plays without a window. FILE says --ticks, --seed and --drones, unless it is about to be written for the
    /// first time.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["watch", "profile"])]
    pub fuel_check: Option<PathBuf>,

    /// Write the FILE of --fuel-check anew
    #[arg(long, requires = "fuel_check")]
    pub bless: bool,

    /// Print the components, resources and messages that scripts may use, and do not play
    #[arg(long)]
    pub list_components: bool,

    /// What only a window can do.
    #[cfg(feature = "window")]
    #[command(flatten)]
    pub window: crate::window::WindowArguments,
}

/// What runs the scripts.
#[cfg(feature = "jit")]
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// wasmi.
    Interpreter,
    /// wasmtime; the game begins when all scripts are compiled.
    Compiler,
}

const AFTER_HELP: &str = "\
Exit codes: 0 after a whole game, even where scripts failed; 1 where no script could be
loaded, or --fuel-check fails; 2 for a wrong command line; 130 after Ctrl-C, unless --watch was given.
RUST_LOG sets what the log on the standard error tells, as in RUST_LOG=bevy_peristyle=debug.";

impl Arguments {
    /// Whether there is no window, even where there could be one.
    #[cfg(feature = "window")]
    pub fn is_headless(&self) -> bool {
        self.headless || self.profile.is_some() || self.fuel_check.is_some()
    }

    /// After which tick the game ends; `None` for never.
    pub fn last_tick(&self) -> Option<u64> {
        let unless_watched = (!self.watch).then_some(TICKS_DEFAULT);
        self.ticks.or(unless_watched).map(NonZeroU64::get)
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
    fn only_a_watched_game_has_no_end_by_default() {
        let last_tick = |line: &str| Arguments::parse_from(line.split(' ')).last_tick();
        assert_eq!(last_tick("game"), Some(600));
        assert_eq!(last_tick("game --watch"), None);
        assert_eq!(last_tick("game --watch --ticks 9"), Some(9));
    }

    #[test]
    fn a_typo_is_refused() {
        assert!(Arguments::try_parse_from(["game", "--tick", "9"]).is_err());
        assert!(Arguments::try_parse_from(["game", "--ticks", "0"]).is_err());
        assert!(Arguments::try_parse_from(["game", "--bless"]).is_err());
    }
}
