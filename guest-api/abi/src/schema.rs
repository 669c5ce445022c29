//! The packed layout of a component, a resource, a message or a state block.

use crate::layout::descriptor;
use crate::{Address, Feature, FieldType, SchemaKind, Slice};

descriptor! {
    /// The layout of one type, as a module's memory holds its values.
    pub struct SchemaDescriptor<A>: 32 {
        /// Bytes of this struct.
        0 => size: u32,
        /// A [`SchemaKind`].
        4 => kind: u32,
        /// The name under which the game registered the type.
        8 => name: Slice<A>,
        /// Bytes of one row.
        16 => byte_size: u32,
        /// Alignment of one row in bytes: 1, 2, 4 or 8.
        20 => align: u32,
        /// A list of [`FieldDescriptor`], or of [`VariantDescriptor`] for an enum or flags.
        24 => fields: Slice<A>,
    }
}

descriptor! {
    /// One field of a schema.
    pub struct FieldDescriptor<A>: 32 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Bytes from the start of the row.
        4 => offset: u32,
        /// The field's name.
        8 => name: Slice<A>,
        /// A [`FieldType`].
        16 => type_code: u32,
        /// Elements of that type: 1 for a number, 3 for `[3]f32` or a `Vec3`, 6 for `[2][3]f32`.
        20 => count: u32,
        /// Address of the [`SchemaDescriptor`] of a nested type or of a list's elements, else 0.
        24 => schema: A,
        /// Address of the [`ShapeDescriptor`] of an array of several dimensions, else 0.
        28 => shape: A,
    }
}

descriptor! {
    /// The dimensions of an array that has several.
    pub struct ShapeDescriptor: 24 {
        /// Bytes of this struct.
        0 => size: u32,
        /// How many dimensions there are: 2 to 4.
        4 => rank: u32,
        /// The length of each, the outermost first; then zeros. Their product is the field's count.
        8 => lengths: [u32; 4],
    }
}

descriptor! {
    /// One value of an enum, or one flag.
    pub struct VariantDescriptor<A>: 24 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Zero.
        4 => flags: u32,
        /// Its name.
        8 => name: Slice<A>,
        /// The number, or the flag's bits.
        16 => value: u64,
    }
}

/// The dimensions of a field, the outermost first. A single value has none.
pub type Shape = ShapeDescriptor;

impl Shape {
    /// That of a single value.
    pub const SINGLE: Self = Self { size: size_of::<Self>() as u32, rank: 0, lengths: [0; 4] };

    /// That of an array of `len` such values.
    ///
    /// # Panics
    /// If it has more than four dimensions.
    pub const fn array(&self, len: u32) -> Self {
        assert!(self.rank < 4, "an array has at most four dimensions");
        let [a, b, c, _] = self.lengths;
        Self { size: self.size, rank: self.rank + 1, lengths: [len, a, b, c] }
    }

    /// The length of each dimension, the outermost first.
    pub const fn lengths(&self) -> &[u32] {
        self.lengths.split_at(self.rank as usize).0
    }
}

/// One field of a [`Schema`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The field's name.
    pub name: &'static str,
    /// Bytes from the start of the row.
    pub offset: u32,
    /// The type of its elements.
    pub field_type: FieldType,
    /// How many elements it has.
    pub count: u32,
    /// Its dimensions.
    pub shape: &'static Shape,
    /// The schema of a nested type, or of a list's elements.
    pub schema: Option<&'static SchemaInfo>,
}

impl Field {
    /// A field of one such element, without a name, at offset 0.
    pub const fn one(field_type: FieldType) -> Self {
        Self { name: "", offset: 0, field_type, count: 1, shape: &Shape::SINGLE, schema: None }
    }

    /// A field of one nested type, without a name, at offset 0.
    pub const fn nested(schema: &'static SchemaInfo) -> Self {
        Self { schema: Some(schema), ..Self::one(FieldType::Nested) }
    }

    /// Alignment of the field in bytes.
    pub const fn align(&self) -> u32 {
        match (self.field_type, self.schema) {
            (FieldType::Nested, Some(schema)) => schema.align,
            (field_type, _) => field_type.align(),
        }
    }

    /// The bits of `Manifest::features` that the field asks for.
    const fn features(&self) -> u64 {
        let own = match self.field_type {
            FieldType::Nested => Feature::NestedTypes.bit(),
            FieldType::String => Feature::Strings.bit(),
            FieldType::List => Feature::Lists.bit(),
            _ if self.shape.rank > 1 => Feature::NestedTypes.bit(),
            _ => 0,
        };
        match self.schema {
            Some(schema) => own | schema.features(),
            None => own,
        }
    }
}

/// One value of an enum, or one flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: &'static str,
    /// The number, or the flag's bits.
    pub value: u64,
}

/// A schema as the compiler knows it.
#[derive(Clone, Copy, Debug)]
pub struct SchemaInfo {
    /// The name by which modules and the game refer to the type.
    pub name: &'static str,
    /// What it describes.
    pub kind: SchemaKind,
    /// Bytes of one row.
    pub byte_size: u32,
    /// Alignment of one row in bytes, as its fields ask for it.
    pub align: u32,
    /// The fields in the order of their offsets.
    pub fields: &'static [Field],
    /// The values of an enum, or the flags.
    pub variants: &'static [Variant],
    /// The same as a module's static data.
    pub descriptor: &'static SchemaDescriptor<Address>,
}

