//! Why a module cannot be metered.

use std::fmt;

/// Why a module cannot be metered.
///
/// ```
/// use peristyle_metering::{MeterError, Options, Refused, meter};
///
/// let wasm = wat::parse_str("(module (memory 1 2 shared))").unwrap();
/// let error = meter(&wasm, &Options::default()).unwrap_err();
/// assert!(matches!(error, MeterError::Refused { what: Refused::SharedMemory, .. }));
/// assert!(error.to_string().starts_with("it has a shared memory"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MeterError {
    /// The bytes are no valid module of the permitted features.
    #[error("it is not valid WebAssembly: {message} (at byte {offset:#x})")]
    Invalid {
        /// What is wrong.
        message: String,
        /// Where, from the beginning of the file.
        offset: u64,
    },
    /// The module uses what could make two machines differ.
    #[error("it {what}, which is not permitted{function} (at byte {offset:#x})")]
    Refused {
        /// What it uses.
        what: Refused,
        /// In which function, where it is in one.
        function: FunctionName,
        /// Where, from the beginning of the file.
        offset: u64,
    },
    /// The module uses a name that metering needs.
    #[error("it uses the name `{name}`; names that begin with `__peristyle_` are reserved")]
    ReservedName {
        /// The name of an export, or the module of an import.
        name: String,
    },
    /// The metered module would exceed what engines accept.
    #[error("metered it would have {found} {what}{function}; engines accept {max}")]
    TooLarge {
        /// What there would be too much of.
        what: &'static str,
        /// In which function, where it is in one.
        function: FunctionName,
        /// How much there would be.
        found: u64,
        /// How much there may be.
        max: u64,
    },
}

impl From<wasmparser::Error> for MeterError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Invalid { message: error.message().to_owned(), offset: error.offset() }
    }
}

impl From<wasm_encoder::reencode::Error> for MeterError {
    fn from(error: wasm_encoder::reencode::Error) -> Self {
        match error {
            wasm_encoder::reencode::Error::ParseError(error) => error.into(),
            other => Self::Invalid { message: other.to_string(), offset: 0 },
        }
    }
}

/// The function that an error is about, if it is about one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionName {
    /// Its index in the original module.
    pub index: Option<u32>,
    /// Its name, from the name section or an export.
    pub name: Option<String>,
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.index) {
            (Some(name), _) => write!(f, " in function `{name}`"),
            (None, Some(index)) => write!(f, " in function {index}"),
            (None, None) => Ok(()),
        }
    }
}

/// What a module may not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Its results depend on the processor.
    #[error("uses relaxed SIMD (`{0}`)")]
    RelaxedSimd(&'static str),
    /// An atomic operator.
    #[error("uses threads (`{0}`)")]
    Threads(&'static str),
    /// An operator of exception handling, or a tag.
    #[error("uses exceptions (`{0}`)")]
    Exceptions(&'static str),
    /// An operator or type of garbage collection or typed function references.
    #[error("uses garbage collection or typed references (`{0}`)")]
    GarbageCollection(&'static str),
    /// An operator of a proposal that not every engine has.
    #[error("uses the proposal {proposal} (`{operator}`)")]
    Proposal {
        /// The proposal.
        proposal: &'static str,
        /// The operator.
        operator: &'static str,
    },
    /// A memory that threads could share.
    #[error("has a shared memory")]
    SharedMemory,
    /// A memory or table with 64-bit addresses.
    #[error("has a memory or table with 64-bit addresses")]
    Memory64,
    /// Pages of another size than 64 KiB.
    #[error("has a memory with pages of its own size")]
    CustomPageSize,
    /// A second memory.
    #[error("has several memories")]
    MultipleMemories,
    /// A memory without a maximum, where the host imposes none.
    #[error("has a memory without a maximum")]
    UnboundedMemory,
    /// A table without a maximum, where the host imposes none.
    #[error("has a table without a maximum")]
    UnboundedTable,
    /// A memory or table that begins above the host's maximum.
    #[error("begins with more memory pages or table elements than the host's maximum of {max}")]
    InitialAboveMaximum {
        /// The host's maximum.
        max: u32,
    },
    /// Code that would run when the module is instantiated.
    #[error("has a start function")]
    StartFunction,
    /// A memory or table of somebody else, whose size and content metering cannot see.
    #[error("imports a memory or table")]
    ImportedState,
    /// A WebAssembly component.
    #[error("is a component and no module")]
    Component,
}
