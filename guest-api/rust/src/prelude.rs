//! What a script imports: `use peristyle::prelude::*;`.

pub use crate::log::Level;
pub use crate::query::{Query, With, Without};
pub use crate::state::State;
pub use crate::time::Time;
pub use crate::{Schema, debug, error, info, log, module, system, trace, warn};
