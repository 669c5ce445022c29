//! Metered modules on every engine that is here.

#![allow(clippy::unwrap_used, reason = "tests stop where something is wrong")]

mod agreement;
#[cfg(feature = "jit")]
mod backtraces;
mod generated;
mod loops;
mod profiling;
mod tracing;
