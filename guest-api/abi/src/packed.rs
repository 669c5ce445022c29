//! Which Rust types the fields of a schema may have.

use core::mem::MaybeUninit;

use crate::{Address, Field, FieldDescriptor, FieldType};

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

/// A Rust type that a field of a [`Schema`](crate::Schema) may have.
///
/// # Safety
/// The type is what [`FIELD`](Self::FIELD) says: so many elements of that type side by side, without
/// padding, and every value that is valid for the elements is one of the type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a schema",
    note = "fields are bool, integers of 8 to 64 bits, f32, f64, Entity, Str, List, Maybe, types that derive Schema, \
            and arrays of those"
)]
pub unsafe trait PackedField: Copy {
    /// An unsigned number as large as the type's alignment: the one before a value in a [`Maybe`].
    type Tag;
    /// The type as a field without a name at offset 0.
    const FIELD: Field;
    /// The fields of a schema that belongs to this type alone.
    #[doc(hidden)]
    const PARTS: &'static [FieldDescriptor<Address>] = &[];
}

macro_rules! packed_fields {
    ($($type:ty, $tag:ty => $field_type:ident;)*) => {
        $(
            // SAFETY: one number of that width; Rust's sizes are asserted below.
            unsafe impl PackedField for $type {
                type Tag = $tag;
                const FIELD: Field = Field::one(FieldType::$field_type);
            }
            const _: () = assert!(size_of::<$type>() == FieldType::$field_type.size() as usize);
        )*
    };
}

packed_fields! {
    bool, u8 => Bool; u8, u8 => U8; i8, u8 => I8; u16, u16 => U16; i16, u16 => I16;
    u32, u32 => U32; i32, u32 => I32; u64, u64 => U64; i64, u64 => I64; f32, u32 => F32; f64, u64 => F64;
    Entity, u64 => Entity;
}

// SAFETY: an array is its elements side by side, and a product of counts counts them all.
unsafe impl<T: PackedField, const N: usize> PackedField for [T; N] {
    type Tag = T::Tag;
    const FIELD: Field =
        Field { count: T::FIELD.count * N as u32, shape: &T::FIELD.shape.array(N as u32), ..T::FIELD };
}

/// An alignment in bytes, for [`Aligned::Tag`].
#[derive(Debug)]
pub struct Align<const BYTES: usize>;

/// Which number is as large as an alignment.
pub trait Aligned {
    /// That number; `()` where there is none.
    type Tag;
}

macro_rules! aligned {
    ($($bytes:literal => $tag:ty),*) => { $(impl Aligned for Align<$bytes> { type Tag = $tag; })* };
}
aligned!(1 => u8, 2 => u16, 4 => u32, 8 => u64, 16 => ());

/// A number that says whether a [`Maybe`] has a value.
pub trait Tag: Copy + Default + PartialEq + From<bool> + Send + Sync + core::fmt::Debug + 'static {}
impl Tag for u8 {}
impl Tag for u16 {}
impl Tag for u32 {}
impl Tag for u64 {}

/// Perhaps a value, packed: a tag of 0 or 1 as large as the value's alignment, then the value.
///
/// Guests and games name it by an alias with one parameter, `Maybe<T>`.
#[repr(C)]
pub struct Maybe<T, G> {
    some: G,
    /// All zeros where there is none.
    value: MaybeUninit<T>,
}

impl<T: Copy, G: Copy> Clone for Maybe<T, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Copy, G: Copy> Copy for Maybe<T, G> {}

impl<T: Copy, G: Tag> Maybe<T, G> {
    /// The value, if there is one.
    pub fn get(&self) -> Option<T> {
        // SAFETY: a value is there wherever the tag is not 0: that is how `From` makes it, and what
        // the host checks of bytes.
        (self.some != G::default()).then(|| unsafe { self.value.assume_init() })
    }

    /// Puts a value, or none, in the place of the one before.
    pub fn set(&mut self, value: Option<T>) {
        *self = value.into();
    }
}

impl<T: Copy, G: Tag> From<Option<T>> for Maybe<T, G> {
    fn from(value: Option<T>) -> Self {
        let some = G::from(value.is_some());
        Self { some, value: value.map_or(MaybeUninit::zeroed(), MaybeUninit::new) }
    }
}

impl<T: Copy, G: Tag> From<Maybe<T, G>> for Option<T> {
    fn from(value: Maybe<T, G>) -> Self {
        value.get()
    }
}

impl<T: Copy, G: Tag> Default for Maybe<T, G> {
    fn default() -> Self {
        None.into()
    }
}

impl<T: Copy + PartialEq, G: Tag> PartialEq for Maybe<T, G> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Copy + core::fmt::Debug, G: Tag> core::fmt::Debug for Maybe<T, G> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.get().fmt(f)
    }
}

// SAFETY: the two fields lie side by side without padding, as the constant asserts; of the value,
// bytes that are none of its type are never looked at.
unsafe impl<T: PackedField, G: Tag + PackedField> PackedField for Maybe<T, G> {
    type Tag = G;
    crate::maybe_field!(T, G, PackedField);
}

