//! What metering costs: times of metered modules in units of the unmetered one, on wasmi and, with the
//! feature `jit`, on wasmtime, and how long rewriting takes. Medians of runs that took turns, each in a new instance.
//!
//! `cargo bench -p peristyle-metering-differential --features jit --bench overhead [-- rounds]`

#![allow(clippy::unwrap_used, reason = "a benchmark stops where something is wrong")]

mod on_wasmi;
#[cfg(feature = "jit")]
mod on_wasmtime;

use std::time::Instant;

use peristyle_metering::{Exhaustion, Instrument, Options, Placement, meter};
use peristyle_metering_differential::{corpus, programs_rust, workloads};

/// A module that is ready to run.
trait Runner {
    /// Seconds of one call, in a new instance.
    fn run(&mut self, export: &str, amount: i32) -> f64;
}

struct Workload {
    wasm: &'static [u8],
    export: &'static str,
    /// On an interpreter.
    amount: i32,
    /// On a compiler.
    #[cfg_attr(not(feature = "jit"), expect(dead_code, reason = "no compiler is built"))]
    compiled: i32,
}

const fn workload(wasm: &'static [u8], export: &'static str, amount: i32, compiled: i32) -> Workload {
    Workload { wasm, export, amount, compiled }
}

fn all() -> [Workload; 8] {
    let (wasm, _) = workloads();
    [
        workload(wasm, "scalar", 40, 400),
        workload(wasm, "unrolled", 60, 600),
        workload(wasm, "simd", 200, 2_000),
        workload(wasm, "hash_map", 12, 200),
        workload(wasm, "fib", 21, 28),
        workload(programs_rust(), "sorts", 800, 12_000),
        workload(programs_rust(), "allocates", 1_000, 10_000),
        workload(programs_rust(), "dispatches", 3_000, 40_000),
    ]
}

/// A way to meter, by its name; nothing for not at all.
type Way = (&'static str, Option<Options>);

fn ways() -> Vec<Way> {
    let options = Options::default;
    vec![
        ("unmetered", None),
        ("metered", Some(options())),
        ("metered, stop", Some(Options { exhaustion: Exhaustion::Stop, ..options() })),
        ("metered, trap", Some(Options { exhaustion: Exhaustion::Trap, ..options() })),
        ("canonical NaN", Some(Options { canonical_nan: true, ..options() })),
        ("traced", Some(Options { instrument: Instrument::Trace, ..options() })),
        ("every operator", Some(Options { placement: Placement::EveryOperator, ..options() })),
    ]
}

fn metered(wasm: &[u8], options: Option<&Options>) -> Vec<u8> {
    options.map_or_else(|| wasm.to_vec(), |options| meter(wasm, options).unwrap().wasm)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a table of one engine. The first row is the one that the others are compared with.
fn compare(
    engine: &str,
    rounds: usize,
    names: &[&str],
    runners: &dyn Fn(&Workload) -> Vec<Box<dyn Runner>>,
    amount: &dyn Fn(&Workload) -> i32,
) {
    let mut ratios = vec![Vec::new(); names.len()];
    let mut milliseconds = Vec::new();
    for workload in all() {
        let mut runners = runners(&workload);
        let mut times = vec![Vec::new(); runners.len()];
        // Where things lie in memory takes part in how long they take: each round they lie elsewhere.
        let mut elsewhere = Vec::new();
        for round in 0..rounds {
            elsewhere.push(vec![0u8; 16 * (1 + round % 13)]);
            for offset in 0..runners.len() {
                // Each runner is first as often as any other.
                let which = (round + offset) % runners.len();
                times[which].push(runners[which].run(workload.export, amount(&workload)));
            }
        }
        milliseconds.push(median(times[0].clone()) * 1e3);
        for (times_of, ratios) in times.iter().zip(&mut ratios) {
            // Ratios within a round, so that what slows the machine slows both.
            ratios.push(median(times_of.iter().zip(&times[0]).map(|(time, plain)| time / plain).collect()));
        }
    }
    print!("{engine:<16}");
    all().iter().for_each(|workload| print!("{:>11}", workload.export));
    println!("{:>11}{:>11}", "geometric", "worst");
    println!("{:<16}{}", "ms", milliseconds.iter().map(|ms| format!("{ms:>11.2}")).collect::<String>());
    for (name, ratios) in names.iter().zip(&ratios).skip(1) {
        let mean = (ratios.iter().map(|ratio: &f64| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        let worst = ratios.iter().copied().fold(0.0, f64::max);
        let cells: String = ratios.iter().map(|ratio| format!("{ratio:>11.3}")).collect();
        println!("{name:<16}{cells}{mean:>11.3}{worst:>11.3}");
    }
}

fn main() {
    let rounds = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(61usize);
    let ways = ways();
    let mut names: Vec<&str> = ways.iter().map(|(name, _)| *name).collect();
    names.push("own fuel");
    let wasmi = |workload: &Workload| {
        let metered = ways.iter().map(|(_, options)| metered(workload.wasm, options.as_ref()));
        let mut runners: Vec<Box<dyn Runner>> =
            metered.map(|wasm| Box::new(on_wasmi::Wasmi::new(&wasm, false)) as Box<dyn Runner>).collect();
        runners.push(Box::new(on_wasmi::Wasmi::new(workload.wasm, true)));
        runners
    };
    compare("wasmi", rounds, &names, &wasmi, &|workload| workload.amount);
    #[cfg(feature = "jit")]
    {
        let wasmtime = |workload: &Workload| {
            let metered = ways.iter().map(|(_, options)| metered(workload.wasm, options.as_ref()));
            let mut runners: Vec<Box<dyn Runner>> = metered
                .map(|wasm| Box::new(on_wasmtime::Wasmtime::new(&wasm, false)) as Box<dyn Runner>)
                .collect();
            runners.push(Box::new(on_wasmtime::Wasmtime::new(workload.wasm, true)));
            runners
        };
        compare("wasmtime", rounds, &names, &wasmtime, &|workload| workload.compiled);
    }
    rewriting();
}

fn rewriting() {
    let (mut bytes, mut after, mut seconds) = (0, 0, 0.0);
    for entry in corpus().unwrap() {
        let mut size = 0;
        let times = (0..15).map(|_| {
            let started = Instant::now();
            size = meter(&entry.wasm, &Options::default()).unwrap().wasm.len();
            started.elapsed().as_secs_f64()
        });
        seconds += median(times.collect());
        bytes += entry.wasm.len();
        after += size;
    }
    println!(
        "rewriting: {:.2} ms for 100 KB (over {} KB); code grows by {:.0} %",
        seconds * 1e3 / (bytes as f64 / 100e3),
        bytes / 1000,
        (after as f64 / bytes as f64 - 1.0) * 100.0
    );
}
