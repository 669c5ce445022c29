//! What goes in, what comes out, and what is refused.

mod arbitrary_input;
mod refusals;
mod rewriting;
mod table;
