//! Gameplay systems written in WebAssembly, as real Bevy systems: mapped, metered, reloaded.
//!
//! The script lives inside the court, the columns are the game's: rows of ECS components appear in
//! a module's own memory as packed arrays, a call runs under a budget of fuel that is the same on
//! every machine, and what it changed is written back only if it finished.
//!
//! What the crate is for, in this order: a bad module never harms the game; the same inputs give
//! the same state; a script system feels like any Bevy system; it is fast.
//!
//! ```text
//! ScriptReload   before First: finished loads are checked and swapped in, or refused
//! First          a new frame's fuel
//! FixedUpdate    each script system: map rows -> call under fuel -> write back what differs,
//! Update           or, after a fault, nothing
//! Last           figures to `Scripts` and to Bevy's diagnostics
//! ```
//!
//! Start with [`PeristylePlugin`] and [`PeristyleAppExt`]; [`Scripts`] says what runs. The contract
//! with a module is [`abi`].

// The derive of schemas names this crate, also within it.
extern crate self as bevy_peristyle;

mod app_ext;
mod fuel;
mod limits;
mod plugin;

// In the order in which data flows.
mod types;

mod offer;

mod module;

mod calls;

mod live;

mod insight;

pub use app_ext::PeristyleAppExt;
pub use calls::commands::ScriptCommands;
pub use calls::profile::{FunctionProfile, ScriptProfile};
pub use calls::system::{ScriptSystem, ScriptSystems};
pub use fuel::FuelBudgets;
#[cfg(feature = "fuel-record")]
pub use insight::fuel_record::{FuelComparison, FuelDifference, FuelRecord, FuelRecordError};
#[cfg(feature = "hud")]
pub use insight::hud::{PeristyleHud, PeristyleHudPlugin};
pub use insight::report::FaultReport;
pub use insight::script_log::{ScriptLog, ScriptLogLine};
pub use insight::scripts::Scripts;
pub use insight::state_hash::{StateHashError, state_hash};
pub use insight::status::{ModuleStatus, ScriptStatus, SystemStats, SystemStatus};
pub use limits::Limits;
#[cfg(feature = "dev")]
pub use live::dev::{BuildState, PeristyleDevPlugin, ScriptBuild, ScriptBuilds};
pub use live::migrate::DroppedField;
pub use live::moved_state::{MovedState, StateKind};
pub use live::order::{OrderCycle, OrderError};
pub use live::reload::ScriptReload;
pub use live::script_components::{
    SavedComponents, UnloadedComponent, load_script_components, save_script_components,
};
pub use live::shadow::{ShadowDifference, ShadowReport, ShadowSystem};
pub use live::versions::ScriptVersion;
pub use module::engine::{EngineError, EngineProfileError, ScriptEngine, check_engine_profile};
pub use module::faults::{Fault, GuestFault};
pub use module::layout::LayoutError;
pub use module::manifest::ManifestError;
pub use module::module_asset::{ModuleLoadError, ScriptModule};
pub use module::permissions::{Permission, ScriptPolicy};
pub use module::source::SourceFrame;
pub use offer::clock::{PackedClock, ScriptClock, ScriptTime, scripts_ready};
pub use offer::input::{PackedGamepad, PackedKeys, PackedMouseButtons, PackedMouseMotion, PackedMouseScroll};
pub use offer::registry::{RegisteredComponent, ScriptRegistry};
pub use peristyle_abi as abi;
pub use peristyle_abi::{CommandKind, Entity as ScriptEntity, Schema};
pub use peristyle_macros::{HostMirror as Mirror, HostSchema as Schema};
#[cfg(feature = "dev")]
pub use peristyle_script_builder::BuildFailure;
pub use plugin::PeristylePlugin;
pub use types::host_field::{HostField, Maybe, ScriptEntityExt};
#[cfg(feature = "ui")]
pub use types::mirror::PackedText;
#[cfg(feature = "window")]
pub use types::mirror::PackedWindow;
pub use types::mirror::{
    BadValue, MirrorField, MirrorOf, MirroredComponent, PackedChildOf, PackedChildren, PackedGlobalTransform,
    PackedName, PackedTransform,
};
#[cfg(feature = "sprite")]
pub use types::mirror::{PackedSprite, PackedText2d, PackedVisibility};
pub use types::schema::{FieldLayout, LayoutMismatch, SchemaLayout, VariantLayout};
pub use types::slices::{PackedList, PackedStr, SliceReader, SliceWriter};
