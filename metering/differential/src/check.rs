//! The comparison.

use std::fmt::Write as _;

use peristyle_metering::{Exhaustion, Gauge, Instrument, Options, Placement, meter};

use crate::call::Hash;
use crate::{Call, Engine, Entry, Error, Observation, Outcome, Profiled, Sites, Traced, Wasmi};

/// The fuel of calls that are meant to finish.
const FUEL: u64 = 2_000_000;
/// How deep calls may nest.
const DEPTH: u32 = 400;

/// What everything is compared with.
const PLAIN: &str = "a charge before every operator";

/// What came of one module.
#[derive(Debug)]
pub struct Checked {
    /// The module.
    pub name: String,
    /// How many calls were compared.
    pub calls: usize,
    /// The fuel that all calls that finished with plenty of fuel used together.
    pub fuel: u64,
    /// For each engine a hash over everything that was observed.
    pub hashes: Vec<u64>,
    /// What differs, in words.
    pub differences: Vec<String>,
    /// One line for each export: its name, how the call with plenty of fuel ended, and what it used.
    pub golden: Vec<String>,
}

/// The budgets that a call that used this much is repeated with.
#[must_use]
pub fn budgets(used: u64) -> Vec<u64> {
    let mut budgets =
        vec![0, 1, used / 97, used / 13, used / 5, used / 2, used - used / 9, used.saturating_sub(1), used];
    budgets.sort_unstable();
    budgets.dedup();
    budgets
}

fn used(call: &Call, observation: &Observation) -> u64 {
    call.fuel.saturating_add_signed(-Gauge::from_bits(observation.gauge).fuel())
}

/// Runs one module on all engines, with plenty of fuel and with too little, and on wasmi metered in every way.
///
/// # Errors
/// The module cannot be metered, or an engine did not understand.
pub fn check(entry: &Entry, engines: &mut [Box<dyn Engine>]) -> Result<Checked, Error> {
    check_with(entry, engines, FUEL)
}

/// The same with this much fuel as plenty.
///
/// # Errors
/// The same.
pub fn check_with(entry: &Entry, engines: &mut [Box<dyn Engine>], plenty: u64) -> Result<Checked, Error> {
    let metered = Variants::of(entry)?;
    let full: Vec<Call> = entry
        .calls
        .iter()
        .map(|(export, arguments)| Call {
            export: export.clone(),
            arguments: arguments.clone(),
            fuel: plenty,
            depth: DEPTH,
        })
        .collect();
    // The charge before every operator is what the other one must agree with.
    let reference = Wasmi.run(&metered.every_operator, &full)?;
    let mut checked = Checked {
        name: entry.name.clone(),
        calls: 0,
        fuel: 0,
        hashes: Vec::new(),
        differences: Vec::new(),
        golden: Vec::new(),
    };
    let mut calls = Vec::new();
    for (call, observation) in full.iter().zip(&reference) {
        let used = used(call, observation);
        let shown = match observation.outcome {
            // What a trapped call used is known only as far as it was written back.
            Outcome::Trapped => "-".to_owned(),
            Outcome::Finished | Outcome::Stopped => used.to_string(),
        };
        checked.golden.push(format!("{} {} {} {shown}", entry.name, call.export, observation.outcome));
        if observation.outcome == Outcome::Finished {
            checked.fuel += used;
        }
        calls.push(call.clone());
        calls.extend(budgets(used).into_iter().map(|fuel| Call { fuel, ..call.clone() }));
        if used < plenty {
            calls.push(Call { fuel: Gauge::FUEL_MAX, ..call.clone() });
        }
        calls.extend([0, 1, 7].map(|depth| Call { depth, ..call.clone() }));
    }
    checked.calls = calls.len();
    let reference = Wasmi.run(&metered.every_operator, &calls)?;
    let mut first: Option<(String, Vec<Observation>)> = None;
    for engine in engines {
        let wasm = if engine.leaves_nan_open() { &metered.canonical_nan } else { &metered.merged };
        let found = engine.run(wasm, &calls)?;
        if found.len() != calls.len() {
            checked.differences.push(format!("{}: {} of {} calls", engine.name(), found.len(), calls.len()));
        }
        compare(&mut checked, engine.name(), PLAIN, &calls, &found, &reference, false);
        if let Some((name, first)) = &first {
            compare(&mut checked, engine.name(), name, &calls, &found, first, true);
        }
        checked.hashes.push(hash(&found));
        first.get_or_insert((engine.name().to_owned(), found));
    }
    let found = Wasmi.run(&metered.canonical_nan, &calls)?;
    compare(&mut checked, "canonical", PLAIN, &calls, &found, &reference, false);
    let found = Wasmi.run(&metered.stopping, &calls)?;
    compare(&mut checked, "stopping", PLAIN, &calls, &found, &reference, false);
    let traced = Wasmi.run_traced(&metered.traced, &calls)?;
    let profiled = Wasmi.run_profiled(&metered.profiled, &calls)?;
    let sites = Sites::of(&entry.wasm)?;
    check_traces(&mut checked, &sites, &calls, &traced);
    check_profiles(&mut checked, &sites, &calls, &profiled, &traced);
    if let Some((name, first)) = &first {
        let found: Vec<Observation> = traced.iter().map(|traced| traced.observation).collect();
        compare(&mut checked, "traced", name, &calls, &found, first, true);
    }
    let found: Vec<Observation> = profiled.iter().map(|profiled| profiled.observation).collect();
    compare(&mut checked, "profiled", PLAIN, &calls, &found, &reference, true);
    Ok(checked)
}

