//! Runs every benchmark under Criterion and hands the figures on.
//!
//! Criterion takes its own options from the command line. Three variables are for `cargo xtask
//! bench`: `PERISTYLE_BENCH_QUICK`, `PERISTYLE_BENCH_ONLY`, the one group that is measured, and
//! `PERISTYLE_BENCH_FIGURES`, the file for the figures, one JSON object a line.

use std::io::Write;
use std::{env, fs, io};

use peristyle_benches::measure::{Bench, Effort};
use peristyle_benches::work;

/// Measures a group.
type Measure = fn(&mut Bench);

fn main() -> io::Result<()> {
    let is_quick = env::var_os("PERISTYLE_BENCH_QUICK").is_some();
    let mut bench = Bench::from_args(if is_quick { Effort::Quick } else { Effort::Full });
    let only = env::var("PERISTYLE_BENCH_ONLY").ok();
    let is_wanted = |group: &str| only.as_deref().is_none_or(|only| only == group);
    if is_wanted("integrate") || is_wanted("transfer") {
        let native_ns = work::integrate(&mut bench);
        if is_wanted("transfer") {
            work::transfer(&mut bench, &native_ns);
        }
    }
    let groups = [
        ("fixed", work::fixed as Measure),
        ("churn", work::churn),
        ("messages", work::messages),
        ("changed", work::changed),
        ("lookup", work::lookup),
    ];
    for (_, run) in groups.iter().filter(|(group, _)| is_wanted(group)) {
        run(&mut bench);
    }
    let file = env::var_os("PERISTYLE_BENCH_FIGURES");
    if file.is_some() && is_wanted("reload") {
        // It is no ratio, so Criterion has nothing to say about it.
        work::reload(&mut bench);
        work::live(&mut bench);
    }
    let figures = bench.finish();
    if let Some(path) = file {
        let mut file = io::BufWriter::new(fs::File::create(path)?);
        for figure in figures {
            serde_json::to_writer(&mut file, &figure)?;
            writeln!(file)?;
        }
        file.flush()?;
    }
    Ok(())
}
