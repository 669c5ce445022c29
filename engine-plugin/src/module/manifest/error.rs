//! Why a manifest cannot be read.

use thiserror::Error;

/// Why a manifest cannot be read.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// A pointer leads out of the module's memory.
    #[error("{what} lies at {address:#x} to {end:#x}, outside of the module's memory of {memory} bytes")]
    OutOfBounds {
        /// What was to be read.
        what: String,
        /// The first byte.
        address: u32,
        /// One past the last byte.
        end: u64,
        /// Bytes of the memory.
        memory: usize,
    },
    /// The first words are not those of a manifest.
    #[error(
        "there is no manifest at {address:#x}: its magic is {found:#010x} and should be {expected:#010x} (`PRST`)"
    )]
    Magic {
        /// Where the global points.
        address: u32,
        /// What is there.
        found: u32,
        /// What should be there.
        expected: u32,
    },
    /// The module was built for another version of the contract.
    #[error("it was built for ABI version {found}, and this game speaks version {supported}; {}", advice(*found, *supported))]
    Version {
        /// The module's version.
        found: u32,
        /// The host's version.
        supported: u32,
    },
    /// The module needs something that this host lacks.
    #[error("it needs {}, which this version of the game's script engine does not offer", names.join(", "))]
    Features {
        /// The features by name.
        names: Vec<String>,
    },
    /// A descriptor says that it is smaller than version 1 of it.
    #[error("{what} says that it is {found} bytes, and in ABI version 1 it is {expected}")]
    DescriptorSize {
        /// Which descriptor.
        what: String,
        /// Its own word.
        found: u32,
        /// The smallest that is right.
        expected: u32,
    },
    /// A number in a descriptor has no meaning in this version.
    #[error("{what} is {found}; known are: {known}")]
    UnknownCode {
        /// Which field of which descriptor.
        what: String,
        /// The number.
        found: u32,
        /// The known numbers with their names.
        known: String,
    },
    /// A name is not UTF-8, is empty or is used twice.
    #[error("{what} {problem}")]
    Name {
        /// Which name.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A field's numbers contradict each other.
    #[error("{what} {problem}")]
    Layout {
        /// Which field or schema.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A field that ABI v1 keeps for later is used.
    #[error("{what}: `{field}` is kept for later versions and must be 0, not {found:#x}")]
    Reserved {
        /// Which descriptor.
        what: String,
        /// The field.
        field: &'static str,
        /// What it holds.
        found: u64,
    },
    /// Descriptors and names together are larger than `Limits::manifest_bytes_max`.
    #[error("its manifest is larger than {bytes_max} bytes, the limit manifest_bytes_max")]
    TooLarge {
        /// The limit.
        bytes_max: u32,
    },
    /// The state blocks together are larger than `Limits::state_bytes_max`.
    #[error("its state blocks take {bytes} bytes; the limit state_bytes_max is {bytes_max}")]
    StateTooLarge {
        /// Bytes of all blocks.
        bytes: u64,
        /// The limit.
        bytes_max: u32,
    },
    /// Two state blocks, or a state block and the arena, share bytes.
    #[error("{first} and {second} overlap in the module's memory")]
    Overlap {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
}

fn advice(found: u32, supported: u32) -> &'static str {
    if found > supported {
        "update the game, or build the module with an older guest library"
    } else {
        "build the module with a newer guest library"
    }
}
