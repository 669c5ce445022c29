//! Why a file is not a module that runs.

use peristyle_metering::MeterError;
use thiserror::Error;

/// Why a file is not a module that the engine can run.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The file is no valid WebAssembly, or uses what could make two machines differ.
    #[error(transparent)]
    Refused(#[from] MeterError),
    /// The engine does not accept what metering made of the module.
    #[error("the engine refuses it: {0}")]
    Engine(String),
    /// The module imports something that no host offers.
    #[error(
        "it imports `{module}::{name}`, which does not exist; a module may import only \
         `peristyle::log`, `peristyle::fault` and `peristyle::row_of`. Is a library in it meant for another host (wasi, a browser)?"
    )]
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// The module imports one of the host's functions with another signature.
    #[error("it imports `peristyle::{name}` as {found}; the contract says {expected}")]
    ImportType {
        /// The import's name.
        name: String,
        /// The signature in the contract.
        expected: String,
        /// The signature in the module.
        found: String,
    },
    /// An export that the contract asks for is not there, or is something else.
    #[error("its export `{name}` {found}; the contract asks for {expected}")]
    Export {
        /// The export's name.
        name: String,
        /// What the contract asks for.
        expected: &'static str,
        /// What the module has.
        found: String,
    },
    /// The module cannot go over to another instance with all that it keeps.
    #[error(
        "it writes tables, drops segments or keeps references in globals, which cannot be carried over; \
         what is in its memory and in globals of numbers can"
    )]
    HiddenState,
    /// The module could not be instantiated under the limits.
    #[error(
        "it cannot be instantiated: {reason} (limits: memory_pages_max {memory_pages_max}, \
         table_elements_max {table_elements_max})"
    )]
    Instantiate {
        /// The engine's reason.
        reason: String,
        /// The limit on its memory.
        memory_pages_max: u32,
        /// The limit on each of its tables.
        table_elements_max: u32,
    },
}
