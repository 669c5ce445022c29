//! A checked layout becomes a real Bevy system with exactly its declared access.
#![expect(unsafe_code, reason = "a system whose access is known only at run time declares it by hand")]

use std::alloc::Layout;
use std::sync::Arc;

use bevy::ecs::change_detection::Tick;
use bevy::ecs::component::{ComponentCloneBehavior, ComponentDescriptor, ComponentId, StorageType};
use bevy::ecs::query::FilteredAccessSet;
use bevy::ecs::schedule::{InternedScheduleLabel, ScheduleLabel};
use bevy::ecs::system::{
    IntoSystem, ScheduleSystem, SystemMeta, SystemParam, SystemParamBuilder, SystemParamValidationError,
};
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::*;
use peristyle_abi::ScheduleCode;

use crate::calls::call::Scratch;
use crate::calls::columns::WorldColumns;
use crate::calls::rows::MatchedQuery;
use crate::calls::run::{self, CallPolicy};
use crate::calls::slot::ModuleSlot;
use crate::module::layout::{CheckedParams, CheckedSystem};
use crate::offer::clock::{ScriptClock, ScriptTime};

/// The set that holds one script system, so that the game's own systems can run before or after
/// it, whether or not it is loaded.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::ScriptSystem;
/// # fn draw_trails() {}
/// let mut app = App::new();
/// app.add_systems(FixedUpdate, draw_trails.after(ScriptSystem::new("flight", "integrate")));
/// ```
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScriptSystem {
    /// The module's name.
    pub module: String,
    /// The system's name.
    pub system: String,
}

impl ScriptSystem {
    /// The set of `module::system`.
    pub fn new(module: impl Into<String>, system: impl Into<String>) -> Self {
        Self { module: module.into(), system: system.into() }
    }
}

impl std::fmt::Display for ScriptSystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}::{}", self.module, self.system)
    }
}

/// The set that holds every script system.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScriptSystems;

/// Bevy's label for a schedule of the contract.
pub(crate) fn schedule_label(code: ScheduleCode) -> InternedScheduleLabel {
    match code {
        ScheduleCode::FixedUpdate => FixedUpdate.intern(),
        ScheduleCode::Update => Update.intern(),
        ScheduleCode::First => First.intern(),
        ScheduleCode::PreUpdate => PreUpdate.intern(),
        ScheduleCode::PostUpdate => PostUpdate.intern(),
        ScheduleCode::Last => Last.intern(),
    }
}

/// Builds the Bevy system for `system`, whose record in `slot` has the index `record`.
pub(crate) fn script_system(
    slot: Arc<ModuleSlot>,
    record: usize,
    system: &CheckedSystem,
    policy: Arc<CallPolicy>,
) -> ScheduleSystem {
    let builder = ScriptParamBuilder { slot, record, system: system.clone(), policy };
    Box::new(IntoSystem::into_system((builder,).build_system(run_script)))
}

fn run_script(mut param: ScriptParam<'_, '_>) {
    // Before the scripts are ready their time stands still at tick 0.
    if param.time.tick > 0 {
        let ScriptParam { slot, record, columns, time, policy, scratch } = &mut param;
        run::run(slot, *record, columns, time, policy, scratch);
    }
}

struct ScriptParamState {
    slot: Arc<ModuleSlot>,
    record: usize,
    name: String,
    queries: Vec<MatchedQuery>,
    params: Arc<CheckedParams>,
    schedule: ScheduleCode,
    clock: ComponentId,
    policy: Arc<CallPolicy>,
    scratch: Scratch,
}

struct ScriptParam<'w, 's> {
    slot: &'s ModuleSlot,
    record: usize,
    columns: WorldColumns<'w, 's>,
    time: ScriptTime,
    policy: &'s CallPolicy,
    scratch: &'s mut Scratch,
}

// SAFETY: `init_access` declares the access of every query and resource, read access to the clock
// and write access to the module's own marker; `get_param` touches nothing else.
unsafe impl SystemParam for ScriptParam<'_, '_> {
    type State = ScriptParamState;
    type Item<'w, 's> = ScriptParam<'w, 's>;

    fn init_state(_world: &mut World) -> Self::State {
        unreachable!("script systems are made by `script_system`, which builds their state")
    }

    fn init_access(
        state: &Self::State,
        meta: &mut SystemMeta,
        access: &mut FilteredAccessSet,
        _world: &mut World,
    ) {
        meta.set_name(state.name.clone());
        for query in &state.queries {
            access.add(query.access().clone());
        }
        state.params.add_resources_to(access);
        access.add_resource_read(state.clock);
        // Systems of one module share an instance: Bevy must never overlap them.
        access.add_resource_write(state.slot.exclusive);
    }

    unsafe fn get_param<'w, 's>(
        state: &'s mut Self::State,
        _meta: &SystemMeta,
        world: UnsafeWorldCell<'w>,
        this_run: Tick,
    ) -> Result<Self::Item<'w, 's>, SystemParamValidationError> {
        for query in &mut state.queries {
            query.update(world);
        }
        // SAFETY: `init_access` declared read access to the clock.
        let clock = unsafe { world.get_resource::<ScriptClock>() };
        let time = clock.map_or(ScriptTime::default(), |clock| match state.schedule {
            ScheduleCode::FixedUpdate => clock.fixed,
            _ => clock.frame,
        });
        // SAFETY: `init_access` declared the access of exactly these queries, and of the resources
        // of the same parameters. `CheckedLayout` refuses a system in which one query writes what another touches in the same rows.
        let columns = unsafe { WorldColumns::new(world, &state.queries, this_run) };
        let scratch = &mut state.scratch;
        Ok(ScriptParam {
            slot: &state.slot,
            record: state.record,
            columns,
            time,
            policy: &state.policy,
            scratch,
        })
    }
}

struct ScriptParamBuilder {
    slot: Arc<ModuleSlot>,
    record: usize,
    system: CheckedSystem,
    policy: Arc<CallPolicy>,
}

// SAFETY: the state holds the queries whose access `init_access` declares, built for this world.
unsafe impl<'w, 's> SystemParamBuilder<ScriptParam<'w, 's>> for ScriptParamBuilder {
    fn build(self, world: &mut World) -> ScriptParamState {
        let params = self.system.params;
        let queries =
            (0..params.queries.len()).map(|index| MatchedQuery::new(&params.queries, index, world)).collect();
        ScriptParamState {
            name: format!("{}::{}", self.slot.name, self.system.name),
            queries,
            params,
            schedule: self.system.schedule,
            clock: world.register_component::<ScriptClock>(),
            policy: self.policy,
            scratch: Scratch::default(),
            slot: self.slot,
            record: self.record,
        }
    }
}

/// Registers what systems of one module share write access to. It is never spawned: only its id
/// matters, to Bevy's scheduler.
pub(crate) fn register_exclusive_marker(world: &mut World, module: &str) -> ComponentId {
    // SAFETY: the layout is that of `()`, which needs no drop and may be sent and shared.
    let descriptor = unsafe {
        ComponentDescriptor::new_with_layout(
            format!("peristyle::module::{module}"),
            StorageType::Table,
            Layout::new::<()>(),
            None,
            true,
            ComponentCloneBehavior::Ignore,
            None,
        )
    };
    world.register_component_with_descriptor(descriptor)
}
