//! Everything that a person or CI runs on this project: `cargo xtask test`, `cargo xtask bench`,
//! `cargo xtask build-scripts`.

mod bench;
mod breakout;
mod build_scripts;
mod check;
mod error;
mod game;
mod project;
mod recipe;
mod steps;
mod test;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use peristyle_script_builder::{Supply, Toolchains, process};

use crate::error::Error;

/// Builds the scripts of Peristyle and tests everything.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", after_help = ENVIRONMENT)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

const ENVIRONMENT: &str = "\
Environment:
  PERISTYLE_ZIG        A command to use as Zig 0.16.0; without it the Python package
                       ziglang is installed below the target folder
  PERISTYLE_RUST_WASM  Forces one way to build Rust guests:
                       rustup (its wasm32-unknown-unknown), debian (Debian's packages,
                       with the standard library from source) or none (skip them)
  CARGO_TARGET_DIR     Where builds and toolchains are kept";

#[derive(Debug, Subcommand)]
enum Task {
    /// Rebuild the modules in assets/scripts, assets/breakout, tests/guests/built and benches/guests/built
    ///
    /// A module's file is replaced at once, and only where its bytes differ, so a running game
    /// reloads it once or not at all. A script that does not compile does not keep the others
    /// from being built. Modules keep their names and thin line tables, for messages that name
    /// a line, and nothing that tells on which machine they were built.
    #[command(after_help = ENVIRONMENT)]
    BuildScripts(BuildScripts),
    /// Measure what scripts cost, against native Bevy and against memcpy
    ///
    /// Prints tables of times and ratios and writes them to benches/RESULTS.md, with a plot beside
    /// it. The ratios are of runs that took turns, so that they hold on a busy machine as well.
    Bench(Bench),
    /// Run metered modules on wasmi, wasmtime and, where Node is installed, V8, and compare fuel and state
    ///
    /// Building wasmtime takes minutes, once.
    /// Prints a table of module, fuel and a hash for each engine; fails where two engines differ, or
    /// where fuel is not what metering/golden/fuel.txt says.
    FuelCheck(FuelCheck),
    /// Reload one module thousands of times in a running game, and say whether memory, files or time grow
    ///
    /// Prints one line of JSON for each tenth; fails where anything is not flat.
    Soak(Soak),
    /// Run every check of the project; stops at the first that fails
    ///
    /// Formatting, lints, guests rebuilt from source, unit, integration and documentation tests,
    /// documentation, the games' golden state hashes on 1 and 4 threads in both profiles,
    /// and the plugin's refusal of an unsafe dev profile. The last line counts the steps.
    #[command(after_help = ENVIRONMENT)]
    Test(Test),
}

#[derive(Debug, Args)]
struct BuildScripts {
    /// Scripts to build, by the name of their folder; all of them where none is given
    names: Vec<String>,
    /// Compare the committed modules with fresh builds and change nothing
    ///
    /// Zig, C and WAT modules must be the same byte for byte. Rust modules differ between
    /// compilers, so the games are played with both and must end in the same state. The line
    /// tables of every fresh module are compared with what its compiler wrote.
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Args)]
struct Bench {
    /// Measure in less than a minute, and write nothing down
    #[arg(long)]
    quick: bool,
    /// Print one line of JSON for each figure, and nothing else
    #[arg(long)]
    json: bool,
    /// Measure one group alone, and write nothing down
    #[arg(long, value_enum, value_name = "GROUP")]
    only: Option<bench::Group>,
}

#[derive(Debug, Args)]
struct FuelCheck {
    /// Write what is found to metering/golden/fuel.txt
    #[arg(long)]
    bless: bool,
}

#[derive(Debug, Args)]
struct Soak {
    /// How often
    #[arg(long, default_value_t = 10_000)]
    reloads: u32,
}

#[derive(Debug, Args)]
struct Test {
    /// Steps to run, by the name in the closing table; all of them where none is given
    steps: Vec<String>,
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<bool, Error> {
    let project = project::find()?;
    match task {
        Task::BuildScripts(BuildScripts { names, check }) => {
            let toolchains = Toolchains::new(&project, Supply::Install);
            let scripts = recipe::select(recipe::all_scripts(&project.root)?, &names)?;
            if !check {
                build_scripts::build_scripts(&project, &toolchains, &scripts)?;
            } else if let Some(skipped) = check::check(&project, &toolchains, &scripts)? {
                println!("skipped: {skipped}");
            }
            Ok(true)
        }
        Task::Bench(Bench { quick, json, only }) => {
            bench::bench(&project, bench::Options { only, quick, json })?;
            Ok(true)
        }
        Task::FuelCheck(FuelCheck { bless }) => {
            process::run(&mut steps::fuel_check(&project, bless))?;
            Ok(true)
        }
        Task::Soak(Soak { reloads }) => {
            let soak = [
                "run",
                "--quiet",
                "--locked",
                "--release",
                "--package",
                "peristyle-benches",
                "--bin",
                "soak",
            ];
            process::run(project.cargo(&soak).args(["--", &reloads.to_string()]))?;
            Ok(true)
        }
        Task::Test(Test { steps }) => test::test(&project, &steps),
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
}
