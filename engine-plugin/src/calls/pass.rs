//! Before each frame: messages are collected. Before each run of a schedule: time moves on and the
//! frame's fuel is given out. In `Last`: what the systems did is published.

use std::cmp::Reverse;

use bevy::prelude::*;
use peristyle_abi::ScheduleCode;

use crate::calls::run::SharedPolicy;
use crate::fuel::{FrameFuel, FuelBudgets};
use crate::insight::script_log::ScriptLog;
use crate::insight::scripts::Scripts;
use crate::insight::status::{ModuleStatus, SystemStatus};
use crate::offer::clock::ScriptClock;
use crate::offer::messages::ScriptChannels;

/// The set of the systems that give out fuel.
#[derive(SystemSet, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScriptPass;

/// Begins a frame: time moves on, there is new fuel, and log lines are free again.
pub(crate) fn begin_frame(
    scripts: Res<Scripts>,
    budgets: Res<FuelBudgets>,
    policy: Res<SharedPolicy>,
    time: Res<Time<Virtual>>,
    mut clock: ResMut<ScriptClock>,
    mut fuel: ResMut<FrameFuel>,
) {
    clock.advance_frame(time.delta());
    settle(&scripts, &mut fuel);
    fuel.begin_frame(budgets.per_frame, budgets.carry_over_max);
    for module in &scripts.modules {
        let running = &mut *module.slot.lock();
        running.fuel.begin_frame(budgets.per_module, budgets.carry_over_max);
        if let Some(instance) = running.version.as_mut().and_then(|version| version.instance.as_mut()) {
            instance.set_log_lines_left(policy.0.limits.log_lines_per_frame_max);
        }
        if let Some(shadow) = &mut running.shadow {
            shadow.set_log_lines_left(policy.0.limits.log_lines_per_frame_max);
        }
    }
}

/// Begins a fixed step: time moves on.
pub(crate) fn begin_fixed_step(time: Res<Time<Fixed>>, mut clock: ResMut<ScriptClock>) {
    clock.advance_fixed(time.delta());
}

/// Before the script systems of `schedule`: gives out what is left of the frame's fuel.
pub(crate) fn begin_pass(
    schedule: ScheduleCode,
) -> impl Fn(Res<Scripts>, ResMut<FrameFuel>, Local<Vec<Asking>>) + Send + Sync + 'static {
    move |scripts, mut fuel, mut asking| {
        settle(&scripts, &mut fuel);
        give_out(&scripts, &fuel, schedule, &mut asking);
    }
}

/// Takes from the fuel of the frame and of each module what calls have used since the last look.
fn settle(scripts: &Scripts, fuel: &mut FrameFuel) {
    for module in &scripts.modules {
        let running = &mut *module.slot.lock();
        let mut used = 0u64;
        for record in &mut running.records {
            used = used.saturating_add(std::mem::take(&mut record.fuel_unsettled));
        }
        if let Some(version) = &mut running.version {
            used = used.saturating_add(std::mem::take(&mut version.fuel_unsettled));
        }
        fuel.settle(used);
        running.fuel.settle(used);
    }
}

/// A system that may run in a pass.
pub(crate) struct Asking {
    /// How often in a row it went without, and then its place in the order of (module, system).
    place: (Reverse<u32>, usize),
    module: usize,
    record: usize,
}

/// Tells every system of a schedule what it may use of its module's and the frame's fuel.
///
/// Systems run in parallel, so a call cannot wait for what the calls before it really use. Each
/// is taken to use what it used the last time, which is the same on every run and on any number
/// of threads; the difference is settled before the next pass. Who went without comes first the
/// next time, so that nobody goes without forever.
fn give_out(scripts: &Scripts, fuel: &FrameFuel, schedule: ScheduleCode, asking: &mut Vec<Asking>) {
    asking.clear();
    for (module, status) in scripts.modules.iter().enumerate() {
        let running = &mut *status.slot.lock();
        running.fuel_to_give = running.fuel.left();
        let Some(version) = &running.version else { continue };
        for &record in &running.by_name {
            let asks = &running.records[record];
            let system = asks.index.and_then(|index| version.layout.systems.get(index));
            if system.is_some_and(|system| system.schedule == schedule) && !asks.paused {
                let place = (Reverse(asks.starved_in_row), asking.len());
                asking.push(Asking { place, module, record });
            }
        }
    }
    asking.sort_unstable_by_key(|asks| asks.place);
    let mut left = fuel.left();
    for &Asking { module, record, .. } in asking.iter() {
        let running = &mut *scripts.modules[module].slot.lock();
        let record = &mut running.records[record];
        record.fuel_left_in_frame = left.min(running.fuel_to_give);
        record.is_module_short = running.fuel_to_give < left;
        left = left.saturating_sub(record.fuel_expected);
        running.fuel_to_give = running.fuel_to_give.saturating_sub(record.fuel_expected);
    }
}

/// Publishes what the systems did in `Scripts`.
pub(crate) fn publish(mut scripts: ResMut<Scripts>, mut log: ResMut<ScriptLog>) {
    for module in &mut scripts.modules {
        module.advance_shadow();
        let mut running = module.slot.lock();
        log.extend(running.log.drain(..));
        let Some(version) = &running.version else { continue };
        module.systems.resize_with(version.layout.systems.len(), SystemStatus::default);
        let mut any_paused = false;
        for record in &running.records {
            let Some(status) = record.index.and_then(|index| module.systems.get_mut(index)) else { continue };
            if status.name != record.name {
                status.name.clone_from(&record.name);
                status.paths = None;
            }
            status.paused = record.paused;
            status.stats.clone_from(&record.stats);
            any_paused |= record.paused;
        }
        drop(running);
        if any_paused {
            let systems = module.systems.iter().filter(|system| system.paused);
            module.status =
                ModuleStatus::Paused { systems: systems.map(|system| system.name.clone()).collect() };
        }
    }
}

/// Takes new messages into the inboxes of all systems, since those which do not run would miss
/// what Bevy drops after two frames.
pub(crate) fn collect_messages(world: &mut World, scripts: &Scripts) {
    let bytes_max = world.resource::<SharedPolicy>().0.limits.message_bytes_max;
    for module in &scripts.modules {
        let running = &mut *module.slot.lock();
        let Some(version) = &running.version else { continue };
        for record in &mut running.records {
            if record.index.is_none_or(|index| version.layout.systems.get(index).is_none()) {
                continue;
            }
            for inbox in &mut record.inboxes {
                inbox.collect_in(world, bytes_max);
                inbox.warn_of_loss(&module.name, &record.name);
            }
        }
    }
    world.resource::<ScriptChannels>().end_frame();
}
