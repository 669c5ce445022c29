//! Drones: their shadows, the jets below them, their bodies and what they carry.

use bevy::prelude::*;

use super::canvas::{Canvas, Ink};
use super::palette;
use super::shapes::Shape;
use super::view::{TILT, View};
use crate::components::{Drone, Grounded, Load, Position, Thrust, Velocity};

/// Half of a drone's width as it is drawn, in m: several times what it would be.
const HALF_WIDTH: f32 = 2.7;
/// In a crowd they are drawn smaller: this many have room at full size.
const FULL_SIZE_MAX: f32 = 130.0;
/// The part of its width that a drone grows in 1 m of height.
const GROWTH: f32 = 0.008;
/// Meters of jet for each m/s² of thrust.
const JET: f32 = 0.62;
/// Seconds of its way that a drone draws behind it.
const TRAIL_SECONDS: f32 = 0.55;
/// Slower than this, in m/s, it draws none.
const TRAIL_SPEED_MIN: f32 = 1.0;
/// The acceleration of free fall, which a drone at rest in the air thrusts against, in m/s².
const GRAVITY: f32 = 9.81;

/// What is drawn of one drone.
struct Sketch {
    /// Where its shadow is.
    ground: Vec2,
    /// Where it is.
    place: Vec2,
    /// Half its width in pixels.
    half: f32,
    height: f32,
    /// Its way through the window in [`TRAIL_SECONDS`].
    trail: Option<Vec2>,
    /// The end of its jet, from its place on.
    jet: Vec2,
    /// The sine of the angle by which it leans to the right.
    lean: f32,
    carries: bool,
    parked: bool,
}

type Drawn<'w> = (&'w Position, &'w Velocity, &'w Thrust, Has<Load>, Has<Grounded>);

/// Draws the drones, those in the north first.
pub fn draw(
    view: Res<View>,
    time: Res<Time<Fixed>>,
    drones: Query<Drawn<'_>, With<Drone>>,
    mut canvas: ResMut<Canvas>,
) {
    // Between two ticks drones go on as they fly, so that slow motion is smooth.
    let ahead = time.overstep().as_secs_f32();
    let size = (FULL_SIZE_MAX / drones.iter().len().max(1) as f32).sqrt().clamp(0.55, 1.0);
    let mut sketches: Vec<Sketch> = drones.iter().map(|drone| sketch(&view, ahead, size, drone)).collect();
    sketches.sort_by(|a, b| b.ground.y.total_cmp(&a.ground.y));
    for sketch in &sketches {
        draw_shadow(&mut canvas, sketch);
    }
    for sketch in &sketches {
        draw_light(&mut canvas, sketch);
    }
    for sketch in &sketches {
        draw_body(&mut canvas, sketch);
    }
}

fn sketch(
    view: &View,
    ahead: f32,
    size: f32,
    (position, velocity, thrust, carries, parked): (&Position, &Velocity, &Thrust, bool, bool),
) -> Sketch {
    let ahead = if parked { 0.0 } else { ahead };
    let position = Position {
        x: position.x + velocity.x * ahead,
        y: position.y + velocity.y * ahead,
        z: (position.z + velocity.z * ahead).max(0.0),
    };
    let speed = Vec3::new(velocity.x, velocity.y, velocity.z).length();
    let trail = view.direction([velocity.x, velocity.y, velocity.z]) * TRAIL_SECONDS;
    // What holds it up is drawn shorter, so that what moves it can be seen.
    let jet = [thrust.x, thrust.y, thrust.z * 0.8].map(|axis| -axis * JET);
    Sketch {
        ground: view.ground(position.x, position.y),
        place: view.place(&position),
        half: HALF_WIDTH * size * view.scale * (1.0 + position.z * GROWTH),
        height: position.z,
        trail: (speed > TRAIL_SPEED_MIN && !parked).then_some(trail),
        jet: view.direction(jet),
        lean: (thrust.x / (thrust.z.abs() + GRAVITY) * 1.2).clamp(-0.4, 0.4),
        carries,
        parked,
    }
}

fn draw_shadow(canvas: &mut Canvas, sketch: &Sketch) {
    // The higher a drone, the wider and weaker its shadow.
    let half = sketch.half * (1.0 + sketch.height * 0.012);
    let alpha = 0.55 / (1.0 + sketch.height * 0.07);
    let offset = Vec2::new(sketch.height * 0.25, 0.0);
    canvas.shape(
        Shape::Glow,
        sketch.ground + offset,
        Vec2::new(half, half * TILT) * 1.2,
        Ink::paint(palette::SHADOW, alpha),
    );
}

fn draw_light(canvas: &mut Canvas, sketch: &Sketch) {
    if sketch.parked {
        return;
    }
    if let Some(trail) = sketch.trail {
        let tail = sketch.place - trail;
        canvas.along(Shape::Streak, tail, sketch.place, sketch.half * 0.20, Ink::light(palette::DRONE, 0.30));
    }
    let x = sketch.jet.perp().normalize_or_zero() * sketch.half * 0.7;
    canvas.turned(
        Shape::Flame,
        sketch.place + sketch.jet * 0.6,
        x,
        -sketch.jet * 0.6,
        Ink::light(palette::FLAME, 0.55),
    );
}

fn draw_body(canvas: &mut Canvas, sketch: &Sketch) {
    let half = sketch.half;
    let x = Vec2::new(half, -half * sketch.lean);
    let y = Vec2::new(0.0, half * TILT);
    let lit = if sketch.parked { 0.55 } else { 1.0 };
    if sketch.carries {
        let below = sketch.place - Vec2::new(0.0, half * 0.5);
        canvas.shape(
            Shape::Package,
            below,
            Vec2::new(half * 0.38, half * 0.33),
            Ink::paint(palette::PACKAGE, 0.92),
        );
    }
    canvas.turned(Shape::Rotors, sketch.place, x, y, Ink::paint(palette::ROTOR, 0.75 * lit));
    canvas.turned(Shape::Frame, sketch.place, x, y, Ink::paint(palette::DRONE, 0.95 * lit));
}
