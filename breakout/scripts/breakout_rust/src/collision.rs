//! Boxes that touch, and what becomes of the ball.

use crate::components::{Position, Size, Velocity};

/// How far two boxes lie within each other, and on which side the first one is.
#[derive(Clone, Copy, Debug)]
pub struct Contact {
    /// From the second box's middle to the first one's.
    pub offset: Position,
    /// The overlap along each axis, above 0.
    depth: Size,
}

impl Contact {
    /// How two boxes touch, or `None` where they do not.
    pub fn between(a: Position, a_size: Size, b: Position, b_size: Size) -> Option<Self> {
        let offset = Position { x: a.x - b.x, y: a.y - b.y };
        let depth = Size { x: a_size.x + b_size.x - offset.x.abs(), y: a_size.y + b_size.y - offset.y.abs() };
        (depth.x > 0.0 && depth.y > 0.0).then_some(Self { offset, depth })
    }

    /// How far the boxes would have to move to come apart.
    pub fn shallow(&self) -> f32 {
        if self.depth.x < self.depth.y { self.depth.x } else { self.depth.y }
    }

    /// Turns the velocity away from the second box, and says whether it was towards it.
    pub fn turn(&self, velocity: &mut Velocity) -> bool {
        if self.depth.x < self.depth.y {
            turn_axis(self.offset.x, &mut velocity.x)
        } else {
            turn_axis(self.offset.y, &mut velocity.y)
        }
    }
}

fn turn_axis(offset: f32, speed: &mut f32) -> bool {
    let is_towards = offset * *speed < 0.0;
    if is_towards {
        *speed = -*speed;
    }
    is_towards
}

/// What the paddle makes of a ball that hits it `offset` from its middle, from -1 to 1: the farther
/// out, the flatter. The length is within 4 % of `speed`, without a square root.
pub fn served(offset: f32, speed: f32) -> Velocity {
    Velocity { x: speed * (0.8 * offset), y: speed * (1.0 - 0.4 * (offset * offset)) }
}

/// `value`, or the limit beyond which it is.
pub fn limited(value: f32, limit: f32) -> f32 {
    if value < -limit {
        -limit
    } else if value > limit {
        limit
    } else {
        value
    }
}
