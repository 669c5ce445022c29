//! The packed layout of one type, as host and module both describe it.

use std::sync::Arc;

use peristyle_abi::{Field, FieldType, Schema, SchemaInfo, SchemaKind, Variant};

mod mismatch;
mod show;

pub use mismatch::LayoutMismatch;

/// The packed layout of a component, a resource, a message or a state block, or of what one of its
/// fields holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaLayout {
    /// The name by which modules and the game refer to it.
    pub name: String,
    /// What it describes.
    pub kind: SchemaKind,
    /// Bytes of one row.
    pub byte_size: u32,
    /// Alignment of one row in bytes, as its fields ask for it.
    pub align: u32,
    /// The fields in the order of their offsets.
    pub fields: Vec<FieldLayout>,
    /// The values of an enum, or the flags, in the order of their numbers.
    pub variants: Vec<VariantLayout>,
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
    /// The length of each of its dimensions, the outermost first; empty where it has fewer than two.
    pub shape: Vec<u32>,
    /// The schema of a nested type, or of a list's elements.
    pub schema: Option<Arc<SchemaLayout>>,
}

/// One value of an enum, or one flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantLayout {
    /// Its name.
    pub name: String,
    /// The number, or the flag's bits.
    pub value: u64,
}

impl FieldLayout {
    /// A field of so many elements of a type that needs no schema of its own.
    pub fn new(name: &str, offset: u32, field_type: FieldType, count: u32) -> Self {
        Self { name: name.to_owned(), offset, field_type, count, shape: Vec::new(), schema: None }
    }

    /// The field as the compiler knows it.
    fn of(field: &Field) -> Self {
        let lengths = field.shape.lengths();
        Self {
            name: field.name.to_owned(),
            offset: field.offset,
            field_type: field.field_type,
            count: field.count,
            shape: if lengths.len() > 1 { lengths.to_vec() } else { Vec::new() },
            schema: field.schema.map(|schema| Arc::new(SchemaLayout::of_info(schema))),
        }
    }

    /// Bytes of one element.
    pub fn element_bytes(&self) -> u32 {
        match (self.field_type, &self.schema) {
            (FieldType::Nested, Some(schema)) => schema.byte_size,
            (field_type, _) => field_type.size(),
        }
    }

    /// Bytes of the field.
    pub fn byte_size(&self) -> u32 {
        self.element_bytes().saturating_mul(self.count)
    }

    /// Alignment of the field in bytes.
    pub fn align(&self) -> u32 {
        match (self.field_type, &self.schema) {
            (FieldType::Nested, Some(schema)) => schema.align,
            (field_type, _) => field_type.align(),
        }
    }

    /// The field's bytes in a row.
    pub(crate) fn bytes_in<'r>(&self, row: &'r [u8]) -> &'r [u8] {
        &row[self.offset as usize..][..self.byte_size() as usize]
    }

    /// The type as an error shows it: `f32`, `[3]f32`, `[2][3]f32`, `?f32`, `[]Mark`, `Mood`.
    pub(crate) fn type_name(&self) -> String {
        let value = |schema: &SchemaLayout| {
            schema.fields.iter().find(|field| field.name == "value").map_or(String::new(), Self::type_name)
        };
        let element = match (self.field_type, &self.schema) {
            (FieldType::Nested, Some(schema)) if schema.kind == SchemaKind::Option => {
                format!("?{}", value(schema))
            }
            (FieldType::Nested, Some(schema)) => schema.name.clone(),
            (FieldType::List, Some(schema)) => format!("[]{}", value(schema)),
            (field_type, _) => field_type.to_string(),
        };
        let lengths = match (self.shape.as_slice(), self.count) {
            ([], 1) => String::new(),
            ([], count) => format!("[{count}]"),
            (shape, _) => shape.iter().map(|length| format!("[{length}]")).collect(),
        };
        lengths + &element
    }
}

