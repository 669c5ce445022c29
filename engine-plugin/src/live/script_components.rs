//! Components that scripts define: packed bytes in Bevy's tables, without a Rust type.
#![expect(unsafe_code, reason = "a component without a Rust type is described and read by its layout")]

mod moved;
mod saved;

use std::alloc::Layout;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy::ecs::component::{ComponentCloneBehavior, ComponentDescriptor, ComponentId, StorageType};
use bevy::prelude::*;

pub(crate) use moved::MovedComponent;
pub use saved::{SavedComponents, UnloadedComponent, load_script_components, save_script_components};

use crate::module::layout::LayoutError;
use crate::module::manifest::ModuleManifest;
use crate::offer::messages::modules_text;
use crate::offer::registry::{Definitions, RegisteredComponent, ScriptRegistry};
use crate::types::schema::SchemaLayout;

/// What the modules of a game have defined.
#[derive(Resource, Default, Debug)]
pub(crate) struct ScriptComponents {
    /// Bevy's ids, which are never given back: by name, each with the layout that it was made for.
    /// A layout that comes back gets its old id, so that reloads do not use them up.
    ids: BTreeMap<String, Vec<(Arc<SchemaLayout>, ComponentId)>>,
    /// By name the modules that use it.
    users: BTreeMap<String, BTreeSet<String>>,
}

impl ScriptComponents {
    /// Forgets that a module uses components. They stay.
    pub fn leave(&mut self, module: &str) {
        for users in self.users.values_mut() {
            users.remove(module);
        }
    }

    /// The ids of a component that no module uses, of each layout that it had.
    pub fn forget(&mut self, name: &str) -> Option<Vec<ComponentId>> {
        let is_used = self.users.get(name).is_some_and(|users| !users.is_empty());
        let ids = self.ids.get(name).filter(|_| !is_used)?;
        Some(ids.iter().map(|(_, id)| *id).collect())
    }
}

/// Finds or makes what a module defines: the components whose names have a `::` and that the game
/// has not registered itself.
///
/// # Errors
/// Where another module has another idea of the layout.
pub(crate) fn define(
    world: &mut World,
    module: &str,
    manifest: &ModuleManifest,
) -> Result<Definitions, LayoutError> {
    let mut definitions = Definitions::new();
    for system in &manifest.systems {
        let terms =
            system.queries.iter().flat_map(|query| &query.terms).chain(system.commands.iter().flatten());
        for term in terms.filter(|term| term.kind.is_component() && term.schema.name.contains("::")) {
            let (name, schema) = (&term.schema.name, &term.schema);
            let registered = world.resource::<ScriptRegistry>().component(name);
            let known = definitions.get(name).or(registered).cloned();
            if let Some(known) = known {
                let Err(difference) = schema.check_against(&known.schema) else {
                    definitions.insert(name.clone(), known);
                    continue;
                };
                let components = world.resource::<ScriptComponents>();
                let users = components.users.get(name);
                let is_alone = users.is_some_and(|users| users.iter().all(|user| user == module));
                if !is_alone || definitions.contains_key(name) {
                    let (system, mismatch) = (system.name.clone(), Box::new(difference));
                    let Some(users) = users.filter(|_| !definitions.contains_key(name)) else {
                        let (component, game) = (name.clone(), known.schema.to_string());
                        return Err(LayoutError::Mismatch { system, component, mismatch, game });
                    };
                    let modules = modules_text(users.iter().filter(|user| *user != module));
                    let (name, others) = (name.clone(), known.schema.to_string());
                    return Err(LayoutError::MismatchOfModules { system, name, modules, mismatch, others });
                }
            }
            if schema.has_slices() {
                let (system, name) = (system.name.clone(), name.clone());
                return Err(LayoutError::SlicesWithoutType { system, name });
            }
            let id = component_id(world, schema);
            definitions
                .insert(name.clone(), RegisteredComponent { id, schema: Arc::clone(schema), mirror: None });
        }
    }
    Ok(definitions)
}

/// Offers what a module defines to all modules.
pub(crate) fn commit(world: &mut World, module: &str, definitions: Definitions) {
    for (name, definition) in definitions {
        let mut components = world.resource_mut::<ScriptComponents>();
        if components.ids.contains_key(&name) {
            components.users.entry(name.clone()).or_default().insert(module.to_owned());
            world.resource_mut::<ScriptRegistry>().define(name, definition);
        }
    }
}

/// The id of the component with that name and layout.
fn component_id(world: &mut World, schema: &Arc<SchemaLayout>) -> ComponentId {
    let made = world.resource::<ScriptComponents>().ids.get(&schema.name);
    if let Some((_, id)) = made.into_iter().flatten().find(|(layout, _)| layout == schema) {
        return *id;
    }
    let (size, align) = (schema.byte_size as usize, schema.align as usize);
    // The manifest's check lets pass alignments of 1, 2, 4 and 8, and sizes that are a multiple of
    // those, so that rows lie side by side as columns want them.
    let layout = Layout::from_size_align(size, align).map_or(Layout::new::<()>(), |layout| layout);
    // SAFETY: the layout is that of plain bytes, which need no drop and may be sent and shared.
    let descriptor = unsafe {
        ComponentDescriptor::new_with_layout(
            schema.name.clone(),
            StorageType::Table,
            layout,
            None,
            true,
            ComponentCloneBehavior::Default,
            None,
        )
    };
    let id = world.register_component_with_descriptor(descriptor);
    let mut components = world.resource_mut::<ScriptComponents>();
    components.ids.entry(schema.name.clone()).or_default().push((Arc::clone(schema), id));
    id
}

impl ScriptRegistry {
    /// The packed bytes of an entity's component, by the name that scripts know it by: also of one
    /// that a script has defined and that has no Rust type. Strings and lists say where in what follows
    /// the value's own bytes they lie. `None` where the entity is not there or lacks it.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::ScriptRegistry;
    ///
    /// /// How full a battery is that a script has defined.
    /// fn charge(world: &World, drone: Entity) -> Option<f32> {
    ///     let bytes = world.resource::<ScriptRegistry>().read(world, drone, "battery::Battery")?;
    ///     Some(f32::from_le_bytes(*bytes.first_chunk()?))
    /// }
    /// ```
    pub fn read(&self, world: &World, entity: Entity, component: &str) -> Option<Vec<u8>> {
        let component = self.component(component)?;
        value_of(world, entity, component)
    }
}

/// The packed bytes of an entity's component.
fn value_of(world: &World, entity: Entity, component: &RegisteredComponent) -> Option<Vec<u8>> {
    let value = world.get_by_id(entity, component.id)?.as_ptr().cast_const();
    let mut bytes = Vec::new();
    match &component.mirror {
        // SAFETY: the value is of the mirrored type, and the world is borrowed.
        Some(mirror) => unsafe { mirror.pack(value, &component.schema, &mut bytes) },
        None => {
            // SAFETY: the value is of a packed type of that many bytes without padding.
            let value = unsafe { std::slice::from_raw_parts(value, component.schema.byte_size as usize) };
            bytes.extend_from_slice(value);
        }
    }
    Some(bytes)
}
