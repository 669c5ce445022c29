//! Reads and writes Bevy's own components, and reads the player's input and the clock.
//!
//! Tests see with it that this library knows those types as the game has them, and what a script can do with
//! them. `rust_bevy` does the same.

const peristyle = @import("peristyle");
const bevy = peristyle.bevy;
const input = peristyle.input;

pub const panic = peristyle.panic;

/// Where a number becomes visible to the game.
const Counter = extern struct { value: u32 };

const Labels = struct { name: *const bevy.Name, label: *bevy.Text2d };

/// Writes below everything what it is called and how late it is.
fn label(clock: peristyle.Res(bevy.Clock), labels: peristyle.Query(Labels), room: peristyle.Room) void {
    var rows = labels.iterator();
    while (rows.next()) |row| {
        row.label.text = room.print("{f} at {d}", .{ row.name.text, clock.value.fixed_tick });
    }
}

const Sprites = struct { transform: *const bevy.Transform, sprite: *bevy.Sprite };

/// Has sprites look where they are going, red on the left and wider in each tick.
fn paint(clock: peristyle.Res(bevy.Clock), sprites: peristyle.Query(Sprites)) void {
    var rows = sprites.iterator();
    while (rows.next()) |row| {
        row.sprite.flip_x = row.transform.translation[0] < 0;
        row.sprite.color = if (row.sprite.flip_x) .{ 1, 0, 0, 1 } else @splat(1);
        row.sprite.custom_size.set(.{ @floatFromInt(clock.value.fixed_tick), 8 });
    }
}

const Moved = struct { transform: *bevy.Transform, sprite: peristyle.With(bevy.Sprite) };

/// Moves everything to the right, and turns it over.
fn shift(moved: peristyle.Query(Moved)) void {
    for (moved.columns().transform) |*transform| {
        transform.translation[0] += 1;
        transform.rotation = .{ 1, 0, 0, 0 };
    }
}

const Shown = struct { place: *const bevy.GlobalTransform, visibility: *bevy.Visibility };

/// Hides what is below the ground.
fn hide(shown: peristyle.Query(Shown)) void {
    var rows = shown.iterator();
    while (rows.next()) |row| {
        const is_below = row.place.translation[1] < 0;
        row.visibility.* = if (is_below) .Hidden else .Inherited;
    }
}

const Parents = struct { children: *const bevy.Children, counter: *Counter };

const Children = struct { child: *const bevy.ChildOf };

/// Counts children twice: as their parents know them, and in hundreds as they know their parents.
fn count(parents: peristyle.Query(Parents), children: peristyle.Query(Children)) void {
    var rows = parents.iterator();
    while (rows.next()) |row| row.counter.value = @intCast(row.children.entities.slice().len);
    for (children.columns().child) |child| {
        if (parents.get(child.parent)) |row| row.counter.value += 100;
    }
}

/// What the player does with hands and feet.
fn look(
    windows: peristyle.Query(struct { window: *const bevy.Window }),
    gamepads: peristyle.Query(struct { gamepad: *const input.Gamepad }),
    keys: peristyle.Res(input.Keys),
    buttons: peristyle.Res(input.MouseButtons),
    motion: peristyle.Res(input.MouseMotion),
    scroll: peristyle.Res(input.MouseScroll),
    texts: peristyle.Query(struct { text: *bevy.Text }),
    room: peristyle.Room,
) void {
    const window = (windows.single() orelse return).window;
    const pad = (gamepads.single() orelse return).gamepad;
    const x, const y = window.cursor.get() orelse .{ 0, 0 };
    const right, const down = motion.value.delta;
    const jump = keys.value.isPressed(.space) or pad.isPressed(.south);
    const fire = buttons.value.isJustPressed(.left) or pad.isJustPressed(.west);
    for (texts.columns().text) |*text| {
        text.text = room.print("{d} wide, cursor {d} {d}, mouse {d} {d}, wheel {d}, stick {d}, jump {}, fire {}", .{
            whole(window.size[0]),          whole(x),    whole(y),
            whole(right),                   whole(down), whole(scroll.value.delta[1]),
            whole(100 * pad.left_stick[0]), jump,        fire,
        });
    }
}

fn whole(number: f32) i32 {
    return @intFromFloat(number);
}

comptime {
    peristyle.module(.{ .systems = .{
        .{ .name = "label", .run = label },
        .{ .name = "paint", .run = paint },
        .{ .name = "shift", .run = shift, .after = &.{"paint"} },
        .{ .name = "hide", .run = hide },
        .{ .name = "count", .run = count },
        .{ .name = "look", .run = look },
    } });
}
