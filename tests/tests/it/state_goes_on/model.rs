//! A plain model of what is kept: a tree of types, and a map from the way to a value to the value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy_peristyle::abi::{FieldType, SchemaKind};
use bevy_peristyle::{FieldLayout, SchemaLayout, VariantLayout};

use FieldType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};

/// A type with its dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    pub kind: Kind,
    pub dimensions: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Plain(FieldType),
    /// Bytes of the number, and the values by name.
    Enum(u32, Vec<(String, u64)>),
    /// The same, and each value is one bit.
    Flags(u32, Vec<(String, u64)>),
    Option(Box<Type>),
    Struct(Fields),
}

/// The fields of a struct in any order.
pub type Fields = Vec<(String, Type)>;

/// A single value.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    Whole(i128),
    Float(f64),
    Name(String),
    Names(BTreeSet<String>),
    IsThere(bool),
}

/// By the way to each value; an option's has a `?` at its end.
pub type Values = BTreeMap<String, Leaf>;

/// The fields that are gone, and how many values they had.
pub type Dropped = BTreeMap<String, usize>;

/// The numbers that hold every number of a type.
fn wider(from: FieldType) -> &'static [FieldType] {
    match from {
        U8 => &[U16, U32, U64, I16, I32, I64, F32, F64],
        U16 => &[U32, U64, I32, I64, F32, F64],
        U32 => &[U64, I64, F64],
        I8 => &[I16, I32, I64, F32, F64],
        I16 => &[I32, I64, F32, F64],
        I32 => &[I64, F64],
        F32 => &[F64],
        _ => &[],
    }
}

impl Type {
    pub fn one(kind: Kind) -> Self {
        Self { kind, dimensions: Vec::new() }
    }

    fn count(&self) -> u32 {
        self.dimensions.iter().product()
    }

    /// The field as the contract describes it; the fields of structs in an order that leaves no gaps.
    fn field(&self, name: &str) -> FieldLayout {
        let (field_type, schema) = match &self.kind {
            Kind::Plain(field_type) => (*field_type, None),
            _ => (FieldType::Nested, Some(Arc::new(self.kind.layout()))),
        };
        let shape = if self.dimensions.len() > 1 { self.dimensions.clone() } else { Vec::new() };
        FieldLayout { shape, schema, ..FieldLayout::new(name, 0, field_type, self.count()) }
    }

    /// Calls `each` with the way to every element, and with where it lies in the array.
    fn elements(&self, way: &str, mut each: impl FnMut(String, usize)) {
        for index in 0..self.count() {
            let (mut rest, mut indices) = (index, String::new());
            for &length in self.dimensions.iter().rev() {
                indices = format!("[{}]{indices}", rest % length);
                rest /= length;
            }
            each(format!("{way}{indices}"), index as usize);
        }
    }

    /// Writes the values to their places in `bytes`.
    pub fn encode(&self, way: &str, values: &Values, bytes: &mut [u8]) {
        let size = self.field("").element_bytes() as usize;
        self.elements(way, |way, index| self.kind.encode(&way, values, &mut bytes[index * size..][..size]));
    }

    pub fn decode(&self, way: &str, bytes: &[u8], values: &mut Values) {
        let size = self.field("").element_bytes() as usize;
        self.elements(way, |way, index| self.kind.decode(&way, &bytes[index * size..][..size], values));
    }

    /// Values that begin as zeros, or as the least of an enum.
    pub fn blank(&self, way: &str, values: &mut Values) {
        self.elements(way, |way, _| self.kind.fill(&way, values, &mut |kind| kind.least()));
    }

    /// Values that `leaf` chooses.
    pub fn fill(&self, way: &str, values: &mut Values, leaf: &mut dyn FnMut(&Kind) -> Leaf) {
        self.elements(way, |way, _| self.kind.fill(&way, values, leaf));
    }

    /// Whether what this type holds may go on in `new`, as far as the types say.
    pub fn fits(&self, new: &Self) -> bool {
        self.dimensions.len() == new.dimensions.len()
            && match (&self.kind, &new.kind) {
                (Kind::Plain(old), Kind::Plain(new)) => old == new || wider(*old).contains(new),
                (Kind::Enum(..), Kind::Enum(..)) | (Kind::Flags(..), Kind::Flags(..)) => true,
                (Kind::Option(old), Kind::Option(new)) => old.fits(new),
                (Kind::Struct(old), Kind::Struct(new)) => old.iter().all(|(name, old)| {
                    new.iter().filter(|(other, _)| other == name).all(|(_, new)| old.fits(new))
                }),
                _ => false,
            }
    }

    /// Moves the values below `way` to `out`, which holds the fresh ones, and counts the values of fields that `new`
    /// lacks. `None` where one would be lost.
    pub fn migrate(
        &self,
        new: &Self,
        way: &str,
        values: &Values,
        out: &mut Values,
        dropped: &mut Dropped,
    ) -> Option<()> {
        let (mut ways, mut kept) = (Vec::new(), BTreeSet::new());
        self.elements(way, |way, _| ways.push(way));
        new.elements(way, |way, _| {
            kept.insert(way);
        });
        for way in ways {
            if kept.contains(&way) {
                self.kind.migrate(&new.kind, &way, values, out, dropped)?;
            } else {
                let mut bytes = vec![0; self.field("").element_bytes() as usize];
                self.kind.encode(&way, values, &mut bytes);
                bytes.iter().all(|&byte| byte == 0).then_some(())?;
            }
        }
        Some(())
    }

