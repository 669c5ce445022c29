//! Strings and lists: values of which a part lies elsewhere. Packed they are one run of bytes: the value
//! itself, whose slices count from the end of it, and then what they cover, in the order of the fields.

use std::marker::PhantomData;

use peristyle_abi::{Field, FieldType, SchemaKind};

use crate::types::host_field::HostField;
use crate::types::schema::{FieldLayout, SchemaLayout};
use crate::types::value::{self, BadField};

/// The text of a field, in the packed form of a [`MirroredComponent`](crate::MirroredComponent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
pub struct PackedStr {
    at: u32,
    len: u32,
}

/// The values of a list, in the packed form of a [`MirroredComponent`](crate::MirroredComponent).
#[derive(Debug)]
#[repr(C)]
pub struct PackedList<T> {
    at: u32,
    len: u32,
    values: PhantomData<fn() -> T>,
}

impl<T> Clone for PackedList<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PackedList<T> {}

/// Where the packed form of one value puts its texts and lists.
#[derive(Clone, Debug, Default)]
pub struct SliceWriter {
    bytes: Vec<u8>,
}

impl SliceWriter {
    /// Adds a text.
    pub fn text(&mut self, text: &str) -> PackedStr {
        let at = self.put(text.as_bytes());
        PackedStr { at, len: text.len() as u32 }
    }

    /// Adds a list.
    pub fn list<T: HostField>(&mut self, values: &[T]) -> PackedList<T> {
        let at = self.put(crate::types::host_field::bytes_of(values));
        PackedList { at, len: values.len() as u32, values: PhantomData }
    }

    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        at
    }
}

/// The texts and lists of one packed value.
#[derive(Clone, Copy, Debug)]
pub struct SliceReader<'a> {
    bytes: &'a [u8],
}

impl<'a> SliceReader<'a> {
    /// Those in the packed value's bytes past its own.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// A text of this value; that of another one may be anything.
    pub fn text(&self, text: PackedStr) -> &'a str {
        let bytes = self.bytes.get(text.at as usize..).and_then(|bytes| bytes.get(..text.len as usize));
        std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }

    /// A list of this value, whose elements were checked as bytes of their type.
    pub(crate) fn list<T: HostField>(&self, list: PackedList<T>) -> &'a [u8] {
        let bytes = (list.len as usize).saturating_mul(size_of::<T>());
        let of_list = self.bytes.get(list.at as usize..).and_then(|rest| rest.get(..bytes));
        of_list.unwrap_or_default()
    }
}

/// Appends what a value's strings and lists cover, which `slices` has, to `out`, where the value's own bytes
/// begin at `start`: in the one order that values are compared in, whatever the order of writing was.
pub(crate) fn in_order(schema: &SchemaLayout, out: &mut Vec<u8>, start: usize, slices: SliceWriter) {
    let covered = slices.bytes;
    if covered.is_empty() {
        return;
    }
    let own = out.split_off(start);
    let (mut gathered, mut left) = (Vec::new(), usize::MAX);
    match gather(schema, &own, &covered, &mut left, &|_| true, &mut gathered) {
        Ok(()) => out.append(&mut gathered),
        // A mirror that points elsewhere than where its writer has put things has nothing there.
        Err(_) => out.resize(start + own.len(), 0),
    }
}

/// Takes a value and all that its slices cover out of `memory` into `out`, checked: bounds, UTF-8, the
/// elements of lists. `left` is how many bytes of strings and lists may yet be taken.
///
/// # Errors
/// The first field that is wrong.
pub(crate) fn gather(
    schema: &SchemaLayout,
    value: &[u8],
    memory: &[u8],
    left: &mut usize,
    is_spawned: &impl Fn(u64) -> bool,
    out: &mut Vec<u8>,
) -> Result<(), BadField> {
    out.clear();
    let mut own = value.to_vec();
    let mut heap = Vec::new();
    Gather { memory, left, is_spawned, heap: &mut heap }.value(schema, &mut own)?;
    out.append(&mut own);
    out.append(&mut heap);
    Ok(())
}

