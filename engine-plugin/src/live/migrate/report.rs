//! What became of values whose layout changed.

/// From here on the text of what a dropped field held is cut.
const TEXT_BYTES_MAX: usize = 240;

/// What became of values that went from one layout to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// The fields that the new layout lacks.
    pub dropped: Vec<DroppedField>,
    /// The numbers that are wider now: `count: u8 -> u32`.
    pub widened: Vec<String>,
    /// The fields and elements that are new: `bonus: u32`, `slots[4..8]`.
    pub added: Vec<String>,
}

/// A field of a state block, or of a component that a script defines, that a new version has no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedField {
    /// The way to the field: `pose.angle`, or `slots[].age` for that of each element. Empty where all of the block or
    /// component is dropped.
    pub field: String,
    /// Its type.
    pub type_name: String,
    /// What it held, as text: one value for each element and entity, and cut where there are very many.
    pub held: String,
    /// How many values these are.
    pub values: usize,
}

impl DroppedField {
    pub(crate) fn new(field: String, type_name: String) -> Self {
        Self { field, type_name, held: String::new(), values: 0 }
    }

    /// Takes note of one value.
    pub(crate) fn note(&mut self, show: impl FnOnce() -> String) {
        self.values += 1;
        if self.held.len() > TEXT_BYTES_MAX {
            return;
        }
        if self.values > 1 {
            self.held.push_str(", ");
        }
        self.held.push_str(&cut(show()));
        if self.held.len() > TEXT_BYTES_MAX && !self.held.ends_with('…') {
            self.held.push('…');
        }
    }
}

/// A text that is short enough for a log.
pub(super) fn cut(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text.push('…');
    }
    text
}

impl std::fmt::Display for DroppedField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { field, type_name, held, values } = self;
        let held = if *values == 0 { "nothing" } else { held };
        match field.as_str() {
            "" => write!(f, "all, which held {held}"),
            field => write!(f, "`{field}` ({type_name}), which held {held}"),
        }
    }
}
