//! Which types the fields of a component may have, on the game's side.
#![expect(unsafe_code, reason = "the trait promises how a foreign type is laid out")]

use bevy::color::LinearRgba;
use bevy::math::{
    DVec2, DVec3, IVec2, IVec3, IVec4, Mat2, Mat3, Mat4, Quat, UVec2, UVec3, UVec4, Vec2, Vec3, Vec4,
};
use bevy::prelude::Entity;
use peristyle_abi::{Address, Field, FieldDescriptor, FieldType, PackedField, SchemaKind, Tag};

/// A Rust type that a field of a component may have which the game offers to scripts.
///
/// Those of a script ([`PackedField`]), and the vectors, quaternions, matrices and linear colors of Bevy that are
/// nothing but their numbers: `Vec4` and `Quat` are `[4]f32` to scripts, `Mat4` is `[4][4]f32`, column by
/// column. Where the processor has registers for it those ask for an alignment of 16 bytes in the game, and a struct
/// that would have padding by that is refused when it is compiled. Bevy's `Entity` is never 0, which a
/// script may write: use [`ScriptEntity`](crate::ScriptEntity).
///
/// # Safety
/// The type is what [`FIELD`](Self::FIELD) says: so many elements of that type side by side, without
/// padding, and every value that is valid for the elements is one of the type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a component that scripts see",
    note = "fields are bool, integers of 8 to 64 bits, f32, f64, ScriptEntity, vectors, Quat, matrices, `LinearRgba`, \
            Maybe, types that derive Schema, and arrays of those; where `Mirror` is derived also String, Vec, Option, \
            Entity and types that derive Mirror. Write u32 or u64 for usize; a map crosses in a message by serde. A \
            component or message derives `Schema` or `Mirror` itself"
)]
pub unsafe trait HostField: Copy {
    /// An unsigned number as large as the type's alignment: the one before a value in a [`Maybe`].
    type Tag;
    /// The type as a field without a name at offset 0.
    const FIELD: Field;
    /// The fields of a schema that belongs to this type alone.
    #[doc(hidden)]
    const PARTS: &'static [FieldDescriptor<Address>] = &[];
}

