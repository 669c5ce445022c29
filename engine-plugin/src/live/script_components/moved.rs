//! Components that scripts define go over to another layout, in every entity that has them.

use bevy::prelude::*;

use super::saved::insert;
use super::value_of;
use crate::live::migrate::Migration;
use crate::live::moved_state::{CannotGoOn, MovedState, StateKind};
use crate::offer::messages::ScriptChannels;
use crate::offer::registry::RegisteredComponent;
use crate::types::value::fill_enums;

/// The values of one component in another layout, for all entities that have it.
///
/// It works in both directions: whoever goes back to an earlier version decides the way back, and what is then dropped
/// is what the later version had added.
#[derive(Debug)]
pub(crate) struct MovedComponent {
    before: RegisteredComponent,
    after: RegisteredComponent,
    /// In the order of their rows, which they keep.
    values: Vec<(Entity, Vec<u8>)>,
    moved: MovedState,
}

impl MovedComponent {
    /// Works out the new value of every entity that has the component `before`; `None` where there is no such entity.
    ///
    /// # Errors
    /// The first value that would be lost.
    pub fn decide(
        world: &World,
        name: &str,
        before: &RegisteredComponent,
        after: &RegisteredComponent,
    ) -> Result<Option<Self>, CannotGoOn> {
        let found = entities_with(world, before);
        let Some(&first) = found.first() else { return Ok(None) };
        let entities = found.len();
        let refuse = |entity, problem| {
            let (component, problem) = (name.to_owned(), Box::new(problem));
            CannotGoOn::Component { component, entities, entity, problem }
        };
        let migration =
            Migration::between(&before.schema, &after.schema).map_err(|problem| refuse(first, problem))?;
        let mut fresh = vec![0; after.schema.byte_size as usize];
        fill_enums(&after.schema, &mut fresh);
        let mut report = migration.report();
        let mut values = Vec::with_capacity(entities);
        for entity in found {
            let Some(held) = value_of(world, entity, before) else { continue };
            let mut value = fresh.clone();
            migration.apply(&held, &mut value, &mut report).map_err(|problem| refuse(entity, problem))?;
            values.push((entity, value));
        }
        let moved = MovedState::new(name, StateKind::Component { entities }, report);
        Ok(Some(Self { before: before.clone(), after: after.clone(), values, moved }))
    }

    /// Gives the entities the new values and takes the old ones. They are as old as they were, and changed just now.
    pub fn apply(self, world: &mut World) -> MovedState {
        let Self { before, after, values, moved } = self;
        // For scripts nothing is added and nothing removed.
        world.resource::<ScriptChannels>().set_silent([before.id, after.id], true);
        for (entity, value) in values {
            let Ok(target) = world.get_entity_mut(entity) else { continue };
            let ticks = target.get_change_ticks_by_id(before.id);
            insert(target, &after, &value);
            let Ok(mut target) = world.get_entity_mut(entity) else { continue };
            if let (Some(ticks), Ok(mut value)) = (ticks, target.get_mut_by_id(after.id)) {
                value.set_last_added(ticks.added);
                value.set_changed();
            }
            target.remove_by_id(before.id);
        }
        world.resource::<ScriptChannels>().set_silent([before.id, after.id], false);
        moved
    }
}

/// All entities with a component, disabled ones too, in the order of tables and of the rows in them.
fn entities_with(world: &World, component: &RegisteredComponent) -> Vec<Entity> {
    let mut found = Vec::new();
    for archetype in world.archetypes().iter().filter(|archetype| archetype.contains(component.id)) {
        let table = archetype.table_id().as_usize();
        found.extend(
            archetype.entities().iter().map(|entity| (table, entity.table_row().index(), entity.id())),
        );
    }
    found.sort_unstable_by_key(|&(table, row, _)| (table, row));
    found.into_iter().map(|(.., entity)| entity).collect()
}
