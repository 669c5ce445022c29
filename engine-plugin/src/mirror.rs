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
/// use bevy_peristyle::{BadValue, MirroredComponent, Schema};
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
///     fn check(packed: &PackedHeading) -> Result<(), BadValue> {
///         let found = format!("{}, {}", packed.x, packed.y);
///         let bad = |_| BadValue { field: "x", found, expected: "part of a direction" };
///         Dir2::from_xy(packed.x, packed.y).map(|_| ()).map_err(bad)
///     }
///     fn unpack(&mut self, packed: &PackedHeading) {
///         if let Ok(direction) = Dir2::from_xy(packed.x, packed.y) {
///             self.0 = direction;
///         }
///     }
/// }
/// ```
pub trait MirroredComponent: Component<Mutability = Mutable> {
    /// What scripts see.
    type Packed: Schema;

    /// Whether scripts may only read it: a module that asks to write it does not load.
    const READ_ONLY: bool = false;

    /// The packed form of a value.
    fn pack(&self) -> Self::Packed;

    /// Whether a value that a script wrote is one that the component can take. Where it is not the
    /// whole call is a fault, and nothing of it is written.
    ///
    /// # Errors
    /// What is wrong.
    fn check(packed: &Self::Packed) -> Result<(), BadValue> {
        let _ = packed;
        Ok(())
    }

    /// Takes over what a script wrote, which [`check`](Self::check) has let pass.
    fn unpack(&mut self, packed: &Self::Packed);

    /// A new value, for an entity that a script gives this component. `None`, which is the
    /// default, where scripts only change what the game made.
    fn from_packed(packed: &Self::Packed) -> Option<Self>
    where
        Self: Sized,
    {
        let _ = packed;
        None
    }
}

/// A value that a mirrored component cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadValue {
    /// The field of the packed type.
    pub field: &'static str,
    /// What it holds.
    pub found: String,
    /// What it may hold, in a few words after "is": "a unit quaternion".
    pub expected: &'static str,
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

    fn check(packed: &PackedTransform) -> Result<(), BadValue> {
        let bad =
            |field, found: &[f32], expected| Err(BadValue { field, found: format!("{found:?}"), expected });
        if !Vec3::from_array(packed.translation).is_finite() {
            return bad("translation", &packed.translation, "finite");
        }
        if !Vec3::from_array(packed.scale).is_finite() {
            return bad("scale", &packed.scale, "finite");
        }
        // Bevy takes directions from rotations without a look, and panics over some that are none.
        let length = Quat::from_array(packed.rotation).length();
        if !(0.1..=10.0).contains(&length) {
            return bad("rotation", &packed.rotation, "a quaternion of length 1");
        }
        Ok(())
    }

    fn unpack(&mut self, packed: &PackedTransform) {
        let rotation = Quat::from_array(packed.rotation);
        self.translation = Vec3::from_array(packed.translation);
        // Rounding adds up over many small turns; what is normalized is taken as it is.
        self.rotation = if rotation.is_normalized() { rotation } else { rotation.normalize() };
        self.scale = Vec3::from_array(packed.scale);
    }

    fn from_packed(packed: &PackedTransform) -> Option<Self> {
        let mut transform = Self::default();
        transform.unpack(packed);
        Some(transform)
    }
}

/// What scripts see of Bevy's [`GlobalTransform`], under the name `GlobalTransform`: where a point of
/// the entity is in the world, by its axes and its origin. Scripts read it, and Bevy computes it
/// from [`Transform`].
#[derive(Schema, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
#[schema(name = "GlobalTransform")]
pub struct PackedGlobalTransform {
    /// The entity's x axis in the world.
    pub x_axis: [f32; 3],
    /// The entity's y axis in the world.
    pub y_axis: [f32; 3],
    /// The entity's z axis in the world.
    pub z_axis: [f32; 3],
    /// The entity's origin in the world.
    pub translation: [f32; 3],
}

impl MirroredComponent for GlobalTransform {
    type Packed = PackedGlobalTransform;
    const READ_ONLY: bool = true;

