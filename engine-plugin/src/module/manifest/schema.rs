//! Schemas in a module's memory, with those of nested types and of lists' elements.

use std::sync::Arc;

use peristyle_abi as abi;
use peristyle_abi::{FieldType, SchemaKind};

use super::ManifestError;
use super::reader::{Reader, check_reserved, code};
use crate::types::schema::{FieldLayout, SchemaLayout, VariantLayout};

/// How many types may lie in each other, within a component.
const DEPTH_MAX: u32 = 8;
/// How many fields a schema may have, with those of all types in it.
const FIELDS_MAX: u32 = 1024;

/// A schema that was read.
pub(super) struct KnownSchema {
    layout: Arc<SchemaLayout>,
    /// How many fields it has, with those of all types in it.
    fields: u32,
    /// How many types lie in each other, within it.
    depth: u32,
}

type Owner<'a> = &'a dyn Fn() -> String;

impl Reader<'_> {
    pub fn schema(&mut self, owner: Owner<'_>, address: u32) -> Result<Arc<SchemaLayout>, ManifestError> {
        let schema = self.schema_at_depth(owner, address, 0)?;
        if schema.kind == SchemaKind::Option || schema.kind == SchemaKind::Element {
            return Err(ManifestError::Layout {
                what: format!("the schema of {}", owner()),
                problem: format!("is of the kind {}, which only fields have", schema.kind),
            });
        }
        Ok(schema)
    }

    fn schema_at_depth(
        &mut self,
        owner: Owner<'_>,
        address: u32,
        depth: u32,
    ) -> Result<Arc<SchemaLayout>, ManifestError> {
        let what = || format!("the schema of {}", owner());
        let known = self.schemas.get(&address);
        if depth + known.map_or(0, |known| known.depth) > DEPTH_MAX {
            let problem = format!("lies deeper than {DEPTH_MAX} types in each other; is it in itself?");
            return Err(ManifestError::Layout { what: what(), problem });
        }
        if let Some(known) = known {
            return Ok(Arc::clone(&known.layout));
        }
        let (schema, _) = self.descriptor::<abi::SchemaDescriptor>(&what, address)?;
        let name = self.name(&|| format!("the name of {}", what()), schema.name)?;
        let what = || format!("schema `{name}`");
        let kind =
            code(&|| format!("the kind of {}", what()), schema.kind, SchemaKind::ALL, SchemaKind::code)?;
        let (mut fields, mut variants) = (Vec::new(), Vec::new());
        match kind {
            SchemaKind::Enum | SchemaKind::Flags => variants = self.variants(&what, &schema)?,
            _ => fields = self.fields(&what, &schema, depth)?,
        }
        let bad = |problem: String| ManifestError::Layout { what: what(), problem };
        if !matches!(schema.align, 1 | 2 | 4 | 8) {
            return Err(bad(format!("has the alignment {}; 1, 2, 4 and 8 are possible", schema.align)));
        }
        if !schema.byte_size.is_multiple_of(schema.align) {
            let (size, align) = (schema.byte_size, schema.align);
            return Err(bad(format!("has {size} bytes, which is no multiple of its alignment {align}")));
        }
        check_coverage(&fields, &schema).map_err(bad)?;
        check_kind(kind, &fields, &variants, &schema).map_err(bad)?;
        let inner = fields.iter().filter_map(|field| field.schema.as_ref());
        let inner =
            inner.filter_map(|inner| self.schemas.values().find(|known| Arc::ptr_eq(&known.layout, inner)));
        let (count, depth) = inner.fold((fields.len() as u32, 0), |(count, depth): (u32, u32), known| {
            (count.saturating_add(known.fields), depth.max(known.depth + 1))
        });
        if count > FIELDS_MAX {
            return Err(bad(format!(
                "has {count} fields with those of its nested types; {FIELDS_MAX} are possible"
            )));
        }
        let layout = Arc::new(SchemaLayout {
            name,
            kind,
            byte_size: schema.byte_size,
            align: schema.align,
            fields,
            variants,
        });
        self.schemas.insert(address, KnownSchema { layout: Arc::clone(&layout), fields: count, depth });
        Ok(layout)
    }

    /// The fields in the order of their offsets.
    fn fields(
        &mut self,
        what: Owner<'_>,
        schema: &abi::SchemaDescriptor,
        depth: u32,
    ) -> Result<Vec<FieldLayout>, ManifestError> {
        let descriptors =
            self.list::<abi::FieldDescriptor>(&|| format!("{} field", what()), schema.fields)?;
        let mut fields: Vec<FieldLayout> = Vec::with_capacity(descriptors.len());
        for descriptor in descriptors {
            let name = self.name(&|| format!("a field name of {}", what()), descriptor.name)?;
            let what = || format!("field `{name}` of {}", what());
            let field_type = code(
                &|| format!("the type of {}", what()),
                descriptor.type_code,
                FieldType::ALL,
                FieldType::code,
            )?;
            let has_schema = matches!(field_type, FieldType::Nested | FieldType::List);
            let inner = if has_schema {
                Some(self.schema_at_depth(&what, descriptor.schema, depth + 1)?)
            } else {
                check_reserved(&what, &[("schema", descriptor.schema.into())])?;
                None
            };
            let field = FieldLayout {
                shape: self.shape(&what, &descriptor)?,
                name: name.clone(),
                offset: descriptor.offset,
                field_type,
                count: descriptor.count,
                schema: inner,
            };
            let is_twice = fields.iter().any(|other| other.name == field.name);
            check_field(&field, schema.byte_size, is_twice)
                .map_err(|problem| ManifestError::Layout { what: what(), problem })?;
            fields.push(field);
        }
        fields.sort_by_key(|field| field.offset);
        Ok(fields)
    }

    /// The dimensions of a field that has several.
    fn shape(&mut self, what: Owner<'_>, field: &abi::FieldDescriptor) -> Result<Vec<u32>, ManifestError> {
        if field.shape == 0 {
            return Ok(Vec::new());
        }
        let (shape, _) =
            self.descriptor::<abi::ShapeDescriptor>(&|| format!("the shape of {}", what()), field.shape)?;
        let lengths = shape.lengths.get(..shape.rank as usize).filter(|lengths| lengths.len() > 1);
        let bad = |problem: String| ManifestError::Layout { what: what(), problem };
        let lengths =
            lengths.ok_or_else(|| bad(format!("has {} dimensions; 2 to 4 are possible", shape.rank)))?;
        let product = lengths.iter().fold(1u64, |product, &length| product.saturating_mul(length.into()));
        if product != u64::from(field.count) {
            return Err(bad(format!("has {} elements, and its dimensions make {product}", field.count)));
        }
        Ok(lengths.to_vec())
    }

    /// The variants in the order of their numbers.
    fn variants(
        &mut self,
        what: Owner<'_>,
        schema: &abi::SchemaDescriptor,
    ) -> Result<Vec<VariantLayout>, ManifestError> {
        let descriptors =
            self.list::<abi::VariantDescriptor>(&|| format!("{} variant", what()), schema.fields)?;
        let mut variants: Vec<VariantLayout> = Vec::with_capacity(descriptors.len());
        for descriptor in descriptors {
            let name = self.name(&|| format!("a variant's name of {}", what()), descriptor.name)?;
            let what = || format!("variant `{name}` of {}", what());
            check_reserved(&what, &[("flags", descriptor.flags.into())])?;
            let bits = schema.byte_size.saturating_mul(8);
            let problem = if bits < 64 && descriptor.value >> bits != 0 {
                Some(format!("is {}, which {} bytes do not hold", descriptor.value, schema.byte_size))
            } else if variants.iter().any(|other| other.name == name) {
                Some("is there twice".to_owned())
            } else {
                None
            };
            if let Some(problem) = problem {
                return Err(ManifestError::Layout { what: what(), problem });
            }
            variants.push(VariantLayout { name, value: descriptor.value });
        }
        variants.sort_by_key(|variant| variant.value);
        Ok(variants)
    }
}

