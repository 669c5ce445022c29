//! Boxes that touch, and what becomes of the ball.

const components = @import("components");

const Position = components.Position;
const Size = components.Size;
const Velocity = components.Velocity;

/// How far two boxes lie within each other, and on which side the first one is.
pub const Contact = struct {
    /// From the second box's middle to the first one's.
    offset: Position,
    /// The overlap along each axis, above 0.
    depth: Size,

    /// How far the boxes would have to move to come apart.
    pub fn shallow(contact: Contact) f32 {
        return if (contact.depth.x < contact.depth.y) contact.depth.x else contact.depth.y;
    }

    /// Turns the velocity away from the second box, and says whether it was towards it.
    pub fn turn(contact: Contact, velocity: *Velocity) bool {
        if (contact.depth.x < contact.depth.y) return turnAxis(contact.offset.x, &velocity.x);
        return turnAxis(contact.offset.y, &velocity.y);
    }
};

fn turnAxis(offset: f32, speed: *f32) bool {
    if (offset * speed.* >= 0) return false;
    speed.* = -speed.*;
    return true;
}

/// How two boxes touch, or null where they do not.
pub fn between(a: Position, a_size: Size, b: Position, b_size: Size) ?Contact {
    const offset: Position = .{ .x = a.x - b.x, .y = a.y - b.y };
    const depth: Size = .{
        .x = a_size.x + b_size.x - @abs(offset.x),
        .y = a_size.y + b_size.y - @abs(offset.y),
    };
    return if (depth.x > 0 and depth.y > 0) .{ .offset = offset, .depth = depth } else null;
}

/// What the paddle makes of a ball that hits it `offset` from its middle, from -1 to 1: the farther
/// out, the flatter. The length is within 4 % of `speed`, without a square root.
pub fn served(offset: f32, speed: f32) Velocity {
    return .{ .x = speed * (0.8 * offset), .y = speed * (1 - 0.4 * (offset * offset)) };
}

/// `value`, or the limit beyond which it is.
pub fn limited(value: f32, limit: f32) f32 {
    if (value < -limit) return -limit;
    if (value > limit) return limit;
    return value;
}
