//! The only place that names the WebAssembly engine, wasmi.
//!
//! A file becomes a [`CompiledModule`]; that makes [`Instance`]s; an instance runs calls under
//! fuel. Every compiled module has an engine of its own and every instance a store of its own,
//! because neither ever frees what it holds: dropping the old version of a module, or a faulted
//! instance, gives all of its memory back.

mod compiled;
mod host;
mod instance;
mod profile;
mod row_index;

pub(crate) use compiled::CompiledModule;
pub use compiled::EngineError;
pub(crate) use instance::{Instance, Stop};
pub(crate) use profile::{CURE, engine_is_slow};
pub use profile::{EngineProfileError, check_engine_profile};

/// Bytes of one page of linear memory.
pub(crate) const PAGE_BYTES: u32 = 1 << 16;
