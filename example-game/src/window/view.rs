//! Where the world is in the window: seen from the south and from above, without perspective.

use bevy::prelude::*;

use crate::components::Position;
use crate::world::SQUARE;

/// How long a meter to the north looks beside a meter to the east.
pub const TILT: f32 = 0.72;
/// How long a meter of height looks: together with [`TILT`] that of a camera at one angle.
const RISE: f32 = 0.69;
/// The height in m that the window leaves room for.
const HEIGHT_SHOWN: f32 = 26.0;
/// What the window leaves free around the square of pads, in logical pixels.
const MARGIN: f32 = 26.0;
/// What the legend takes at the bottom, and the title at the top.
const LEGEND_HEIGHT: f32 = 36.0;
const TITLE_HEIGHT: f32 = 34.0;

/// How the world lies in the window: in logical pixels from its middle, y up, as the camera has it.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Pixels in a meter.
    pub scale: f32,
    /// Where the world's origin is.
    origin: Vec2,
    /// The window's width and height.
    pub window: Vec2,
    /// The width that a panel at the right covers.
    panel: f32,
}

impl View {
    /// The view that shows all pads in a window with a panel at its right.
    pub fn new(window: Vec2, panel: f32) -> Self {
        let free = Vec2::new(window.x - panel - 2.0 * MARGIN, window.y - LEGEND_HEIGHT - TITLE_HEIGHT);
        let shown = Vec2::new(SQUARE, SQUARE * TILT + HEIGHT_SHOWN * RISE);
        let scale = (free / shown).min_element().max(0.5);
        let below_middle = (HEIGHT_SHOWN * RISE * scale + TITLE_HEIGHT - LEGEND_HEIGHT) / 2.0;
        Self { scale, origin: Vec2::new(-panel / 2.0, -below_middle), window, panel }
    }

    /// Where a place is.
    pub fn place(&self, place: &Position) -> Vec2 {
        self.ground(place.x, place.y) + Vec2::new(0.0, place.z * RISE * self.scale)
    }

    /// Where a place on the ground is.
    pub fn ground(&self, x: f32, y: f32) -> Vec2 {
        self.origin + Vec2::new(x, y * TILT) * self.scale
    }

    /// How a velocity or a direction looks.
    pub fn direction(&self, [x, y, z]: [f32; 3]) -> Vec2 {
        Vec2::new(x, y * TILT + z * RISE) * self.scale
    }

    /// The place on the ground, in m, that lies at a place in the window, counted from the top
    /// left corner as a cursor is. `None` for the panel.
    pub fn under_cursor(&self, cursor: Vec2) -> Option<[f32; 2]> {
        if cursor.x >= self.window.x - self.panel {
            return None;
        }
        let from_middle = Vec2::new(cursor.x - self.window.x / 2.0, self.window.y / 2.0 - cursor.y);
        let [x, y] = ((from_middle - self.origin) / self.scale).to_array();
        Some([x, y / TILT])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Vec2 = Vec2::new(1280.0, 720.0);

    #[test]
    fn all_pads_and_what_flies_above_them_are_in_the_free_part_of_the_window() {
        for panel in [0.0, 340.0] {
            let view = View::new(WINDOW, panel);
            let [left, right] = [-WINDOW.x / 2.0, WINDOW.x / 2.0 - panel];
            for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
                let position = Position { x: x * SQUARE / 2.0, y: y * SQUARE / 2.0, z: HEIGHT_SHOWN };
                let high = view.place(&position);
                let low = view.ground(position.x, position.y);
                assert!(left + 20.0 < low.x && low.x < right - 20.0, "{low}");
                assert!(
                    low.y > -360.0 + LEGEND_HEIGHT - 0.1 && high.y < 360.0 - TITLE_HEIGHT + 0.1,
                    "{low} {high}"
                );
            }
        }
    }

    #[test]
    fn a_click_finds_the_place_that_is_drawn_there() {
        let view = View::new(WINDOW, 340.0);
        let drawn = view.ground(30.0, -40.0);
        let cursor = Vec2::new(drawn.x + WINDOW.x / 2.0, WINDOW.y / 2.0 - drawn.y);
        let [x, y] = view.under_cursor(cursor).unwrap();
        assert!((x - 30.0).abs() < 0.01 && (y + 40.0).abs() < 0.01, "{x} {y}");
        assert_eq!(view.under_cursor(Vec2::new(1000.0, 300.0)), None);
    }
}
