//! Draws thousands of shapes a frame as one mesh.
//!
//! The entities of the game get nothing to be drawn by: whoever draws reads their components and
//! puts quads here. So the game in a window is the same as the one without, and a frame costs one
//! draw call.

use std::ops::Add;

use bevy::asset::{RenderAssetUsages, load_internal_asset, uuid_handle};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::{Indices, MeshVertexBufferLayoutRef, PrimitiveTopology};
use bevy::prelude::*;
use bevy::reflect::TypePath;
use bevy::render::render_resource::{
    AsBindGroup, BlendState, RenderPipelineDescriptor, SpecializedMeshPipelineError,
};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dKey, Material2dPlugin};

use super::shapes::{self, Shape};

const SHADER: Handle<Shader> = uuid_handle!("6f0f39f8-3d0b-4d5e-9f5f-3b2b8a6f1c57");

/// A color as it is mixed with what lies behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink([f32; 4]);

impl Ink {
    /// Covers what lies behind by the part `alpha`.
    pub fn paint(color: Color, alpha: f32) -> Self {
        let LinearRgba { red, green, blue, .. } = color.to_linear();
        Self([red * alpha, green * alpha, blue * alpha, alpha])
    }

    /// Adds light to what lies behind.
    pub fn light(color: Color, strength: f32) -> Self {
        let [red, green, blue, _] = Self::paint(color, strength).0;
        Self([red, green, blue, 0.0])
    }
}

/// Both at once.
impl Add for Ink {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|part| self.0[part] + other.0[part]))
    }
}

/// The quads of a frame, from back to front.
#[derive(Resource, Default, Debug)]
pub struct Canvas {
    positions: Vec<[f32; 3]>,
    places: Vec<[f32; 2]>,
    inks: Vec<[f32; 4]>,
}

impl Canvas {
    /// Draws a shape upright, `half` its width and height.
    pub fn shape(&mut self, shape: Shape, middle: Vec2, half: Vec2, ink: Ink) {
        self.turned(shape, middle, Vec2::new(half.x, 0.0), Vec2::new(0.0, half.y), ink);
    }

    /// Draws a shape whose right end is at `middle + x` and whose upper end is at `middle + y`.
    pub fn turned(&mut self, shape: Shape, middle: Vec2, x: Vec2, y: Vec2, ink: Ink) {
        let [left, top, right, bottom] = shape.rect();
        let corners = [middle - x + y, middle + x + y, middle + x - y, middle - x - y];
        self.positions.extend(corners.map(|corner| [corner.x, corner.y, 0.0]));
        self.places.extend([[left, top], [right, top], [right, bottom], [left, bottom]]);
        self.inks.extend([ink.0; 4]);
    }

    /// Draws a shape from `tail` to `head`, `half_width` to each side.
    pub fn along(&mut self, shape: Shape, tail: Vec2, head: Vec2, half_width: f32, ink: Ink) {
        let half = (head - tail) / 2.0;
        let side = half.perp().normalize_or_zero() * half_width;
        self.turned(shape, tail + half, half, side, ink);
    }

    /// Takes what was drawn as a mesh and leaves an empty canvas.
    pub fn take_mesh(&mut self) -> Mesh {
        let quads = self.positions.len() as u32 / 4;
        let corners = (0..quads).flat_map(|quad| [0, 2, 1, 0, 3, 2].map(|corner| quad * 4 + corner));
        let indices = Indices::U32(corners.collect());
        let fresh = |length: usize| Self {
            positions: Vec::with_capacity(length),
            places: Vec::with_capacity(length),
            inks: Vec::with_capacity(length),
        };
        let Self { positions, places, inks } = std::mem::replace(self, fresh(quads as usize * 4));
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, places)
            .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, inks)
            .with_inserted_indices(indices)
    }
}

/// The texture of shapes, with its own way of mixing colors: what an [`Ink`] lets through of what
/// lies behind is up to its alpha alone, so that paint and light go into one mesh.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct ShapeMaterial {
    #[texture(0)]
    #[sampler(1)]
    shapes: Handle<Image>,
}

impl Material2d for ShapeMaterial {
    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }

    fn alpha_mode(&self) -> AlphaMode2d {
        AlphaMode2d::Blend
    }

    fn specialize(
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        _key: Material2dKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        let targets = descriptor.fragment.iter_mut().flat_map(|fragment| &mut fragment.targets);
        for target in targets.flatten() {
            target.blend = Some(BlendState::PREMULTIPLIED_ALPHA_BLENDING);
        }
        Ok(())
    }
}

/// What is drawn anew in each frame.
#[derive(Resource, Debug)]
pub struct Frame {
    mesh: Handle<Mesh>,
    material: Handle<ShapeMaterial>,
}

impl Frame {
    /// An entity that shows a mesh of quads for good, behind all that is drawn anew.
    pub fn backdrop(&self, mesh: Handle<Mesh>) -> impl Bundle {
        drawn(mesh, self.material.clone(), 0.0)
    }
}

fn drawn(mesh: Handle<Mesh>, material: Handle<ShapeMaterial>, depth: f32) -> impl Bundle {
    let place = Transform::from_xyz(0.0, 0.0, depth);
    // Bounds would be looked for in each new mesh, only to find that it is in the window.
    (Mesh2d(mesh), MeshMaterial2d(material), place, NoFrustumCulling)
}

/// Lets a [`Canvas`] be drawn.
pub struct CanvasPlugin;

impl Plugin for CanvasPlugin {
    fn build(&self, app: &mut App) {
        load_internal_asset!(app, SHADER, "shapes.wgsl", Shader::from_wgsl);
        app.add_plugins(Material2dPlugin::<ShapeMaterial>::default()).init_resource::<Canvas>();
        let world = app.world_mut();
        let shapes = world.resource_mut::<Assets<Image>>().add(shapes::texture());
        let material = world.resource_mut::<Assets<ShapeMaterial>>().add(ShapeMaterial { shapes });
        let mesh = world.resource_mut::<Assets<Mesh>>().add(Canvas::default().take_mesh());
        world.spawn(drawn(mesh.clone(), material.clone(), 1.0));
        world.insert_resource(Frame { mesh, material });
    }
}

/// Hands the frame's quads to the renderer.
pub fn present(mut canvas: ResMut<Canvas>, frame: Res<Frame>, mut meshes: ResMut<Assets<Mesh>>) -> Result {
    // A new mesh and not new data in the old one: the renderer takes it without a copy.
    meshes.insert(&frame.mesh, canvas.take_mesh())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quad_has_four_corners_and_two_triangles() {
        let mut canvas = Canvas::default();
        canvas.shape(Shape::Disc, Vec2::ZERO, Vec2::ONE, Ink::paint(Color::WHITE, 0.5));
        canvas.along(Shape::Line, Vec2::ZERO, Vec2::X, 1.0, Ink::light(Color::WHITE, 0.5));
        let mesh = canvas.take_mesh();
        assert_eq!(mesh.count_vertices(), 8);
        assert_eq!(mesh.indices().map(Indices::len), Some(12));
        assert_eq!(canvas.take_mesh().count_vertices(), 0);
    }

    #[test]
    fn light_hides_nothing() {
        assert_eq!(Ink::light(Color::WHITE, 0.5), Ink([0.5, 0.5, 0.5, 0.0]));
        assert_eq!(Ink::paint(Color::WHITE, 0.5), Ink([0.5, 0.5, 0.5, 0.5]));
        let both = Ink::paint(Color::BLACK, 0.5) + Ink::light(Color::WHITE, 0.25);
        assert_eq!(both, Ink([0.25, 0.25, 0.25, 0.5]));
    }
}
