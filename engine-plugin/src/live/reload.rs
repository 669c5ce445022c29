//! ScriptReload: loads and reloads take effect here and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bevy::asset::handle_internal_asset_events;
use bevy::ecs::component::ComponentId;
use bevy::ecs::schedule::ScheduleLabel;
use bevy::prelude::*;
use thiserror::Error;

use crate::ScriptEngine;
use crate::calls::pass::collect_messages;
use crate::calls::slot::ModuleSlot;
use crate::calls::system::register_exclusive_marker;
use crate::insight::scripts::{Request, Scripts};
use crate::insight::status::ScriptStatus;
use crate::live::folders::ScriptFolders;
use crate::live::loads::{all_arrived, note_failures, start_loads, warn_of_slow_loads};
use crate::live::order::{GAME, ScriptOrder};
use crate::live::orphans::warn_of_orphans;
use crate::live::prepare::replace_by_new;
use crate::live::rollback::{judge, use_version};
use crate::live::shadow::begin::begin;
use crate::live::switch::switch_engines;
use crate::live::unload::{remove_component, stop_watching, unload};
use crate::live::watch::ScriptWatcher;
use crate::module::module_asset::ScriptModule;
use crate::offer::clock::ScriptClock;

/// The schedule in which modules are loaded and swapped. It runs before `First`.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScriptReload;

/// What ScriptReload remembers from frame to frame.
#[derive(Resource, Default)]
pub(crate) struct ReloadState {
    /// Names that the log has warned of.
    named_orphans: BTreeSet<String>,
    /// What systems of a module have write access to, by the module's name.
    markers: BTreeMap<String, ComponentId>,
}

/// Starts loads, asks for reloads, and swaps in what has arrived.
pub(crate) fn reload_scripts(world: &mut World) {
    // Bevy does so in PreUpdate: what has loaded since then would wait for another frame.
    handle_internal_asset_events(world);
    // Bevy drops systems that were taken out when their schedule runs next, and what they know with them.
    stop_watching(world);
    take_requests(world);
    follow_folders(world);
    world.resource_scope(|world, mut scripts: Mut<Scripts>| {
        start_loads(world, &mut scripts);
        if let Some(mut watcher) = world.get_resource_mut::<ScriptWatcher>() {
            watcher.bypass_change_detection().reload_quiet(Instant::now());
        }
        note_failures(world, &mut scripts);
        if !world.resource::<ScriptClock>().ready && !all_arrived(world, &scripts) {
            warn_of_slow_loads(world, &scripts);
            return;
        }
        // In the order of the modules' names, so that it does not matter which file was faster.
        let mut any_new = false;
        for status in &mut scripts.modules {
            let before = status.version;
            judge(world, status);
            swap_if_newer(world, status);
            any_new |= status.version != before;
        }
        if any_new {
            warn_of_orphans(&scripts, &mut world.resource_mut::<ReloadState>().named_orphans);
        }
        switch_engines(*world.resource::<ScriptEngine>(), &mut scripts);
        collect_messages(world, &scripts);
        world.resource::<ScriptOrder>().warn_of_unknown_systems(&scripts);
        let mut clock = world.resource_mut::<ScriptClock>();
        if !clock.ready {
            clock.ready = true;
            let running = scripts.modules.iter().filter(|module| module.version.is_some()).count();
            let all = scripts.modules.len();
            if running == all {
                info!("scripts are ready: {running} of {all} modules run");
            } else {
                warn!("scripts are ready: {running} of {all} modules run; why the others do not is above");
            }
        }
    });
}

/// Two files would be modules of one name.
#[derive(Debug, Error)]
#[error(
    "{path:?} cannot be added: the name `{name}` is taken by {other}; a module's name is its file's name without \
     the extension, so rename one of the files"
)]
pub(crate) struct NameTaken {
    path: String,
    name: String,
    other: String,
}

/// Makes a slot for the module in that file. It is loaded in the next ScriptReload.
pub(crate) fn add_module(world: &mut World, path: String) -> Result<(), NameTaken> {
    let name = Path::new(&path).file_stem().and_then(|stem| stem.to_str()).unwrap_or(&path).to_owned();
    if name == GAME {
        return Err(NameTaken { path, name, other: "the game's own system sets".to_owned() });
    }
    if let Some(other) = world.get_resource_or_init::<Scripts>().get(&name) {
        let other = format!("{:?}", other.path);
        return Err(NameTaken { path, name, other });
    }
    // Ids of components are never given back, so a module that comes again gets its old one.
    let mut markers = std::mem::take(&mut world.get_resource_or_init::<ReloadState>().markers);
    let exclusive = *markers.entry(name.clone()).or_insert_with(|| register_exclusive_marker(world, &name));
    world.resource_mut::<ReloadState>().markers = markers;
    let slot = Arc::new(ModuleSlot::new(name.clone(), exclusive));
    world.get_resource_or_init::<Scripts>().add(name, path, slot);
    Ok(())
}

