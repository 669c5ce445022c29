//! Modules' files on their way: asked for, late, or not to be read.

use std::time::{Duration, Instant};

use bevy::asset::AssetLoadFailedEvent;
use bevy::ecs::message::MessageCursor;
use bevy::log::warn;
use bevy::prelude::*;

use crate::insight::scripts::Scripts;
use crate::insight::status::ModuleStatus;
use crate::live::watch::ScriptWatcher;
use crate::module::module_asset::ScriptModule;

/// After this long the log says which modules the others wait for.
const SLOW_LOAD: Duration = Duration::from_secs(5);

/// What is remembered of loads from frame to frame.
#[derive(Resource, Default)]
pub(crate) struct Loads {
    failures: MessageCursor<AssetLoadFailedEvent<ScriptModule>>,
    waiting_since: Option<Instant>,
    has_warned: bool,
}

/// Loads modules that are new.
pub(crate) fn start_loads(world: &mut World, scripts: &mut Scripts) {
    for status in scripts.modules.iter_mut().filter(|status| status.handle.is_none()) {
        if let Some(mut watcher) = world.get_resource_mut::<ScriptWatcher>() {
            watcher.bypass_change_detection().add(&status.path);
        }
        status.handle = Some(world.resource::<AssetServer>().load(status.path.clone()));
    }
}

/// Takes note of files that did not load.
pub(crate) fn note_failures(world: &mut World, scripts: &mut Scripts) {
    world.resource_scope(|world, mut loads: Mut<Loads>| {
        let failures = world.resource::<Messages<AssetLoadFailedEvent<ScriptModule>>>();
        for failure in loads.failures.read(failures) {
            let status = scripts.modules.iter_mut();
            for status in status.filter(|status| status.handle.as_ref().is_some_and(|h| h.id() == failure.id))
            {
                status.refuse(failure.error.to_string());
            }
        }
    });
}

/// Names the modules that keep the others waiting, once.
pub(crate) fn warn_of_slow_loads(world: &mut World, scripts: &Scripts) {
    let mut loads = world.resource_mut::<Loads>();
    let waiting_since = *loads.waiting_since.get_or_insert_with(Instant::now);
    if waiting_since.elapsed() < SLOW_LOAD || loads.has_warned {
        return;
    }
    loads.has_warned = true;
    for status in scripts.modules.iter().filter(|status| status.status == ModuleStatus::Loading) {
        warn!(
            "script {} ({}) is still being read, and no script runs before it is",
            status.name, status.path
        );
    }
}

/// Whether every module has loaded or failed.
pub(crate) fn all_arrived(world: &World, scripts: &Scripts) -> bool {
    let modules = world.resource::<Assets<ScriptModule>>();
    scripts.modules.iter().all(|status| {
        status.status != ModuleStatus::Loading
            || status.handle.as_ref().is_some_and(|handle| modules.contains(handle))
    })
}