    /// The fields that `new` lacks, with `[]` for each dimension on the way.
    pub fn dropped(&self, new: &Self, way: &str, out: &mut Dropped) {
        let way = format!("{way}{}", "[]".repeat(self.dimensions.len()));
        match (&self.kind, &new.kind) {
            (Kind::Struct(old), Kind::Struct(new)) => {
                for (name, old) in old {
                    let way = join(&way, name);
                    match new.iter().find(|(other, _)| other == name) {
                        Some((_, new)) => old.dropped(new, &way, out),
                        None => drop(out.insert(way, 0)),
                    }
                }
            }
            (Kind::Option(old), Kind::Option(new)) => old.dropped(new, &way, out),
            _ => {}
        }
    }
}

fn join(way: &str, name: &str) -> String {
    if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") }
}

/// The values at and below a way.
fn is_below(way: &str, top: &str) -> bool {
    way.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '?']))
}

impl Kind {
    pub fn layout(&self) -> SchemaLayout {
        let of_names = |kind, bytes: u32, names: &[(String, u64)]| {
            let variant = |(name, value): &(String, u64)| VariantLayout { name: name.clone(), value: *value };
            let mut variants: Vec<_> = names.iter().map(variant).collect();
            variants.sort_by_key(|variant| variant.value);
            SchemaLayout { kind, byte_size: bytes, align: bytes, variants, ..SchemaLayout::new("Names") }
        };
        match self {
            Self::Plain(_) => unreachable!("a plain field has no schema"),
            Self::Enum(bytes, names) => of_names(SchemaKind::Enum, *bytes, names),
            Self::Flags(bytes, names) => of_names(SchemaKind::Flags, *bytes, names),
            Self::Option(value) => {
                let value = value.field("value");
                let tag = match value.align() {
                    1 => U8,
                    2 => U16,
                    4 => U32,
                    _ => U64,
                };
                let mut layout = packed("Option", vec![FieldLayout::new("some", 0, tag, 1), value]);
                layout.kind = SchemaKind::Option;
                layout
            }
            Self::Struct(fields) => {
                packed("Struct", fields.iter().map(|(name, field)| field.field(name)).collect())
            }
        }
    }

    fn least(&self) -> Leaf {
        match self {
            Self::Plain(F32 | F64) => Leaf::Float(0.0),
            Self::Plain(_) => Leaf::Whole(0),
            Self::Enum(_, names) => Leaf::Name(
                names.iter().min_by_key(|(_, value)| value).map_or(String::new(), |name| name.0.clone()),
            ),
            Self::Flags(..) => Leaf::Names(BTreeSet::new()),
            Self::Option(_) | Self::Struct(_) => Leaf::IsThere(false),
        }
    }

    fn fill(&self, way: &str, values: &mut Values, leaf: &mut dyn FnMut(&Self) -> Leaf) {
        match self {
            Self::Struct(fields) => {
                fields.iter().for_each(|(name, field)| field.fill(&join(way, name), values, leaf));
            }
            Self::Option(value) => {
                let is_there = leaf(self);
                if is_there == Leaf::IsThere(true) {
                    value.fill(way, values, leaf);
                }
                values.insert(format!("{way}?"), is_there);
            }
            _ => drop(values.insert(way.to_owned(), leaf(self))),
        }
    }

    fn encode(&self, way: &str, values: &Values, bytes: &mut [u8]) {
        let number: i128 = match (self, values.get(way)) {
            (Self::Struct(fields), _) => {
                for place in &self.layout().fields {
                    let field = fields.iter().find(|(name, _)| *name == place.name);
                    let bytes = &mut bytes[place.offset as usize..][..place.byte_size() as usize];
                    if let Some((name, field)) = field {
                        field.encode(&join(way, name), values, bytes);
                    }
                }
                return;
            }
            (Self::Option(value), _) => {
                bytes.fill(0);
                if values.get(&format!("{way}?")) == Some(&Leaf::IsThere(true)) {
                    bytes[0] = 1;
                    let layout = self.layout();
                    value.encode(way, values, &mut bytes[layout.fields[1].offset as usize..]);
                }
                return;
            }
            (Self::Plain(F32), Some(Leaf::Float(value))) => (*value as f32).to_bits().into(),
            (Self::Plain(F64), Some(Leaf::Float(value))) => value.to_bits().into(),
            (Self::Plain(_), Some(Leaf::Whole(value))) => *value,
            (Self::Enum(_, names), Some(Leaf::Name(name))) => {
                names.iter().find(|(other, _)| other == name).map_or(0, |(_, value)| i128::from(*value))
            }
            (Self::Flags(_, names), Some(Leaf::Names(set))) => {
                names.iter().filter(|(name, _)| set.contains(name)).map(|(_, value)| i128::from(*value)).sum()
            }
            (kind, leaf) => unreachable!("{way} is {kind:?} and holds {leaf:?}"),
        };
        bytes.copy_from_slice(&number.to_le_bytes()[..bytes.len()]);
    }

