//! A file becomes a module, held against what the game offers.
//!
//! ```text
//! module_asset   bytes ──► engine: metered, translated ──► manifest: what it asks for
//! layout         manifest × offer ──► which columns, resources and messages each call is given
//! permissions    which of that the game permits it
//! source         where in its source an instruction comes from
//! faults         why its code may stop
//! ```

pub(crate) mod engine;
pub(crate) mod faults;
pub(crate) mod layout;
pub(crate) mod manifest;
pub(crate) mod module_asset;
pub(crate) mod permissions;
pub(crate) mod source;