struct Gather<'a, S> {
    memory: &'a [u8],
    left: &'a mut usize,
    is_spawned: &'a S,
    heap: &'a mut Vec<u8>,
}

impl<S: Fn(u64) -> bool> Gather<'_, S> {
    /// Copies what the slices of a value cover, and has them point to the copy.
    fn value(&mut self, schema: &SchemaLayout, bytes: &mut [u8]) -> Result<(), BadField> {
        if schema.kind == SchemaKind::Option
            && let [some, value] = schema.fields.as_slice()
            && some.bytes_in(bytes).iter().all(|&byte| byte == 0)
        {
            bytes[value.offset as usize..].fill(0);
            return Ok(());
        }
        for field in schema.fields.iter().filter(|field| has_slices(field)) {
            let element_bytes = field.element_bytes().max(1) as usize;
            let of_field = &mut bytes[field.offset as usize..][..field.byte_size() as usize];
            for (index, element) in of_field.chunks_exact_mut(element_bytes).enumerate() {
                self.element(field, element).map_err(|bad| bad.within(field, index))?;
            }
        }
        Ok(())
    }

    fn element(&mut self, field: &FieldLayout, element: &mut [u8]) -> Result<(), BadField> {
        match (field.field_type, &field.schema) {
            (FieldType::String, _) => {
                let (at, len) = self.copy(element, 1)?;
                std::str::from_utf8(&self.heap[at..at + len]).map_err(|error| {
                    let found = format!("bytes that are no UTF-8 from {} on", error.valid_up_to());
                    BadField::new(found, "text in UTF-8")
                })?;
            }
            (FieldType::List, Some(schema)) => {
                let size = schema.byte_size.max(1) as usize;
                let (at, len) = self.copy(element, size)?;
                let is_nested = schema.has_slices();
                for index in 0..len / size {
                    let place = at + index * size..at + (index + 1) * size;
                    let in_list = |mut bad: BadField| {
                        // The element is the only field, `value`, of the list's schema.
                        bad.field = bad.field.replacen("value", &format!("[{index}]"), 1);
                        bad
                    };
                    value::make_canonical(schema, &mut self.heap[place.clone()]);
                    value::check(schema, &self.heap[place.clone()], self.is_spawned).map_err(in_list)?;
                    if is_nested {
                        let mut inner = self.heap[place.clone()].to_vec();
                        self.value(schema, &mut inner).map_err(in_list)?;
                        self.heap[place].copy_from_slice(&inner);
                    }
                }
            }
            (FieldType::Nested, Some(schema)) => self.value(schema, element)?,
            _ => {}
        }
        Ok(())
    }

    /// Copies what the slice in `element` covers, of items of that size: where it is in the heap now, and
    /// how many bytes it has.
    fn copy(&mut self, element: &mut [u8], item_bytes: usize) -> Result<(usize, usize), BadField> {
        let [at, count] = read_slice(element);
        let len = u64::from(count) * item_bytes as u64;
        if len > *self.left as u64 {
            let expected = format!(
                "at most {} bytes, what is left of the limit slice_bytes_max for strings and lists of one call",
                self.left
            );
            return Err(BadField::new(format!("{len} bytes"), expected));
        }
        let len = len as usize;
        *self.left -= len;
        if len == 0 {
            write_slice(element, [0, 0]);
            return Ok((0, 0));
        }
        let Some(bytes) = self.memory.get(at as usize..).and_then(|bytes| bytes.get(..len)) else {
            let found = format!("a place of {len} bytes at {at}");
            let expected = format!("inside of the module's memory of {} bytes", self.memory.len());
            return Err(BadField::new(found, expected));
        };
        self.heap.resize(self.heap.len().next_multiple_of(8), 0);
        let place = self.heap.len();
        self.heap.extend_from_slice(bytes);
        write_slice(element, [place as u32, count]);
        Ok((place, len))
    }
}