impl SchemaInfo {
    /// The bits of `Manifest::features` that a module needs for it.
    pub const fn features(&self) -> u64 {
        let mut features = match self.kind {
            SchemaKind::Struct => 0,
            _ => Feature::NestedTypes.bit(),
        };
        let mut index = 0;
        while index < self.fields.len() {
            features |= self.fields[index].features();
            index += 1;
        }
        features
    }

    /// Whether values have parts that lie elsewhere.
    pub const fn has_slices(&self) -> bool {
        self.features() & (Feature::Strings.bit() | Feature::Lists.bit()) != 0
    }

    /// The greatest alignment of some fields.
    pub const fn align_of(fields: &[Field]) -> u32 {
        let (mut align, mut index) = (1, 0);
        while index < fields.len() {
            if fields[index].align() > align {
                align = fields[index].align();
            }
            index += 1;
        }
        align
    }
}

/// A type whose values cross between the game and its scripts byte for byte.
///
/// Derive it with `#[derive(Schema)]`, which asserts everything that is required.
///
/// # Safety
/// The type has no byte of padding and no pointer. It is a `repr(C)` struct of which each byte belongs to exactly one of
/// [`FIELDS`](Self::FIELDS), and bytes that are valid for all the field types (any bytes, but 0 or
/// 1 for [`FieldType::Bool`], and for a nested type those valid for it) are a valid value; or it is an unsigned number of which
/// [`VARIANTS`](Self::VARIANTS) says the valid values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema",
    note = "derive `Schema` for a `#[repr(C)]` struct, or for an enum of a width such as `#[repr(u8)]`; a game's type \
            with strings or `Vec`s derives `Mirror` instead, and is registered by `register_script_mirror`"
)]
pub unsafe trait Schema: Copy + Send + Sync + 'static {
    /// The name by which modules and the game refer to the type.
    const NAME: &'static str;
    /// What it is.
    const KIND: SchemaKind = SchemaKind::Struct;
    /// The fields in the order of their offsets.
    const FIELDS: &'static [Field] = &[];
    /// The fields as a module's static data.
    const FIELD_DESCRIPTORS: &'static [FieldDescriptor<Address>] = &[];
    /// The values of an enum, or the flags.
    const VARIANTS: &'static [Variant] = &[];
    /// The variants as a module's static data.
    const VARIANT_DESCRIPTORS: &'static [VariantDescriptor<Address>] = &[];
    /// The schema as the compiler knows it.
    const INFO: &'static SchemaInfo = &SchemaInfo {
        name: Self::NAME,
        kind: Self::KIND,
        byte_size: size_of::<Self>() as u32,
        align: match Self::KIND {
            SchemaKind::Enum | SchemaKind::Flags => size_of::<Self>() as u32,
            _ => SchemaInfo::align_of(Self::FIELDS),
        },
        fields: Self::FIELDS,
        variants: Self::VARIANTS,
        descriptor: Self::DESCRIPTOR,
    };
    /// The schema as a module's static data.
    const DESCRIPTOR: &'static SchemaDescriptor<Address> = &SchemaDescriptor {
        size: size_of::<SchemaDescriptor<Address>>() as u32,
        kind: Self::KIND.code(),
        name: Slice::of_str(Self::NAME),
        byte_size: size_of::<Self>() as u32,
        align: match Self::KIND {
            SchemaKind::Enum | SchemaKind::Flags => size_of::<Self>() as u32,
            _ => SchemaInfo::align_of(Self::FIELDS),
        },
        fields: match Self::KIND {
            SchemaKind::Enum | SchemaKind::Flags => Slice::of(Self::VARIANT_DESCRIPTORS),
            _ => Slice::of(Self::FIELD_DESCRIPTORS),
        },
    };
}

/// The bytes of one value, in the order of its fields.
pub fn bytes_of<T: Schema>(value: &T) -> &[u8] {
    // SAFETY: `Schema` promises that no byte of `T` is padding, so all of them are initialized,
    // and the slice borrows the value.
    unsafe { core::slice::from_raw_parts(core::ptr::from_ref(value).cast(), size_of::<T>()) }
}

impl FieldDescriptor<Address> {
    /// The descriptor of `field`, for static data.
    pub const fn of(field: &Field) -> Self {
        Self {
            size: size_of::<Self>() as u32,
            offset: field.offset,
            name: Slice::of_str(field.name),
            type_code: field.field_type.code(),
            count: field.count,
            schema: match field.schema {
                Some(schema) => Address::of(schema.descriptor),
                None => Address::NULL,
            },
            shape: if field.shape.rank > 1 { Address::of(field.shape) } else { Address::NULL },
        }
    }
}

impl VariantDescriptor<Address> {
    /// The descriptor of `variant`, for static data.
    pub const fn of(variant: &Variant) -> Self {
        Self {
            size: size_of::<Self>() as u32,
            flags: 0,
            name: Slice::of_str(variant.name),
            value: variant.value,
        }
    }
}
