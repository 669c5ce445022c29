//! Components that scripts define, saved and loaded: they have no Rust type that could do so itself.
#![expect(unsafe_code, reason = "a component without a Rust type is inserted as bytes")]

use std::ptr::NonNull;

use bevy::ecs::world::EntityRef;
use bevy::prelude::*;
use bevy::ptr::OwningPtr;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::offer::registry::{RegisteredComponent, ScriptRegistry};
use crate::types::schema::SchemaLayout;
use crate::types::value;

/// The components that scripts define, of all entities that have a number: what
/// [`save_script_components`] gives. Any format of serde keeps it.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedComponents {
    components: Vec<SavedComponent>,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
struct SavedComponent {
    name: String,
    /// The layout as text; another one is not loaded.
    layout: String,
    /// The number of each entity, and the value, in which entities have their number plus 1.
    rows: Vec<(u64, Vec<u8>)>,
}

/// What [`load_script_components`] could not load.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnloadedComponent {
    /// No module that is there defines the component.
    #[error("no script defines `{name}`; its {rows} values are not loaded")]
    Unknown {
        /// The component.
        name: String,
        /// How many values there are.
        rows: usize,
    },
    /// The component has another layout by now.
    #[error("`{name}` was saved as `{saved}` and is `{found}` now; its {rows} values are not loaded")]
    OtherLayout {
        /// The component.
        name: String,
        /// The layout that was saved.
        saved: String,
        /// Today's layout.
        found: String,
        /// How many values there are.
        rows: usize,
    },
    /// A value is none of the component.
    #[error("`{name}` of entity {entity} is damaged: {problem}")]
    Damaged {
        /// The component.
        name: String,
        /// The entity's number.
        entity: u64,
        /// What is wrong.
        problem: String,
    },
}

/// Saves the components that scripts define, of all entities for which `number` has one that is the same after
/// loading. Values name entities by that number; those that have none are no entity after loading.
///
/// ```
/// use bevy::ecs::world::EntityRef;
/// use bevy::prelude::*;
/// use bevy_peristyle::{SavedComponents, UnloadedComponent, load_script_components, save_script_components};
///
/// #[derive(Component)]
/// struct Number(u64);
///
/// fn save(world: &mut World) -> SavedComponents {
///     save_script_components(world, |entity: EntityRef| entity.get::<Number>().map(|number| number.0))
/// }
///
/// fn load(world: &mut World, saved: &SavedComponents) -> Vec<UnloadedComponent> {
///     let mut numbers = world.query::<(Entity, &Number)>();
///     let known: Vec<(u64, Entity)> = numbers.iter(world).map(|(entity, number)| (number.0, entity)).collect();
///     let entity = |number| known.iter().find(|known| known.0 == number).map(|known| known.1);
///     load_script_components(world, saved, entity)
/// }
/// ```
pub fn save_script_components(
    world: &mut World,
    number: impl Fn(EntityRef<'_>) -> Option<u64>,
) -> SavedComponents {
    let mut components = Vec::new();
    for (name, component) in defined(world) {
        let mut rows = Vec::new();
        let mut entities = world.query::<EntityRef>();
        for entity in entities.iter(world).filter(|entity| entity.contains_id(component.id)) {
            let bytes = world.resource::<ScriptRegistry>().read(world, entity.id(), &name);
            let Some((number_of, mut bytes)) = number(entity).zip(bytes) else { continue };
            value::map_entities(&component.schema, &mut bytes, &mut |id| {
                let other = Entity::try_from_bits(id).and_then(|entity| world.get_entity(entity).ok());
                other.and_then(&number).map_or(0, |number| number.saturating_add(1))
            });
            rows.push((number_of, bytes));
        }
        rows.sort_unstable();
        components.push(SavedComponent { name, layout: component.schema.to_string(), rows });
    }
    SavedComponents { components }
}

/// Gives entities the components of scripts that were saved; `entity` finds one by its number. Values of entities
/// that it does not find are left out. What could not be loaded is returned, and the rest is loaded.
pub fn load_script_components(
    world: &mut World,
    saved: &SavedComponents,
    entity: impl Fn(u64) -> Option<Entity>,
) -> Vec<UnloadedComponent> {
    let mut unloaded = Vec::new();
    for SavedComponent { name, layout, rows } in &saved.components {
        let defined = defined(world).into_iter().find(|(defined, _)| defined == name);
        let Some((_, component)) = defined else {
            unloaded.push(UnloadedComponent::Unknown { name: name.clone(), rows: rows.len() });
            continue;
        };
        let found = component.schema.to_string();
        if found != *layout {
            let (name, saved, rows) = (name.clone(), layout.clone(), rows.len());
            unloaded.push(UnloadedComponent::OtherLayout { name, saved, found, rows });
            continue;
        }
        for (number, bytes) in rows {
            let Some(target) = entity(*number) else { continue };
            let mut bytes = bytes.clone();
            if let Err(problem) = prepare(&component.schema, &mut bytes, &entity) {
                let (name, entity) = (name.clone(), *number);
                unloaded.push(UnloadedComponent::Damaged { name, entity, problem });
                continue;
            }
            if let Ok(target) = world.get_entity_mut(target) {
                insert(target, &component, &bytes);
            }
        }
    }
    unloaded
}

/// Puts today's ids into a value, and checks it.
fn prepare(
    schema: &SchemaLayout,
    bytes: &mut [u8],
    entity: &impl Fn(u64) -> Option<Entity>,
) -> Result<(), String> {
    if bytes.len() != schema.byte_size as usize {
        return Err(format!("it has {} bytes, and must have {}", bytes.len(), schema.byte_size));
    }
    value::map_entities(schema, bytes, &mut |number| {
        number.checked_sub(1).and_then(entity).map_or(0, |entity| entity.to_bits())
    });
    value::make_canonical(schema, bytes);
    value::check(schema, bytes, &|_| false).map_err(|bad| bad.to_string())
}

/// Gives an entity a component that a script has defined.
pub(super) fn insert(mut entity: EntityWorldMut<'_>, component: &RegisteredComponent, bytes: &[u8]) {
    // What scripts define asks for an alignment of at most 8.
    let mut words = vec![0u64; bytes.len().div_ceil(8).max(1)];
    bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
    let place = NonNull::from(words.as_mut_slice()).cast::<u8>();
    // SAFETY: the id is of this world, and the bytes are a value of the component with it: they were checked
    // against its schema, which is all that such a component is. They are not used again.
    unsafe { entity.insert_by_id(component.id, OwningPtr::new(place)) };
}

/// The components that scripts define.
fn defined(world: &World) -> Vec<(String, RegisteredComponent)> {
    let registry = world.resource::<ScriptRegistry>();
    registry.defined_by_scripts().map(|(name, component)| (name.clone(), component.clone())).collect()
}