/// Has the slices of a value, and of what they cover in `heap`, point to where `heap` will be.
pub(crate) fn relocate(schema: &SchemaLayout, value: &mut [u8], heap: &mut [u8], address: u32) {
    each_slice(schema, value, heap, &mut |slice, _| {
        let [at, len] = read_slice(slice);
        if len > 0 {
            write_slice(slice, [at.wrapping_add(address), len]);
        }
    });
}

/// Puts other ids in the place of those in the lists of a value.
pub(crate) fn map_entities(
    schema: &SchemaLayout,
    value: &mut [u8],
    heap: &mut [u8],
    map: &mut impl FnMut(u64) -> u64,
) {
    let mut lists: Vec<(std::sync::Arc<SchemaLayout>, usize, usize)> = Vec::new();
    each_slice(schema, value, heap, &mut |slice, element| {
        let [at, len] = read_slice(slice);
        lists.extend(element.map(|element| (element.clone(), at as usize, len as usize)));
    });
    for (schema, at, len) in lists {
        let size = schema.byte_size.max(1) as usize;
        for element in heap[at..][..len * size].chunks_exact_mut(size) {
            value::map_entities(&schema, element, map);
        }
    }
}

type Visit<'v> = dyn FnMut(&mut [u8], Option<&std::sync::Arc<SchemaLayout>>) + 'v;

/// Visits each slice of a gathered value, and those in what it covers first; with the schema of a list's
/// elements.
fn each_slice(schema: &SchemaLayout, value: &mut [u8], heap: &mut [u8], visit: &mut Visit<'_>) {
    for field in schema.fields.iter().filter(|field| has_slices(field)) {
        let element_bytes = field.element_bytes().max(1) as usize;
        let of_field = &mut value[field.offset as usize..][..field.byte_size() as usize];
        for element in of_field.chunks_exact_mut(element_bytes) {
            match (field.field_type, &field.schema) {
                (FieldType::Nested, Some(schema)) => each_slice(schema, element, heap, visit),
                (FieldType::List, Some(schema)) => {
                    if schema.has_slices() {
                        let [at, len] = read_slice(element);
                        let size = schema.byte_size.max(1) as usize;
                        for index in 0..len as usize {
                            let place = at as usize + index * size..at as usize + (index + 1) * size;
                            let mut inner = heap[place.clone()].to_vec();
                            each_slice(schema, &mut inner, heap, visit);
                            heap[place].copy_from_slice(&inner);
                        }
                    }
                    visit(element, Some(schema));
                }
                _ => visit(element, None),
            }
        }
    }
}

fn has_slices(field: &FieldLayout) -> bool {
    field.field_type.is_slice()
        || field.field_type == FieldType::Nested
            && field.schema.as_ref().is_some_and(|schema| schema.has_slices())
}

/// The address and the length in a slice's 8 bytes.
fn read_slice(bytes: &[u8]) -> [u32; 2] {
    bytemuck::pod_read_unaligned(&bytes[..8])
}

fn write_slice(bytes: &mut [u8], slice: [u32; 2]) {
    bytes.copy_from_slice(bytemuck::bytes_of(&slice));
}

#[expect(unsafe_code, reason = "the traits promise how a type is laid out")]
mod fields {
    use super::{Field, FieldType, HostField, PackedList, PackedStr};

    // SAFETY: two numbers, as a slice of the contract.
    unsafe impl HostField for PackedStr {
        type Tag = u32;
        const FIELD: Field = Field::one(FieldType::String);
    }

    // SAFETY: two numbers, as a slice of the contract; `PhantomData` has no bytes.
    unsafe impl<T: HostField> HostField for PackedList<T> {
        type Tag = u32;
        peristyle_abi::list_field!(T, HostField);
    }
}
