//! What is printed at the end.

use std::fmt::{self, Display};
use std::time::Duration;

use bevy::prelude::*;
use bevy_peristyle::{
    ModuleStatus, ScriptStatus, Scripts, StateHashError, SystemStats, SystemStatus, state_hash,
};

use crate::status::Status;

/// A game that was played, in figures of the clock on the wall.
#[derive(Clone, Copy, Debug, Default)]
pub struct Played {
    /// From the start until the scripts were ready.
    pub loading: Duration,
    /// From then to the end.
    pub playing: Duration,
    /// Whether the player ended it.
    pub interrupted: bool,
}

/// What is printed at the end.
#[derive(Debug)]
pub struct Report {
    /// One for each system, in the order of (module, system).
    systems: Vec<SystemRow>,
    /// One for each module: its name, its state, and why where that is not plain.
    modules: Vec<(String, &'static str, String)>,
    status: Status,
    played: Played,
    hash: u64,
}

#[derive(Debug)]
struct SystemRow {
    name: String,
    stats: SystemStats,
}

impl Report {
    /// The report on the game in `world`.
    ///
    /// # Errors
    /// Where the state cannot be hashed.
    pub fn of(world: &mut World, played: &Played) -> Result<Self, StateHashError> {
        let (hash, status) = (state_hash(world)?, Status::of(world));
        let scripts = world.resource::<Scripts>();
        let systems = scripts.iter().flat_map(|module| {
            module.systems.iter().map(|system| SystemRow {
                name: format!("{}::{}", module.name, system.name),
                stats: system.stats.clone(),
            })
        });
        Ok(Self {
            systems: systems.collect(),
            modules: scripts.iter().map(module_row).collect(),
            status,
            played: *played,
            hash,
        })
    }

    /// The last line.
    pub fn hash_line(&self) -> String {
        format!("state-hash {:016x}", self.hash)
    }

    fn write_systems(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.systems.iter().map(|row| row.name.len()).fold("system".len(), usize::max);
        writeln!(
            f,
            "{:width$} {:>8} {:>7} {:>8} {:>15} {:>9} {:>10} {:>10} {:>7}",
            "system", "calls", "rows", "changed", "fuel", "fuel/row", "time", "time/call", "faults"
        )?;
        for SystemRow { name, stats } in &self.systems {
            writeln!(
                f,
                "{name:width$} {:>8} {:>7} {:>8} {:>15} {:>9} {:>10} {:>10} {:>7}",
                stats.calls,
                stats.rows,
                stats.rows_changed,
                grouped(stats.fuel_total),
                per_row(stats.fuel_total, stats.rows_total),
                format!("{:.1?}", stats.time_total),
                format!("{:.1?}", per(stats.time_total, stats.calls)),
                stats.faults,
            )?;
        }
        Ok(())
    }

    fn write_modules(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.modules.iter().map(|(name, ..)| name.len()).fold("module".len(), usize::max);
        writeln!(f, "{:width$} state", "module")?;
        for (name, state, reason) in &self.modules {
            // A reason may have several lines, such as the place of an error in a text module.
            let reason = reason.trim_end().replace('\n', "\n    ");
            let colon = if reason.is_empty() { "" } else { ": " };
            writeln!(f, "{name:width$} {state}{colon}{reason}")?;
        }
        Ok(())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, played, .. } = self;
        writeln!(f)?;
        self.write_systems(f)?;
        writeln!(f)?;
        self.write_modules(f)?;
        writeln!(f)?;
        let in_scripts: Duration = self.systems.iter().map(|row| row.stats.time_total).sum();
        let share = in_scripts.as_secs_f64() / played.playing.as_secs_f64().max(1e-9) * 100.0;
        writeln!(
            f,
            "{} ticks in {:.2?}, {:.1?} a tick, {share:.0} % of it in scripts; loading took {:.1?}",
            status.tick,
            played.playing,
            per(played.playing, status.tick),
            played.loading,
        )?;
        writeln!(f, "{} deliveries made; mean height {:.1} m", status.deliveries, status.height_mean)?;
        f.write_str(&self.hash_line())
    }
}

/// A module's name and state, and what there is to say about that.
fn module_row(module: &ScriptStatus) -> (String, &'static str, String) {
    let troubles = || {
        let of_systems = module.systems.iter().flat_map(|SystemStatus { name, stats, .. }| {
            let fault = stats
                .last_report
                .as_ref()
                .map(|report| format!("{name} faulted {} x, the last time: {report}", stats.faults));
            let starved = (stats.starved > 0).then(|| {
                format!("{name} was left out {} times, since the frame's fuel was spent", stats.starved)
            });
            fault.into_iter().chain(starved)
        });
        of_systems.collect::<Vec<_>>().join("\n")
    };
    let (state, reason) = match &module.status {
        ModuleStatus::Loading => ("loading", String::new()),
        ModuleStatus::Running if module.is_compiled => ("compiled", troubles()),
        ModuleStatus::Running => ("running", troubles()),
        ModuleStatus::Paused { .. } => ("paused", troubles()),
        ModuleStatus::Failed { reason } => ("failed", reason.clone()),
    };
    let refused = module.last_error.iter().map(|error| format!("its newest version was refused: {error}"));
    let reasons: Vec<String> =
        Some(reason).into_iter().filter(|reason| !reason.is_empty()).chain(refused).collect();
    (module.name.clone(), state, reasons.join("\n"))
}

fn per_row(fuel: u64, rows: u64) -> String {
    if rows == 0 { "-".to_owned() } else { format!("{:.1}", fuel as f64 / rows as f64) }
}

fn per(total: Duration, count: u64) -> Duration {
    Duration::from_nanos((total.as_nanos() / u128::from(count.max(1))) as u64)
}

/// The number with a comma before every third digit from the right.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let with_commas = digits.char_indices().flat_map(|(index, digit)| {
        let is_group_start = index > 0 && (digits.len() - index).is_multiple_of(3);
        is_group_start.then_some(',').into_iter().chain([digit])
    });
    with_commas.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        assert_eq!([0, 999, 1_000, 12_345_678].map(grouped), ["0", "999", "1,000", "12,345,678"]);
    }

    #[test]
    fn the_hash_is_the_last_line_with_16_digits() {
        let report = Report {
            systems: Vec::new(),
            modules: vec![("flight".to_owned(), "failed", "no\nreason".to_owned())],
            status: Status::default(),
            played: Played::default(),
            hash: 0xabc,
        };
        let text = report.to_string();
        assert_eq!(text.lines().last(), Some("state-hash 0000000000000abc"));
        assert!(text.contains("flight failed: no\n    reason\n"), "{text}");
    }
}
