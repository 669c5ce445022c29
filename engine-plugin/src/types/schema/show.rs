//! A value as text, by its schema.

use std::fmt::Write;

use peristyle_abi::{FieldType, SchemaKind};

use super::{FieldLayout, SchemaLayout};

impl SchemaLayout {
    /// A packed value as text, for inspectors and logs: `Battery { charge: 0.5, slots: [1, 2] }`. Strings and lists
    /// are shown by their lengths alone. Bytes that are missing are shown as `?`.
    ///
    /// ```
    /// use bevy_peristyle::{Schema, SchemaLayout};
    ///
    /// #[derive(Schema, Clone, Copy)]
    /// #[repr(C)]
    /// struct Battery { charge: f32, slots: [u8; 4] }
    ///
    /// let layout = SchemaLayout::of::<Battery>();
    /// assert_eq!(layout.show(&[0, 0, 0, 63, 1, 2, 3, 4]), "Battery { charge: 0.5, slots: [1, 2, 3, 4] }");
    /// ```
    pub fn show(&self, bytes: &[u8]) -> String {
        let mut text = String::new();
        self.show_into(bytes, &mut text);
        text
    }

    fn show_into(&self, bytes: &[u8], out: &mut String) {
        match self.kind {
            SchemaKind::Enum => {
                let number = self.number_in(bytes);
                match self.variants.iter().find(|variant| variant.value == number) {
                    Some(variant) => out.push_str(&variant.name),
                    None => out.push_str(&number.to_string()),
                }
            }
            SchemaKind::Flags => {
                let number = self.number_in(bytes);
                let set = self.variants.iter().filter(|variant| number & variant.value == variant.value);
                let names: Vec<&str> = set.map(|variant| variant.name.as_str()).collect();
                out.push_str(if names.is_empty() { "none" } else { "" });
                out.push_str(&names.join(" | "));
            }
            SchemaKind::Option => match self.fields.as_slice() {
                [some, value] if some.part(bytes).is_some_and(|tag| tag.iter().any(|&byte| byte != 0)) => {
                    value.show_into(bytes, out);
                }
                _ => out.push_str("none"),
            },
            SchemaKind::Struct | SchemaKind::Element => {
                out.push_str(&self.name);
                out.push_str(" {");
                for (index, field) in self.fields.iter().enumerate() {
                    out.push_str(if index == 0 { " " } else { ", " });
                    out.push_str(&field.name);
                    out.push_str(": ");
                    field.show_into(bytes, out);
                }
                out.push_str(if self.fields.is_empty() { "}" } else { " }" });
            }
        }
    }
}

impl FieldLayout {
    /// The field's bytes, if they are all there.
    fn part<'r>(&self, row: &'r [u8]) -> Option<&'r [u8]> {
        row.get(self.offset as usize..)?.get(..self.byte_size() as usize)
    }

    /// The field's value in a row, as text.
    pub(crate) fn show_in(&self, row: &[u8]) -> String {
        let mut text = String::new();
        self.show_into(row, &mut text);
        text
    }

    fn show_into(&self, row: &[u8], out: &mut String) {
        let Some(bytes) = self.part(row) else {
            out.push('?');
            return;
        };
        let elements = bytes.chunks_exact(self.element_bytes().max(1) as usize);
        if self.count == 1 {
            elements.for_each(|element| self.show_element(element, out));
            return;
        }
        out.push('[');
        for (index, element) in elements.enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            self.show_element(element, out);
        }
        out.push(']');
    }

    fn show_element(&self, element: &[u8], out: &mut String) {
        macro_rules! number {
            ($type:ty) => {
                element
                    .first_chunk()
                    .map_or_else(|| "?".to_owned(), |bytes| <$type>::from_le_bytes(*bytes).to_string())
            };
        }
        let text = match (self.field_type, &self.schema) {
            (FieldType::Nested, Some(schema)) => return schema.show_into(element, out),
            (FieldType::Bool, _) => (element != [0]).to_string(),
            (FieldType::U8, _) | (FieldType::Nested, None) => number!(u8),
            (FieldType::I8, _) => number!(i8),
            (FieldType::U16, _) => number!(u16),
            (FieldType::I16, _) => number!(i16),
            (FieldType::U32, _) => number!(u32),
            (FieldType::I32, _) => number!(i32),
            (FieldType::U64, _) => number!(u64),
            (FieldType::I64, _) => number!(i64),
            (FieldType::F32, _) => number!(f32),
            (FieldType::F64, _) => number!(f64),
            (FieldType::Entity, _) => {
                let bits = element.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
                bevy::prelude::Entity::try_from_bits(bits)
                    .map_or("none".to_owned(), |entity| entity.to_string())
            }
            (FieldType::String | FieldType::List, _) => {
                let len = element.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
                let _ = write!(out, "({len} in a {})", self.field_type);
                return;
            }
        };
        out.push_str(&text);
    }
}
