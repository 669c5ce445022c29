//! Bevy's own components as a game may offer them, and the game's clock.
//!
//! ```zig
//! const bevy = peristyle.bevy;
//!
//! const Labels = struct { health: *const Health, text: *bevy.Text2d, sprite: *bevy.Sprite, transform: *const bevy.Transform };
//!
//! fn show(labels: peristyle.Query(Labels), room: peristyle.Room) void {
//!     var rows = labels.iterator();
//!     while (rows.next()) |row| {
//!         row.text.text = room.print("{d} left", .{row.health.left});
//!         row.sprite.flip_x = row.transform.translation[0] < 0;
//!     }
//! }
//! ```

const std = @import("std");
const Entity = @import("entity.zig").Entity;
const List = @import("slices.zig").List;
const Maybe = @import("maybe.zig").Maybe;
const Str = @import("slices.zig").Str;

/// Where an entity is, beside its parent.
pub const Transform = extern struct {
    /// `x`, `y`, `z`.
    translation: [3]f32,
    /// The quaternion's `x`, `y`, `z`, `w`.
    rotation: [4]f32,
    /// `x`, `y`, `z`.
    scale: [3]f32,
};

/// Where an entity is in the world; scripts read it.
pub const GlobalTransform = extern struct {
    /// The entity's x axis in the world.
    x_axis: [3]f32,
    /// The entity's y axis in the world.
    y_axis: [3]f32,
    /// The entity's z axis in the world.
    z_axis: [3]f32,
    /// The entity's origin in the world.
    translation: [3]f32,
};

/// What an entity is called.
pub const Name = extern struct { text: Str };

/// A text in the world.
pub const Text2d = extern struct { text: Str };

/// A text of the user interface.
pub const Text = extern struct { text: Str };

/// The entity that one belongs to; scripts read it, and commands change it.
pub const ChildOf = extern struct { parent: Entity };

/// The entities that belong to one, in their order; scripts read it, and commands change it.
pub const Children = extern struct { entities: List(Entity) };

/// Whether an entity is drawn.
pub const Visibility = enum(u8) {
    /// As the entity that this one belongs to.
    Inherited = 0,
    /// Hidden, and all that inherit it.
    Hidden = 1,
    /// Visible.
    Visible = 2,
};

/// What a sprite looks like, but for its image.
pub const Sprite = extern struct {
    /// Red, green, blue and alpha in sRGB.
    color: [4]f32,
    /// Width and height in place of the image's, if there are such.
    custom_size: Maybe([2]f32) = .none,
    /// Whether left is right.
    flip_x: bool = false,
    /// Whether up is down.
    flip_y: bool = false,
    /// Zero.
    reserved: [2]u8 = @splat(0),
};

/// A window; scripts read it.
pub const Window = extern struct {
    /// Width and height in logical pixels.
    size: [2]f32,
    /// Physical pixels for each logical one.
    scale_factor: f32,
    /// Where the cursor is, from the upper left in logical pixels, if it is in the window.
    cursor: Maybe([2]f32) = .none,
    /// Whether keys go to this window.
    focused: bool,
    /// Zero.
    reserved: [3]u8 = @splat(0),
};

/// The time of both kinds of schedules, as a resource that every game has: `peristyle.Time` is that of the schedule
/// which the system runs in.
pub const Clock = extern struct {
    /// Fixed steps since the scripts were ready.
    fixed_tick: u64 = 0,
    /// Seconds of one fixed step.
    fixed_delta: f64 = 0,
    /// Seconds of all fixed steps.
    fixed_elapsed: f64 = 0,
    /// Frames since the scripts were ready.
    frame_tick: u64 = 0,
    /// Seconds of this frame.
    frame_delta: f64 = 0,
    /// Seconds of all frames.
    frame_elapsed: f64 = 0,
};

test "every one is a component by its own name" {
    const schema = @import("schema.zig");
    inline for (@typeInfo(@This()).@"struct".decls) |declaration| {
        const T = @field(@This(), declaration.name);
        try std.testing.expectEqualStrings(declaration.name, comptime schema.name(T));
        try std.testing.expectEqual(@sizeOf(T), (comptime schema.descriptor(T)).byte_size);
    }
}