    fn pack(&self) -> PackedGlobalTransform {
        let affine = self.affine();
        let [x_axis, y_axis, z_axis] = affine.matrix3.to_cols_array_2d();
        PackedGlobalTransform { x_axis, y_axis, z_axis, translation: affine.translation.into() }
    }

    fn unpack(&mut self, _packed: &PackedGlobalTransform) {}
}

/// How rows of one mirrored component are packed and unpacked, its type forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mirror {
    component: TypeId,
    /// Bytes from one row of the component to the next.
    pub stride: usize,
    /// Whether scripts may only read it.
    pub read_only: bool,
    pack: unsafe fn(*const u8, &mut [u8]),
    unpack: unsafe fn(&[u8], *mut u8),
    check: unsafe fn(&[u8]) -> Result<(), BadValue>,
    creates: unsafe fn(&[u8]) -> bool,
    insert: unsafe fn(&[u8], &mut EntityWorldMut<'_>),
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
        /// The bytes are valid for the fields of `P`.
        unsafe fn value<P: Schema>(packed: &[u8]) -> P {
            assert_eq!(packed.len(), size_of::<P>());
            // SAFETY: any bytes that are valid for the fields are a value of a `Schema` type, and
            // the assertion says that there are enough.
            unsafe { packed.as_ptr().cast::<P>().read_unaligned() }
        }
        /// # Safety
        /// The bytes are valid for the fields of `T::Packed`.
        unsafe fn check<T: MirroredComponent>(packed: &[u8]) -> Result<(), BadValue> {
            // SAFETY: the caller's promise.
            T::check(&unsafe { value(packed) })
        }
        /// # Safety
        /// `row` points to a `T` that nothing else touches meanwhile; the bytes are valid for the
        /// fields of `T::Packed`.
        unsafe fn unpack<T: MirroredComponent>(packed: &[u8], row: *mut u8) {
            // SAFETY: the caller's promise.
            let packed = unsafe { value(packed) };
            // SAFETY: the caller's promise.
            unsafe { &mut *row.cast::<T>() }.unpack(&packed);
        }
        /// # Safety
        /// The bytes are valid for the fields of `T::Packed`.
        unsafe fn creates<T: MirroredComponent>(packed: &[u8]) -> bool {
            // SAFETY: the caller's promise.
            T::from_packed(&unsafe { value(packed) }).is_some()
        }
        /// # Safety
        /// The bytes are valid for the fields of `T::Packed`.
        unsafe fn insert<T: MirroredComponent>(packed: &[u8], entity: &mut EntityWorldMut<'_>) {
            // SAFETY: the caller's promise.
            let packed = unsafe { value(packed) };
            if let Some(mut present) = entity.get_mut::<T>() {
                present.unpack(&packed);
            } else if let Some(new) = T::from_packed(&packed) {
                entity.insert(new);
            }
        }
        Self {
            component: TypeId::of::<T>(),
            creates: creates::<T>,
            insert: insert::<T>,
            stride: size_of::<T>(),
            read_only: T::READ_ONLY,
            pack: pack::<T>,
            unpack: unpack::<T>,
            check: check::<T>,
        }
    }

    /// The packed form of a row into `out`, which has the packed type's size.
    ///
    /// # Safety
    /// `row` points to a value of the mirrored component that nothing writes meanwhile.
    pub unsafe fn pack(&self, row: *const u8, out: &mut [u8]) {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.pack)(row, out) }
    }

    /// Whether the component can take these packed bytes.
    ///
    /// # Safety
    /// The bytes are valid for the packed type's fields.
    pub unsafe fn check(&self, packed: &[u8]) -> Result<(), BadValue> {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.check)(packed) }
    }

    /// Whether a script may give an entity this component.
    ///
    /// # Safety
    /// The bytes are valid for the packed type's fields.
    pub unsafe fn creates(&self, packed: &[u8]) -> bool {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.creates)(packed) }
    }

    /// Gives an entity the component, or has the one it has take over packed bytes.
    ///
    /// # Safety
    /// The bytes are valid for the packed type's fields.
    pub unsafe fn insert(&self, packed: &[u8], entity: &mut EntityWorldMut<'_>) {
        // SAFETY: the caller's promise; the function was made for the same type.
        unsafe { (self.insert)(packed, entity) }
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
