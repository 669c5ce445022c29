//! The keys and buttons that scripts can ask about, each with the number of its bit.

/// Defines an enum over small numbers, whose variants are named as in Bevy.
macro_rules! numbers {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the names are those of the keys")]
        pub enum $name { $($variant = $number,)* }

        impl $name {
            /// Every value, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }

            /// The number of its bit.
            pub const fn number(self) -> u8 {
                self as u8
            }
        }
    };
}

numbers! {
    /// A key by its place on the keyboard, named as by the W3C (<https://www.w3.org/TR/uievents-code>)
    /// and by Bevy's `KeyCode`: bit `number % 32` of word `number / 32` of the resource `Keys`.
    pub enum Key {
        KeyA = 0, KeyB = 1, KeyC = 2, KeyD = 3, KeyE = 4, KeyF = 5, KeyG = 6, KeyH = 7, KeyI = 8, KeyJ = 9,
        KeyK = 10, KeyL = 11, KeyM = 12, KeyN = 13, KeyO = 14, KeyP = 15, KeyQ = 16, KeyR = 17, KeyS = 18,
        KeyT = 19, KeyU = 20, KeyV = 21, KeyW = 22, KeyX = 23, KeyY = 24, KeyZ = 25, Digit0 = 26,
        Digit1 = 27, Digit2 = 28, Digit3 = 29, Digit4 = 30, Digit5 = 31, Digit6 = 32, Digit7 = 33,
        Digit8 = 34, Digit9 = 35, ArrowUp = 36, ArrowDown = 37, ArrowLeft = 38, ArrowRight = 39, Space = 40,
        Enter = 41, Escape = 42, Tab = 43, Backspace = 44, Delete = 45, Insert = 46, Home = 47, End = 48,
        PageUp = 49, PageDown = 50, ShiftLeft = 51, ShiftRight = 52, ControlLeft = 53, ControlRight = 54,
        AltLeft = 55, AltRight = 56, SuperLeft = 57, SuperRight = 58, CapsLock = 59, Backquote = 60,
        Minus = 61, Equal = 62, BracketLeft = 63, BracketRight = 64, Backslash = 65, Semicolon = 66,
        Quote = 67, Comma = 68, Period = 69, Slash = 70, IntlBackslash = 71, IntlRo = 72, IntlYen = 73,
        F1 = 74, F2 = 75, F3 = 76, F4 = 77, F5 = 78, F6 = 79, F7 = 80, F8 = 81, F9 = 82, F10 = 83, F11 = 84,
        F12 = 85, Numpad0 = 86, Numpad1 = 87, Numpad2 = 88, Numpad3 = 89, Numpad4 = 90, Numpad5 = 91,
        Numpad6 = 92, Numpad7 = 93, Numpad8 = 94, Numpad9 = 95, NumpadAdd = 96, NumpadSubtract = 97,
        NumpadMultiply = 98, NumpadDivide = 99, NumpadDecimal = 100, NumpadEnter = 101, NumLock = 102,
        ScrollLock = 103, PrintScreen = 104, Pause = 105, ContextMenu = 106,
    }
}

numbers! {
    /// A button of the mouse: bit `number` of the resource `MouseButtons`.
    pub enum Button {
        Left = 0, Right = 1, Middle = 2, Back = 3, Forward = 4,
    }
}

numbers! {
    /// A button of a gamepad, named by its place as in Bevy: bit `number` of the component `Gamepad`.
    pub enum PadButton {
        South = 0, East = 1, North = 2, West = 3, LeftTrigger = 4, LeftTrigger2 = 5, RightTrigger = 6,
        RightTrigger2 = 7, Select = 8, Start = 9, Mode = 10, LeftThumb = 11, RightThumb = 12, DPadUp = 13,
        DPadDown = 14, DPadLeft = 15, DPadRight = 16,
    }
}
