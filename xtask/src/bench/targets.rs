//! What the plugin must reach, and what it reached.

use super::figures::Figures;
use super::saves;

/// The number of rows at which the targets are looked at.
const ROWS: u64 = 100_000;

/// The largest number of rows that is measured.
const ROWS_MAX: u64 = 1_000_000;

const VECTORS: &str = "five interpreted instructions for four numbers, the least that there can be, of about 2.8 ns \
                       each; on an engine that leaves NaNs as they come it is 5.3 to 5.8 × native, and no longer the \
                       same on every machine";

const PLAIN: &str = "interpreting five instructions for each number";

const JIT: &str = "the loop itself is nearly native; the rest is copying rows into the module and back";

const CHURN: &str = "applying takes more than all of native Bevy's frame, since each entity moves from one table to \
                     another; then the interpreted writing of the records, and their check";

const MESSAGES: &str = "four fifths are the interpreted loop, of eight instructions for each message; native Bevy takes \
                        3 ns to read a message and push a number into a list";

const CHANGED: &str = "all ticks are looked at, as native Bevy does, and each row that changed comes from another line of \
                       the cache";

const LOOKUP: &str = "the engine's way into a function of the host and back is more than half; the lookup itself is \
                      an access of two arrays";

/// One target.
#[derive(Debug)]
pub struct Target {
    /// What is looked at.
    pub what: &'static str,
    /// What it may be at most.
    pub limit: f64,
    /// What it is; `None` where it was not measured.
    pub reached: Option<f64>,
    /// What both are counted in.
    pub unit: &'static str,
    /// What holds it where it is.
    pub held_by: &'static str,
}

impl Target {
    /// `reached`, or `missed`, or that it was not looked at.
    pub fn verdict(&self) -> &'static str {
        match self.reached {
            Some(reached) if reached <= self.limit => "reached",
            Some(_) => "missed",
            None => "not measured",
        }
    }
}

/// Every target that a run can look at.
pub fn targets(figures: &Figures) -> Vec<Target> {
    let native = |who, rows| figures.get("integrate", who, rows)?.ratio_to_native;
    let transfer = |who, rows| figures.get("transfer", who, rows)?.ratio_to_memcpy;
    let growth = |who| Some(native(who, ROWS_MAX)? / native(who, ROWS)?);
    let empty = |who| figures.get("empty", who, 0).map(|figure| figure.ns);
    let over_empty = || Some((empty("script")? - empty("native")?) / 1e3);
    let rust = |work, rows| figures.get(work, "rust", rows);
    let target = |what, limit, reached, unit, held_by| Target { what, limit, reached, unit, held_by };
    let mut targets = vec![
        target(
            "map and write-back, all rows changed, 100,000 rows",
            2.0,
            transfer("all-changed", ROWS),
            "× memcpy",
            "rows are compared and looked through for NaNs before they are written, and each has a change tick",
        ),
        target(
            "map and write-back, no row changed, 100,000 rows",
            2.0,
            transfer("none-changed", ROWS),
            "× memcpy",
            "the same bytes are read; nothing is written back",
        ),
        target(
            "the same at 1,000,000 rows, all changed",
            2.0,
            transfer("all-changed", ROWS_MAX),
            "× memcpy",
            "as at 100,000 rows; both are bound by memory",
        ),
        target(
            "linear: × native at 1,000,000 rows to × native at 100,000, Zig helpers",
            1.25,
            growth("zig-vector"),
            "×",
            "memory: what is mapped no longer fits the cache at 1,000,000 rows",
        ),
        target(
            "the whole system, Zig helpers, 100,000 rows",
            5.0,
            native("zig-vector", ROWS),
            "× native",
            VECTORS,
        ),
        target(
            "the whole system, Rust helpers, 100,000 rows",
            5.0,
            native("rust-vector", ROWS),
            "× native",
            VECTORS,
        ),
        target(
            "the whole system, plain Zig loop, 100,000 rows",
            35.0,
            native("zig-plain", ROWS),
            "× native",
            PLAIN,
        ),
        target(
            "the whole system, plain Rust loop, 100,000 rows",
            35.0,
            native("rust-plain", ROWS),
            "× native",
            PLAIN,
        ),
        target(
            "the whole system, plain Zig loop, 100,000 rows, jit",
            2.5,
            native("zig-plain-jit", ROWS),
            "× native",
            JIT,
        ),
        target(
            "an empty script system over an empty native one, one thread",
            1.0,
            over_empty(),
            "µs",
            "the engine's own call, four looks at the clock, two locks and giving out fuel",
        ),
        target(
            "10,000 entities of two components spawned and 10,000 despawned, Rust",
            2.5,
            rust("churn", 10_000).and_then(|figure| figure.ratio_to_native),
            "× native",
            CHURN,
        ),
        target(
            "10,000 messages read and 10,000 sent, Rust",
            4.0,
            rust("messages", 10_000).and_then(|figure| figure.ratio_to_native),
            "× native",
            MESSAGES,
        ),
        target(
            "a filter by change over 100,000 rows, one in a hundred changed, Rust",
            2.0,
            rust("changed", ROWS).and_then(|figure| figure.ratio_to_native),
            "× native",
            CHANGED,
        ),
        target(
            "each of 10,000 lookups of an entity in a scattered order, Rust",
            100.0,
            rust("lookup", 10_000).and_then(|figure| figure.ns_per_row),
            "ns",
            LOOKUP,
        ),
    ];
    targets.extend(saves::targets(figures));
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_left_something_out_says_so() {
        let line = r#"{"work":"integrate","who":"zig-vector","rows":100000,"ns_per_row":7.6,"ns":760000.0,"ratio_to_native":5.5}"#;
        let targets = targets(&Figures::parse(line).unwrap());
        let verdicts: Vec<_> = targets.iter().map(Target::verdict).collect();
        assert_eq!(verdicts.iter().filter(|&&verdict| verdict == "missed").count(), 1);
        assert_eq!(verdicts.iter().filter(|&&verdict| verdict == "not measured").count(), targets.len() - 1);
    }
}
