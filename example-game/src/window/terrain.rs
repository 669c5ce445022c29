//! The ground: night, a lighter clearing around the pads, and lines of equal height as on a map.

use bevy::prelude::*;

use super::canvas::{Canvas, Frame, Ink};
use super::palette;
use super::shapes::Shape;
use super::view::{TILT, View};
use crate::world::SQUARE;

/// Meters between two points at which the height is known.
const STEP: f32 = 5.0;
/// How far the ground goes on beyond the window's edge, in steps.
const BEYOND: i32 = 1;
/// The heights of the lines.
const LEVELS: [f32; 5] = [-1.2, -0.6, 0.0, 0.6, 1.2];

/// The entity that shows the ground, and the view that it was drawn for.
#[derive(Resource, Default, Debug)]
pub struct Terrain {
    entity: Option<Entity>,
    drawn_for: Option<View>,
}

/// Draws the ground when the window or the view has changed.
pub fn draw(
    view: Res<View>,
    frame: Res<Frame>,
    mut terrain: ResMut<Terrain>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut commands: Commands,
) {
    if terrain.drawn_for == Some(*view) {
        return;
    }
    let mut canvas = Canvas::default();
    draw_clearing(&mut canvas, &view);
    draw_contours(&mut canvas, &view);
    if let Some(old) = terrain.entity.take() {
        commands.entity(old).despawn();
    }
    let mesh = meshes.add(canvas.take_mesh());
    *terrain = Terrain { entity: Some(commands.spawn(frame.backdrop(mesh)).id()), drawn_for: Some(*view) };
}

fn draw_clearing(canvas: &mut Canvas, view: &View) {
    let half = Vec2::new(SQUARE, SQUARE * TILT) * view.scale * 0.62;
    canvas.shape(Shape::Clearing, view.ground(0.0, 0.0), half, Ink::paint(palette::CLEARING, 0.9));
}

fn draw_contours(canvas: &mut Canvas, view: &View) {
    let to_ground = |corner: Vec2| {
        let [left_bottom, here] = [view.ground(0.0, 0.0), corner * view.window / 2.0];
        let meters = (here - left_bottom) / view.scale;
        [meters.x / STEP, meters.y / TILT / STEP].map(|steps| steps.floor() as i32)
    };
    let [left, bottom] = to_ground(Vec2::NEG_ONE);
    let [right, top] = to_ground(Vec2::ONE);
    for row in bottom - BEYOND..=top + BEYOND {
        for column in left - BEYOND..=right + BEYOND {
            for (index, level) in LEVELS.into_iter().enumerate() {
                let strength = if index % 2 == 0 { 0.13 } else { 0.075 };
                for [from, to] in segments(column, row, level) {
                    let [from, to] = [from, to].map(|[x, y]| view.ground(x * STEP, y * STEP));
                    canvas.along(Shape::Line, from, to, 1.3, Ink::light(palette::CONTOUR, strength));
                }
            }
        }
    }
}

/// Where the line of a height crosses a cell of the grid: marching squares.
fn segments(column: i32, row: i32, level: f32) -> impl Iterator<Item = [[f32; 2]; 2]> {
    let [left, bottom] = [column as f32, row as f32];
    let corners = [[left, bottom], [left + 1.0, bottom], [left + 1.0, bottom + 1.0], [left, bottom + 1.0]];
    let heights = corners.map(|[x, y]| height(x * STEP, y * STEP) - level);
    let mut crossings = (0..4).filter_map(move |side| {
        let next = (side + 1) % 4;
        let [here, there] = [heights[side], heights[next]];
        let part = here / (here - there);
        let mix = |axis: usize| corners[side][axis] + (corners[next][axis] - corners[side][axis]) * part;
        ((here < 0.0) != (there < 0.0)).then(|| [mix(0), mix(1)])
    });
    std::iter::from_fn(move || Some([crossings.next()?, crossings.next()?]))
}

/// The height of the ground at a place, around 0. It is a drawing; drones fly above flat ground.
fn height(x: f32, y: f32) -> f32 {
    let wave = |x_per_m: f32, y_per_m: f32, phase: f32| (x * x_per_m + y * y_per_m + phase).sin();
    wave(0.021, 0.013, 0.6)
        + 0.8 * wave(-0.011, 0.027, 2.1) * wave(0.017, 0.006, 4.0)
        + 0.35 * wave(0.043, -0.031, 1.0)
        + 0.25 * wave(-0.052, -0.047, 5.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_places_of_its_height() {
        let mut found = 0;
        for (row, column) in (-20..20).flat_map(|row| (-20..20).map(move |column| (row, column))) {
            for ends in segments(column, row, 0.6) {
                for [x, y] in ends {
                    assert!((height(x * STEP, y * STEP) - 0.6).abs() < 0.05, "at {x} {y}");
                    found += 1;
                }
            }
        }
        assert!(found > 100, "{found}");
    }
}
