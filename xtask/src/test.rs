//! Everything that must pass, in an order that fails early.

use std::fmt;
use std::time::{Duration, Instant};

use peristyle_script_builder::{Project, Supply, Toolchains};

use crate::error::Error;
use crate::steps::{STEPS, Step};

/// What one step came to.
#[derive(Debug)]
pub enum Outcome {
    /// Everything in it was looked at and is right.
    Passed,
    /// It could not be looked at here, or not wholly.
    Skipped {
        /// What stood in the way.
        why: String,
    },
    /// Something is wrong.
    Failed {
        /// What.
        error: Error,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Skipped { .. } => "skipped",
            Self::Failed { .. } => "FAILED",
        })
    }
}

/// Runs the steps with these names, or all of them where there is no name; stops at the first
/// that fails. Returns whether none did.
///
/// # Errors
/// A name that no step has: the error lists the known ones.
pub fn test(project: &Project, names: &[String]) -> Result<bool, Error> {
    let steps = select(names)?;
    let toolchains = Toolchains::new(project, Supply::Install);
    let mut results: Vec<(&Step, Outcome, Duration)> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        println!("\n=== {}/{} {}: {} ===", index + 1, steps.len(), step.name, step.about);
        let started = Instant::now();
        let outcome = (step.run)(project, &toolchains).unwrap_or_else(|error| Outcome::Failed { error });
        let time = started.elapsed();
        match &outcome {
            Outcome::Failed { error } => println!("error: {error}"),
            Outcome::Skipped { why } => println!("skipped: {why}"),
            Outcome::Passed => {}
        }
        println!("--- {} {outcome} in {:.1} s", step.name, time.as_secs_f64());
        let failed = matches!(outcome, Outcome::Failed { .. });
        results.push((step, outcome, time));
        if failed {
            let why = || format!("not run, because {} failed", step.name);
            let rest = &steps[index + 1..];
            results.extend(rest.iter().map(|step| (*step, Outcome::Skipped { why: why() }, Duration::ZERO)));
            break;
        }
    }
    Ok(summarize(&results))
}

fn select(names: &[String]) -> Result<Vec<&'static Step>, Error> {
    if let Some(name) = names.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Error::UnknownStep { name: name.clone(), known: known.join(", ") });
    }
    Ok(STEPS.iter().filter(|step| names.is_empty() || names.iter().any(|name| name == step.name)).collect())
}

/// Prints the closing table and returns whether nothing failed.
fn summarize(results: &[(&Step, Outcome, Duration)]) -> bool {
    println!();
    for (step, outcome, time) in results {
        println!("{:<22} {outcome:<8} {:>7.1} s", step.name, time.as_secs_f64());
    }
    // Steps that one failure kept from running share a line.
    let mut skipped: Vec<(&str, Vec<&str>)> = Vec::new();
    for (step, outcome, _) in results {
        match (outcome, skipped.last_mut()) {
            (Outcome::Passed, _) => {}
            (Outcome::Failed { error }, _) => println!("failed {}: {error}", step.name),
            (Outcome::Skipped { why }, Some((last, names))) if last == why => names.push(step.name),
            (Outcome::Skipped { why }, _) => skipped.push((why, vec![step.name])),
        }
    }
    for (why, names) in skipped {
        println!("skipped {}: {why}", names.join(", "));
    }
    let outcomes = || results.iter().map(|(_, outcome, _)| outcome);
    println!("{}", closing_line(outcomes()));
    !outcomes().any(|outcome| matches!(outcome, Outcome::Failed { .. }))
}

fn closing_line<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> String {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for outcome in outcomes {
        match outcome {
            Outcome::Passed => passed += 1,
            Outcome::Failed { .. } => failed += 1,
            Outcome::Skipped { .. } => skipped += 1,
        }
    }
    format!("{passed} passed, {failed} failed, {skipped} skipped")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_counts_every_step_once() {
        let skipped = || Outcome::Skipped { why: "no compiler".to_owned() };
        let error = Error::Modules { count: 1 };
        let outcomes = [Outcome::Passed, skipped(), Outcome::Failed { error }, skipped()];
        assert_eq!(closing_line(outcomes.iter()), "1 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn steps_have_names_of_their_own() {
        let mut names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
        assert!(matches!(select(&["no-such-step".to_owned()]), Err(Error::UnknownStep { .. })));
    }
}
