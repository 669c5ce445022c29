//! What there is to see of each module, as texts.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bevy::prelude::*;

use super::figures::{ago, compact, milliseconds};
use crate::insight::scripts::Scripts;
use crate::insight::status::{ModuleStatus, ScriptStatus, SystemStats, SystemStatus};
use crate::live::shadow::{ShadowReport, ShadowSystem};

/// Letters of each thing that is wrong; the log has all of it.
const REASON_LETTERS_MAX: usize = 200;
/// A system counts as faulting for so long after a fault.
const FRESH: Duration = Duration::from_secs(2);

/// How well something goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mood {
    /// It is not there yet.
    #[default]
    Waiting,
    /// It works.
    Good,
    /// It does not run, or runs in an old version.
    Warn,
    /// It faults, or has never run.
    Bad,
}

/// One module as it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModuleRow {
    /// Its name.
    pub name: String,
    /// How it goes.
    pub mood: Mood,
    /// Its state in a few words.
    pub state: String,
    /// What is wrong, or nothing.
    pub note: String,
    /// Its systems.
    pub systems: Vec<SystemRow>,
}

/// One system as it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SystemRow {
    /// Its name.
    pub name: String,
    /// Rows and time of a call.
    pub figures: String,
    /// Fuel of the last call and its budget.
    pub fuel: String,
    /// The part of its budget that the last call used.
    pub fuel_part: f32,
    /// Whether it faults.
    pub mood: Mood,
}

/// What was seen before, to tell what is new.
#[derive(Resource, Default, Debug)]
pub struct History {
    modules: HashMap<String, SeenModule>,
}

#[derive(Default, Debug)]
struct SeenModule {
    reloads: u64,
    reloaded: Option<Instant>,
    systems: HashMap<String, SeenSystem>,
}

#[derive(Default, Debug)]
struct SeenSystem {
    calls: u64,
    time_total: Duration,
    /// Mean time of the calls between the last two looks.
    time: Duration,
    faults: u64,
    starved: u64,
    faulted: Option<Instant>,
}

impl History {
    /// What there is to see now, module by module.
    pub fn rows(&mut self, scripts: &Scripts, now: Instant) -> Vec<ModuleRow> {
        scripts
            .iter()
            .map(|module| {
                let seen = self.modules.entry(module.name.clone()).or_default();
                seen.note_reloads(module.reloads, now);
                let systems = module.systems.iter().map(|system| seen.system_row(system, now)).collect();
                module_row(module, systems, seen.reloaded.map(|at| now - at))
            })
            .collect()
    }
}

impl SeenModule {
    fn note_reloads(&mut self, reloads: u64, now: Instant) {
        if reloads != self.reloads {
            self.reloads = reloads;
            self.reloaded = Some(now);
        }
    }

    fn system_row(&mut self, system: &SystemStatus, now: Instant) -> SystemRow {
        let stats = &system.stats;
        let seen = self.systems.entry(system.name.clone()).or_default();
        seen.look(stats, now);
        let is_faulting = seen.faulted.is_some_and(|at| now - at < FRESH);
        SystemRow {
            name: system.name.clone(),
            figures: match stats.suspended_passes {
                0 => format!("{} rows  {}", stats.rows, milliseconds(seen.time)),
                passes => format!("{} rows  pass {passes}", stats.rows),
            },
            fuel: format!("{} / {}", compact(stats.fuel), compact(stats.fuel_budget)),
            fuel_part: (stats.fuel as f32 / stats.fuel_budget.max(1) as f32).clamp(0.0, 1.0),
            mood: if system.paused || is_faulting { Mood::Bad } else { Mood::Good },
        }
    }
}

impl SeenSystem {
    fn look(&mut self, stats: &SystemStats, now: Instant) {
        let calls = stats.calls.saturating_sub(self.calls);
        if let Ok(calls @ 1..) = u32::try_from(calls) {
            self.time = stats.time_total.saturating_sub(self.time_total) / calls;
        }
        if (stats.faults, stats.starved) != (self.faults, self.starved) {
            self.faulted = Some(now);
        }
        let &SystemStats { calls, time_total, faults, starved, .. } = stats;
        *self = Self { calls, time_total, faults, starved, ..*self };
    }
}

fn module_row(module: &ScriptStatus, systems: Vec<SystemRow>, since_reload: Option<Duration>) -> ModuleRow {
    let is_faulting = systems.iter().any(|system| system.mood == Mood::Bad);
    let (mood, state) = match &module.status {
        ModuleStatus::Loading => (Mood::Waiting, "loading"),
        ModuleStatus::Failed { .. } => (Mood::Bad, "failed"),
        _ if module.paused_by_game => (Mood::Warn, "paused"),
        ModuleStatus::Paused { .. } => (Mood::Bad, "paused after faults"),
        ModuleStatus::Running if is_faulting => (Mood::Bad, "faulting"),
        ModuleStatus::Running => (Mood::Good, "running"),
    };
    let state = match since_reload {
        Some(duration) if mood == Mood::Good => format!("reloaded {}", ago(duration)),
        _ => state.to_owned(),
    };
    let mood = if module.last_error.is_some() { mood.max(Mood::Warn) } else { mood };
    ModuleRow { name: module.name.clone(), mood, state, note: note(module), systems }
}

