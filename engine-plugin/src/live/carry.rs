//! What goes on from one version of a module to the next: its state blocks, and the components that it alone defines.
//!
//! Everything is decided before anything is touched: [`Carried::decide`] does all the work on copies, and
//! [`Carried::apply`] cannot fail.

use bevy::prelude::*;

use crate::calls::slot::{ModuleSlot, Version};
use crate::live::migrate::Migration;
use crate::live::moved_state::{CannotGoOn, MovedState, StateKind};
use crate::live::script_components::MovedComponent;
use crate::offer::registry::{Definitions, ScriptRegistry};

/// What state blocks a version begins with that takes the place of another.
#[derive(Debug)]
pub(crate) enum StateBefore {
    /// Those of the other, as far as it has them.
    Moves,
    /// These, which it has left behind itself.
    Is(Vec<u8>),
}

/// What a version takes over from the one before it.
#[derive(Debug)]
pub(crate) struct Carried {
    /// The bytes of its state blocks, one after the other.
    state: Vec<u8>,
    moved: Vec<MovedState>,
    components: Vec<MovedComponent>,
}

impl Carried {
    /// Works out what goes on in `new`, which has started afresh.
    ///
    /// # Errors
    /// The first value that would be lost, and of which nobody has said that it may.
    pub fn decide(
        world: &World,
        slot: &ModuleSlot,
        new: &Version,
        definitions: &Definitions,
        before: StateBefore,
    ) -> Result<Self, CannotGoOn> {
        let mut carried = Self { state: new.state.clone(), moved: Vec::new(), components: Vec::new() };
        match (before, &slot.lock().version) {
            (StateBefore::Is(state), _) if state.len() == new.state.len() => carried.state = state,
            (StateBefore::Moves, Some(old)) => carried.decide_state(old, new)?,
            _ => {}
        }
        let registry = world.resource::<ScriptRegistry>();
        for (name, after) in definitions {
            if let Some(before) = registry.component(name).filter(|before| before.id != after.id) {
                carried.components.extend(MovedComponent::decide(world, name, before, after)?);
            }
        }
        Ok(carried)
    }

    fn decide_state(&mut self, old: &Version, new: &Version) -> Result<(), CannotGoOn> {
        let mut end = 0;
        for (after, fresh) in new.state_blocks() {
            let at = end;
            end += fresh.len();
            let Some((before, held)) = old.state_blocks().find(|(before, _)| before.name == after.name)
            else {
                continue;
            };
            if after.schema.check_against(&before.schema).is_ok() {
                self.state[at..end].copy_from_slice(held);
                continue;
            }
            let migrated = Migration::between(&before.schema, &after.schema).and_then(|migration| {
                let (mut bytes, mut report) = (fresh.to_vec(), migration.report());
                migration.apply(held, &mut bytes, &mut report)?;
                Ok((bytes, report))
            });
            match migrated {
                Ok((bytes, report)) => {
                    self.state[at..end].copy_from_slice(&bytes);
                    self.moved.push(MovedState::new(&after.name, StateKind::Block, report));
                }
                Err(problem) if after.begins_afresh => {
                    self.moved.push(MovedState::dropped(before, held, Some(problem.to_string())));
                }
                Err(problem) => {
                    let (block, problem) = (after.name.clone(), Box::new(problem));
                    return Err(CannotGoOn::Block { block, problem });
                }
            }
        }
        for (gone, held) in old.state_blocks() {
            if new.layout.state_blocks.iter().all(|block| block.name != gone.name) {
                self.moved.push(MovedState::dropped(gone, held, None));
            }
        }
        Ok(())
    }

    /// Gives the version its state blocks, and nothing to entities.
    pub fn give_state(&mut self, version: &mut Version) {
        version.state = std::mem::take(&mut self.state);
        version.restore_state();
    }

    /// Gives the version, and the entities, what was worked out, and says so.
    pub fn apply(mut self, world: &mut World, module: &str, version: &mut Version) -> Vec<MovedState> {
        self.give_state(version);
        let mut moved = self.moved;
        moved.extend(self.components.into_iter().map(|component| component.apply(world)));
        moved.iter().for_each(|moved| moved.log(module));
        moved
    }
}
