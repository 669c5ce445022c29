//! Bevy's own types that are not packed cross through a packed mirror.
#![expect(unsafe_code, reason = "a mirrored component is known by id alone where rows are mapped")]

use std::any::TypeId;

use bevy::ecs::component::Mutable;
use bevy::prelude::*;
use peristyle_abi::Schema;
use peristyle_macros::HostSchema as Schema;

/// A component that scripts see as another, packed type.
///
/// Rows are compared in the packed form: a row that a script leaves as it was is not written, and
/// does not count as changed.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{MirroredComponent, Schema};
///
/// #[derive(Component)]
/// struct Heading(Dir2);
///
/// #[derive(Schema, Clone, Copy)]
/// #[repr(C)]
/// #[schema(name = "Heading")]
/// struct PackedHeading { x: f32, y: f32 }
///
/// impl MirroredComponent for Heading {
///     type Packed = PackedHeading;
///     fn pack(&self) -> PackedHeading {
///         PackedHeading { x: self.0.x, y: self.0.y }
///     }
///     fn unpack(&mut self, packed: &PackedHeading) {
///         // What a script wrote may be anything that the schema allows.
///         if let Ok(direction) = Dir2::from_xy(packed.x, packed.y) {
///             self.0 = direction;
///         }
///     }
/// }
/// ```
pub trait MirroredComponent: Component<Mutability = Mutable> {
    /// What scripts see.
    type Packed: Schema;

    /// The packed form of a value.
    fn pack(&self) -> Self::Packed;

    /// Takes over what a script wrote. Every value of the packed type must be survived.
    fn unpack(&mut self, packed: &Self::Packed);
}

/// What scripts see of Bevy's [`Transform`], under the name `Transform`.
#[derive(Schema, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
#[schema(name = "Transform")]
pub struct PackedTransform {
    /// `x`, `y`, `z`.
    pub translation: [f32; 3],
    /// The quaternion's `x`, `y`, `z`, `w`.
    pub rotation: [f32; 4],
    /// `x`, `y`, `z`.
    pub scale: [f32; 3],
}

impl MirroredComponent for Transform {
    type Packed = PackedTransform;

    fn pack(&self) -> PackedTransform {
        PackedTransform {
            translation: self.translation.to_array(),
            rotation: self.rotation.to_array(),
            scale: self.scale.to_array(),
        }
    }

    fn unpack(&mut self, packed: &PackedTransform) {
        self.translation = Vec3::from_array(packed.translation);
        self.rotation = Quat::from_array(packed.rotation);
        self.scale = Vec3::from_array(packed.scale);
    }
}

/// How rows of one mirrored component are packed and unpacked, its type forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mirror {
    component: TypeId,
    /// Bytes from one row of the component to the next.
    pub stride: usize,
    pack: unsafe fn(*const u8, &mut [u8]),
    unpack: unsafe fn(&[u8], *mut u8),
}

impl PartialEq for Mirror {
    fn eq(&self, other: &Self) -> bool {
        // The functions follow from the type.
        self.component == other.component
    }
}

impl Eq for Mirror {}

impl Mirror {
    /// The mirror of `T`.
    pub fn of<T: MirroredComponent>() -> Self {
        /// # Safety
        /// `row` points to a `T` that nothing writes meanwhile.
        unsafe fn pack<T: MirroredComponent>(row: *const u8, out: &mut [u8]) {
            // SAFETY: the caller's promise.
            let packed = unsafe { &*row.cast::<T>() }.pack();
            out.copy_from_slice(peristyle_abi::schema::bytes_of(&packed));
        }
        /// # Safety
        /// `row` points to a `T` that nothing else touches meanwhile; `packed` are as many bytes
        /// as `T::Packed` has, and valid for its fields.
        unsafe fn unpack<T: MirroredComponent>(packed: &[u8], row: *mut u8) {
            assert_eq!(packed.len(), size_of::<T::Packed>());
            // SAFETY: any bytes that are valid for the fields are a value of a `Schema` type.
            let packed = unsafe { packed.as_ptr().cast::<T::Packed>().read_unaligned() };
            // SAFETY: the caller's promise.
            unsafe { &mut *row.cast::<T>() }.unpack(&packed);
        }
        Self { component: TypeId::of::<T>(), stride: size_of::<T>(), pack: pack::<T>, unpack: unpack::<T> }
    }

    /// The packed form of a row into `out`, which has the packed type's size.
    ///
    /// # Safety
    /// `row` points to a value of the mirrored component that nothing writes meanwhile.
    pub unsafe fn pack(&self, row: *const u8, out: &mut [u8]) {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.pack)(row, out) }
    }

    /// Has a row take over packed bytes.
    ///
    /// # Safety
    /// `row` points to a value of the mirrored component that nothing else touches meanwhile, and
    /// the bytes are valid for the packed type's fields.
    pub unsafe fn unpack(&self, packed: &[u8], row: *mut u8) {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.unpack)(packed, row) }
    }
}
