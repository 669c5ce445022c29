//! What scripts cost on a recorded input, and whether they still cost that.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Scripts;

/// The fuel that each script system used on an input that can be had again, such as a number of ticks from a
/// seed: a text file, `fuel.toml`, that lies beside the scripts.
///
/// Fuel is the same on every machine, so a test that plays the input again and [compares](Self::compare) finds
/// every change of what a script costs. `I` is what the input is for the game.
///
/// ```
/// use bevy_peristyle::FuelRecord;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Input { ticks: u32, seed: u64 }
///
/// let recorded: FuelRecord<Input> = FuelRecord::parse(r#"
///     margin_percent = 5.0
///     [input]
///     ticks = 600
///     seed = 7
///     [fuel]
///     "flight::integrate" = 1_000_000
/// "#)?;
/// let found = [("flight::integrate".to_owned(), 1_100_000)].into();
/// let compared = recorded.compare(&found);
/// assert!(!compared.is_within());
/// assert!(compared.to_string().contains("+10.0 %"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FuelRecord<I> {
    /// By how many percent a system may use more than is recorded.
    pub margin_percent: f64,
    /// What was played.
    pub input: I,
    /// By `module::system` the fuel of all of its calls.
    pub fuel: BTreeMap<String, u64>,
}

/// A text is no record.
#[derive(Clone, Debug, Error)]
#[error("it is no record of fuel: {0}")]
pub struct FuelRecordError(String);

impl<I: Serialize + DeserializeOwned> FuelRecord<I> {
    /// Reads a record.
    ///
    /// # Errors
    /// The text is no TOML, or lacks one of the fields, or has others.
    pub fn parse(text: &str) -> Result<Self, FuelRecordError> {
        toml::from_str(text).map_err(|error| FuelRecordError(error.to_string()))
    }

    /// The record as text.
    ///
    /// # Errors
    /// The input cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, FuelRecordError> {
        toml::to_string_pretty(self).map_err(|error| FuelRecordError(error.to_string()))
    }
}

impl<I> FuelRecord<I> {
    /// The fuel that each system has used so far, by `module::system`.
    pub fn measure(scripts: &Scripts) -> BTreeMap<String, u64> {
        let of_module = |module: &crate::ScriptStatus| {
            let fuel = |system: &crate::SystemStatus| {
                (format!("{}::{}", module.name, system.name), system.stats.fuel_total)
            };
            module.systems.iter().map(fuel).collect::<Vec<_>>()
        };
        scripts.iter().flat_map(of_module).collect()
    }

    /// Holds what was found against the record.
    pub fn compare(&self, found: &BTreeMap<String, u64>) -> FuelComparison {
        let systems: BTreeMap<&String, ()> =
            self.fuel.keys().chain(found.keys()).map(|name| (name, ())).collect();
        let rows = systems.into_keys().map(|system| FuelDifference {
            system: system.clone(),
            recorded: self.fuel.get(system).copied(),
            found: found.get(system).copied(),
        });
        FuelComparison { margin_percent: self.margin_percent, rows: rows.collect() }
    }
}

/// What was recorded and what was found, system by system. Its `Display` is a table.
#[derive(Clone, Debug, PartialEq)]
pub struct FuelComparison {
    /// By how many percent a system may use more than is recorded.
    pub margin_percent: f64,
    /// In the byte order of the systems' names.
    pub rows: Vec<FuelDifference>,
}

/// One system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuelDifference {
    /// `module::system`.
    pub system: String,
    /// What it used when it was recorded; `None` where it is new.
    pub recorded: Option<u64>,
    /// What it used now; `None` where it is gone.
    pub found: Option<u64>,
}

impl FuelDifference {
    /// By how many percent it used more than is recorded, or less where that is below zero; `None` for a system that is new or gone, or
    /// that used nothing.
    pub fn percent(&self) -> Option<f64> {
        match (self.recorded, self.found) {
            (Some(0), Some(0)) => Some(0.0),
            (Some(recorded @ 1..), Some(found)) => Some((found as f64 / recorded as f64 - 1.0) * 100.0),
            _ => None,
        }
    }

    fn is_within(&self, margin_percent: f64) -> bool {
        self.percent().is_some_and(|percent| percent <= margin_percent)
    }
}

impl FuelComparison {
    /// Whether no system used more than the margin allows, and none is new or gone.
    pub fn is_within(&self) -> bool {
        self.rows.iter().all(|row| row.is_within(self.margin_percent))
    }
}

impl fmt::Display for FuelComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.system.len()).max().unwrap_or(0).max("system".len());
        write!(f, "{:width$} {:>14} {:>14} {:>9}", "system", "recorded", "found", "")?;
        for row in &self.rows {
            let number = |fuel: Option<u64>| fuel.map_or("-".to_owned(), |fuel| fuel.to_string());
            let change = match (row.percent(), row.recorded) {
                (Some(percent), _) => format!("{percent:+.1} %"),
                (None, None) => "new".to_owned(),
                (None, Some(_)) if row.found.is_none() => "gone".to_owned(),
                (None, Some(_)) => "more".to_owned(),
            };
            let past = if row.is_within(self.margin_percent) { "" } else { "  past the margin" };
            let (recorded, found) = (number(row.recorded), number(row.found));
            write!(f, "\n{:width$} {recorded:>14} {found:>14} {change:>9}{past}", row.system)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(margin_percent: f64) -> FuelRecord<BTreeMap<String, u32>> {
        let fuel = [("a::run", 1_000), ("b::gone", 5), ("c::idle", 0)];
        let fuel = fuel.map(|(system, fuel)| (system.to_owned(), fuel)).into();
        FuelRecord { margin_percent, input: BTreeMap::new(), fuel }
    }

    #[test]
    fn a_record_survives_its_text() {
        let record = record(2.5);
        assert_eq!(FuelRecord::parse(&record.to_toml().unwrap()).unwrap(), record);
        assert!(
            FuelRecord::<BTreeMap<String, u32>>::parse("margin = 3")
                .unwrap_err()
                .to_string()
                .contains("margin")
        );
    }

    #[test]
    fn less_is_no_failure_and_what_is_new_or_gone_is_one() {
        let found = |run, idle| {
            let found = [("a::run", run), ("c::idle", idle), ("b::gone", 5)];
            found.map(|(system, fuel)| (system.to_owned(), fuel)).into()
        };
        assert!(record(1.0).compare(&found(1_010, 0)).is_within());
        assert!(record(1.0).compare(&found(400, 0)).is_within());
        assert!(!record(1.0).compare(&found(1_011, 0)).is_within());
        assert!(!record(1.0).compare(&found(1_000, 1)).is_within());
        let other = record(1.0).compare(&[("a::run".to_owned(), 1_000), ("d::new".to_owned(), 1)].into());
        assert!(!other.is_within());
        let table = other.to_string();
        assert!(table.contains("gone") && table.contains("new") && table.contains("+0.0 %"), "{table}");
    }
}
