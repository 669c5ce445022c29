//! The player's keys and mouse, as resources of the game, and gamepads, as components.
//!
//! A system takes `peristyle.Res(peristyle.input.Keys)` and asks `keys.value.isPressed(.space)`, or a query of
//! `*const peristyle.input.Gamepad` and asks `row.gamepad.isPressed(.south)`. What was *just* pressed or released
//! happened since the frame before: a system in `FixedUpdate` may run several times in a frame, or not at all, and
//! better asks what is pressed.

const std = @import("std");

/// A key by its place on the keyboard, named as by the W3C (<https://www.w3.org/TR/uievents-code>):
/// bit `number % 32` of word `number / 32`.
pub const Key = enum(u8) {
    key_a = 0,
    key_b = 1,
    key_c = 2,
    key_d = 3,
    key_e = 4,
    key_f = 5,
    key_g = 6,
    key_h = 7,
    key_i = 8,
    key_j = 9,
    key_k = 10,
    key_l = 11,
    key_m = 12,
    key_n = 13,
    key_o = 14,
    key_p = 15,
    key_q = 16,
    key_r = 17,
    key_s = 18,
    key_t = 19,
    key_u = 20,
    key_v = 21,
    key_w = 22,
    key_x = 23,
    key_y = 24,
    key_z = 25,
    digit_0 = 26,
    digit_1 = 27,
    digit_2 = 28,
    digit_3 = 29,
    digit_4 = 30,
    digit_5 = 31,
    digit_6 = 32,
    digit_7 = 33,
    digit_8 = 34,
    digit_9 = 35,
    arrow_up = 36,
    arrow_down = 37,
    arrow_left = 38,
    arrow_right = 39,
    space = 40,
    enter = 41,
    escape = 42,
    tab = 43,
    backspace = 44,
    delete = 45,
    insert = 46,
    home = 47,
    end = 48,
    page_up = 49,
    page_down = 50,
    shift_left = 51,
    shift_right = 52,
    control_left = 53,
    control_right = 54,
    alt_left = 55,
    alt_right = 56,
    super_left = 57,
    super_right = 58,
    caps_lock = 59,
    backquote = 60,
    minus = 61,
    equal = 62,
    bracket_left = 63,
    bracket_right = 64,
    backslash = 65,
    semicolon = 66,
    quote = 67,
    comma = 68,
    period = 69,
    slash = 70,
    intl_backslash = 71,
    intl_ro = 72,
    intl_yen = 73,
    f1 = 74,
    f2 = 75,
    f3 = 76,
    f4 = 77,
    f5 = 78,
    f6 = 79,
    f7 = 80,
    f8 = 81,
    f9 = 82,
    f10 = 83,
    f11 = 84,
    f12 = 85,
    numpad_0 = 86,
    numpad_1 = 87,
    numpad_2 = 88,
    numpad_3 = 89,
    numpad_4 = 90,
    numpad_5 = 91,
    numpad_6 = 92,
    numpad_7 = 93,
    numpad_8 = 94,
    numpad_9 = 95,
    numpad_add = 96,
    numpad_subtract = 97,
    numpad_multiply = 98,
    numpad_divide = 99,
    numpad_decimal = 100,
    numpad_enter = 101,
    num_lock = 102,
    scroll_lock = 103,
    print_screen = 104,
    pause = 105,
    context_menu = 106,
};

/// A button of the mouse: bit `number`.
pub const Button = enum(u5) { left = 0, right = 1, middle = 2, back = 3, forward = 4 };

/// A button of a gamepad by its place: bit `number`.
pub const PadButton = enum(u5) {
    south = 0,
    east = 1,
    north = 2,
    west = 3,
    left_trigger = 4,
    left_trigger_2 = 5,
    right_trigger = 6,
    right_trigger_2 = 7,
    select = 8,
    start = 9,
    mode = 10,
    left_thumb = 11,
    right_thumb = 12,
    d_pad_up = 13,
    d_pad_down = 14,
    d_pad_left = 15,
    d_pad_right = 16,
};

/// The keyboard.
pub const Keys = extern struct {
    pressed: [4]u32 = @splat(0),
    just_pressed: [4]u32 = @splat(0),
    just_released: [4]u32 = @splat(0),

    /// Whether the key is down.
    pub fn isPressed(keys: *const Keys, key: Key) bool {
        return has(&keys.pressed, key);
    }

    /// Whether the key went down in this frame.
    pub fn isJustPressed(keys: *const Keys, key: Key) bool {
        return has(&keys.just_pressed, key);
    }

    /// Whether the key went up in this frame.
    pub fn isJustReleased(keys: *const Keys, key: Key) bool {
        return has(&keys.just_released, key);
    }

    /// The keyboard with one more key that has just gone down, for unit tests.
    pub fn press(keys: Keys, key: Key) Keys {
        var more = keys;
        const number = @intFromEnum(key);
        const bit = @as(u32, 1) << @intCast(number % 32);
        more.pressed[number / 32] |= bit;
        more.just_pressed[number / 32] |= bit;
        return more;
    }
};

