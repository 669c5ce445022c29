//! A checked version of a module takes the place of the one before it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy::ecs::schedule::ScheduleCleanupPolicy;
use bevy::prelude::*;
use peristyle_abi::ScheduleCode;

use crate::calls::commands::{ScriptCommands, apply_commands};
use crate::calls::inbox::keep_inboxes;
use crate::calls::pass::{ScriptPass, begin_pass};
use crate::calls::run::SharedPolicy;
use crate::calls::slot::Version;
use crate::calls::system::{ScriptSystem, ScriptSystems, schedule_label, script_system};
use crate::insight::status::{ModuleStatus, ScriptStatus};
use crate::live::carry::Carried;
use crate::live::order::ScriptOrder;
use crate::live::versions::Trial;
use crate::module::layout::CheckedSystem;
use crate::module::permissions::{self, Permission};
use crate::offer::condition::{CheckedCondition, ScriptConditions};
use crate::offer::random::{ScriptSeed, generator};

/// What schedules have been given since scripts run in them.
#[derive(Resource, Default)]
pub(crate) struct SetUpSchedules {
    /// Those in which fuel is given out.
    passes: BTreeSet<ScheduleCode>,
    /// Those in which commands are applied, since scripts that run in them have some.
    sync_points: BTreeSet<ScheduleCode>,
}

/// Swaps a prepared version in: its state goes on, and of the schedules only what changed
/// is touched.
pub(crate) fn swap(world: &mut World, status: &mut ScriptStatus, mut version: Version, carried: Carried) {
    status.moved = carried.apply(world, &status.name, &mut version);
    status.end_shadow("another version took the running one's place");
    let layout = Arc::clone(&version.layout);
    let slot = Arc::clone(&status.slot);
    let mut running = slot.lock();
    let old_systems: Vec<CheckedSystem> =
        running.version.as_ref().map_or_else(Vec::new, |old| old.layout.systems.clone());
    let trial_frames = world.resource::<SharedPolicy>().0.trial_frames;
    status.trial = Trial::of(&running).filter(|_| trial_frames > 0);
    note_permissions(status, running.version.as_ref(), &version);
    status.version = Some(version.hash);
    status.status = ModuleStatus::Running;
    status.last_error = None;
    let hash = version.hash;
    let is_first = running.version.replace(version).is_none();

    for record in &mut running.records {
        record.index = None;
        if record.suspended.take().is_some() {
            record.stats.suspended_passes = 0;
            info!(
                "script {}::{}: its suspended call ended with the version that made it, and nothing it did has \
                 happened",
                status.name, record.name
            );
        }
    }
    let seed = world.resource::<ScriptSeed>().0;
    let mut records = Vec::with_capacity(layout.systems.len());
    for (index, system) in layout.systems.iter().enumerate() {
        let at = running.record_index(&system.name);
        let record = &mut running.records[at];
        record.index = Some(index);
        record.paused = false;
        (record.faults_in_row, record.named_faults) = Default::default();
        record.fuel_expected = 0;
        if record.random == [0; 4] {
            record.random = generator(seed, &status.name, &system.name);
        }
        keep_inboxes(&mut record.inboxes, &system.params.messages);
        records.push(at);
    }
    drop(running);
    for messages in layout.systems.iter().flat_map(|system| &system.params.messages) {
        messages.source.watch(world);
    }

    world.resource::<ScriptOrder>().set(&status.name, &layout.systems);
    let policy = Arc::clone(&world.resource::<SharedPolicy>().0);
    for &code in ScheduleCode::ALL {
        let gone = old_systems.iter().filter(|old| old.schedule == code && !is_kept(old, &layout.systems));
        let gone: Vec<ScriptSystem> = gone.map(|old| ScriptSystem::new(&status.name, &old.name)).collect();
        let new = layout.systems.iter().zip(&records);
        let new: Vec<_> =
            new.filter(|(new, _)| new.schedule == code && !is_kept(new, &old_systems)).collect();
        if gone.is_empty() && new.is_empty() {
            continue;
        }
        edit_schedule(world, code, |world, schedule| {
            remove(world, schedule, code, gone);
            if !new.is_empty() && world.resource_mut::<SetUpSchedules>().passes.insert(code) {
                schedule.add_systems(begin_pass(code).in_set(ScriptPass).before(ScriptSystems));
            }
            let has_commands = new.iter().any(|(system, _)| system.params.commands.is_some());
            if has_commands && world.resource_mut::<SetUpSchedules>().sync_points.insert(code) {
                schedule.add_systems(apply_commands(code).in_set(ScriptCommands).after(ScriptSystems));
            }
            for (system, &record) in new {
                let set = ScriptSystem::new(&slot.name, &system.name);
                let conditions = world.resource::<ScriptConditions>();
                let conditions = system.conditions.iter().filter_map(|condition| match condition {
                    CheckedCondition::Game(name) => conditions.system(name),
                    _ => None,
                });
                let conditions: Vec<_> = conditions.collect();
                let system = script_system(Arc::clone(&slot), record, system, Arc::clone(&policy));
                let mut configs = system.in_set(set).in_set(ScriptSystems);
                conditions.into_iter().for_each(|condition| configs.run_if_dyn(condition));
                schedule.add_systems(configs);
            }
        });
    }
    if layout.systems.is_empty() {
        warn!("script {} has no systems, so it does nothing; is one missing in its list?", status.name);
    }
    if is_first {
        info!("script {} runs, version {hash:016x}", status.name);
    } else {
        status.reloads += 1;
        info!("script {} is reloaded, version {hash:016x}", status.name);
    }
}