/// One module, metered in every way.
struct Variants {
    merged: Vec<u8>,
    canonical_nan: Vec<u8>,
    stopping: Vec<u8>,
    every_operator: Vec<u8>,
    traced: Vec<u8>,
    profiled: Vec<u8>,
}

impl Variants {
    fn of(entry: &Entry) -> Result<Self, Error> {
        let metered = |options: Options| {
            meter(&entry.wasm, &options)
                .map(|metered| metered.wasm)
                .map_err(|error| Error::Meter { module: entry.name.clone(), error })
        };
        let instrumented = |instrument| metered(Options { instrument, ..Options::default() });
        Ok(Self {
            merged: metered(Options::default())?,
            stopping: metered(Options { exhaustion: Exhaustion::Stop, ..Options::default() })?,
            canonical_nan: metered(Options { canonical_nan: true, ..Options::default() })?,
            every_operator: metered(Options { placement: Placement::EveryOperator, ..Options::default() })?,
            traced: instrumented(Instrument::Trace)?,
            profiled: instrumented(Instrument::Profile)?,
        })
    }
}

/// All fuel belongs to somebody, and who was in at the end is who the trace says.
fn check_profiles(
    checked: &mut Checked,
    sites: &Sites,
    calls: &[Call],
    profiled: &[Profiled],
    traced: &[Traced],
) {
    for ((call, profiled), traced) in calls.iter().zip(profiled).zip(traced) {
        let Profiled { observation, profile, stack } = profiled;
        let used = used(call, observation);
        let own: u64 = profile.functions().iter().map(|function| function.self_fuel).sum();
        let folded = profile.folded(|function| function.to_string());
        let stacks: u64 =
            folded.lines().filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum();
        let expected: Vec<u32> = match observation.outcome {
            Outcome::Finished => Vec::new(),
            _ => sites.functions_in(&traced.frames),
        };
        if [profile.fuel(), own, stacks] != [used; 3] || *stack != expected {
            checked.differences.push(format!(
                "{}::{} with fuel {} and depth {}, profiled: {own} in functions, {stacks} in stacks of {used}; \
                 in {stack:?}, traced {expected:?}",
                checked.name, call.export, call.fuel, call.depth
            ));
        }
    }
}

fn check_traces(checked: &mut Checked, sites: &Sites, calls: &[Call], traced: &[Traced]) {
    for (call, traced) in calls.iter().zip(traced) {
        for objection in sites.objections(call, traced) {
            checked.differences.push(format!(
                "{}::{} with fuel {} and depth {}, traced: {objection}",
                checked.name, call.export, call.fuel, call.depth
            ));
        }
    }
}

fn compare(
    checked: &mut Checked,
    name: &str,
    other_name: &str,
    calls: &[Call],
    found: &[Observation],
    other: &[Observation],
    traps_too: bool,
) {
    for ((call, found), other) in calls.iter().zip(found).zip(other) {
        let gauge = traps_too || found.outcome != Outcome::Trapped;
        let same = found.outcome == other.outcome
            && found.state == other.state
            && (!gauge || found.gauge == other.gauge);
        if !same {
            let show = |o: &Observation| {
                let gauge = Gauge::from_bits(o.gauge);
                format!(
                    "{} with {} left, depth {}, state {:016x}",
                    o.outcome,
                    gauge.fuel(),
                    gauge.depth(),
                    o.state
                )
            };
            checked.differences.push(format!(
                "{}::{} with fuel {} and depth {}:\n  {name}: {}\n  {other_name}: {}",
                checked.name,
                call.export,
                call.fuel,
                call.depth,
                show(found),
                show(other)
            ));
        }
    }
}

fn hash(observations: &[Observation]) -> u64 {
    let mut hash = Hash::new();
    for observation in observations {
        hash.word(observation.outcome as u32);
        for bits in [observation.gauge.cast_unsigned(), observation.state] {
            hash.word(bits as u32);
            hash.word((bits >> 32) as u32);
        }
    }
    hash.finish()
}

/// The lines of the golden file.
#[must_use]
pub fn golden_text(checked: &[Checked]) -> String {
    let mut text = String::from("# module export outcome fuel: cost schedule 1, by `fuel-check --bless`\n");
    for line in checked.iter().flat_map(|checked| &checked.golden) {
        let _ = writeln!(text, "{line}");
    }
    text
}