/// The bytes of some values.
pub(crate) fn bytes_of<T: HostField>(values: &[T]) -> &[u8] {
    // SAFETY: `HostField` promises that no byte of `T` is padding, so all of them are initialized,
    // and the slice borrows the values.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The value that these bytes are, if they are one.
pub(crate) fn value_of<T: HostField>(bytes: &[u8]) -> Option<T> {
    let fits = bytes.len() == size_of::<T>() && is_valid(&T::FIELD, bytes);
    // SAFETY: there are enough bytes, and they are valid for the field that `T` is.
    fits.then(|| unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}

/// Whether a Rust type takes these bytes for such a field.
fn is_valid(field: &Field, bytes: &[u8]) -> bool {
    let (field_type, schema) = (field.field_type, field.schema);
    match (field_type, schema) {
        (FieldType::Bool, _) => bytes.iter().all(|&byte| byte < 2),
        (FieldType::Nested, Some(schema)) => {
            bytes.chunks_exact(schema.byte_size.max(1) as usize).all(|value| {
                let number = value.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
                let is_there = schema.kind != SchemaKind::Option
                    || value[..schema.align as usize].iter().any(|&byte| byte != 0);
                let is_known = schema.kind != SchemaKind::Enum
                    || schema.variants.iter().any(|variant| variant.value == number);
                is_known
                    && (!is_there
                        || schema.fields.iter().all(|field| {
                            let element_bytes = match (field.field_type, field.schema) {
                                (FieldType::Nested, Some(schema)) => schema.byte_size,
                                (field_type, _) => field_type.size(),
                            };
                            let len = (element_bytes * field.count) as usize;
                            is_valid(field, &value[field.offset as usize..][..len])
                        }))
            })
        }
        _ => true,
    }
}

/// Perhaps a value, as a field of a component.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{Maybe, Schema};
///
/// #[derive(Component, Schema, Clone, Copy)]
/// #[repr(C)]
/// struct Orders { goal: Maybe<Vec2> }
///
/// let orders = Orders { goal: Some(Vec2::X).into() };
/// assert_eq!(orders.goal.get(), Some(Vec2::X));
/// ```
pub type Maybe<T> = peristyle_abi::Maybe<T, <T as HostField>::Tag>;

macro_rules! packed {
    ($($type:ty),+) => {$(
        // SAFETY: `PackedField` promises the same.
        unsafe impl HostField for $type {
            type Tag = <$type as PackedField>::Tag;
            const FIELD: Field = <$type as PackedField>::FIELD;
        }
    )+};
}

packed!(bool, u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, peristyle_abi::Entity);

macro_rules! numbers {
    ($($type:ty = $tag:ty, $array:ty);+ $(;)?) => {$(
        // SAFETY: it is `repr(C)`, or one register, with so many fields of that number; size and
        // alignment are asserted.
        unsafe impl HostField for $type {
            type Tag = $tag;
            const FIELD: Field = <$array as PackedField>::FIELD;
        }
        const _: () = {
            assert!(size_of::<$type>() == size_of::<$array>());
            assert!(align_of::<$type>() >= align_of::<$array>());
        };
    )+};
}

numbers! {
    Vec2 = u32, [f32; 2];
    Vec3 = u32, [f32; 3];
    IVec2 = u32, [i32; 2];
    IVec3 = u32, [i32; 3];
    IVec4 = u32, [i32; 4];
    UVec2 = u32, [u32; 2];
    UVec3 = u32, [u32; 3];
    UVec4 = u32, [u32; 4];
    DVec2 = u64, [f64; 2];
    DVec3 = u64, [f64; 3];
    Mat3 = u32, [[f32; 3]; 3];
    LinearRgba = u32, [f32; 4];
    // Their alignment is not the same everywhere, so no `Maybe` has one.
    Vec4 = (), [f32; 4];
    Quat = (), [f32; 4];
    Mat2 = (), [[f32; 2]; 2];
    Mat4 = (), [[f32; 4]; 4];
}

// SAFETY: an array is its elements side by side, and a product of counts counts them all.
unsafe impl<T: HostField, const N: usize> HostField for [T; N] {
    type Tag = T::Tag;
    const FIELD: Field =
        Field { count: T::FIELD.count * N as u32, shape: &T::FIELD.shape.array(N as u32), ..T::FIELD };
}

// SAFETY: the two fields lie side by side without padding, as the constant asserts; of the value,
// bytes that are none of its type are never looked at.
unsafe impl<T: HostField, G: Tag + PackedField> HostField for peristyle_abi::Maybe<T, G> {
    type Tag = G;
    peristyle_abi::maybe_field!(T, G, HostField);
}

/// Defines a set of flags that may be a field of a component: an unsigned number of which each named
/// bit means something. Any other bit that a script writes is a fault.
///
/// ```
/// bevy_peristyle::flags! {
///     /// What a drone can do.
///     pub struct Abilities: u8 {
///         FLY = 1;
///         SWIM = 2;
///     }
/// }
///
/// assert!((Abilities::FLY | Abilities::SWIM).contains(Abilities::SWIM));
/// ```
#[macro_export]
macro_rules! flags {
    ($($definition:tt)*) => {
        $crate::abi::flags_with! { [$crate::HostField] $($definition)* }
    };
}

/// Conversions of the id of an entity as scripts see it.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{Schema, ScriptEntity, ScriptEntityExt};
///
/// #[derive(Component, Schema, Clone, Copy)]
/// #[repr(C)]
/// struct Cargo { carrier: ScriptEntity }
///
/// let drone = World::new().spawn_empty().id();
/// let cargo = Cargo { carrier: ScriptEntity::of(drone) };
/// assert_eq!(cargo.carrier.entity(), Some(drone));
/// assert_eq!(ScriptEntity::NONE.entity(), None);
/// ```
pub trait ScriptEntityExt {
    /// The id of a Bevy entity.
    fn of(entity: Entity) -> Self;
    /// Bevy's id, or `None` for no entity. Whether that is there still is Bevy's to say.
    fn entity(self) -> Option<Entity>;
}

impl ScriptEntityExt for peristyle_abi::Entity {
    fn of(entity: Entity) -> Self {
        Self::from_bits(entity.to_bits())
    }

    fn entity(self) -> Option<Entity> {
        Entity::try_from_bits(self.to_bits())
    }
}