/// Does what the game asked for since the last frame.
fn take_requests(world: &mut World) {
    for request in std::mem::take(&mut world.resource_mut::<Scripts>().requests) {
        match request {
            Request::Add { path } => {
                if let Err(error) = add_module(world, path) {
                    error!("{error}");
                }
            }
            Request::Reload { path } => world.resource::<AssetServer>().reload(path),
            Request::Remove { module } => unload(world, &module),
            Request::RemoveComponent { component } => {
                if !remove_component(world, &component) {
                    error!("`{component}` is no component that only scripts have defined and that none uses");
                }
            }
            Request::UseVersion { module, hash } => {
                with_module(world, &module, |world, status| use_version(world, status, hash));
            }
            Request::Shadow { module, version, frames } => with_module(world, &module, |world, status| {
                let Some(hash) = version else { return status.frames_to_shadow = Some(frames.max(1)) };
                if let Some(content) = status.content_of(hash) {
                    begin(world, status, content, hash, frames.max(1));
                }
            }),
            Request::Promote { module } => with_module(world, &module, |world, status| {
                if let Some(shadowed) = status.shadowed.take() {
                    status.end_shadow("it was promoted");
                    replace_by_new(world, status, shadowed.content, shadowed.hash);
                }
            }),
            Request::DropShadow { module } => with_module(world, &module, |_, status| {
                status.frames_to_shadow = None;
                status.end_shadow("the game dropped it");
            }),
            // It begins where the module goes over to being profiled, which may have to be loaded before.
            Request::Profile { module, frames } => {
                with_module(world, &module, |_, status| status.frames_to_profile = Some(frames));
            }
            Request::SetPaused { module, paused } => with_module(world, &module, |_, status| {
                status.paused_by_game = paused;
                status.slot.lock().paused_by_game = paused;
            }),
        }
    }
}

fn with_module(world: &mut World, module: &str, act: impl FnOnce(&mut World, &mut ScriptStatus)) {
    world.resource_scope(|world, mut scripts: Mut<Scripts>| {
        if let Some(status) = scripts.modules.iter_mut().find(|status| status.name == module) {
            act(world, status);
        }
    });
}

/// Loads what came into folders of scripts, and unloads what went.
fn follow_folders(world: &mut World) {
    if !world.contains_resource::<ScriptWatcher>() {
        return;
    }
    let changes = world.resource_mut::<ScriptFolders>().look(Instant::now());
    for path in changes.added {
        if let Err(error) = add_module(world, path) {
            error!("{error}");
        }
    }
    for path in changes.removed {
        let module = world.resource::<Scripts>().iter().find(|status| status.path == path);
        if let Some(module) = module.map(|status| status.name.clone()) {
            unload(world, &module);
        }
    }
}

fn swap_if_newer(world: &mut World, status: &mut ScriptStatus) {
    let Some(handle) = &status.handle else { return };
    let modules = world.resource::<Assets<ScriptModule>>();
    let Some(module) = modules.get(handle) else { return };
    if module.load_order == status.seen_load {
        return;
    }
    status.seen_load = module.load_order;
    if module.is_overtaken() {
        // Two loads overlapped and the earlier one came last: its bytes may be stale.
        world.resource::<AssetServer>().reload(status.path.clone());
        return;
    }
    if status.version == Some(module.version) {
        // The running bytes are back, or were written again.
        status.end_shadow("its file is the running version again");
        if status.last_error.take().is_some() {
            info!("script {}: its file is the running version again", status.name);
        }
        return;
    }
    let hash = module.version;
    let frames = status.frames_to_shadow.filter(|_| status.version.is_some());
    if frames.is_none() && status.shadowed.as_ref().is_some_and(|shadowed| shadowed.hash == hash) {
        // It waits to be promoted, and was written again.
        return;
    }
    if let Some(reason) = status.rolled_back(hash).filter(|_| frames.is_none()) {
        let reason = format!("its file is version {hash:016x} again, which was taken back: {reason}");
        return status.refuse(reason);
    }
    let content = match &module.content {
        Ok(content) => content.clone(),
        Err(error) => return status.refuse(error.to_string()),
    };
    match frames {
        Some(frames) => {
            // A version that is refused leaves the next one to run beside.
            if begin(world, status, content, hash, frames) {
                status.frames_to_shadow = None;
            }
        }
        None => replace_by_new(world, status, content, hash),
    }
}