    fn decode(&self, way: &str, bytes: &[u8], values: &mut Values) {
        let mut number = [0; 16];
        number[..bytes.len().min(16)].copy_from_slice(&bytes[..bytes.len().min(16)]);
        let number = u128::from_le_bytes(number);
        let leaf = match self {
            Self::Struct(fields) => {
                for place in &self.layout().fields {
                    let field = fields.iter().find(|(name, _)| *name == place.name);
                    if let Some((name, field)) = field {
                        field.decode(&join(way, name), &bytes[place.offset as usize..], values);
                    }
                }
                return;
            }
            Self::Option(value) => {
                let at = self.layout().fields[1].offset as usize;
                assert!(bytes[0] == 1 || bytes.iter().all(|&byte| byte == 0), "{way}: {bytes:?}");
                values.insert(format!("{way}?"), Leaf::IsThere(bytes[0] == 1));
                if bytes[0] == 1 {
                    value.decode(way, &bytes[at..], values);
                }
                return;
            }
            Self::Plain(F32) => Leaf::Float(f32::from_bits(number as u32).into()),
            Self::Plain(F64) => Leaf::Float(f64::from_bits(number as u64)),
            Self::Plain(I8 | I16 | I32 | I64) => {
                let unused = 128 - 8 * bytes.len();
                Leaf::Whole((number as i128) << unused >> unused)
            }
            Self::Plain(_) => Leaf::Whole(number as i128),
            Self::Enum(_, names) => {
                let name = names.iter().find(|(_, value)| u128::from(*value) == number);
                Leaf::Name(name.unwrap_or_else(|| panic!("{way} holds {number} of {names:?}")).0.clone())
            }
            Self::Flags(_, names) => {
                let set = names.iter().filter(|(_, value)| u128::from(*value) & number != 0);
                Leaf::Names(set.map(|(name, _)| name.clone()).collect())
            }
        };
        values.insert(way.to_owned(), leaf);
    }

    fn migrate(
        &self,
        new: &Self,
        way: &str,
        values: &Values,
        out: &mut Values,
        dropped: &mut Dropped,
    ) -> Option<()> {
        match (self, new) {
            (Self::Struct(old), Self::Struct(new)) => {
                for (name, _) in old.iter().filter(|(old, _)| new.iter().all(|(new, _)| old != new)) {
                    let way: String = join(way, name).chars().filter(|char| !char.is_ascii_digit()).collect();
                    *dropped.entry(way).or_default() += 1;
                }
                for (name, new) in new {
                    if let Some((_, old)) = old.iter().find(|(other, _)| other == name) {
                        old.migrate(new, &join(way, name), values, out, dropped)?;
                    }
                }
            }
            (Self::Option(old), Self::Option(new)) => {
                let tag = format!("{way}?");
                let is_there = values.get(&tag)?.clone();
                if is_there == Leaf::IsThere(false) {
                    out.retain(|other, _| !is_below(other, way));
                } else if out.get(&tag) == Some(&Leaf::IsThere(false)) {
                    new.blank(way, out);
                }
                out.insert(tag, is_there.clone());
                if is_there == Leaf::IsThere(true) {
                    old.migrate(new, way, values, out, dropped)?;
                }
            }
            _ => {
                let leaf = values.get(way)?.clone();
                let leaf = match (leaf, new) {
                    (Leaf::Whole(value), Self::Plain(F32 | F64)) => Leaf::Float(value as f64),
                    (Leaf::Name(name), Self::Enum(_, names)) => {
                        names.iter().any(|(other, _)| *other == name).then_some(Leaf::Name(name))?
                    }
                    (Leaf::Names(set), Self::Flags(_, names)) => {
                        let is_known = |name: &String| names.iter().any(|(other, _)| other == name);
                        set.iter().all(is_known).then_some(Leaf::Names(set))?
                    }
                    (leaf, _) => leaf,
                };
                out.insert(way.to_owned(), leaf);
            }
        }
        Some(())
    }
}

/// A struct of these fields, those of large alignment first, and bytes of padding that have names.
fn packed(name: &str, mut fields: Vec<FieldLayout>) -> SchemaLayout {
    let align = fields.iter().map(FieldLayout::align).max().unwrap_or(1);
    fields.sort_by_key(|field| std::cmp::Reverse(field.align()));
    let mut layout = SchemaLayout { align, ..SchemaLayout::new(name) };
    for mut field in fields {
        field.offset = layout.byte_size;
        layout.byte_size += field.byte_size();
        layout.fields.push(field);
    }
    let rest = layout.byte_size.next_multiple_of(align) - layout.byte_size;
    if rest > 0 {
        layout.fields.push(FieldLayout::new(&format!("pad{rest}"), layout.byte_size, U8, rest));
        layout.byte_size += rest;
    }
    layout
}
