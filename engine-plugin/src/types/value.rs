//! The bytes of one value by its schema, nested types included: checked, made canonical, hashed.

use std::borrow::Cow;

use bevy::prelude::Entity;
use peristyle_abi::{FieldType, SchemaKind};

use crate::types::schema::{FieldLayout, SchemaLayout};

/// The bit that tells the id of an entity to come from that of a real one: a real entity would
/// have it after its place was used two thousand million times.
const PROVISIONAL: u64 = 1 << 63;

/// Whether that is the id of an entity to come.
pub(crate) fn is_provisional(id: u64) -> bool {
    id & PROVISIONAL != 0
}

/// The id of the first entity that a call spawns. `call` is another one for every call of a
/// module, so that an id which a module kept from an earlier call means nothing.
pub(crate) fn first_provisional(call: u32) -> u64 {
    PROVISIONAL | u64::from(call & (u32::MAX >> 1)) << 32 | 1
}

/// A field that holds what its type does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadField {
    /// The way to it: `orders[2].goal`.
    pub field: String,
    pub found: String,
    pub expected: Cow<'static, str>,
}

impl std::fmt::Display for BadField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { field, found, expected } = self;
        if field.is_empty() {
            write!(f, "it holds {found}, where it must be {expected}")
        } else {
            write!(f, "`{field}` holds {found}, where it must be {expected}")
        }
    }
}

impl BadField {
    pub fn new(found: impl ToString, expected: impl Into<Cow<'static, str>>) -> Self {
        Self { field: String::new(), found: found.to_string(), expected: expected.into() }
    }

    /// The same, seen from the struct that the field `outer` is in.
    pub fn within(mut self, outer: &FieldLayout, element: usize) -> Self {
        let index = if outer.count > 1 { format!("[{element}]") } else { String::new() };
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{}{index}{dot}{}", outer.name, self.field);
        self
    }
}

/// Checks the bytes of one value. `is_spawned` says of an id whether a command of the same call
/// spawns that entity.
pub(crate) fn check(
    schema: &SchemaLayout,
    bytes: &[u8],
    is_spawned: &impl Fn(u64) -> bool,
) -> Result<(), BadField> {
    match schema.kind {
        SchemaKind::Struct | SchemaKind::Element => {
            schema.fields.iter().try_for_each(|field| check_field(field, bytes, is_spawned))
        }
        SchemaKind::Enum => {
            let number = schema.number_in(bytes);
            let is_known = schema.variants.binary_search_by_key(&number, |variant| variant.value).is_ok();
            let expected = || format!("a value of `{}`: {}", schema.name, schema.variants_text());
            if is_known { Ok(()) } else { Err(BadField::new(number, expected())) }
        }
        SchemaKind::Flags => {
            let number = schema.number_in(bytes);
            let known = schema.variants.iter().fold(0, |known, variant| known | variant.value);
            let expected = || format!("flags of `{}`: {}", schema.name, schema.variants_text());
            if number & !known == 0 { Ok(()) } else { Err(BadField::new(number, expected())) }
        }
        SchemaKind::Option => {
            let [some, value] = schema.fields.as_slice() else { return Ok(()) };
            match schema.number_in(some.bytes_in(bytes)) {
                0 => Ok(()),
                1 => check_field(value, bytes, is_spawned),
                found => Err(BadField::new(found, "0 or 1, for an option").within(some, 0)),
            }
        }
    }
}

