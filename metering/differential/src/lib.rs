//! Runs metered modules on several engines and compares what they did: the fuel that is left, where it
//! ran out, and the hash of memory and globals there.
//!
//! An [`Engine`] turns a list of [`Call`]s into a list of [`Observation`]s. Engines that are not there
//! are skipped by name. [`corpus`] is what they run: the modules that this project has built, and
//! workloads. [`check`] does all of it.

mod call;
mod check;
mod corpus;
mod engine_node;
mod engine_wasmi;
#[cfg(feature = "jit")]
mod engine_wasmtime;
mod nans;
mod sites;

pub use call::{Call, Observation, Outcome, frame_words};
pub use check::{Checked, budgets, check, check_with, golden_text};
pub use corpus::{Entry, corpus, programs_rust, workloads};
pub use engine_node::Node;
pub use engine_wasmi::{Profiled, Traced, Wasmi};
#[cfg(feature = "jit")]
pub use engine_wasmtime::{Wasmtime, wasmtime_config};
pub use sites::Sites;

/// Why an engine could not run a list of calls.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine is not installed.
    #[error("{name} is not installed: {why}")]
    Missing {
        /// Its name.
        name: &'static str,
        /// How that showed.
        why: String,
    },
    /// Something on the way did not work.
    #[error("{name}: {message}")]
    Failed {
        /// The engine's name.
        name: &'static str,
        /// What happened.
        message: String,
    },
    /// A file could not be read or written.
    #[error("file: {0}")]
    File(#[from] std::io::Error),
    /// A module of the corpus cannot be metered.
    #[error("{module}: {error}")]
    Meter {
        /// The module.
        module: String,
        /// Why not.
        error: peristyle_metering::MeterError,
    },
}

/// The engines that are here: wasmi, wasmtime with the feature `jit`, and V8 where Node is installed.
///
/// # Errors
/// wasmtime cannot run on this machine.
pub fn engines() -> Result<Vec<Box<dyn Engine>>, Error> {
    let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Wasmi)];
    #[cfg(feature = "jit")]
    engines.push(Box::new(Wasmtime::new()?));
    match Node::find() {
        Ok(node) => engines.push(Box::new(node)),
        Err(error) => println!("skipped: {error}"),
    }
    Ok(engines)
}

/// Something that runs WebAssembly.
pub trait Engine {
    /// Its name and version.
    fn name(&self) -> &str;

    /// Whether a module must make results that are not numbers canonical by itself.
    fn leaves_nan_open(&self) -> bool {
        false
    }

    /// Makes each call in a new instance of its module.
    ///
    /// # Errors
    /// The engine is not there or did not understand.
    fn run(&mut self, wasm: &[u8], calls: &[Call]) -> Result<Vec<Observation>, Error>;
}
