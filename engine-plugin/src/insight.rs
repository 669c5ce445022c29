//! What games, authors and players are told about scripts.
//!
//! ```text
//! scripts, status     the resource that says how modules and systems stand, and takes requests
//! report, script_log  faults with their place, what scripts log
//! diagnostics, hud    figures for Bevy, and on the screen
//! fuel_record         whether scripts cost what they did
//! state_hash          whether two runs came to the same
//! ```

pub(crate) mod diagnostics;
#[cfg(feature = "fuel-record")]
pub(crate) mod fuel_record;
#[cfg(feature = "hud")]
pub(crate) mod hud;
pub(crate) mod report;
pub(crate) mod script_log;
pub(crate) mod scripts;
pub(crate) mod state_hash;
pub(crate) mod status;
