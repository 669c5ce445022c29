//! What goes in, what comes out, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests stop where something is wrong")]

mod addresses;
mod arbitrary_input;
mod profile;
mod refusals;
mod rewriting;
mod table;
mod unrolled;
