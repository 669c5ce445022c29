//! A module goes, with all that is registered for it.

use bevy::prelude::*;

use crate::insight::scripts::Scripts;
use crate::live::order::ScriptOrder;
use crate::live::script_components::ScriptComponents;
use crate::live::swap::take_out;
use crate::live::watch::ScriptWatcher;
use crate::offer::messages::ScriptChannels;
use crate::offer::registry::ScriptRegistry;

/// Takes a module out: its systems, its place in the order, its messages and its state. What it wrote to the world stays,
/// and so do components that it defines.
pub(crate) fn unload(world: &mut World, module: &str) {
    let mut scripts = world.resource_mut::<Scripts>();
    let Some(at) = scripts.modules.iter().position(|status| status.name == module) else { return };
    let status = scripts.modules.remove(at);
    let systems = status.slot.lock().version.as_ref().map(|version| version.layout.systems.clone());
    take_out(world, module, systems.unwrap_or_default());
    world.resource::<ScriptOrder>().set(module, &[]);
    world.resource_mut::<ScriptComponents>().leave(module);
    if let Some(mut watcher) = world.get_resource_mut::<ScriptWatcher>() {
        watcher.bypass_change_detection().remove(&status.path);
    }
    world.resource::<ScriptChannels>().leave(module);
    info!("script {module} ({}) is unloaded", status.path);
}

/// Despawns the observers of what no module asks for any more.
pub(crate) fn stop_watching(world: &mut World) {
    for observer in world.resource::<ScriptChannels>().drop_unused() {
        world.despawn(observer);
    }
}

/// Takes a component that scripts have defined from every entity, and forgets it. Whether it was there and no module uses it.
pub(crate) fn remove_component(world: &mut World, component: &str) -> bool {
    let Some(ids) = world.resource_mut::<ScriptComponents>().forget(component) else {
        return false;
    };
    for id in ids {
        let mut found = Vec::new();
        for archetype in world.archetypes().iter().filter(|archetype| archetype.contains(id)) {
            found.extend(archetype.entities().iter().map(bevy::ecs::archetype::ArchetypeEntity::id));
        }
        for entity in found {
            world.entity_mut(entity).remove_by_id(id);
        }
    }
    world.resource_mut::<ScriptRegistry>().forget(component);
    true
}
