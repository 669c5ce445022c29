//! Lines in the game's log, formatted as by `format!` and cut at 512 bytes.

use core::fmt;

use crate::text::Text;

/// How loud a line is.
pub use crate::abi::LogLevel as Level;

/// Writes a line to the game's log, at level info or at the one that comes first.
///
/// The game limits how many lines a call writes. A line of a call that ends as a fault is written
/// all the same.
///
/// ```
/// use peristyle::prelude::*;
///
/// let (drone, pad) = (7, 3);
/// log!("drone {drone} is on its way to pad {pad}");
/// log!(Level::Debug, "{} m to go", 12.5);
/// ```
#[macro_export]
macro_rules! log {
    ($format:literal $($arguments:tt)*) => {
        $crate::log::write($crate::log::Level::Info, ::core::format_args!($format $($arguments)*))
    };
    ($level:expr, $($arguments:tt)+) => {
        $crate::log::write($level, ::core::format_args!($($arguments)+))
    };
}

/// Writes a line to the game's log at level warn: something is odd.
#[macro_export]
macro_rules! warn {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Warn, ::core::format_args!($($arguments)+)) };
}

/// Writes a line to the game's log at level error: something is wrong.
#[macro_export]
macro_rules! error {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Error, ::core::format_args!($($arguments)+)) };
}

/// Writes a line to the game's log at level info, as [`log!`](crate::log!) does.
#[macro_export]
macro_rules! info {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Info, ::core::format_args!($($arguments)+)) };
}

/// Writes a line to the game's log at level debug: for whoever works on the script.
#[macro_export]
macro_rules! debug {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Debug, ::core::format_args!($($arguments)+)) };
}

/// Writes a line to the game's log at level trace: for whoever works on the script, in detail.
#[macro_export]
macro_rules! trace {
    ($($arguments:tt)+) => { $crate::log::write($crate::log::Level::Trace, ::core::format_args!($($arguments)+)) };
}

/// What the macros call. Outside of a module the line goes nowhere.
pub fn write(level: Level, arguments: fmt::Arguments<'_>) {
    let line = Text::format(arguments);
    crate::host::log(level, line.as_bytes());
}