fn check_field(field: &FieldLayout, row_bytes: u32, is_twice: bool) -> Result<(), String> {
    let end = u64::from(field.offset) + u64::from(field.element_bytes()) * u64::from(field.count);
    if end > u64::from(row_bytes) {
        return Err(format!("ends at byte {end} of a row of {row_bytes} bytes"));
    }
    if field.element_bytes() == 0 {
        return Err("has a type without bytes".to_owned());
    }
    if !field.offset.is_multiple_of(field.align()) {
        return Err(format!("is at offset {}, which is no multiple of {}", field.offset, field.align()));
    }
    if field.count == 0 {
        return Err("has no elements".to_owned());
    }
    if is_twice {
        return Err("is there twice".to_owned());
    }
    match (field.field_type, field.schema.as_ref().map(|schema| schema.kind)) {
        (FieldType::List, Some(SchemaKind::Element)) => Ok(()),
        (FieldType::List, Some(kind)) => {
            Err(format!("is a list of the kind {kind}; its schema is an element"))
        }
        (FieldType::Nested, Some(SchemaKind::Element)) => {
            Err("is nested and has the schema of a list's element".to_owned())
        }
        _ => Ok(()),
    }
}

/// Every byte belongs to one field: bytes that nobody names would live on unseen.
fn check_coverage(fields: &[FieldLayout], schema: &abi::SchemaDescriptor) -> Result<(), String> {
    if fields.is_empty() {
        return Ok(());
    }
    let mut end = 0;
    for field in fields {
        if field.offset != end {
            return Err(format!(
                "has field `{}` at offset {}, and no field at {end}; is one missing?",
                field.name, field.offset
            ));
        }
        end += field.byte_size();
    }
    if end != schema.byte_size {
        return Err(format!("has bytes {end} to {} that belong to no field", schema.byte_size));
    }
    Ok(())
}

