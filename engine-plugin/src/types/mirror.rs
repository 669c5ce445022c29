//! Types that are not packed cross through a packed mirror.

mod bevy_types;
mod erased;
mod field;
mod transform;

use bevy::prelude::*;
use peristyle_abi::Schema;

#[cfg(feature = "ui")]
pub use bevy_types::PackedText;
#[cfg(feature = "window")]
pub use bevy_types::PackedWindow;
pub use bevy_types::{PackedChildOf, PackedChildren, PackedName};
#[cfg(feature = "sprite")]
pub use bevy_types::{PackedSprite, PackedText2d, PackedVisibility};
pub(crate) use erased::Mirror;
pub use field::MirrorField;
pub use transform::{PackedGlobalTransform, PackedTransform};

use crate::types::slices::{SliceReader, SliceWriter};

/// A component, resource or message that scripts see as another, packed type.
///
/// For a struct whose fields are numbers, strings, lists and such, `#[derive(Mirror)]` writes all of it; see
/// [`MirrorField`].
///
/// Rows are compared in the packed form: a row that a script leaves as it was is not written, and
/// does not count as changed.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{BadValue, MirroredComponent, Schema, SliceReader, SliceWriter};
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
///     fn pack(&self, _: &mut SliceWriter) -> PackedHeading {
///         PackedHeading { x: self.0.x, y: self.0.y }
///     }
///     fn check(packed: &PackedHeading, _: SliceReader<'_>) -> Result<(), BadValue> {
///         let found = format!("{}, {}", packed.x, packed.y);
///         let bad = |_| BadValue { field: "x", found, expected: "part of a direction" };
///         Dir2::from_xy(packed.x, packed.y).map(|_| ()).map_err(bad)
///     }
///     fn unpack(&mut self, packed: &PackedHeading, _: SliceReader<'_>) {
///         if let Ok(direction) = Dir2::from_xy(packed.x, packed.y) {
///             self.0 = direction;
///         }
///     }
/// }
/// ```
pub trait MirroredComponent: Component {
    /// What scripts see.
    type Packed: Schema;

    /// Whether scripts may only read it: a module that asks to write it does not load. Of a component that
    /// Bevy knows as immutable it must be true.
    const READ_ONLY: bool = false;

    /// The packed form of a value. Its texts and lists go to `slices`.
    fn pack(&self, slices: &mut SliceWriter) -> Self::Packed;

    /// Whether a value that a script wrote is one that the component can take. Where it is not the
    /// whole call is a fault, and nothing of it is written.
    ///
    /// # Errors
    /// What is wrong.
    fn check(packed: &Self::Packed, slices: SliceReader<'_>) -> Result<(), BadValue> {
        let _ = (packed, slices);
        Ok(())
    }

    /// Takes over what a script wrote, which [`check`](Self::check) has let pass.
    fn unpack(&mut self, packed: &Self::Packed, slices: SliceReader<'_>);

    /// A new value, for an entity that a script gives this component. `None`, which is the
    /// default, where scripts only change what the game made.
    fn from_packed(packed: &Self::Packed, slices: SliceReader<'_>) -> Option<Self>
    where
        Self: Sized,
    {
        let _ = (packed, slices);
        None
    }
}

/// A mirror of a component of another crate, for which a game cannot write [`MirroredComponent`], or a second view of
/// one: a type of the game's own stands for it where the mirror is registered. Every [`MirroredComponent`] is its own.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{MirrorOf, PeristyleAppExt, PeristylePlugin, Schema, SliceReader, SliceWriter};
///
/// #[derive(Schema, Clone, Copy)]
/// #[repr(C)]
/// #[schema(name = "Height")]
/// struct PackedHeight { y: f32 }
///
/// /// Of Bevy's `Transform` scripts see and change the height alone.
/// struct Height;
///
/// impl MirrorOf for Height {
///     type Component = Transform;
///     type Packed = PackedHeight;
///     fn pack(transform: &Transform, _: &mut SliceWriter) -> PackedHeight {
///         PackedHeight { y: transform.translation.y }
///     }
///     fn unpack(transform: &mut Transform, packed: &PackedHeight, _: SliceReader<'_>) {
///         transform.translation.y = packed.y;
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins((MinimalPlugins, AssetPlugin::default()))
///     .add_plugins(PeristylePlugin::default())
///     .register_script_mirror::<Height>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no mirror",
    note = "derive `Mirror`, or write a `MirroredComponent`; for a component of another crate write a `MirrorOf`"
)]
pub trait MirrorOf: 'static {
    /// The component.
    type Component: Component;
    /// What scripts see.
    type Packed: Schema;
    /// As [`MirroredComponent::READ_ONLY`].
    const READ_ONLY: bool = false;

    /// As [`MirroredComponent::pack`].
    fn pack(component: &Self::Component, slices: &mut SliceWriter) -> Self::Packed;

    /// As [`MirroredComponent::check`].
    ///
    /// # Errors
    /// What is wrong.
    fn check(packed: &Self::Packed, slices: SliceReader<'_>) -> Result<(), BadValue> {
        let _ = (packed, slices);
        Ok(())
    }

    /// As [`MirroredComponent::unpack`].
    fn unpack(component: &mut Self::Component, packed: &Self::Packed, slices: SliceReader<'_>);

    /// As [`MirroredComponent::from_packed`].
    fn from_packed(packed: &Self::Packed, slices: SliceReader<'_>) -> Option<Self::Component> {
        let _ = (packed, slices);
        None
    }
}

impl<T: MirroredComponent> MirrorOf for T {
    type Component = T;
    type Packed = T::Packed;
    const READ_ONLY: bool = T::READ_ONLY;

    fn pack(component: &T, slices: &mut SliceWriter) -> T::Packed {
        component.pack(slices)
    }

    fn check(packed: &T::Packed, slices: SliceReader<'_>) -> Result<(), BadValue> {
        <T as MirroredComponent>::check(packed, slices)
    }

    fn unpack(component: &mut T, packed: &T::Packed, slices: SliceReader<'_>) {
        component.unpack(packed, slices);
    }

    fn from_packed(packed: &T::Packed, slices: SliceReader<'_>) -> Option<T> {
        <T as MirroredComponent>::from_packed(packed, slices)
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