impl SchemaLayout {
    /// A struct without fields.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: SchemaKind::Struct,
            byte_size: 0,
            align: 1,
            fields: Vec::new(),
            variants: Vec::new(),
        }
    }

    /// The layout of a Rust type.
    pub fn of<T: Schema>() -> Self {
        Self::of_info(T::INFO)
    }

    fn of_info(info: &SchemaInfo) -> Self {
        let variant =
            |variant: &Variant| VariantLayout { name: variant.name.to_owned(), value: variant.value };
        let mut variants: Vec<_> = info.variants.iter().map(variant).collect();
        variants.sort_by_key(|variant| variant.value);
        Self {
            name: info.name.to_owned(),
            kind: info.kind,
            byte_size: info.byte_size,
            align: info.align,
            // A gap of no bytes, as `derive(Mirror)` has them, is no field.
            fields: info.fields.iter().filter(|field| field.count > 0).map(FieldLayout::of).collect(),
            variants,
        }
    }

    /// What a column of entity ids holds.
    pub(crate) fn of_entities() -> Arc<Self> {
        let fields = vec![FieldLayout::new("id", 0, FieldType::Entity, 1)];
        Arc::new(Self { byte_size: 8, align: 8, fields, ..Self::new("Entity") })
    }

    /// Whether a field, or one of a nested type or of a list's elements, is one that `test` finds. An
    /// enum, flags and the tag of an option count as no field.
    pub(crate) fn any_field(&self, test: &impl Fn(&FieldLayout) -> bool) -> bool {
        self.fields
            .iter()
            .any(|field| test(field) || field.schema.as_ref().is_some_and(|schema| schema.any_field(test)))
    }

    /// Whether it, or what is in it, is of a kind that `test` finds.
    pub(crate) fn any_kind(&self, test: &impl Fn(SchemaKind) -> bool) -> bool {
        let of_fields =
            |field: &FieldLayout| field.schema.as_ref().is_some_and(|schema| schema.any_kind(test));
        test(self.kind) || self.fields.iter().any(of_fields)
    }

    /// Whether values have parts that lie elsewhere.
    pub(crate) fn has_slices(&self) -> bool {
        self.any_field(&|field| field.field_type.is_slice())
    }

    /// The number of an enum, or the bits of flags.
    pub(crate) fn number_in(&self, bytes: &[u8]) -> u64 {
        let mut number = [0; 8];
        let bytes = &bytes[..bytes.len().min(8)];
        number[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(number)
    }

    /// The names of the variants with their numbers, as an error lists them.
    pub(crate) fn variants_text(&self) -> String {
        let variants: Vec<String> =
            self.variants.iter().map(|variant| format!("{} {}", variant.name, variant.value)).collect();
        variants.join(", ")
    }

    /// Checks that a module's layout, `self`, is the game's.
    ///
    /// # Errors
    /// The first difference.
    pub fn check_against(&self, game: &Self) -> Result<(), LayoutMismatch> {
        if self.kind != game.kind {
            return Err(LayoutMismatch::Kind { expected: game.kind, found: self.kind });
        }
        if self.variants != game.variants {
            return Err(LayoutMismatch::Variants {
                expected: game.variants_text(),
                found: self.variants_text(),
            });
        }
        for expected in &game.fields {
            let Some(found) = self.fields.iter().find(|field| field.name == expected.name) else {
                return Err(LayoutMismatch::MissingField {
                    field: expected.name.clone(),
                    offset: expected.offset,
                    field_type: expected.type_name(),
                });
            };
            found.check_against(expected)?;
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

impl FieldLayout {
    /// Checks that a module's field, `self`, is the game's of the same name.
    fn check_against(&self, game: &Self) -> Result<(), LayoutMismatch> {
        let is_alike = (self.field_type, self.count, &self.shape)
            == (game.field_type, game.count, &game.shape)
            && self.schema.is_some() == game.schema.is_some();
        // What a nested type is called is its author's affair: it is the layout that counts.
        if !is_alike {
            return Err(LayoutMismatch::FieldType {
                field: self.name.clone(),
                expected: game.type_name(),
                found: self.type_name(),
            });
        }
        if self.offset != game.offset {
            return Err(LayoutMismatch::FieldOffset {
                field: self.name.clone(),
                expected: game.offset,
                found: self.offset,
            });
        }
        if let (Some(own), Some(others)) = (&self.schema, &game.schema) {
            own.check_against(others).map_err(|inner| match inner {
                // The one field of a list's element is nobody's.
                LayoutMismatch::Within { field, inner }
                    if game.field_type == FieldType::List && field == "value" =>
                {
                    LayoutMismatch::InList { field: self.name.clone(), list: game.type_name(), inner }
                }
                inner => LayoutMismatch::Within { field: self.name.clone(), inner: Box::new(inner) },
            })?;
        }
        Ok(())
    }
}

impl std::fmt::Display for SchemaLayout {
    /// As a struct: `Beacon { period: u32, level: f32 }`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<String> =
            self.fields.iter().map(|field| format!("{}: {}", field.name, field.type_name())).collect();
        if !self.variants.is_empty() {
            return write!(f, "{} {} {{ {} }}", self.kind, self.name, self.variants_text());
        }
        match fields.as_slice() {
            [] => write!(f, "{} {{}}", self.name),
            fields => write!(f, "{} {{ {} }}", self.name, fields.join(", ")),
        }
    }
}
