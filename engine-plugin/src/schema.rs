//! The packed layout of one component or state block, as host and module both describe it.

use std::sync::Arc;

use peristyle_abi::{FieldType, Schema};
use thiserror::Error;

/// The packed layout of one component or state block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaLayout {
    /// The name by which modules and the game refer to it.
    pub name: String,
    /// Bytes of one row.
    pub byte_size: u32,
    /// Alignment of one row in bytes.
    pub align: u32,
    /// The fields in the order of their offsets.
    pub fields: Vec<FieldLayout>,
}

/// One field of a [`SchemaLayout`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLayout {
    /// The field's name.
    pub name: String,
    /// Bytes from the start of the row.
    pub offset: u32,
    /// The type of its elements.
    pub field_type: FieldType,
    /// How many elements it has.
    pub count: u32,
}

impl FieldLayout {
    /// The type as an error shows it: `f32`, or `[3]f32`.
    fn type_name(&self) -> String {
        match self.count {
            1 => self.field_type.to_string(),
            count => format!("[{count}]{}", self.field_type),
        }
    }
}

impl SchemaLayout {
    /// The layout of a Rust type.
    pub fn of<T: Schema>() -> Self {
        Self {
            name: T::NAME.to_owned(),
            byte_size: size_of::<T>() as u32,
            align: align_of::<T>() as u32,
            fields: T::FIELDS
                .iter()
                .map(|field| FieldLayout {
                    name: field.name.to_owned(),
                    offset: field.offset,
                    field_type: field.field_type,
                    count: field.count,
                })
                .collect(),
        }
    }

    /// What a column of entity ids holds.
    pub(crate) fn of_entities() -> Arc<Self> {
        let field = FieldLayout { name: "id".to_owned(), offset: 0, field_type: FieldType::Entity, count: 1 };
        Arc::new(Self { name: "Entity".to_owned(), byte_size: 8, align: 8, fields: vec![field] })
    }

    /// Checks that a module's layout, `self`, is the game's.
    ///
    /// # Errors
    /// The first difference.
    pub fn check_against(&self, game: &Self) -> Result<(), LayoutMismatch> {
        for expected in &game.fields {
            let Some(found) = self.fields.iter().find(|field| field.name == expected.name) else {
                return Err(LayoutMismatch::MissingField {
                    field: expected.name.clone(),
                    offset: expected.offset,
                    field_type: expected.type_name(),
                });
            };
            if (found.field_type, found.count) != (expected.field_type, expected.count) {
                return Err(LayoutMismatch::FieldType {
                    field: expected.name.clone(),
                    expected: expected.type_name(),
                    found: found.type_name(),
                });
            }
            if found.offset != expected.offset {
                return Err(LayoutMismatch::FieldOffset {
                    field: expected.name.clone(),
                    expected: expected.offset,
                    found: found.offset,
                });
            }
        }
        if let Some(extra) =
            self.fields.iter().find(|field| game.fields.iter().all(|expected| expected.name != field.name))
        {
            let known = game.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(LayoutMismatch::UnknownField { field: extra.name.clone(), known });
        }
        if (self.byte_size, self.align) != (game.byte_size, game.align) {
            return Err(LayoutMismatch::Size {
                expected_size: game.byte_size,
                expected_align: game.align,
                found_size: self.byte_size,
                found_align: self.align,
            });
        }
        Ok(())
    }
}

impl std::fmt::Display for SchemaLayout {
    /// As a struct: `Beacon { period: u32, level: f32 }`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<String> =
            self.fields.iter().map(|field| format!("{}: {}", field.name, field.type_name())).collect();
        match fields.as_slice() {
            [] => write!(f, "{} {{}}", self.name),
            fields => write!(f, "{} {{ {} }}", self.name, fields.join(", ")),
        }
    }
}

/// How a module's idea of a component differs from the game's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LayoutMismatch {
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
