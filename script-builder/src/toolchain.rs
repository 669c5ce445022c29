//! The compilers of the guests: found, or else installed, on their first use.

mod rust_wasm;
mod zig;

use std::sync::OnceLock;

pub use rust_wasm::RustWasm;
pub use zig::Zig;

use crate::error::Error;
use crate::project::Project;

/// Where compilers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Those that are missing are installed; where that fails it is not tried again.
    Install,
    /// Those that are there. One that is missing is looked for again each time.
    Present,
}

/// The compilers, looked for on their first use.
#[derive(Debug)]
pub struct Toolchains {
    project: Project,
    supply: Supply,
    zig: OnceLock<Result<Zig, String>>,
    rust_wasm: OnceLock<Result<RustWasm, String>>,
}

impl Toolchains {
    /// The compilers for this project; nothing is looked for yet.
    pub fn new(project: &Project, supply: Supply) -> Self {
        Self { project: project.clone(), supply, zig: OnceLock::new(), rust_wasm: OnceLock::new() }
    }

    /// The Zig compiler.
    ///
    /// # Errors
    /// There is none.
    pub fn zig(&self) -> Result<&Zig, Error> {
        self.look(&self.zig, || match self.supply {
            Supply::Install => Zig::find(&self.project),
            Supply::Present => Zig::present(&self.project),
        })
    }

    /// The Rust compiler for WebAssembly, which may be [`RustWasm::Missing`].
    ///
    /// # Errors
    /// The way to it that the user forces does not work; or there is none, and none is to be installed.
    pub fn rust_wasm(&self) -> Result<&RustWasm, Error> {
        self.look(&self.rust_wasm, || match self.supply {
            Supply::Install => RustWasm::find(&self.project),
            Supply::Present => RustWasm::present(&self.project),
        })
    }

    fn look<'a, T>(
        &self,
        known: &'a OnceLock<Result<T, String>>,
        find: impl FnOnce() -> Result<T, Error>,
    ) -> Result<&'a T, Error> {
        if known.get().is_none() {
            let found = match (find(), self.supply) {
                (Err(error), Supply::Present) => return Err(error),
                (found, _) => found.map_err(|error| error.to_string()),
            };
            // Two threads may have looked; what they found is the same.
            let _ = known.set(found);
        }
        match known.get() {
            Some(Ok(found)) => Ok(found),
            Some(Err(message)) => Err(Error::Toolchain(message.clone())),
            None => Err(Error::Toolchain("no toolchain was found".to_owned())),
        }
    }
}
