//! How two descriptions of one type differ.

use peristyle_abi::SchemaKind;
use thiserror::Error;

/// How a module's idea of a component differs from the game's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LayoutMismatch {
    /// The one is a struct, say, and the other an enum.
    #[error("it is of the kind {expected} in the game and {found} in the module")]
    Kind {
        /// The game's kind.
        expected: SchemaKind,
        /// The module's kind.
        found: SchemaKind,
    },
    /// An enum's values, or flags, differ.
    #[error("the values are {expected} in the game and {found} in the module")]
    Variants {
        /// The game's values.
        expected: String,
        /// The module's values.
        found: String,
    },
    /// The elements of a list differ.
    #[error("in the elements of field `{field}`, which is {list} in the game: {inner}")]
    InList {
        /// The field.
        field: String,
        /// The game's type.
        list: String,
        /// The difference.
        inner: Box<LayoutMismatch>,
    },
    /// The type of a field differs within.
    #[error("in field `{field}`: {inner}")]
    Within {
        /// The field.
        field: String,
        /// The difference.
        inner: Box<LayoutMismatch>,
    },
    /// The module leaves a field out.
    #[error("the game's field `{field}` ({field_type} at offset {offset}) is missing in the module")]
    MissingField {
        /// The field.
        field: String,
        /// The game's offset.
        offset: u32,
        /// The game's type.
        field_type: String,
    },
    /// The module has a field that the game has not.
    #[error("the module's field `{field}` does not exist in the game, whose fields are: {known}")]
    UnknownField {
        /// The field.
        field: String,
        /// The game's fields.
        known: String,
    },
    /// A field has another type.
    #[error("field `{field}` is {expected} in the game and {found} in the module")]
    FieldType {
        /// The field.
        field: String,
        /// The game's type.
        expected: String,
        /// The module's type.
        found: String,
    },
    /// A field lies elsewhere.
    #[error("field `{field}` is at offset {expected} in the game and at {found} in the module")]
    FieldOffset {
        /// The field.
        field: String,
        /// The game's offset.
        expected: u32,
        /// The module's offset.
        found: u32,
    },
    /// The rows differ in size or alignment.
    #[error(
        "a row is {expected_size} bytes aligned to {expected_align} in the game and {found_size} bytes \
         aligned to {found_align} in the module"
    )]
    Size {
        /// The game's size.
        expected_size: u32,
        /// The game's alignment.
        expected_align: u32,
        /// The module's size.
        found_size: u32,
        /// The module's alignment.
        found_align: u32,
    },
}