/// What is special to the kinds of schemas.
fn check_kind(
    kind: SchemaKind,
    fields: &[FieldLayout],
    variants: &[VariantLayout],
    schema: &abi::SchemaDescriptor,
) -> Result<(), String> {
    match kind {
        SchemaKind::Struct if fields.is_empty() && schema.byte_size > 0 => {
            Err(format!("has bytes 0 to {} that belong to no field", schema.byte_size))
        }
        SchemaKind::Struct => Ok(()),
        SchemaKind::Enum | SchemaKind::Flags => {
            if !matches!(schema.byte_size, 1 | 2 | 4 | 8) || schema.align != schema.byte_size {
                Err("is a number, which has 1, 2, 4 or 8 bytes and is aligned to them".to_owned())
            } else if variants.is_empty() {
                Err("has no values".to_owned())
            } else if kind == SchemaKind::Enum && variants.array_windows().any(|[a, b]| a.value == b.value) {
                Err("has two names for one number".to_owned())
            } else {
                Ok(())
            }
        }
        SchemaKind::Option => match fields {
            [some, value]
                if some.name == "some"
                    && value.name == "value"
                    && some.count == 1
                    && some.element_bytes() == schema.align
                    && matches!(
                        some.field_type,
                        FieldType::U8 | FieldType::U16 | FieldType::U32 | FieldType::U64
                    ) =>
            {
                Ok(())
            }
            _ => Err(
                "is an option, so it has the fields `some`, an unsigned number as large as the alignment, \
                      and `value`"
                    .to_owned(),
            ),
        },
        SchemaKind::Element => match fields {
            [value] if value.name == "value" => Ok(()),
            _ => Err("is an element, so it has one field `value`".to_owned()),
        },
    }
}