fn check_field(field: &FieldLayout, row: &[u8], is_spawned: &impl Fn(u64) -> bool) -> Result<(), BadField> {
    let bytes = field.bytes_in(row);
    match (field.field_type, &field.schema) {
        (FieldType::Bool, _) => match bytes.iter().position(|&byte| byte > 1) {
            Some(element) => Err(BadField::new(bytes[element], "0 or 1, for a bool").within(field, element)),
            None => Ok(()),
        },
        (FieldType::Entity, _) => {
            for (element, &id) in bytes.as_chunks().0.iter().enumerate() {
                check_entity(u64::from_le_bytes(id), is_spawned).map_err(|bad| bad.within(field, element))?;
            }
            Ok(())
        }
        (FieldType::Nested, Some(schema)) => {
            for (element, bytes) in elements(schema, bytes).enumerate() {
                check(schema, bytes, is_spawned).map_err(|bad| bad.within(field, element))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The values of a nested type that lie side by side.
fn elements<'b>(schema: &SchemaLayout, bytes: &'b [u8]) -> std::slice::ChunksExact<'b, u8> {
    bytes.chunks_exact(schema.byte_size.max(1) as usize)
}

/// Refuses ids that no entity ever has, and those that a spawn gave which is over or not this
/// call's.
fn check_entity(id: u64, is_spawned: &impl Fn(u64) -> bool) -> Result<(), BadField> {
    if id == 0 || is_spawned(id) {
        Ok(())
    } else if is_provisional(id) {
        let expected = "a real entity; what `spawn` gives is good for later commands of the same call alone";
        Err(BadField::new(format!("the provisional id {id:#x}"), expected))
    } else if Entity::try_from_bits(id).is_none() {
        Err(BadField::new(format!("{id:#x}"), "the id of an entity, or 0"))
    } else {
        Ok(())
    }
}

const NAN_32: [u8; 4] = 0x7fc0_0000_u32.to_le_bytes();
const NAN_64: [u8; 8] = 0x7ff8_0000_0000_0000_u64.to_le_bytes();

/// Whether a row of zeros is a value, where every enum has a value 0.
pub(crate) fn has_zero(schema: &SchemaLayout) -> bool {
    match schema.kind {
        SchemaKind::Enum => schema.variants.first().is_none_or(|least| least.value == 0),
        SchemaKind::Flags | SchemaKind::Option => true,
        SchemaKind::Struct | SchemaKind::Element => {
            schema.fields.iter().filter_map(|field| field.schema.as_deref()).all(has_zero)
        }
    }
}

/// Makes zeros a value: puts the least of an enum's values where it has no value 0.
pub(crate) fn fill_enums(schema: &SchemaLayout, zeros: &mut [u8]) {
    if has_zero(schema) {
        return;
    }
    if let (SchemaKind::Enum, Some(least)) = (schema.kind, schema.variants.first()) {
        zeros.iter_mut().zip(least.value.to_le_bytes()).for_each(|(byte, least)| *byte = least);
    }
    for (field, inner) in schema.fields.iter().filter_map(|field| Some((field, field.schema.as_ref()?))) {
        let bytes = &mut zeros[field.offset as usize..][..field.byte_size() as usize];
        let elements = bytes.chunks_exact_mut(inner.byte_size.max(1) as usize);
        elements.for_each(|element| fill_enums(inner, element));
    }
}

/// Gives every NaN the one bit pattern that all machines agree on, and makes the bytes of values
/// zero that are not there.
pub(crate) fn make_canonical(schema: &SchemaLayout, row: &mut [u8]) {
    if schema.kind == SchemaKind::Option
        && let [some, value] = schema.fields.as_slice()
        && some.bytes_in(row).iter().all(|&byte| byte == 0)
    {
        row[value.offset as usize..].fill(0);
    }
    for field in &schema.fields {
        let bytes = &mut row[field.offset as usize..][..field.byte_size() as usize];
        match (field.field_type, &field.schema) {
            (FieldType::F32, _) => {
                for element in bytes.as_chunks_mut().0 {
                    if f32::from_le_bytes(*element).is_nan() {
                        *element = NAN_32;
                    }
                }
            }
            (FieldType::F64, _) => {
                for element in bytes.as_chunks_mut().0 {
                    if f64::from_le_bytes(*element).is_nan() {
                        *element = NAN_64;
                    }
                }
            }
            (FieldType::Nested, Some(schema)) => {
                let element_bytes = schema.byte_size.max(1) as usize;
                bytes.chunks_exact_mut(element_bytes).for_each(|element| make_canonical(schema, element));
            }
            _ => {}
        }
    }
}

/// Whether [`make_canonical`] may have something to do.
pub(crate) fn may_be_uncanonical(schema: &SchemaLayout, row: &[u8]) -> bool {
    schema.kind == SchemaKind::Option
        || schema.fields.iter().any(|field| {
            let bytes = field.bytes_in(row);
            match (field.field_type, &field.schema) {
                (FieldType::F32, _) => {
                    bytes.as_chunks().0.iter().any(|&number| f32::from_le_bytes(number).is_nan())
                }
                (FieldType::F64, _) => {
                    bytes.as_chunks().0.iter().any(|&number| f64::from_le_bytes(number).is_nan())
                }
                (FieldType::Nested, Some(schema)) => {
                    elements(schema, bytes).any(|element| may_be_uncanonical(schema, element))
                }
                _ => false,
            }
        })
}

/// Puts other ids in the place of those that a value holds.
pub(crate) fn map_entities(schema: &SchemaLayout, row: &mut [u8], map: &mut impl FnMut(u64) -> u64) {
    for field in &schema.fields {
        let bytes = &mut row[field.offset as usize..][..field.byte_size() as usize];
        match (field.field_type, &field.schema) {
            (FieldType::Entity, _) => {
                for id in bytes.as_chunks_mut().0 {
                    *id = map(u64::from_le_bytes(*id)).to_le_bytes();
                }
            }
            (FieldType::Nested, Some(schema)) => {
                let element_bytes = schema.byte_size.max(1) as usize;
                bytes.chunks_exact_mut(element_bytes).for_each(|element| map_entities(schema, element, map));
            }
            _ => {}
        }
    }
}
