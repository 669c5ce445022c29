//! What goes on from one version of a module to the next: its state blocks, and the components that it alone defines.
//!
//! Everything is decided before anything is touched: [`Carried::decide`] does all the work on copies, and
//! [`Carried::apply`] cannot fail.

use bevy::prelude::*;
use thiserror::Error;

use crate::manifest::StateBlock;
use crate::migrate::{DroppedField, Incompatible, Migration, Report};
use crate::registry::{Definitions, ScriptRegistry};
use crate::script_components::MovedComponent;
use crate::slot::{ModuleSlot, Version};

/// What became of a state block, or of a component that a script defines, whose layout changed or that is gone.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::Scripts;
///
/// fn show(scripts: Res<Scripts>) {
///     for moved in scripts.iter().flat_map(|module| &module.moved) {
///         for dropped in &moved.dropped {
///             println!("{moved} has lost {dropped}");
///         }
///     }
/// }
/// # let mut app = App::new();
/// # app.init_resource::<Scripts>().add_systems(Update, show).update();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedState {
    /// The name of the block or component.
    pub name: String,
    /// Which of the two it is.
    pub kind: StateKind,
    /// Why the block began afresh, where it could not go on and its author asked for that.
    pub afresh: Option<String>,
    /// What it held and has no place for any more.
    pub dropped: Vec<DroppedField>,
    /// Numbers that are wider now, as `count: u8 -> u32`.
    pub widened: Vec<String>,
    /// Fields and elements that are new, as `bonus: u32` and `slots[4..8]`.
    pub added: Vec<String>,
}

/// What holds a script's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// A state block.
    Block,
    /// A component that a script defines.
    Component {
        /// How many entities have it.
        entities: usize,
    },
}

impl MovedState {
    pub(crate) fn new(name: &str, kind: StateKind, report: Report) -> Self {
        let Report { dropped, widened, added } = report;
        Self { name: name.to_owned(), kind, afresh: None, dropped, widened, added }
    }

    /// A block that has gone, or begins afresh for some reason.
    fn dropped(block: &StateBlock, bytes: &[u8], afresh: Option<String>) -> Self {
        let mut all = DroppedField::new(String::new(), block.schema.name.clone());
        all.note(|| block.schema.show(bytes));
        let report = Report { dropped: vec![all], ..Report::default() };
        Self { afresh, ..Self::new(&block.name, StateKind::Block, report) }
    }

    /// Says what happened: what is lost as a warning.
    pub(crate) fn log(&self, module: &str) {
        let what = self;
        if let Some(reason) = &self.afresh {
            warn!("script {module}: {what} begins afresh, as its author asked: {reason}");
        }
        if !self.dropped.is_empty() {
            let dropped: Vec<String> = self.dropped.iter().map(ToString::to_string).collect();
            warn!("script {module}: dropped from {what}: {}", dropped.join("; "));
        }
        for (found, how) in [(&self.widened, "wider"), (&self.added, "new")] {
            if !found.is_empty() {
                info!("script {module}: {how} in {what}: `{}`", found.join("`, `"));
            }
        }
        if let StateKind::Component { entities } = self.kind {
            info!("script {module}: {what} has a new layout in {entities} entities");
        }
    }
}

impl std::fmt::Display for MovedState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            StateKind::Block => "state block",
            StateKind::Component { .. } => "component",
        };
        write!(f, "{kind} `{}`", self.name)
    }
}

/// Why a version is refused: what the one before it keeps would be lost.
#[derive(Debug, Error)]
pub(crate) enum CannotGoOn {
    #[error(
        "state block `{block}` cannot go on: {problem}; keep what it was, give it another name to drop what it held, \
         or have the block begin afresh (`afresh` where it is listed)"
    )]
    Block { block: String, problem: Box<Incompatible> },
    #[error(
        "component `{component}` cannot go on in {entities} entities, such as {entity}: {problem}; keep what it was, or \
         give it another name to drop what it held"
    )]
    Component { component: String, entities: usize, entity: Entity, problem: Box<Incompatible> },
}

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
