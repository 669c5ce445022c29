//! What scripts cost, in ratios to native Bevy and to `memcpy` that are measured side by side.
//!
//! Absolute times differ from machine to machine and, on a busy one, from second to second. So
//! every run of what is measured is followed or preceded at once by a run of what it is held
//! against, and Criterion's statistics are over the ratio of the two: see [`measure`].
//!
//! `cargo xtask bench` makes the table, `cargo bench --package peristyle-benches -- <filter>` takes
//! Criterion's own options.

#![allow(clippy::expect_used, reason = "a benchmark that cannot be set up has failed")]

pub mod figure;
pub mod measure;
pub mod memory;
pub mod work;
pub mod world;

pub use figure::Figure;
pub use measure::{Bench, Effort, Pair};
