//! Colors and texts of the panel.

use bevy::prelude::*;

/// Behind everything.
pub const PANEL: Color = Color::srgba(0.020, 0.035, 0.078, 0.84);
/// The panel's edge, and what a bar has left.
pub const EDGE: Color = Color::srgba(0.45, 0.58, 0.86, 0.16);
/// What is read first.
pub const TEXT: Color = Color::srgb(0.84, 0.89, 0.97);
/// What is read next.
pub const DIM: Color = Color::srgb(0.50, 0.58, 0.72);
/// All is well.
pub const GOOD: Color = Color::srgb(0.36, 0.80, 0.66);
/// A bar of fuel.
pub const FUEL: Color = Color::srgb(0.33, 0.70, 0.86);
/// Somebody should look.
pub const WARN: Color = Color::srgb(1.0, 0.72, 0.38);
/// Something does not work.
pub const BAD: Color = Color::srgb(1.0, 0.47, 0.43);

/// The size of most texts, in logical pixels.
pub const SIZE: f32 = 11.5;

/// A text in one line.
pub fn line(text: impl Into<String>, color: Color) -> impl Bundle {
    (Text::new(text), TextFont::from_font_size(SIZE), TextColor(color), TextLayout::no_wrap())
}

/// A text that goes on in further lines.
pub fn paragraph(text: impl Into<String>, color: Color) -> impl Bundle {
    (Text::new(text), TextFont::from_font_size(SIZE), TextColor(color))
}
