//! Bevy's names, texts, sprites and families, packed.

use bevy::prelude::*;
use peristyle_macros::HostSchema as Schema;

#[cfg(feature = "sprite")]
use super::BadValue;
use super::MirroredComponent;
#[cfg(any(feature = "sprite", feature = "window"))]
use crate::types::host_field::Maybe;
use crate::types::slices::{PackedList, PackedStr, SliceReader, SliceWriter};
use crate::{ScriptEntity, ScriptEntityExt};

/// A component that is one text.
macro_rules! text {
    ($(#[$meta:meta])* $Packed:ident, $Component:ty, $name:literal, $get:expr, $set:expr, $new:expr) => {
        $(#[$meta])*
        #[derive(Schema, Clone, Copy, Debug)]
        #[repr(C)]
        #[schema(name = $name)]
        pub struct $Packed {
            /// The text.
            pub text: PackedStr,
        }

        impl MirroredComponent for $Component {
            type Packed = $Packed;

            fn pack(&self, slices: &mut SliceWriter) -> $Packed {
                let get: fn(&Self) -> &str = $get;
                $Packed { text: slices.text(get(self)) }
            }

            fn unpack(&mut self, packed: &$Packed, slices: SliceReader<'_>) {
                let set: fn(&mut Self, String) = $set;
                set(self, slices.text(packed.text).to_owned());
            }

            fn from_packed(packed: &$Packed, slices: SliceReader<'_>) -> Option<Self> {
                Some($new(slices.text(packed.text).to_owned()))
            }
        }
    };
}

text! {
    /// What scripts see of Bevy's [`Name`], under the name `Name`.
    PackedName, Name, "Name", Name::as_str, Name::set, Name::new
}

#[cfg(feature = "sprite")]
text! {
    /// What scripts see of Bevy's [`Text2d`], under the name `Text2d`.
    PackedText2d, Text2d, "Text2d", |text| &text.0, |text, new| text.0 = new, Text2d
}

#[cfg(feature = "ui")]
text! {
    /// What scripts see of the [`Text`] of `bevy_ui`, under the name `Text`.
    PackedText, Text, "Text", |text| &text.0, |text, new| text.0 = new, Text
}

/// What scripts see of Bevy's [`ChildOf`], under the name `ChildOf`. They read it; commands change it.
#[derive(Schema, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
#[schema(name = "ChildOf")]
pub struct PackedChildOf {
    /// The entity that this one belongs to.
    pub parent: ScriptEntity,
}

impl MirroredComponent for ChildOf {
    type Packed = PackedChildOf;
    const READ_ONLY: bool = true;

    fn pack(&self, _: &mut SliceWriter) -> PackedChildOf {
        PackedChildOf { parent: ScriptEntity::of(self.parent()) }
    }

    fn unpack(&mut self, _: &PackedChildOf, _: SliceReader<'_>) {}
}

/// What scripts see of Bevy's [`Children`], under the name `Children`. They read it; commands change it.
#[derive(Schema, Clone, Copy, Debug)]
#[repr(C)]
#[schema(name = "Children")]
pub struct PackedChildren {
    /// The entities that belong to this one, in their order.
    pub entities: PackedList<ScriptEntity>,
}

impl MirroredComponent for Children {
    type Packed = PackedChildren;
    const READ_ONLY: bool = true;

    fn pack(&self, slices: &mut SliceWriter) -> PackedChildren {
        let entities: Vec<ScriptEntity> = self.iter().map(ScriptEntity::of).collect();
        PackedChildren { entities: slices.list(&entities) }
    }

    fn unpack(&mut self, _: &PackedChildren, _: SliceReader<'_>) {}
}

/// What scripts see of Bevy's [`Visibility`], under the name `Visibility`: a number that is one of these.
#[cfg(feature = "sprite")]
#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[schema(name = "Visibility")]
pub enum PackedVisibility {
    /// As the entity that this one belongs to.
    Inherited = 0,
    /// Hidden, and all that inherit it.
    Hidden = 1,
    /// Visible.
    Visible = 2,
}

#[cfg(feature = "sprite")]
impl MirroredComponent for Visibility {
    type Packed = PackedVisibility;

    fn pack(&self, _: &mut SliceWriter) -> PackedVisibility {
        match self {
            Self::Inherited => PackedVisibility::Inherited,
            Self::Hidden => PackedVisibility::Hidden,
            Self::Visible => PackedVisibility::Visible,
        }
    }

    fn unpack(&mut self, packed: &PackedVisibility, _: SliceReader<'_>) {
        *self = match packed {
            PackedVisibility::Inherited => Self::Inherited,
            PackedVisibility::Hidden => Self::Hidden,
            PackedVisibility::Visible => Self::Visible,
        };
    }

    fn from_packed(packed: &PackedVisibility, slices: SliceReader<'_>) -> Option<Self> {
        let mut visibility = Self::default();
        visibility.unpack(packed, slices);
        Some(visibility)
    }
}

/// What scripts see of Bevy's [`Sprite`], under the name `Sprite`: its color, its size and whether it is mirrored. Image and
/// atlas stay the game's.
#[cfg(feature = "sprite")]
#[derive(Schema, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
#[schema(name = "Sprite")]
pub struct PackedSprite {
    /// Red, green, blue and alpha in sRGB, which is what `Color::srgba` takes. A color that the game has given in
    /// another space is converted by the functions of the machine; what a script leaves alone stays as it was.
    pub color: [f32; 4],
    /// Width and height in place of the image's, if there are such.
    pub custom_size: Maybe<[f32; 2]>,
    /// Whether left is right.
    pub flip_x: bool,
    /// Whether up is down.
    pub flip_y: bool,
    /// Zero.
    pub reserved: [u8; 2],
}

#[cfg(feature = "sprite")]
impl MirroredComponent for Sprite {
    type Packed = PackedSprite;

    fn pack(&self, _: &mut SliceWriter) -> PackedSprite {
        PackedSprite {
            color: self.color.to_srgba().to_f32_array(),
            custom_size: self.custom_size.map(|size| size.to_array()).into(),
            flip_x: self.flip_x,
            flip_y: self.flip_y,
            reserved: [0; 2],
        }
    }

    fn check(packed: &PackedSprite, _: SliceReader<'_>) -> Result<(), BadValue> {
        let bad = |field, found, expected| Err(BadValue { field, found, expected });
        if !packed.color.iter().all(|number| number.is_finite()) {
            return bad("color", format!("{:?}", packed.color), "finite");
        }
        match packed.custom_size.get() {
            Some(size) if !size.iter().all(|&number| number.is_finite() && number >= 0.0) => {
                bad("custom_size", format!("{size:?}"), "finite and not negative")
            }
            _ if packed.reserved != [0; 2] => bad("reserved", format!("{:?}", packed.reserved), "zero"),
            _ => Ok(()),
        }
    }

    fn unpack(&mut self, packed: &PackedSprite, _: SliceReader<'_>) {
        if self.color.to_srgba().to_f32_array() != packed.color {
            self.color = Srgba::from_f32_array(packed.color).into();
        }
        self.custom_size = packed.custom_size.get().map(Vec2::from_array);
        self.flip_x = packed.flip_x;
        self.flip_y = packed.flip_y;
    }

    fn from_packed(packed: &PackedSprite, slices: SliceReader<'_>) -> Option<Self> {
        let mut sprite = Self::default();
        sprite.unpack(packed, slices);
        Some(sprite)
    }
}

/// What scripts see of Bevy's [`Window`], under the name `Window`. They read it; the primary one is the one that
/// most games have.
#[cfg(feature = "window")]
#[derive(Schema, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
#[schema(name = "Window")]
pub struct PackedWindow {
    /// Width and height in logical pixels.
    pub size: [f32; 2],
    /// Physical pixels for each logical one.
    pub scale_factor: f32,
    /// Where the cursor is, from the upper left in logical pixels, if it is in the window.
    pub cursor: Maybe<[f32; 2]>,
    /// Whether keys go to this window.
    pub focused: bool,
    /// Zero.
    pub reserved: [u8; 3],
}

#[cfg(feature = "window")]
impl MirroredComponent for Window {
    type Packed = PackedWindow;
    const READ_ONLY: bool = true;

    fn pack(&self, _: &mut SliceWriter) -> PackedWindow {
        PackedWindow {
            size: self.size().to_array(),
            scale_factor: self.scale_factor(),
            cursor: self.cursor_position().map(|at| at.to_array()).into(),
            focused: self.focused,
            reserved: [0; 3],
        }
    }

    fn unpack(&mut self, _: &PackedWindow, _: SliceReader<'_>) {}
}
