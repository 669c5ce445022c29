//! Bevy's transforms, packed.

use bevy::prelude::*;
use peristyle_macros::HostSchema as Schema;

use super::{BadValue, MirroredComponent};
use crate::types::slices::{SliceReader, SliceWriter};

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

    fn pack(&self, _: &mut SliceWriter) -> PackedTransform {
        PackedTransform {
            translation: self.translation.to_array(),
            rotation: self.rotation.to_array(),
            scale: self.scale.to_array(),
        }
    }

    fn check(packed: &PackedTransform, _: SliceReader<'_>) -> Result<(), BadValue> {
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

    fn unpack(&mut self, packed: &PackedTransform, _: SliceReader<'_>) {
        let rotation = Quat::from_array(packed.rotation);
        self.translation = Vec3::from_array(packed.translation);
        // Rounding adds up over many small turns; what is normalized is taken as it is.
        self.rotation = if rotation.is_normalized() { rotation } else { rotation.normalize() };
        self.scale = Vec3::from_array(packed.scale);
    }

    fn from_packed(packed: &PackedTransform, slices: SliceReader<'_>) -> Option<Self> {
        let mut transform = Self::default();
        transform.unpack(packed, slices);
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

    fn pack(&self, _: &mut SliceWriter) -> PackedGlobalTransform {
        let affine = self.affine();
        let [x_axis, y_axis, z_axis] = affine.matrix3.to_cols_array_2d();
        PackedGlobalTransform { x_axis, y_axis, z_axis, translation: affine.translation.into() }
    }

    fn unpack(&mut self, _: &PackedGlobalTransform, _: SliceReader<'_>) {}
}
