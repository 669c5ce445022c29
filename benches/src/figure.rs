//! What one measurement came to, as one line of JSON.

use serde::Serialize;

/// One figure. The order of the fields is that of the line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What was done: `integrate`, `map`, `call`, `write-back`, `memcpy`, `transfer` (map and
    /// write-back together), `empty`, `frame`, `churn`, `messages`, `changed`, `lookup`, `reload`.
    pub work: &'static str,
    /// Who did it, or in what case.
    pub who: String,
    /// How many rows it was done to; 0 where rows are not what matters.
    pub rows: u64,
    /// Script modules of the game.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modules: Option<u32>,
    /// Nanoseconds for each row: the median of all runs.
    pub ns_per_row: Option<f64>,
    /// Nanoseconds in all: the median of all runs.
    pub ns: f64,
    /// How many times as long as native Bevy takes for the same.
    pub ratio_to_native: Option<f64>,
    /// How many times as long as `memcpy` takes for all bytes that go out and come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio_to_memcpy: Option<f64>,
    /// What 19 of 20 runs stay within, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ns_p95: Option<f64>,
    /// The longest run, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ns_max: Option<f64>,
}

impl Figure {
    /// A figure of `ns` nanoseconds for `rows` rows, held against nothing.
    pub fn new(work: &'static str, who: impl Into<String>, rows: u64, ns: f64) -> Self {
        let ns_per_row = (rows > 0).then(|| round(ns / rows as f64));
        Self {
            work,
            who: who.into(),
            rows,
            modules: None,
            ns_per_row,
            ns: round(ns),
            ratio_to_native: None,
            ratio_to_memcpy: None,
            ns_p95: None,
            ns_max: None,
        }
    }

    /// Held against native Bevy.
    pub fn to_native(mut self, ratio: f64) -> Self {
        self.ratio_to_native = ratio.is_finite().then(|| round(ratio));
        self
    }

    /// Held against `memcpy`.
    pub fn to_memcpy(mut self, ratio: f64) -> Self {
        self.ratio_to_memcpy = ratio.is_finite().then(|| round(ratio));
        self
    }

    /// With the long runs among them.
    pub fn with_long_runs(mut self, mut ns: Vec<f64>) -> Self {
        ns.sort_by(f64::total_cmp);
        self.ns_p95 = ns.get((ns.len() * 19).div_ceil(20).saturating_sub(1)).copied().map(round);
        self.ns_max = ns.last().copied().map(round);
        self
    }

    /// In a game with that many modules.
    pub fn with_modules(mut self, modules: u32) -> Self {
        self.modules = Some(modules);
        self
    }
}

/// Four digits say more than a measurement knows.
fn round(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let (digit, last) = (10f64, 3 - value.abs().log10().floor() as i32);
    if last < 0 {
        (value / digit.powi(-last)).round() * digit.powi(-last)
    } else {
        (value * digit.powi(last)).round() / digit.powi(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_four_digits() {
        assert_eq!(round(123_456.0), 123_500.0);
        assert_eq!(round(0.012_345_6), 0.01235);
        assert_eq!(round(0.0), 0.0);
    }

    #[test]
    fn a_line_begins_with_what_everybody_looks_for() {
        let figure = Figure::new("integrate", "zig-vector", 1_000, 7_654.3).to_native(4.2);
        let line = serde_json::to_string(&figure).expect("a line");
        assert_eq!(
            line,
            r#"{"work":"integrate","who":"zig-vector","rows":1000,"ns_per_row":7.654,"ns":7654.0,"ratio_to_native":4.2}"#
        );
    }
}