/// The mouse's buttons.
pub const MouseButtons = extern struct {
    pressed: u32 = 0,
    just_pressed: u32 = 0,
    just_released: u32 = 0,

    /// Whether the button is down.
    pub fn isPressed(buttons: *const MouseButtons, button: Button) bool {
        return buttons.pressed >> @intFromEnum(button) & 1 == 1;
    }

    /// Whether the button went down in this frame.
    pub fn isJustPressed(buttons: *const MouseButtons, button: Button) bool {
        return buttons.just_pressed >> @intFromEnum(button) & 1 == 1;
    }

    /// Whether the button went up in this frame.
    pub fn isJustReleased(buttons: *const MouseButtons, button: Button) bool {
        return buttons.just_released >> @intFromEnum(button) & 1 == 1;
    }

    /// The mouse with one more button that has just gone down, for unit tests.
    pub fn press(buttons: MouseButtons, button: Button) MouseButtons {
        var more = buttons;
        more.pressed |= @as(u32, 1) << @intFromEnum(button);
        more.just_pressed |= @as(u32, 1) << @intFromEnum(button);
        return more;
    }
};

/// How the mouse was moved in this frame.
pub const MouseMotion = extern struct {
    /// Right and down, in the mouse's own steps.
    delta: [2]f32 = @splat(0),
};

/// How the mouse's wheel was turned in this frame.
pub const MouseScroll = extern struct {
    /// Right and up.
    delta: [2]f32 = @splat(0),
    /// 0 where `delta` counts lines, 1 where it counts pixels.
    unit: u32 = 0,
};

/// A gamepad: a component of its entity, `peristyle.Query(struct { gamepad: *const Gamepad })`.
pub const Gamepad = extern struct {
    /// Buttons that are down: bit `n` for the button with the number `n`.
    pressed: u32 = 0,
    /// Buttons that went down in this frame.
    just_pressed: u32 = 0,
    /// Buttons that went up in this frame.
    just_released: u32 = 0,
    /// The left stick's x and y, from -1 to 1.
    left_stick: [2]f32 = @splat(0),
    /// The right stick's x and y, from -1 to 1.
    right_stick: [2]f32 = @splat(0),
    /// How far the lower triggers are pressed, left and right, from 0 to 1.
    triggers: [2]f32 = @splat(0),

    /// Whether the button is down.
    pub fn isPressed(gamepad: *const Gamepad, button: PadButton) bool {
        return gamepad.pressed >> @intFromEnum(button) & 1 == 1;
    }

    /// Whether the button went down in this frame.
    pub fn isJustPressed(gamepad: *const Gamepad, button: PadButton) bool {
        return gamepad.just_pressed >> @intFromEnum(button) & 1 == 1;
    }

    /// Whether the button went up in this frame.
    pub fn isJustReleased(gamepad: *const Gamepad, button: PadButton) bool {
        return gamepad.just_released >> @intFromEnum(button) & 1 == 1;
    }

    /// The gamepad with one more button that has just gone down, for unit tests.
    pub fn press(gamepad: Gamepad, button: PadButton) Gamepad {
        var more = gamepad;
        more.pressed |= @as(u32, 1) << @intFromEnum(button);
        more.just_pressed |= @as(u32, 1) << @intFromEnum(button);
        return more;
    }
};

fn has(words: *const [4]u32, key: Key) bool {
    const number = @intFromEnum(key);
    return words[number / 32] >> @intCast(number % 32) & 1 == 1;
}

test "keys are bits" {
    const keys = (Keys{}).press(.key_a).press(.arrow_up);
    try std.testing.expect(keys.isPressed(.arrow_up) and keys.isJustPressed(.key_a));
    try std.testing.expect(!keys.isPressed(.space) and !keys.isJustReleased(.key_a));
    try std.testing.expectEqual(1, keys.pressed[0]);
}

test "buttons of the mouse and of a gamepad are bits" {
    const buttons = (MouseButtons{}).press(.right);
    try std.testing.expect(buttons.isPressed(.right) and buttons.isJustPressed(.right) and !buttons.isPressed(.left));
    const gamepad = (Gamepad{}).press(.d_pad_right).press(.south);
    try std.testing.expect(gamepad.isPressed(.south) and gamepad.isJustPressed(.d_pad_right));
    try std.testing.expect(!gamepad.isPressed(.east) and !gamepad.isJustReleased(.south));
    try std.testing.expectEqual(0x10001, gamepad.pressed);
}