/// Whether a system of that name, place and access is among `others`, so that the schedule need
/// not change for it. Its fuel may differ.
fn is_kept(system: &CheckedSystem, others: &[CheckedSystem]) -> bool {
    others.iter().any(|other| {
        (&other.name, other.schedule, &other.params, &other.before, &other.after, &other.conditions)
            == (
                &system.name,
                system.schedule,
                &system.params,
                &system.before,
                &system.after,
                &system.conditions,
            )
    })
}

/// Says what a version asks for that the one before it did not.
fn note_permissions(status: &mut ScriptStatus, before: Option<&Version>, version: &Version) {
    let more: Vec<Permission> =
        before.map_or_else(Vec::new, |before| version.asked.difference(&before.asked).cloned().collect());
    if !more.is_empty() {
        info!("script {}: its new version also wants to {}", status.name, permissions::list(&more));
    }
    status.permissions = version.asked.iter().cloned().collect();
}

/// Takes systems of a module out of their schedules.
pub(crate) fn take_out(world: &mut World, module: &str, systems: Vec<CheckedSystem>) {
    for &code in ScheduleCode::ALL {
        let of_schedule = systems.iter().filter(|system| system.schedule == code);
        let sets: Vec<ScriptSystem> =
            of_schedule.map(|system| ScriptSystem::new(module, &system.name)).collect();
        if !sets.is_empty() {
            edit_schedule(world, code, |world, schedule| remove(world, schedule, code, sets));
        }
    }
}

fn remove(world: &mut World, schedule: &mut Schedule, code: ScheduleCode, sets: Vec<ScriptSystem>) {
    for set in sets {
        let policy = ScheduleCleanupPolicy::RemoveSystemsOnlyAllowBreakages;
        if let Err(error) = schedule.remove_systems_in_set(set.clone(), world, policy) {
            error!("script system {set} cannot be taken out of {code}: {error}");
        }
    }
}

fn edit_schedule(world: &mut World, code: ScheduleCode, edit: impl FnOnce(&mut World, &mut Schedule)) {
    let note_and_edit = |world: &mut World, schedule: &mut Schedule| {
        world.resource::<ScriptOrder>().note_order(code, schedule);
        edit(world, schedule);
    };
    if let Err(error) = world.try_schedule_scope(schedule_label(code), note_and_edit) {
        error!("scripts cannot run in {code}: {error}; does the app have Bevy's main schedules?");
    }
}
