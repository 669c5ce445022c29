//! The player's keys, mouse and gamepads, as scripts read them.

use bevy::input::ButtonInput;
use bevy::input::gamepad::{Gamepad, GamepadButton};
use bevy::input::keyboard::KeyCode;
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll, MouseButton, MouseScrollUnit};
use peristyle_abi::input::{Button, Key, PadButton};
use peristyle_macros::HostSchema as Schema;

use crate::types::mirror::MirroredComponent;
use crate::types::slices::{SliceReader, SliceWriter};

/// What scripts see of `ButtonInput<KeyCode>`, as the resource `Keys`: bit `n % 32` of word `n / 32`
/// for the key with the number `n`.
///
/// `just_pressed` and `just_released` say what happened since the frame before: a system in
/// `FixedUpdate` may run several times in a frame, or not at all, and better asks for `pressed`.
#[derive(Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[schema(name = "Keys")]
pub struct PackedKeys {
    /// Keys that are down.
    pub pressed: [u32; 4],
    /// Keys that went down in this frame.
    pub just_pressed: [u32; 4],
    /// Keys that went up in this frame.
    pub just_released: [u32; 4],
}

/// What scripts see of `ButtonInput<MouseButton>`, as the resource `MouseButtons`: bit `n` for the
/// button with the number `n`.
#[derive(Schema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[schema(name = "MouseButtons")]
pub struct PackedMouseButtons {
    /// Buttons that are down.
    pub pressed: u32,
    /// Buttons that went down in this frame.
    pub just_pressed: u32,
    /// Buttons that went up in this frame.
    pub just_released: u32,
}

impl MirroredComponent for ButtonInput<KeyCode> {
    type Packed = PackedKeys;
    const READ_ONLY: bool = true;

    fn pack(&self, _: &mut SliceWriter) -> PackedKeys {
        fn bits<'a>(keys: impl Iterator<Item = &'a KeyCode>) -> [u32; 4] {
            let mut words = [0; 4];
            for number in keys.copied().filter_map(key).map(Key::number) {
                words[usize::from(number / 32)] |= 1 << (number % 32);
            }
            words
        }
        PackedKeys {
            pressed: bits(self.get_pressed()),
            just_pressed: bits(self.get_just_pressed()),
            just_released: bits(self.get_just_released()),
        }
    }

    fn unpack(&mut self, _: &PackedKeys, _: SliceReader<'_>) {}
}

impl MirroredComponent for ButtonInput<MouseButton> {
    type Packed = PackedMouseButtons;
    const READ_ONLY: bool = true;

    fn pack(&self, _: &mut SliceWriter) -> PackedMouseButtons {
        fn bits<'a>(buttons: impl Iterator<Item = &'a MouseButton>) -> u32 {
            buttons.copied().filter_map(button).fold(0, |bits, button| bits | 1 << button.number())
        }
        PackedMouseButtons {
            pressed: bits(self.get_pressed()),
            just_pressed: bits(self.get_just_pressed()),
            just_released: bits(self.get_just_released()),
        }
    }

    fn unpack(&mut self, _: &PackedMouseButtons, _: SliceReader<'_>) {}
}

/// What scripts see of a [`Gamepad`], as a component of that name of each gamepad's entity: bit `n` for the button
/// with the number `n`.
#[derive(Schema, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
#[schema(name = "Gamepad")]
pub struct PackedGamepad {
    /// Buttons that are down.
    pub pressed: u32,
    /// Buttons that went down in this frame.
    pub just_pressed: u32,
    /// Buttons that went up in this frame.
    pub just_released: u32,
    /// The left stick's x and y, from -1 to 1.
    pub left_stick: [f32; 2],
    /// The right stick's x and y, from -1 to 1.
    pub right_stick: [f32; 2],
    /// How far the lower triggers are pressed, left and right, from 0 to 1.
    pub triggers: [f32; 2],
}

impl MirroredComponent for Gamepad {
    type Packed = PackedGamepad;
    const READ_ONLY: bool = true;

    fn pack(&self, _: &mut SliceWriter) -> PackedGamepad {
        fn bits<'a>(buttons: impl Iterator<Item = &'a GamepadButton>) -> u32 {
            buttons.copied().filter_map(pad_button).fold(0, |bits, button| bits | 1 << button.number())
        }
        let trigger = |button| self.get(button).unwrap_or(0.0);
        PackedGamepad {
            pressed: bits(self.get_pressed()),
            just_pressed: bits(self.get_just_pressed()),
            just_released: bits(self.get_just_released()),
            left_stick: self.left_stick().to_array(),
            right_stick: self.right_stick().to_array(),
            triggers: [trigger(GamepadButton::LeftTrigger2), trigger(GamepadButton::RightTrigger2)],
        }
    }

    fn unpack(&mut self, _: &PackedGamepad, _: SliceReader<'_>) {}
}

/// What scripts see of how the mouse was moved in this frame, as the resource `MouseMotion`.
#[derive(Schema, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
#[schema(name = "MouseMotion")]
pub struct PackedMouseMotion {
    /// Right and down, in the mouse's own steps.
    pub delta: [f32; 2],
}

