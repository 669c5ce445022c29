//! What became of state over a reload, and why it could not go on.

use bevy::prelude::*;
use thiserror::Error;

use crate::live::migrate::{DroppedField, Incompatible, Report};
use crate::module::manifest::StateBlock;

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
    pub(crate) fn dropped(block: &StateBlock, bytes: &[u8], afresh: Option<String>) -> Self {
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
