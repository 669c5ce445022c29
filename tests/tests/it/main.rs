//! Integration tests: what a game author, a script author and a player each rely on.

mod limits;
mod mapping;
mod refusals;
mod transaction;
