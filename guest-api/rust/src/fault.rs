use core::fmt;
use core::panic::Location;

use crate::text::Text;

/// Ends the call as a fault: nothing that it wrote counts, and the game's log tells the message
/// with the caller's file and line.
///
/// `panic!` does the same, and reads better, wherever this crate has the panic handler. A module
/// that links `std` has turned the feature `panic-handler` off and calls this instead.
///
/// # Panics
/// Always; in a module, as a fault.
#[cold]
#[track_caller]
pub fn fault(message: fmt::Arguments<'_>) -> ! {
    at(message, Some(Location::caller()))
}

fn at(message: fmt::Arguments<'_>, location: Option<&Location<'_>>) -> ! {
    let message = Text::format(message);
    let (file, line, column) = location.map_or(("", 0, 0), |at| (at.file(), at.line(), at.column()));
    crate::host::fault(message.as_bytes(), file, line, column)
}

#[cfg(all(target_arch = "wasm32", feature = "panic-handler"))]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    at(format_args!("{}", info.message()), info.location())
}

#[cfg(test)]
mod tests {
    #[test]
    #[should_panic(expected = "no pad 7")]
    fn a_fault_outside_of_a_module_is_a_panic() {
        super::fault(format_args!("no pad {}", 7));
    }
}
