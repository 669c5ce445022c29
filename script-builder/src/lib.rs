//! Builds scripts into modules: once, or whenever their sources change.
//!
//! [`compile`] builds one script. Zig, C and WAT come out the same byte for byte on every machine, which is what is
//! committed. [`Live`] does it again and again: it watches the sources, builds what uses a file that was saved, and
//! puts the module where a game loads it. It knows no game: whoever wants to show how builds stand reads
//! [`Live::reports`].
//!
//! ```text
//! a saved file ── watch ──► uses: whose is it? ── queue ──► compile ──► place ──► the game's folder of modules
//!                                                    │
//!                                                 reports: it is being built, it failed and where
//! ```

mod compile;
mod error;
mod failure;
pub mod line_tables;
mod live;
mod place;
pub mod process;
mod project;
mod recipe;
mod strip;
mod toolchain;
mod uses;

pub use compile::{Built, How, Lock, compile};
pub use error::Error;
pub use failure::BuildFailure;
pub use live::{Live, LiveSettings, Report, Stage};
pub use place::put_in_place;
pub use process::Cancel;
pub use project::{Libraries, Project};
pub use recipe::{Recipe, Script, SourceFolder, ZigModule};
pub use toolchain::{RustWasm, Supply, Toolchains, Zig};
pub use uses::used_files;
