//! A value in one layout becomes a value in another: field by field, by name, and nothing is lost unsaid.
//!
//! Bytes in, bytes out: nothing here knows of modules or of Bevy. A [`Migration`] is made once for two layouts, which
//! is where most of what does not fit shows. It is then applied to many values, which is where the rest does.

mod error;
mod number;
mod plan;
mod report;
mod step;

pub(crate) use error::Incompatible;
pub use report::DroppedField;
pub(crate) use report::Report;

use step::Step;

use crate::types::schema::SchemaLayout;

/// How values go from one layout to another.
#[derive(Clone, Debug)]
pub(crate) struct Migration {
    steps: Vec<Step>,
    /// What is the same for all values: which fields are wider and which are new. Of what is dropped, where it was.
    outline: Report,
}

impl Migration {
    /// What takes values of the layout `old` to the layout `new`.
    ///
    /// # Errors
    /// The first field whose type does not hold every value that it had.
    pub fn between(old: &SchemaLayout, new: &SchemaLayout) -> Result<Self, Incompatible> {
        let (steps, outline) = plan::compile(old, new)?;
        Ok(Self { steps, outline })
    }

    /// A report of no value so far.
    pub fn report(&self) -> Report {
        self.outline.clone()
    }

    /// Puts the value `old` over `new`, which holds what new fields begin with. What is dropped is added to `report`.
    ///
    /// # Errors
    /// The first part of this value that has no place in the new layout. Then `new` is of no use.
    ///
    /// # Panics
    /// If the values are not as large as their layouts.
    pub fn apply(&self, old: &[u8], new: &mut [u8], report: &mut Report) -> Result<(), Incompatible> {
        self.steps.iter().try_for_each(|step| step.run(old, new, report))
    }
}

#[cfg(test)]
mod tests;
