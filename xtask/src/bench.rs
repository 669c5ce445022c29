//! Measures what scripts cost, and writes it down.

mod date;
mod figures;
mod plot;
mod report;
mod saves;
mod targets;

use std::fs;
use std::process::Stdio;

use peristyle_script_builder::{Project, process};

use crate::error::Error;

use figures::Figures;

/// Where a full run leaves its table.
const RESULTS: &str = "benches/RESULTS.md";

/// Where a full run leaves its plot.
const PLOT: &str = "benches/plot.svg";

/// How the benchmark is run, and what becomes of its figures.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Only one group of figures, and without writing anything down.
    pub only: Option<Group>,
    /// In less than a minute, and without writing anything down.
    pub quick: bool,
    /// One line of JSON for each figure on stdout, and nothing else.
    pub json: bool,
}

/// What is measured together.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// `position += velocity * dt`
    Integrate,
    /// The same, and copying rows into modules and back
    Transfer,
    /// Systems and frames without rows
    Fixed,
    /// Entities spawned and despawned
    Churn,
    /// Messages read and sent
    Messages,
    /// Rows that changed
    Changed,
    /// Entities looked up
    Lookup,
    /// From a save of a module, or of its source in WAT, Zig or Rust, to the first frame in which it runs
    Reload,
}

impl Group {
    /// Its name, here and in the benchmark.
    const fn name(self) -> &'static str {
        match self {
            Self::Integrate => "integrate",
            Self::Transfer => "transfer",
            Self::Fixed => "fixed",
            Self::Churn => "churn",
            Self::Messages => "messages",
            Self::Changed => "changed",
            Self::Lookup => "lookup",
            Self::Reload => "reload",
        }
    }
}

/// Runs the benchmark in the bench profile.
pub fn bench(project: &Project, options: Options) -> Result<(), Error> {
    let lines = run(project, options)?;
    let figures = Figures::parse(&lines)?;
    if options.json {
        print!("{lines}");
    } else if options.only.is_some() {
        println!("\n{}", report::every(&figures));
    } else {
        println!("\n{}", report::table(&figures));
        println!("{}", report::targets(&figures));
    }
    if !options.quick && options.only.is_none() {
        let report = report::report(&figures, &date::today());
        for (path, text) in [(RESULTS, report), (PLOT, plot::plot(&figures))] {
            let path = project.root.join(path);
            fs::write(&path, text).map_err(Error::file(&path))?;
        }
        eprintln!("wrote {RESULTS} and {PLOT}");
    }
    Ok(())
}

/// Runs the benchmark and returns its figures, one JSON object a line.
fn run(project: &Project, options: Options) -> Result<String, Error> {
    let folder = tempfile::tempdir_in(&project.target_dir).map_err(Error::file(&project.target_dir))?;
    let file = folder.path().join("figures.jsonl");
    let mut command =
        project.cargo(&["bench", "--locked", "--package", "peristyle-benches", "--bench", "scripts"]);
    command.env("PERISTYLE_BENCH_FIGURES", &file);
    match options.only {
        Some(group) => {
            command.env("PERISTYLE_BENCH_ONLY", group.name());
        }
        None => {
            command.env_remove("PERISTYLE_BENCH_ONLY");
        }
    }
    // Building wasmtime takes minutes, and saves are measured without it.
    if options.only != Some(Group::Reload) {
        command.args(["--features", "jit"]);
    }
    if options.quick {
        command.env("PERISTYLE_BENCH_QUICK", "1");
    }
    if options.json {
        command.stdout(Stdio::null());
    }
    process::run(&mut command)?;
    fs::read_to_string(&file).map_err(Error::file(&file))
}
