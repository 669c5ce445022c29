//! Runs every benchmark under Criterion and hands the figures on.
//!
//! Criterion takes its own options from the command line. Two variables are for `cargo xtask
//! bench`: `PERISTYLE_BENCH_QUICK`, and `PERISTYLE_BENCH_FIGURES`, the file for the figures, one
//! JSON object a line.

use std::io::Write;
use std::{env, fs, io};

use peristyle_benches::measure::{Bench, Effort};
use peristyle_benches::work;

fn main() -> io::Result<()> {
    let is_quick = env::var_os("PERISTYLE_BENCH_QUICK").is_some();
    let mut bench = Bench::from_args(if is_quick { Effort::Quick } else { Effort::Full });
    let native_ns = work::integrate(&mut bench);
    work::transfer(&mut bench, &native_ns);
    work::fixed(&mut bench);
    work::churn(&mut bench);
    work::messages(&mut bench);
    work::changed(&mut bench);
    work::lookup(&mut bench);
    let file = env::var_os("PERISTYLE_BENCH_FIGURES");
    if file.is_some() {
        // It is no ratio, so Criterion has nothing to say about it.
        work::reload(&mut bench);
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
