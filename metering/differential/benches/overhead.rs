//! What metering costs on wasmi: times of metered modules in units of the unmetered one, and how long
//! rewriting takes. Medians of runs that took turns.
//!
//! `cargo bench -p peristyle-metering-differential --bench overhead [rounds]`

#![allow(clippy::unwrap_used, reason = "a benchmark stops where something is wrong")]

use std::time::Instant;

use peristyle_metering::{Exhaustion, FUEL_EXPORT, Gauge, Instrument, Options, Placement, meter};
use peristyle_metering_differential::{corpus, workloads};
use wasmi::{Config, Engine, Func, Linker, Module, Store, TypedFunc, Val};

const AMOUNTS: [i32; 5] = [40, 60, 200, 12, 21];

struct Runner {
    store: Store<()>,
    fuel: Option<wasmi::Global>,
    own_fuel: bool,
    functions: Vec<TypedFunc<i32, i32>>,
}

impl Runner {
    fn new(wasm: &[u8], own_fuel: bool) -> Self {
        let mut config = Config::default();
        config.compilation_mode(wasmi::CompilationMode::Eager).consume_fuel(own_fuel);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let exhausted = Func::wrap(&mut store, || {});
        linker
            .define(peristyle_metering::EXHAUSTED_MODULE, peristyle_metering::EXHAUSTED_NAME, exhausted)
            .unwrap();
        if own_fuel {
            store.set_fuel(u64::MAX).unwrap();
        }
        let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
        let functions =
            workloads().1.iter().map(|(name, _)| instance.get_typed_func(&store, name).unwrap()).collect();
        let fuel = instance.get_global(&store, FUEL_EXPORT);
        Self { store, fuel, own_fuel, functions }
    }

    /// Seconds of one call.
    fn run(&mut self, index: usize) -> f64 {
        if let Some(fuel) = self.fuel {
            fuel.set(&mut self.store, Val::I64(Gauge::new(u64::MAX, 500).to_bits())).unwrap();
        }
        if self.own_fuel {
            self.store.set_fuel(u64::MAX).unwrap();
        }
        let started = Instant::now();
        self.functions[index].call(&mut self.store, AMOUNTS[index]).unwrap();
        started.elapsed().as_secs_f64()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let rounds = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(61usize);
    let (wasm, names) = workloads();
    let metered = |exhaustion, placement, instrument| {
        let options = Options { exhaustion, placement, instrument, ..Options::default() };
        meter(wasm, &options).unwrap().wasm
    };
    let mut runners = [
        ("unmetered", Runner::new(wasm, false)),
        ("own fuel", Runner::new(wasm, true)),
        ("metered", Runner::new(&metered(Exhaustion::Host, Placement::Merged, Instrument::None), false)),
        (
            "metered, trap",
            Runner::new(&metered(Exhaustion::Trap, Placement::Merged, Instrument::None), false),
        ),
        (
            "every operator",
            Runner::new(&metered(Exhaustion::Host, Placement::EveryOperator, Instrument::None), false),
        ),
        ("traced", Runner::new(&metered(Exhaustion::Host, Placement::Merged, Instrument::Trace), false)),
    ];
    print!("{:<16}", "");
    for (name, _) in names {
        print!("{name:>10}");
    }
    println!("{:>10}", "geometric");
    let mut ratios = vec![vec![1.0; names.len()]; runners.len()];
    let mut plain = Vec::new();
    #[expect(clippy::needless_range_loop, reason = "it indexes more than one list")]
    for index in 0..names.len() {
        let mut times = vec![Vec::new(); runners.len()];
        for round in 0..rounds {
            for offset in 0..runners.len() {
                // Each runner is first as often as any other.
                let which = (round + offset) % runners.len();
                times[which].push(runners[which].1.run(index));
            }
        }
        plain.push(median(times[0].clone()) * 1e3);
        // Ratios within a round, so that what slows the machine slows both.
        for which in 1..runners.len() {
            let within = times[which].iter().zip(&times[0]).map(|(time, plain)| time / plain).collect();
            ratios[which][index] = median(within);
        }
    }
    println!("{:<16}{}", "ms", plain.iter().map(|ms| format!("{ms:>10.2}")).collect::<String>());
    for ((name, _), ratios) in runners.iter().zip(&ratios).skip(1) {
        let mean = (ratios.iter().map(|ratio: &f64| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        let cells: String = ratios.iter().map(|ratio| format!("{ratio:>10.3}")).collect();
        println!("{name:<16}{cells}{mean:>10.3}");
    }
    rewriting();
}

fn rewriting() {
    let (mut bytes, mut metered_bytes, mut seconds) = (0, 0, 0.0);
    for entry in corpus().unwrap() {
        let times = (0..15).map(|_| {
            let started = Instant::now();
            metered_bytes = meter(&entry.wasm, &Options::default()).unwrap().wasm.len();
            started.elapsed().as_secs_f64()
        });
        seconds += median(times.collect());
        bytes += entry.wasm.len();
    }
    let mut after = 0;
    for entry in corpus().unwrap() {
        after += meter(&entry.wasm, &Options::default()).unwrap().wasm.len();
    }
    println!(
        "rewriting: {:.2} ms for 100 KB (over {} KB); code grows by {:.0} %",
        seconds * 1e3 / (bytes as f64 / 100e3),
        bytes / 1000,
        (after as f64 / bytes as f64 - 1.0) * 100.0
    );
}
