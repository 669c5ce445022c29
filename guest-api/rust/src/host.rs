//! The host's functions. Elsewhere than in a module, stand-ins let the same code be compiled,
//! documented and tested.

use crate::abi::LogLevel;

#[cfg(target_arch = "wasm32")]
mod imports {
    #[link(wasm_import_module = "peristyle")]
    unsafe extern "C" {
        pub fn log(level: u32, message: *const u8, message_len: usize);
        pub fn fault(
            message: *const u8,
            message_len: usize,
            file: *const u8,
            file_len: usize,
            line: u32,
            column: u32,
        ) -> !;
        pub fn row_of(query: u32, entity: u64) -> i32;
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn row_of(query: u32, entity: u64) -> i32 {
    // SAFETY: the host takes numbers alone.
    unsafe { imports::row_of(query, entity) }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn row_of(_query: u32, _entity: u64) -> i32 {
    -1
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn log(level: LogLevel, line: &[u8]) {
    // SAFETY: the host reads the bytes before it returns and keeps no address.
    unsafe { imports::log(level.code(), line.as_ptr(), line.len()) }
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn fault(message: &[u8], file: &str, line: u32, column: u32) -> ! {
    // SAFETY: the host reads the bytes, ends the call and drops the instance.
    unsafe { imports::fault(message.as_ptr(), message.len(), file.as_ptr(), file.len(), line, column) }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn log(_level: LogLevel, _line: &[u8]) {}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn fault(message: &[u8], file: &str, line: u32, column: u32) -> ! {
    let message = core::str::from_utf8(message).unwrap_or("");
    panic!("{message} ({file}:{line}:{column})")
}
