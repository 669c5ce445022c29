//! A script system is called: rows are mapped, code runs under fuel, and what it did happens as a whole or not at all.
//!
//! ```text
//! pass                        fuel is given out
//! system, run, policy         a Bevy system with exactly its access; whether it is its turn; what a fault leads to
//! call                        one call, on what slot keeps of its module
//! ├ rows, columns, column_mut   which rows; the only raw access to Bevy's tables
//! ├ mapping, frame, sliced, inbox   rows, strings, lists and messages into the module's memory
//! ├ suspension, current_rows    out of fuel, and on in the next pass
//! ├ write_back, commands        what differs goes back; what it commands
//! └ trace, profile              where it was when it did not finish; where its fuel went
//! ```

pub(crate) mod call;
pub(crate) mod column_mut;
pub(crate) mod columns;
pub(crate) mod commands;
pub(crate) mod current_rows;
pub(crate) mod frame;
pub(crate) mod inbox;
pub(crate) mod mapping;
pub(crate) mod pass;
pub(crate) mod policy;
pub(crate) mod profile;
pub(crate) mod rows;
pub(crate) mod run;
pub(crate) mod sliced;
pub(crate) mod slot;
pub(crate) mod suspension;
pub(crate) mod system;
pub(crate) mod trace;
pub(crate) mod write_back;
