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
mod plugin;

mod clock;
mod fuel;
mod limits;

mod call;
mod column_mut;
mod columns;
mod commands;
mod condition;
mod current_rows;
mod engine;
mod faults;
mod frame;
mod host_field;
mod inbox;
mod input;
mod layout;
mod manifest;
mod mapping;
mod messages;
mod migrate;
mod mirror;
mod module_asset;
mod order;
mod random;
mod registry;
mod rows;
mod run;
mod schema;
mod script_components;
mod sliced;
mod slices;
mod slot;
mod suspension;
mod system;
mod trace;
mod value;
mod write_back;

mod carry;
#[cfg(feature = "dev")]
mod dev;
mod diagnostics;
mod folders;
#[cfg(feature = "fuel-record")]
mod fuel_record;
#[cfg(feature = "hud")]
mod hud;
mod loads;
mod moved_state;
mod orphans;
mod pass;
mod permissions;
mod policy;
mod prepare;
mod profile;
mod reload;
mod report;
mod rollback;
mod script_log;
mod scripts;
mod shadow;
mod source;
mod state_hash;
mod status;
mod swap;
mod switch;
mod unload;
mod versions;
mod watch;

pub use app_ext::PeristyleAppExt;
pub use clock::{PackedClock, ScriptClock, ScriptTime, scripts_ready};
pub use commands::ScriptCommands;
#[cfg(feature = "dev")]
pub use dev::{BuildState, PeristyleDevPlugin, ScriptBuild, ScriptBuilds};
pub use engine::{EngineError, EngineProfileError, ScriptEngine, check_engine_profile};
pub use faults::{Fault, GuestFault};
pub use fuel::FuelBudgets;
#[cfg(feature = "fuel-record")]
pub use fuel_record::{FuelComparison, FuelDifference, FuelRecord, FuelRecordError};
pub use host_field::{HostField, Maybe, ScriptEntityExt};
#[cfg(feature = "hud")]
pub use hud::{PeristyleHud, PeristyleHudPlugin};
pub use input::{PackedGamepad, PackedKeys, PackedMouseButtons, PackedMouseMotion, PackedMouseScroll};
pub use layout::LayoutError;
pub use limits::Limits;
pub use manifest::ManifestError;
pub use migrate::DroppedField;
#[cfg(feature = "ui")]
pub use mirror::PackedText;
#[cfg(feature = "window")]
pub use mirror::PackedWindow;
pub use mirror::{
    BadValue, MirrorField, MirrorOf, MirroredComponent, PackedChildOf, PackedChildren, PackedGlobalTransform,
    PackedName, PackedTransform,
};
#[cfg(feature = "sprite")]
pub use mirror::{PackedSprite, PackedText2d, PackedVisibility};
pub use module_asset::{ModuleLoadError, ScriptModule};
pub use moved_state::{MovedState, StateKind};
pub use order::{OrderCycle, OrderError};
pub use peristyle_abi as abi;
pub use peristyle_abi::{Entity as ScriptEntity, Schema};
pub use peristyle_macros::{HostMirror as Mirror, HostSchema as Schema};
#[cfg(feature = "dev")]
pub use peristyle_script_builder::BuildFailure;
pub use permissions::{Permission, ScriptPolicy};
pub use plugin::PeristylePlugin;
pub use profile::{FunctionProfile, ScriptProfile};
pub use registry::{RegisteredComponent, ScriptRegistry};
pub use reload::ScriptReload;
pub use report::FaultReport;
pub use schema::{FieldLayout, LayoutMismatch, SchemaLayout, VariantLayout};
pub use script_components::{
    SavedComponents, UnloadedComponent, load_script_components, save_script_components,
};
pub use script_log::{ScriptLog, ScriptLogLine};
pub use scripts::Scripts;
pub use shadow::{ShadowDifference, ShadowReport, ShadowSystem};
pub use slices::{PackedList, PackedStr, SliceReader, SliceWriter};
pub use source::SourceFrame;
pub use state_hash::{StateHashError, state_hash};
pub use status::{ModuleStatus, ScriptStatus, SystemStats, SystemStatus};
pub use system::{ScriptSystem, ScriptSystems};
pub use versions::ScriptVersion;
