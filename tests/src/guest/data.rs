//! Lays out a module's static data.

use bevy_peristyle::SchemaLayout;
use bevy_peristyle::abi::{
    FieldDescriptor, ParamDescriptor, SchemaDescriptor, ShapeDescriptor, Slice, SystemDescriptor,
    TermDescriptor, VariantDescriptor,
};

use super::{DATA_ADDRESS, Param, System};

/// Static data under construction.
#[derive(Default)]
pub(super) struct Data {
    pub bytes: Vec<u8>,
    /// Where those are that were written.
    schemas: Vec<(SchemaLayout, u32)>,
}

impl Data {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let address = DATA_ADDRESS + self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        address
    }

    pub fn reserve<T>(&mut self) -> u32 {
        self.put(&vec![0; size_of::<T>()])
    }

    pub fn fill<T: bytemuck::NoUninit>(&mut self, address: u32, value: &T) {
        let at = (address - DATA_ADDRESS) as usize;
        self.bytes[at..at + size_of::<T>()].copy_from_slice(bytemuck::bytes_of(value));
    }

    pub fn list<T: bytemuck::NoUninit>(&mut self, items: &[T]) -> Slice {
        Slice { ptr: self.put(bytemuck::cast_slice(items)), len: items.len() as u32 }
    }

    pub fn text(&mut self, text: &str) -> Slice {
        Slice { ptr: self.put(text.as_bytes()), len: text.len() as u32 }
    }

    fn texts(&mut self, texts: &[String]) -> Slice {
        let slices: Vec<Slice> = texts.iter().map(|text| self.text(text)).collect();
        self.list(&slices)
    }

    /// The address of a schema, one for all that are equal.
    pub fn schema(&mut self, schema: &SchemaLayout) -> u32 {
        if let Some((_, address)) = self.schemas.iter().find(|(known, _)| known == schema) {
            return *address;
        }
        let fields: Vec<FieldDescriptor> = schema
            .fields
            .iter()
            .map(|field| FieldDescriptor {
                size: size_of::<FieldDescriptor>() as u32,
                offset: field.offset,
                name: self.text(&field.name),
                type_code: field.field_type.code(),
                count: field.count,
                schema: field.schema.as_ref().map_or(0, |schema| self.schema(schema)),
                shape: self.shape(&field.shape),
            })
            .collect();
        let variants: Vec<VariantDescriptor> = schema
            .variants
            .iter()
            .map(|variant| VariantDescriptor {
                size: size_of::<VariantDescriptor>() as u32,
                flags: 0,
                name: self.text(&variant.name),
                value: variant.value,
            })
            .collect();
        let descriptor = SchemaDescriptor {
            size: size_of::<SchemaDescriptor>() as u32,
            kind: schema.kind.code(),
            name: self.text(&schema.name),
            byte_size: schema.byte_size,
            align: schema.align,
            fields: if variants.is_empty() { self.list(&fields) } else { self.list(&variants) },
        };
        let address = self.put(bytemuck::bytes_of(&descriptor));
        self.schemas.push((schema.clone(), address));
        address
    }

    fn shape(&mut self, lengths: &[u32]) -> u32 {
        if lengths.is_empty() {
            return 0;
        }
        let shape = lengths.iter().rev().fold(ShapeDescriptor::SINGLE, |shape, &length| shape.array(length));
        self.put(bytemuck::bytes_of(&shape))
    }

    pub fn system(&mut self, system: &System) -> SystemDescriptor {
        let params: Vec<ParamDescriptor> = system.params.iter().map(|param| self.param(param)).collect();
        SystemDescriptor {
            size: size_of::<SystemDescriptor>() as u32,
            schedule: system.schedule.code(),
            name: self.text(&system.name),
            export: self.text(&system.name),
            params: self.list(&params),
            before: self.texts(&system.before),
            after: self.texts(&system.after),
            fuel_per_call: system.fuel_per_call,
            fuel_per_row: system.fuel_per_row,
            conditions: self.texts(&system.conditions),
            flags: system.flags,
            reserved: 0,
        }
    }

    fn param(&mut self, param: &Param) -> ParamDescriptor {
        let terms: Vec<TermDescriptor> = param
            .terms
            .iter()
            .map(|term| TermDescriptor {
                size: size_of::<TermDescriptor>() as u32,
                kind: term.kind.code(),
                schema: term.schema.as_ref().map_or(0, |schema| self.schema(schema)),
                flags: 0,
            })
            .collect();
        ParamDescriptor {
            size: size_of::<ParamDescriptor>() as u32,
            kind: param.kind.code(),
            terms: self.list(&terms),
            order: param.order.code(),
            flags: 0,
            schema: 0,
            reserved: 0,
        }
    }
}
