//! The compilers of the guests: found, or else installed, on their first use.

mod rust_wasm;
mod zig;

use std::cell::OnceCell;

pub use rust_wasm::RustWasm;
pub use zig::Zig;

use crate::error::Error;
use crate::project::Project;

/// The compilers, looked for once each.
#[derive(Debug)]
pub struct Toolchains<'a> {
    project: &'a Project,
    zig: OnceCell<Result<Zig, String>>,
    rust_wasm: OnceCell<Result<RustWasm, String>>,
}

impl<'a> Toolchains<'a> {
    /// The compilers for this project; nothing is looked for yet.
    pub const fn new(project: &'a Project) -> Self {
        Self { project, zig: OnceCell::new(), rust_wasm: OnceCell::new() }
    }

    /// The Zig compiler.
    pub fn zig(&self) -> Result<&Zig, Error> {
        let found = self.zig.get_or_init(|| Zig::find(self.project).map_err(|error| error.to_string()));
        found.as_ref().map_err(|message| Error::Toolchain(message.clone()))
    }

    /// The Rust compiler for WebAssembly, which may be [`RustWasm::Missing`].
    pub fn rust_wasm(&self) -> Result<&RustWasm, Error> {
        let found =
            self.rust_wasm.get_or_init(|| RustWasm::find(self.project).map_err(|error| error.to_string()));
        found.as_ref().map_err(|message| Error::Toolchain(message.clone()))
    }
}
