//! Why a value cannot go on in another layout.

use thiserror::Error;

/// The first part of a value that has no place in the new layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Incompatible {
    /// The way to the field, as `slots[2].mood`, or as `slots[].mood` where it is so for every element. Empty for the
    /// value itself.
    pub field: String,
    pub problem: Problem,
}

/// What is in the way.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Problem {
    #[error("was {was} and is {is}, which does not hold every {was}")]
    Narrower { was: String, is: String },
    #[error("was {was} and is {is}, which is something else")]
    Kind { was: String, is: String },
    #[error("was {was} and is {is}, which has another number of dimensions")]
    Dimensions { was: String, is: String },
    #[error("was {was} and is {is}, and its element {element}, which has no place there, is {value}")]
    Element { was: String, is: String, element: u32, value: String },
    #[error("is {value}, which is gone: {known} are left")]
    Variant { value: String, known: String },
    #[error("holds {found}, for which there is no name")]
    Unnamed { found: u64 },
    #[error("holds {found}, where an option begins with 0 or 1")]
    Tag { found: u64 },
}

impl Incompatible {
    /// The same, seen from the array that the element is in.
    pub fn within(mut self, array: &str, element: usize) -> Self {
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{array}[{element}]{dot}{}", self.field);
        self
    }
}

impl std::fmt::Display for Incompatible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "it {}", self.problem),
            field => write!(f, "field `{field}` {}", self.problem),
        }
    }
}

impl std::error::Error for Incompatible {}
