//! What a script imports: `use peristyle::prelude::*;`.

pub use crate::events::On;
pub use crate::log::Level;
pub use crate::messages::MessageReader;
pub use crate::packed::Maybe;
pub use crate::query::Query;
pub use crate::random::Random;
pub use crate::resource::{Res, ResMut};
pub use crate::slices::{List, Room, Str};
pub use crate::state::State;
pub use crate::tensor::Tensor;
pub use crate::terms::{Added, ByEntity, ByStableId, Changed, Removed, With, Without};
pub use crate::time::Time;
pub use crate::{Commands, Entity, Schema, debug, error, flags, info, log, module, system, trace, warn};
