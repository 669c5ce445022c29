//! Modules come, change and go while the game plays, and what they keep goes on.
//!
//! ```text
//! dev, watch, folders, loads     a source is built, a file is written, comes or goes, is read
//! reload                         once a frame, before all else: the only place where modules change
//! prepare, carry, migrate        a version held against the game, its state worked out, nothing touched
//! moved_state, orphans           what became of state, which names nobody provides: told
//! └ shadow                       beside the running one first, if the game asks for that
//! swap, order, switch            schedules, systems, the engine
//! script_components              what modules define, and what becomes of that
//! versions, rollback, unload     the way back, and out
//! ```

pub(crate) mod carry;
#[cfg(feature = "dev")]
pub(crate) mod dev;
pub(crate) mod folders;
pub(crate) mod loads;
pub(crate) mod migrate;
pub(crate) mod moved_state;
pub(crate) mod order;
pub(crate) mod orphans;
pub(crate) mod prepare;
pub(crate) mod reload;
pub(crate) mod rollback;
pub(crate) mod script_components;
pub(crate) mod shadow;
pub(crate) mod swap;
pub(crate) mod switch;
pub(crate) mod unload;
pub(crate) mod versions;
pub(crate) mod watch;