/// What is wrong with a module, the gravest first, one line for each.
fn note(module: &ScriptStatus) -> String {
    let failure = match &module.status {
        ModuleStatus::Failed { reason } => Some(reason.clone()),
        _ => None,
    };
    let refusal = module.last_error.iter().map(|error| refusal(module, error));
    let faults = module.systems.iter().filter_map(|system| fault(&system.stats));
    let lines = failure.into_iter().chain(refusal).chain(faults).map(|reason| brief(&reason));
    let asked = module.frames_to_shadow.map(|_| "the next save runs beside".to_owned());
    let report = module.shadow.as_ref().filter(|_| module.has_shadow());
    let lines = lines.chain(asked).chain(report.map(|report| beside(report)));
    lines.collect::<Vec<_>>().join("\n")
}

fn refusal(module: &ScriptStatus, error: &str) -> String {
    let taken_back = module.versions.iter().filter_map(|version| version.rolled_back.as_deref());
    match taken_back.into_iter().find(|reason| error.ends_with(reason)) {
        Some(reason) => format!("newest version taken back: {reason}"),
        None => format!("newest version refused: {error}"),
    }
}

/// How the version compares that runs beside the module's, or waits.
fn beside(report: &ShadowReport) -> String {
    let sum = |figure: fn(&ShadowSystem) -> u64| report.systems.iter().map(figure).sum::<u64>();
    let [rows, calls] = [sum(|system| system.rows_different), sum(|system| system.calls_different)];
    let [fuel, before, faults] =
        [sum(|system| system.fuel), sum(|system| system.fuel_running), sum(|system| system.faults)];
    let state = match &report.ended {
        Some(why) => format!("ended: {why}"),
        None if report.is_done() => "waits".to_owned(),
        None => format!("{} of {} frames", report.frames_done, report.frames),
    };
    let mut text =
        format!("new version beside, {state}: {} rows, {} calls differ", compact(rows), compact(calls));
    if before > 0 {
        text += &format!(", {:.0} % fuel", fuel as f64 / before as f64 * 100.0);
    }
    if faults > 0 {
        text += &format!(", {} faults", compact(faults));
    }
    brief(&text)
}

/// The beginning of a text, without line breaks: a reason may be a page long.
fn brief(reason: &str) -> String {
    let mut text = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = text.char_indices().nth(REASON_LETTERS_MAX) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

fn fault(stats: &SystemStats) -> Option<String> {
    let told = stats.last_report.as_ref().map(|report| report.headline());
    let told = told.or_else(|| Some(stats.last_fault.as_ref()?.to_string()));
    let fault = told.map(|fault| format!("{} faults: {fault}", compact(stats.faults)));
    let starved = (stats.starved > 0)
        .then(|| format!("left out {} times: the frame's fuel was spent", compact(stats.starved)));
    fault.or(starved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::faults::Fault;
    use std::sync::Arc;

    fn system(stats: SystemStats) -> SystemStatus {
        SystemStatus { name: "spin".to_owned(), stats, ..SystemStatus::default() }
    }

    #[test]
    fn figures_are_those_of_the_calls_since_the_last_look() {
        let (mut seen, now) = (SeenModule::default(), Instant::now());
        let millis = Duration::from_millis;
        let mut stats = SystemStats { calls: 10, time_total: millis(100), rows: 3, ..SystemStats::default() };
        assert_eq!(seen.system_row(&system(stats.clone()), now).figures, "3 rows  10.00 ms");
        stats.calls = 14;
        stats.time_total = millis(104);
        assert_eq!(seen.system_row(&system(stats.clone()), now).figures, "3 rows  1.00 ms");
        // Nothing was called: what was known stays.
        assert_eq!(seen.system_row(&system(stats), now).figures, "3 rows  1.00 ms");
    }

    #[test]
    fn fuel_is_shown_against_its_budget() {
        let stats = SystemStats { fuel: 350_000, fuel_budget: 1_400_000, ..SystemStats::default() };
        let row = SeenModule::default().system_row(&system(stats), Instant::now());
        assert_eq!((row.fuel.as_str(), row.fuel_part), ("350k / 1.40M", 0.25));
    }

    #[test]
    fn a_fault_is_bad_for_a_while_and_its_reason_stays() {
        let (mut seen, now) = (SeenModule::default(), Instant::now());
        let last_fault = Some(Arc::new(Fault::OutOfFuel { budget: 1_000_000, rows: 64 }));
        let stats = SystemStats { faults: 3, last_fault, ..SystemStats::default() };
        assert_eq!(seen.system_row(&system(stats.clone()), now).mood, Mood::Bad);
        assert_eq!(seen.system_row(&system(stats.clone()), now + FRESH).mood, Mood::Good);
        let text = fault(&stats).unwrap();
        assert_eq!(text, "3 faults: out of fuel: it used its budget of 1000000 (64 rows)");
    }

    #[test]
    fn long_reasons_are_cut() {
        assert_eq!(brief("expected [\n    0x0,\n]"), "expected [ 0x0, ]");
        assert_eq!(brief(&"\u{e4}".repeat(300)).chars().count(), REASON_LETTERS_MAX + 3);
    }

    #[test]
    fn a_reload_is_noticed_once() {
        let (mut seen, now) = (SeenModule::default(), Instant::now());
        seen.note_reloads(0, now);
        assert_eq!(seen.reloaded, None);
        seen.note_reloads(1, now);
        seen.note_reloads(1, now + FRESH);
        assert_eq!(seen.reloaded, Some(now));
    }
}
