//! Which types the fields of a struct may have that derives `Mirror`.

use bevy::ecs::component::Mutable;
use bevy::prelude::*;
use peristyle_abi::Schema;

use super::MirroredComponent;
use crate::ScriptEntityExt;
use crate::types::host_field::{HostField, Maybe, value_of};
use crate::types::slices::{PackedList, PackedStr, SliceReader, SliceWriter};

/// A type that crosses between the game and its scripts in a packed form: all that are packed themselves
/// ([`HostField`]), `String`, `Vec`, `Option`, `Entity`, and structs of those that derive `Mirror`.
///
/// A component that derives it is one that `register_script_mirror` takes; scripts see a struct of the same name,
/// with the same fields, whose texts are `string` and whose `Vec`s are lists. Where alignment leaves a gap there is a
/// field of bytes more, `reserved_before_name` or at the end `reserved`, which scripts declare as well.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{Mirror, PeristyleAppExt, PeristylePlugin};
///
/// #[derive(Mirror, Default)]
/// struct Stop { place: Vec2, sign: String }
///
/// #[derive(Component, Mirror, Default)]
/// struct Route { name: String, stops: Vec<Stop>, next: u32 }
///
/// let mut app = App::new();
/// app.add_plugins((MinimalPlugins, AssetPlugin::default()))
///     .add_plugins(PeristylePlugin::default())
///     .register_script_mirror::<Route>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross between the game and its scripts",
    note = "derive `Mirror` for a struct with strings, `Vec`s, options or entities; derive `Schema` for a `#[repr(C)]` \
            struct of numbers, or an enum of a width such as `#[repr(u8)]`"
)]
pub trait MirrorField: Sized {
    /// What scripts see.
    type Packed: HostField;
    /// The packed form of a value. Its texts and lists go to `slices`.
    fn pack(&self, slices: &mut SliceWriter) -> Self::Packed;
    /// The value with that packed form, whose bytes were checked.
    fn unpack(packed: &Self::Packed, slices: SliceReader<'_>) -> Self;
}

impl<T: HostField> MirrorField for T {
    type Packed = T;

    fn pack(&self, _: &mut SliceWriter) -> T {
        *self
    }

    fn unpack(packed: &T, _: SliceReader<'_>) -> T {
        *packed
    }
}

impl MirrorField for String {
    type Packed = PackedStr;

    fn pack(&self, slices: &mut SliceWriter) -> PackedStr {
        slices.text(self)
    }

    fn unpack(packed: &PackedStr, slices: SliceReader<'_>) -> Self {
        slices.text(*packed).to_owned()
    }
}

impl<T: MirrorField> MirrorField for Vec<T> {
    type Packed = PackedList<T::Packed>;

    fn pack(&self, slices: &mut SliceWriter) -> Self::Packed {
        let packed: Vec<T::Packed> = self.iter().map(|value| value.pack(slices)).collect();
        slices.list(&packed)
    }

    fn unpack(packed: &Self::Packed, slices: SliceReader<'_>) -> Self {
        let values = slices.list(*packed).chunks_exact(size_of::<T::Packed>().max(1));
        values.filter_map(value_of).map(|packed| T::unpack(&packed, slices)).collect()
    }
}

impl<T: MirrorField> MirrorField for Option<T>
where
    Maybe<T::Packed>: HostField + From<Option<T::Packed>>,
    Option<T::Packed>: From<Maybe<T::Packed>>,
{
    type Packed = Maybe<T::Packed>;

    fn pack(&self, slices: &mut SliceWriter) -> Self::Packed {
        self.as_ref().map(|value| value.pack(slices)).into()
    }

    fn unpack(packed: &Self::Packed, slices: SliceReader<'_>) -> Self {
        Option::<T::Packed>::from(*packed).map(|packed| T::unpack(&packed, slices))
    }
}

impl MirrorField for Entity {
    type Packed = peristyle_abi::Entity;

    fn pack(&self, _: &mut SliceWriter) -> Self::Packed {
        Self::Packed::of(*self)
    }

    fn unpack(packed: &Self::Packed, _: SliceReader<'_>) -> Self {
        packed.entity().unwrap_or(Self::PLACEHOLDER)
    }
}

impl<T: Component<Mutability = Mutable> + MirrorField<Packed: Schema>> MirroredComponent for T {
    type Packed = <T as MirrorField>::Packed;

    fn pack(&self, slices: &mut SliceWriter) -> Self::Packed {
        MirrorField::pack(self, slices)
    }

    fn unpack(&mut self, packed: &Self::Packed, slices: SliceReader<'_>) {
        *self = <T as MirrorField>::unpack(packed, slices);
    }

    fn from_packed(packed: &Self::Packed, slices: SliceReader<'_>) -> Option<Self> {
        Some(<T as MirrorField>::unpack(packed, slices))
    }
}
