//! The packed layout of a component or a state block.

use crate::layout::descriptor;
use crate::{Address, FieldType, Slice};

descriptor! {
    /// The layout of one component or state block, as a module's memory holds it.
    pub struct SchemaDescriptor<A>: 32 {
        /// Bytes of this struct.
        0 => size: u32,
        /// Zero.
        4 => flags: u32,
        /// The name under which the game registered the component.
        8 => name: Slice<A>,
        /// Bytes of one row.
        16 => byte_size: u32,
        /// Alignment of one row in bytes: 1, 2, 4 or 8.
        20 => align: u32,
        /// A list of [`FieldDescriptor`].
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
        /// Elements of that type: 1 for a number, 3 for `[3]f32` or a `Vec3`.
        20 => count: u32,
        /// Zero; kept for the schema of a nested struct.
        24 => schema: A,
        /// Zero.
        28 => flags: u32,
    }
}

/// One field of a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field's name.
    pub name: &'static str,
    /// Bytes from the start of the row.
    pub offset: u32,
    /// The type of its elements.
    pub field_type: FieldType,
    /// How many elements it has.
    pub count: u32,
}

/// A type whose values cross between the game and its scripts byte for byte.
///
/// Derive it with `#[derive(Schema)]`, which asserts everything that is required.
///
/// # Safety
/// The type is `repr(C)`, has no byte of padding and no pointer, each byte belongs to exactly
/// one of [`FIELDS`](Self::FIELDS), and bytes that are valid for all the field types (any bytes,
/// but 0 or 1 for [`FieldType::Bool`]) are a valid value.
pub unsafe trait Schema: Copy + Send + Sync + 'static {
    /// The name by which modules and the game refer to the type.
    const NAME: &'static str;
    /// The fields in the order of their offsets.
    const FIELDS: &'static [Field];
    /// The fields as a module's static data.
    const FIELD_DESCRIPTORS: &'static [FieldDescriptor<Address>];
    /// The schema as a module's static data.
    const DESCRIPTOR: &'static SchemaDescriptor<Address> = &SchemaDescriptor {
        size: size_of::<SchemaDescriptor<Address>>() as u32,
        flags: 0,
        name: Slice::of_str(Self::NAME),
        byte_size: size_of::<Self>() as u32,
        align: align_of::<Self>() as u32,
        fields: Slice::of(Self::FIELD_DESCRIPTORS),
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
            schema: Address::NULL,
            flags: 0,
        }
    }
}

/// An entity's id, as it crosses between the game and its scripts.
///
/// It is 8 bytes; 0 is no entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Entity(u64);

impl Entity {
    /// No entity.
    pub const NONE: Self = Self(0);

    /// The id with these bits, which a module has no way to make up: one that no entity has is
    /// refused where it is used.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The id's bits.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// Whether it is that of an entity, or [`NONE`](Self::NONE).
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }
}

/// A Rust type that a field of a [`Schema`] may have.
///
/// # Safety
/// The type is [`COUNT`](Self::COUNT) elements of [`TYPE`](Self::TYPE) side by side, with that
/// element's size and alignment and no padding.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a schema",
    note = "fields are bool, integers of 8 to 64 bits, f32, f64, Entity, and arrays of those"
)]
pub unsafe trait PackedField {
    /// The type of one element.
    const TYPE: FieldType;
    /// How many elements there are.
    const COUNT: u32;
}

macro_rules! packed_fields {
    ($($type:ty => $field_type:ident,)*) => {
        $(
            // SAFETY: one number of that width; Rust's sizes are asserted below.
            unsafe impl PackedField for $type {
                const TYPE: FieldType = FieldType::$field_type;
                const COUNT: u32 = 1;
            }
            const _: () = assert!(size_of::<$type>() == FieldType::$field_type.size() as usize);
        )*
    };
}

packed_fields! {
    bool => Bool, u8 => U8, i8 => I8, u16 => U16, i16 => I16, u32 => U32, i32 => I32,
    u64 => U64, i64 => I64, f32 => F32, f64 => F64, Entity => Entity,
}

// SAFETY: an array is its elements side by side, and a product of counts counts them all.
unsafe impl<T: PackedField, const N: usize> PackedField for [T; N] {
    const TYPE: FieldType = T::TYPE;
    const COUNT: u32 = T::COUNT * N as u32;
}
