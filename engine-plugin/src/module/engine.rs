//! The WebAssembly engines: the only place that names them.
//!
//! A file becomes a [`CompiledModule`], whose code counts its own fuel; that makes [`Instance`]s; an
//! instance runs calls. [`machine::Machine`] is the seam between instances and engines: wasmi, an
//! interpreter, and with the feature `jit` wasmtime, a compiler.
//!
//! In wasmi every compiled module has an engine of its own and every instance a store of its own, because
//! neither ever frees what it holds: dropping the old version of a module, or a faulted instance,
//! gives all of its memory back.

mod choice;
mod compiled;
mod error;
mod host;
mod instance;
mod interpreter;
#[cfg(feature = "jit")]
mod jit;
mod machine;
mod probe;
mod row_index;

pub(crate) use choice::EngineKind;
pub use choice::ScriptEngine;
pub(crate) use compiled::CompiledModule;
pub use error::EngineError;
pub(crate) use host::Watch;
pub(crate) use instance::Instance;
pub(crate) use machine::Stop;
pub(crate) use probe::{CURE, engine_is_slow};
pub use probe::{EngineProfileError, check_engine_profile};

/// Bytes of one page of linear memory.
pub(crate) const PAGE_BYTES: u32 = 1 << 16;