impl MirroredComponent for AccumulatedMouseMotion {
    type Packed = PackedMouseMotion;
    const READ_ONLY: bool = true;

    fn pack(&self, _: &mut SliceWriter) -> PackedMouseMotion {
        PackedMouseMotion { delta: self.delta.to_array() }
    }

    fn unpack(&mut self, _: &PackedMouseMotion, _: SliceReader<'_>) {}
}

/// What scripts see of how the mouse's wheel was turned in this frame, as the resource `MouseScroll`.
#[derive(Schema, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
#[schema(name = "MouseScroll")]
pub struct PackedMouseScroll {
    /// Right and up.
    pub delta: [f32; 2],
    /// 0 where `delta` counts lines, 1 where it counts pixels.
    pub unit: u32,
}

impl MirroredComponent for AccumulatedMouseScroll {
    type Packed = PackedMouseScroll;
    const READ_ONLY: bool = true;

    fn pack(&self, _: &mut SliceWriter) -> PackedMouseScroll {
        PackedMouseScroll { delta: self.delta.to_array(), unit: (self.unit == MouseScrollUnit::Pixel).into() }
    }

    fn unpack(&mut self, _: &PackedMouseScroll, _: SliceReader<'_>) {}
}

/// The gamepad's button of the contract, for those that have a number there.
fn pad_button(button: GamepadButton) -> Option<PadButton> {
    macro_rules! same_names {
        ($($name:ident,)*) => {
            match button {
                $(GamepadButton::$name => Some(PadButton::$name),)*
                _ => None,
            }
        };
    }
    same_names! {
        South, East, North, West, LeftTrigger, LeftTrigger2, RightTrigger, RightTrigger2, Select, Start,
        Mode, LeftThumb, RightThumb, DPadUp, DPadDown, DPadLeft, DPadRight,
    }
}

/// The key of the contract, for those that have a number there.
fn key(code: KeyCode) -> Option<Key> {
    macro_rules! same_names {
        ($($name:ident,)*) => {
            match code {
                $(KeyCode::$name => Some(Key::$name),)*
                _ => None,
            }
        };
    }
    same_names! {
        KeyA, KeyB, KeyC, KeyD, KeyE, KeyF, KeyG, KeyH, KeyI, KeyJ, KeyK, KeyL, KeyM, KeyN,
        KeyO, KeyP, KeyQ, KeyR, KeyS, KeyT, KeyU, KeyV, KeyW, KeyX, KeyY, KeyZ, Digit0,
        Digit1, Digit2, Digit3, Digit4, Digit5, Digit6, Digit7, Digit8, Digit9, ArrowUp,
        ArrowDown, ArrowLeft, ArrowRight, Space, Enter, Escape, Tab, Backspace, Delete,
        Insert, Home, End, PageUp, PageDown, ShiftLeft, ShiftRight, ControlLeft,
        ControlRight, AltLeft, AltRight, SuperLeft, SuperRight, CapsLock, Backquote, Minus,
        Equal, BracketLeft, BracketRight, Backslash, Semicolon, Quote, Comma, Period, Slash,
        IntlBackslash, IntlRo, IntlYen, F1, F2, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12,
        Numpad0, Numpad1, Numpad2, Numpad3, Numpad4, Numpad5, Numpad6, Numpad7, Numpad8,
        Numpad9, NumpadAdd, NumpadSubtract, NumpadMultiply, NumpadDivide, NumpadDecimal,
        NumpadEnter, NumLock, ScrollLock, PrintScreen, Pause, ContextMenu,
    }
}

/// The button of the contract, for those that have a number there.
fn button(button: MouseButton) -> Option<Button> {
    match button {
        MouseButton::Left => Some(Button::Left),
        MouseButton::Right => Some(Button::Right),
        MouseButton::Middle => Some(Button::Middle),
        MouseButton::Back => Some(Button::Back),
        MouseButton::Forward => Some(Button::Forward),
        MouseButton::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_bit_of_its_own_within_the_words() {
        for (number, key) in Key::ALL.iter().enumerate() {
            assert_eq!(usize::from(key.number()), number, "{}", key.name());
        }
        assert!(Key::ALL.len() <= 128);
    }

    #[test]
    fn keys_are_packed_as_bits() {
        let mut keys = ButtonInput::default();
        keys.press(KeyCode::KeyA);
        keys.clear();
        keys.press(KeyCode::ArrowUp);
        keys.press(KeyCode::BrowserBack);
        let packed = keys.pack(&mut SliceWriter::default());
        let up = Key::ArrowUp.number();
        assert_eq!(packed.pressed, [1, 1 << (up - 32), 0, 0]);
        assert_eq!(packed.just_pressed, [0, 1 << (up - 32), 0, 0]);
        keys.release(KeyCode::KeyA);
        assert_eq!(keys.pack(&mut SliceWriter::default()).just_released, [1, 0, 0, 0]);
    }
}
