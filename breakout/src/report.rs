//! What is printed at the end.

use std::fmt::{self, Display};

use bevy::prelude::*;
use bevy_peristyle::{ScriptClock, Scripts, StateHashError, SystemStats, state_hash};

use crate::components::{Brick, Score};

/// What is printed at the end.
#[derive(Debug)]
pub struct Report {
    /// The name and the figures of each system.
    systems: Vec<(String, SystemStats)>,
    tick: u64,
    score: Score,
    bricks: usize,
    reloads: u64,
    hash: u64,
}

impl Report {
    /// The report on the game in `world`.
    ///
    /// # Errors
    /// Where the state cannot be hashed.
    pub fn of(world: &mut World) -> Result<Self, StateHashError> {
        let hash = state_hash(world)?;
        let bricks = world.query::<&Brick>().iter(world).count();
        let scripts = world.resource::<Scripts>();
        let systems = scripts.iter().flat_map(|module| {
            let name = |system| format!("{}::{system}", module.name);
            module.systems.iter().map(move |system| (name(&system.name), system.stats.clone()))
        });
        Ok(Self {
            systems: systems.collect(),
            tick: world.resource::<ScriptClock>().fixed.tick,
            score: *world.resource::<Score>(),
            bricks,
            reloads: scripts.iter().map(|module| module.reloads).sum(),
            hash,
        })
    }

    /// How the game stands.
    pub fn status_line(&self) -> String {
        let Self { tick, bricks, reloads, score: Score { points, best, lives, level, phase }, .. } = self;
        let phase = ["not begun", "in play", "lost", "won"].get(*phase as usize).unwrap_or(&"?");
        format!(
            "{tick} ticks: {points} points (best {best}), {bricks} bricks left, {lives} lives, level {level}, \
             {phase}, {reloads} reloads"
        )
    }

    /// The last line.
    pub fn hash_line(&self) -> String {
        format!("state-hash {:016x}", self.hash)
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.systems.iter().map(|(name, _)| name.len()).fold("system".len(), usize::max);
        writeln!(
            f,
            "\n{:width$} {:>8} {:>6} {:>12} {:>10} {:>10} {:>7}",
            "system", "calls", "rows", "fuel", "fuel/call", "time/call", "faults"
        )?;
        for (name, stats) in &self.systems {
            let calls = stats.calls.max(1);
            writeln!(
                f,
                "{name:width$} {:>8} {:>6} {:>12} {:>10} {:>10} {:>7}",
                stats.calls,
                stats.rows,
                stats.fuel_total,
                stats.fuel_total / calls,
                format!("{:.1?}", stats.time_total.div_f64(calls as f64)),
                stats.faults,
            )?;
            if let Some(report) = &stats.last_report {
                writeln!(f, "    the last fault: {report}")?;
            }
        }
        writeln!(f, "\n{}", self.status_line())?;
        f.write_str(&self.hash_line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_last_line_with_16_digits() {
        let report = Report {
            systems: vec![("breakout_zig::fly".to_owned(), SystemStats::default())],
            tick: 9,
            score: Score { points: 120, phase: 1, ..Score::default() },
            bricks: 3,
            reloads: 0,
            hash: 0xabc,
        };
        let text = report.to_string();
        assert_eq!(text.lines().last(), Some("state-hash 0000000000000abc"));
        assert!(text.contains("9 ticks: 120 points (best 0), 3 bricks left"), "{text}");
    }
}
