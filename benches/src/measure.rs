//! Pairs of runs, and Criterion's statistics over their ratio.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::figure::Figure;
use crate::world::Parts;

/// How many times as long one thing takes as another.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ratio;

impl Measurement for Ratio {
    type Intermediate = ();
    type Value = f64;

    fn start(&self) {}

    fn end(&self, (): ()) -> f64 {
        0.0
    }

    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn to_f64(&self, value: &f64) -> f64 {
        *value
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for Ratio {
    fn scale_values(&self, _typical: f64, _values: &mut [f64]) -> &'static str {
        "times"
    }

    fn scale_throughputs(
        &self,
        _typical: f64,
        _throughput: &Throughput,
        _values: &mut [f64],
    ) -> &'static str {
        "times"
    }

    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        "times"
    }
}

/// How long a benchmark may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// All of them in less than a minute.
    Quick,
    /// As long as a table that is kept deserves.
    Full,
}

/// One run of what is measured, and one of what it is held against.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// What is measured.
    pub subject: Parts,
    /// What it is held against.
    pub reference: Duration,
}

impl Pair {
    /// Runs both, `subject` first or last by turns: each finds the caches as the other left them.
    pub fn run(
        turn: &mut bool,
        subject: impl FnOnce() -> Parts,
        reference: impl FnOnce() -> Duration,
    ) -> Self {
        *turn = !*turn;
        if *turn {
            let subject = subject();
            Self { subject, reference: reference() }
        } else {
            let reference = reference();
            Self { subject: subject(), reference }
        }
    }
}

/// The pairs of one benchmark.
#[derive(Debug, Default)]
pub struct Pairs(Vec<Pair>);

impl Pairs {
    /// Whether nothing was measured, since a filter left it out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The median in nanoseconds of a part of what was measured.
    pub fn ns(&self, part: impl Fn(&Parts) -> Duration) -> f64 {
        median(self.0.iter().map(|pair| part(&pair.subject).as_secs_f64() * 1e9))
    }

    /// The median in nanoseconds of what it was held against.
    pub fn reference_ns(&self) -> f64 {
        median(self.0.iter().map(|pair| pair.reference.as_secs_f64() * 1e9))
    }

    /// The median of the ratios of each pair.
    pub fn ratio(&self, part: impl Fn(&Parts) -> Duration) -> f64 {
        median(self.0.iter().map(|pair| ratio(part(&pair.subject), pair.reference)))
    }
}

fn ratio(subject: Duration, reference: Duration) -> f64 {
    subject.as_secs_f64() / reference.as_secs_f64().max(1e-9)
}

/// The middle of `values`; of none, not a number.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match (values.len() / 2, values.len() % 2) {
        (0, 0) => f64::NAN,
        (middle, 0) => f64::midpoint(values[middle - 1], values[middle]),
        (middle, _) => values[middle],
    }
}

/// Runs benchmarks and gathers what comes of them.
pub struct Bench {
    criterion: Criterion<Ratio>,
    /// How long each may take.
    pub effort: Effort,
    /// What was measured.
    pub figures: Vec<Figure>,
}

impl Bench {
    /// Takes Criterion's own options from the command line.
    pub fn from_args(effort: Effort) -> Self {
        let (samples, warm_up, time) = match effort {
            Effort::Quick => (10, 80, 250),
            Effort::Full => (40, 300, 2_000),
        };
        let criterion = Criterion::default()
            .with_measurement(Ratio)
            .without_plots()
            .sample_size(samples)
            .warm_up_time(Duration::from_millis(warm_up))
            .measurement_time(Duration::from_millis(time))
            .configure_from_args();
        Self { criterion, effort, figures: Vec::new() }
    }

    /// Has Criterion run the pair that `set_up` makes, unless a filter leaves it out. Its value is
    /// the ratio of `part`.
    pub fn pairs<P: FnMut() -> Pair>(
        &mut self,
        work: &str,
        who: &str,
        size: u64,
        part: impl Fn(&Parts) -> Duration,
        set_up: impl FnOnce() -> P,
    ) -> Pairs {
        let mut set_up = Some(set_up);
        let mut run = None;
        let mut pairs = Pairs::default();
        let mut group = self.criterion.benchmark_group(work);
        group.bench_function(BenchmarkId::new(who, size), |bencher| {
            if let Some(set_up) = set_up.take() {
                run = Some(set_up());
            }
            let Some(run) = &mut run else { return };
            bencher.iter_custom(|times| {
                let first = pairs.0.len();
                pairs.0.extend((0..times).map(|_| run()));
                let ratios = pairs.0[first..].iter().map(|pair| ratio(part(&pair.subject), pair.reference));
                times as f64 * median(ratios)
            });
        });
        group.finish();
        pairs
    }

    /// What Criterion says when all is done.
    pub fn finish(self) -> Vec<Figure> {
        self.criterion.final_summary();
        self.figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert!(median(std::iter::empty()).is_nan());
    }
}