/// The constants of `$field` for a [`Maybe`] whose value is a field by that trait.
#[doc(hidden)]
#[macro_export]
macro_rules! maybe_field {
    ($value:ty, $tag:ty, $field:path) => {
        const PARTS: &'static [$crate::FieldDescriptor<$crate::Address>] = &[
            $crate::FieldDescriptor::of(&$crate::Field {
                name: "some",
                ..<$tag as $crate::PackedField>::FIELD
            }),
            $crate::FieldDescriptor::of(&$crate::Field {
                name: "value",
                offset: size_of::<$tag>() as u32,
                ..<$value as $field>::FIELD
            }),
        ];
        const FIELD: $crate::Field = {
            assert!(
                align_of::<Self>() == size_of::<$tag>()
                    && size_of::<Self>() == size_of::<$tag>() + size_of::<$value>(),
                "a Maybe has no padding"
            );
            $crate::Field {
                schema: Some(&$crate::SchemaInfo {
                    name: "Maybe",
                    kind: $crate::SchemaKind::Option,
                    byte_size: size_of::<Self>() as u32,
                    align: size_of::<$tag>() as u32,
                    fields: &[
                        $crate::Field { name: "some", ..<$tag as $crate::PackedField>::FIELD },
                        $crate::Field {
                            name: "value",
                            offset: size_of::<$tag>() as u32,
                            ..<$value as $field>::FIELD
                        },
                    ],
                    variants: &[],
                    descriptor: &$crate::SchemaDescriptor {
                        size: size_of::<$crate::SchemaDescriptor<$crate::Address>>() as u32,
                        kind: $crate::SchemaKind::Option.code(),
                        name: $crate::Slice::of_str("Maybe"),
                        byte_size: size_of::<Self>() as u32,
                        align: size_of::<$tag>() as u32,
                        fields: $crate::Slice::of(<Self as $field>::PARTS),
                    },
                }),
                ..$crate::Field::one($crate::FieldType::Nested)
            }
        };
    };
}

/// The constants of `$field` for a list of `$value`, which is a field by that trait.
#[doc(hidden)]
#[macro_export]
macro_rules! list_field {
    ($value:ty, $field:path) => {
        const PARTS: &'static [$crate::FieldDescriptor<$crate::Address>] =
            &[$crate::FieldDescriptor::of(&$crate::Field { name: "value", ..<$value as $field>::FIELD })];
        const FIELD: $crate::Field = $crate::Field {
            schema: Some(&$crate::SchemaInfo {
                name: "List",
                kind: $crate::SchemaKind::Element,
                byte_size: size_of::<$value>() as u32,
                align: <$value as $field>::FIELD.align(),
                fields: &[$crate::Field { name: "value", ..<$value as $field>::FIELD }],
                variants: &[],
                descriptor: &$crate::SchemaDescriptor {
                    size: size_of::<$crate::SchemaDescriptor<$crate::Address>>() as u32,
                    kind: $crate::SchemaKind::Element.code(),
                    name: $crate::Slice::of_str("List"),
                    byte_size: size_of::<$value>() as u32,
                    align: <$value as $field>::FIELD.align(),
                    fields: $crate::Slice::of(<Self as $field>::PARTS),
                },
            }),
            ..$crate::Field::one($crate::FieldType::List)
        };
    };
}

/// Defines a set of flags: an unsigned number of which each named bit means something.
///
/// Guests and games have their own macro of the name `flags`, which calls this one.
#[doc(hidden)]
#[macro_export]
macro_rules! flags_with {
    ([$field:path] $(#[$meta:meta])* $vis:vis struct $name:ident: $bits:ty {
        $( $(#[$flag_meta:meta])* $flag:ident = $value:expr; )*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
        #[repr(transparent)]
        $vis struct $name($bits);

        impl $name {
            $( $(#[$flag_meta])* pub const $flag: Self = Self($value); )*
            /// No flag.
            pub const NONE: Self = Self(0);

            /// The number.
            pub const fn bits(self) -> $bits {
                self.0
            }

            /// Whether all of these flags are set.
            pub const fn contains(self, flags: Self) -> bool {
                self.0 & flags.0 == flags.0
            }

            /// These flags as well.
            pub const fn with(self, flags: Self) -> Self {
                Self(self.0 | flags.0)
            }

            /// All but these flags.
            pub const fn without(self, flags: Self) -> Self {
                Self(self.0 & !flags.0)
            }
        }

        impl ::core::ops::BitOr for $name {
            type Output = Self;
            fn bitor(self, flags: Self) -> Self {
                self.with(flags)
            }
        }

        impl ::core::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, flags: Self) {
                *self = self.with(flags);
            }
        }

        // SAFETY: it is an unsigned number, any value of which is one of the type.
        unsafe impl $crate::Schema for $name {
            const NAME: &'static str = stringify!($name);
            const KIND: $crate::SchemaKind = $crate::SchemaKind::Flags;
            const VARIANTS: &'static [$crate::Variant] =
                &[$($crate::Variant { name: stringify!($flag), value: ($value) as u64 }),*];
            const VARIANT_DESCRIPTORS: &'static [$crate::VariantDescriptor<$crate::Address>] = &[
                $($crate::VariantDescriptor::of(&$crate::Variant { name: stringify!($flag), value: ($value) as u64 })),*
            ];
        }

        // SAFETY: as above.
        unsafe impl $field for $name {
            type Tag = $bits;
            const FIELD: $crate::Field = $crate::Field::nested(<Self as $crate::Schema>::INFO);
        }
    };
}
