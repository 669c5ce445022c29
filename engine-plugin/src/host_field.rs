//! Which types the fields of a component may have, on the game's side.
#![expect(unsafe_code, reason = "the trait promises how a foreign type is laid out")]

use bevy::math::{IVec2, IVec3, UVec2, UVec3, Vec2, Vec3};
use bevy::prelude::Entity;
use peristyle_abi::{FieldType, PackedField};

/// A Rust type that a field of a component may have which the game offers to scripts.
///
/// Those of a script ([`PackedField`]), and the vectors that are as large and as aligned as their
/// numbers. `Vec4`, `Quat` and `Mat4` are not: write `[f32; 4]`. Bevy's `Entity` is never 0, which a
/// script may write: use [`ScriptEntity`](crate::ScriptEntity).
///
/// # Safety
/// The type is [`COUNT`](Self::COUNT) elements of [`TYPE`](Self::TYPE) side by side, with that
/// element's size and alignment and no padding. Every value that is valid for the elements is
/// one of the type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a component that scripts see",
    note = "fields are bool, integers of 8 to 64 bits, f32, f64, ScriptEntity, Vec2, Vec3, and arrays of those"
)]
pub unsafe trait HostField {
    /// The type of one element.
    const TYPE: FieldType;
    /// How many elements there are.
    const COUNT: u32;
}

macro_rules! packed {
    ($($type:ty),+) => {$(
        // SAFETY: `PackedField` promises the same.
        unsafe impl HostField for $type {
            const TYPE: FieldType = <$type as PackedField>::TYPE;
            const COUNT: u32 = <$type as PackedField>::COUNT;
        }
    )+};
}

packed!(bool, u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, peristyle_abi::Entity);

macro_rules! vectors {
    ($($type:ty = $element:ident $count:literal),+ $(,)?) => {$(
        // SAFETY: glam declares it `repr(C)` with so many fields of that number; size and
        // alignment are asserted.
        unsafe impl HostField for $type {
            const TYPE: FieldType = FieldType::$element;
            const COUNT: u32 = $count;
        }
        const _: () = {
            assert!(size_of::<$type>() == $count * FieldType::$element.size() as usize);
            assert!(align_of::<$type>() == FieldType::$element.size() as usize);
        };
    )+};
}

vectors! {
    Vec2 = F32 2, Vec3 = F32 3, IVec2 = I32 2, IVec3 = I32 3, UVec2 = U32 2, UVec3 = U32 3,
}

// SAFETY: an array is its elements side by side, and a product of counts counts them all.
unsafe impl<T: HostField, const N: usize> HostField for [T; N] {
    const TYPE: FieldType = T::TYPE;
    const COUNT: u32 = T::COUNT * N as u32;
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
