//! The shapes that everything is drawn with, in one texture.
//!
//! They are computed at the start from distances, so that edges are smooth and no image file is
//! needed. A shape is coverage alone; its color comes with each quad.

use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};

/// Texels along a side of a shape.
const CELL: usize = 64;
/// Shapes along a side of the texture.
const CELLS_PER_SIDE: usize = 4;
const SIDE: usize = CELL * CELLS_PER_SIDE;
/// The texture and its halves: shapes are drawn at a quarter of their size at times.
const LEVELS: u32 = 3;

/// A shape. Each fills a square from -1 to 1, with a margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A disc with a sharp edge.
    Disc,
    /// Light around a point.
    Glow,
    /// A thin circle.
    Circle,
    /// A line from left to right that grows towards its right end.
    Streak,
    /// A line from left to right with soft sides.
    Line,
    /// A square with round corners.
    Package,
    /// A landing pad: two circles.
    Pad,
    /// A drone's arms and body.
    Frame,
    /// A drone's rotors.
    Rotors,
    /// A jet that leaves upwards and fades.
    Flame,
    /// A wave that has run out to its edge.
    Wave,
    /// A wide patch of light without a middle.
    Clearing,
}

const SHAPES: [Shape; 12] = [
    Shape::Disc,
    Shape::Glow,
    Shape::Circle,
    Shape::Streak,
    Shape::Line,
    Shape::Package,
    Shape::Pad,
    Shape::Frame,
    Shape::Rotors,
    Shape::Flame,
    Shape::Wave,
    Shape::Clearing,
];

impl Shape {
    /// The shape's left, top, right and bottom in the texture, from 0 to 1.
    pub fn rect(self) -> [f32; 4] {
        // Half a texel of the smallest level, so that a neighbor is never mixed in.
        const INSET: f32 = 2.0;
        let index = self as usize;
        let [column, row] = [index % CELLS_PER_SIDE, index / CELLS_PER_SIDE];
        let edge = |cell: usize, end: f32| (cell * CELL) as f32 / SIDE as f32 + end / SIDE as f32;
        let end = CELL as f32 - INSET;
        [edge(column, INSET), edge(row, INSET), edge(column, end), edge(row, end)]
    }

    /// How much of the point the shape covers, from 0 to 1; y points up.
    fn coverage(self, at: Vec2) -> f32 {
        let distance = at.length();
        let glow = |distance: f32| (1.0 - distance).clamp(0.0, 1.0).powi(2);
        match self {
            Self::Disc => fill(distance - 0.86),
            Self::Glow => glow(distance) * (1.0 - distance.min(1.0)).sqrt(),
            Self::Circle => stroke(distance - 0.84, 0.05),
            Self::Streak => {
                let grown = ((at.x + 1.0) / 1.9).clamp(0.0, 1.0).powf(1.4) * fill((at.x - 0.88) * 0.5);
                glow((at.y / 0.5).abs()) * grown
            }
            Self::Line => glow((at.y / 0.7).abs()),
            Self::Package => {
                let corner = at.abs() - Vec2::splat(0.55);
                fill(corner.max(Vec2::ZERO).length() - 0.25)
            }
            Self::Pad => stroke(distance - 0.84, 0.07).max(0.55 * stroke(distance - 0.40, 0.05)),
            Self::Frame => {
                let arm = (at.x.abs() - at.y.abs()).abs() / std::f32::consts::SQRT_2 - 0.07;
                fill(arm.max(distance - 0.76)).max(fill(distance - 0.26))
            }
            Self::Rotors => {
                let rotor = at.abs().distance(Vec2::splat(0.55)) - 0.29;
                (0.45 * fill(rotor)).max(stroke(rotor, 0.045))
            }
            Self::Flame => {
                let along = (0.95 - at.y) / 1.9;
                let width = 0.12 + 0.75 * along;
                glow((at.x / width).abs()) * (along * (1.0 - along) * 4.0).clamp(0.0, 1.0) * along
            }
            Self::Wave => glow(((distance - 0.80) / if distance > 0.80 { 0.16 } else { 0.55 }).abs()),
            Self::Clearing => {
                let inside = (1.0 - distance * distance).max(0.0);
                inside * inside
            }
        }
    }
}

/// Coverage inside of an edge, one texel soft.
fn fill(distance: f32) -> f32 {
    const SOFT: f32 = 3.0 / CELL as f32;
    (0.5 - distance / SOFT).clamp(0.0, 1.0)
}

/// Coverage of a line along an edge.
fn stroke(distance: f32, half_width: f32) -> f32 {
    fill(distance.abs() - half_width)
}

/// The texture with all shapes.
pub fn texture() -> Image {
    let mut level = vec![0; SIDE * SIDE];
    for shape in SHAPES {
        let index = shape as usize;
        let [left, top] = [index % CELLS_PER_SIDE * CELL, index / CELLS_PER_SIDE * CELL];
        for (y, x) in (0..CELL).flat_map(|y| (0..CELL).map(move |x| (y, x))) {
            let signed = |texel: usize| (texel as f32 + 0.5) / CELL as f32 * 2.0 - 1.0;
            let coverage = shape.coverage(Vec2::new(signed(x), -signed(y)));
            level[(top + y) * SIDE + left + x] = (coverage * 255.0).round() as u8;
        }
    }
    let size = Extent3d { width: SIDE as u32, height: SIDE as u32, depth_or_array_layers: 1 };
    let usages = RenderAssetUsages::RENDER_WORLD;
    let mut image = Image::new(size, TextureDimension::D2, level.clone(), TextureFormat::R8Unorm, usages);
    let mut data = level.clone();
    for _ in 1..LEVELS {
        level = halved(&level);
        data.extend_from_slice(&level);
    }
    image.data = Some(data);
    image.texture_descriptor.mip_level_count = LEVELS;
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        mipmap_filter: ImageFilterMode::Nearest,
        ..ImageSamplerDescriptor::linear()
    });
    image
}

/// The square image at half its size.
fn halved(level: &[u8]) -> Vec<u8> {
    let side = level.len().isqrt();
    let half = side / 2;
    let texel = |x: usize, y: usize| u32::from(level[y * side + x]);
    (0..half * half)
        .map(|index| {
            let [x, y] = [index % half * 2, index / half * 2];
            let sum = texel(x, y) + texel(x + 1, y) + texel(x, y + 1) + texel(x + 1, y + 1);
            (sum / 4) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_a_cell_of_its_own() {
        for (index, shape) in SHAPES.into_iter().enumerate() {
            assert_eq!(shape as usize, index);
        }
        assert!(SHAPES.len() <= CELLS_PER_SIDE * CELLS_PER_SIDE);
    }

    #[test]
    fn shapes_are_empty_at_their_edge() {
        for shape in SHAPES {
            let edge = shape.coverage(Vec2::new(0.3, 0.99)).max(shape.coverage(Vec2::new(0.3, -0.99)));
            assert!(edge < 0.01, "{shape:?} {edge}");
        }
    }

    #[test]
    fn the_texture_has_all_its_levels() {
        let image = texture();
        let texels: usize = (0..LEVELS).map(|level| (SIDE >> level) * (SIDE >> level)).sum();
        assert_eq!(image.data.map(|data| data.len()), Some(texels));
    }
}
