//! Why a module does not fit the game.

use thiserror::Error;

use crate::types::schema::LayoutMismatch;

/// Why a module does not fit the game.
#[derive(Debug, Error)]
pub enum LayoutError {
    /// A system names a component that the game has not registered.
    #[error(
        "system `{system}` asks for component `{component}`, which this game does not offer; it offers: {known}{hint}"
    )]
    UnknownComponent {
        /// The system.
        system: String,
        /// The component.
        component: String,
        /// What the game offers.
        known: String,
        /// What may have been meant.
        hint: String,
    },
    /// A system names a resource that the game has not registered.
    #[error(
        "system `{system}` asks for resource `{resource}`, which this game does not offer; it offers: {known}{hint}"
    )]
    UnknownResource {
        /// The system.
        system: String,
        /// The resource.
        resource: String,
        /// What the game offers.
        known: String,
        /// What may have been meant.
        hint: String,
    },
    /// A system writes what scripts may only read.
    #[error("system `{system}` asks to write `{name}`, which scripts may only read; read it")]
    ReadOnly {
        /// The system.
        system: String,
        /// The component or resource.
        name: String,
    },
    /// A component or resource is laid out differently in the module.
    #[error("system `{system}`, `{component}`: {mismatch}; the game has `{game}`")]
    Mismatch {
        /// The system.
        system: String,
        /// The component or resource.
        component: String,
        /// The difference.
        mismatch: Box<LayoutMismatch>,
        /// The game's layout.
        game: String,
    },
    /// A component or messages that scripts alone know are laid out differently in another module.
    #[error("system `{system}`, `{name}`: {}; the other has `{others}`", between(mismatch, modules))]
    MismatchOfModules {
        /// The system.
        system: String,
        /// The component or messages.
        name: String,
        /// The modules that know it otherwise.
        modules: String,
        /// The difference, the other modules in the place of the game.
        mismatch: Box<LayoutMismatch>,
        /// Their layout.
        others: String,
    },
    /// A system wants to run before or after one of its own module that is not there.
    #[error(
        "system `{system}` names `{name}` in `before` or `after`, and the module has no such system; it has: {known}. \
         Systems of other modules are named `module::system`"
    )]
    UnknownSystem {
        /// The system.
        system: String,
        /// The name that it wants to run before or after.
        name: String,
        /// The module's systems.
        known: String,
    },
    /// A query names a component in two terms.
    #[error("system `{system}`, query {query}: `{component}` is there twice; name each component once")]
    Repeated {
        /// The system.
        system: String,
        /// The query's index.
        query: usize,
        /// The component.
        component: String,
    },
    /// A system names messages that the game has not registered.
    #[error(
        "system `{system}` asks for {kind} `{message}`, which this game does not offer; it offers: {known}{hint}. \
         What scripts alone send each other has a name with `::`, as `scoreboard::Goal`"
    )]
    UnknownMessage {
        /// The system.
        system: String,
        /// `messages` or `events`.
        kind: &'static str,
        /// The messages.
        message: String,
        /// What the game offers.
        known: String,
        /// What may have been meant.
        hint: String,
    },
    /// A system names a condition that does not exist.
    #[error(
        "system `{system}` runs on the condition `{condition}`, which does not exist; there are `every(N)` with N \
         from 1, `on_message(NAME)` of messages that the system itself reads (it reads: {}), and what this game \
         offers: {}",
        or_none(messages),
        or_none(known)
    )]
    UnknownCondition {
        /// The system.
        system: String,
        /// The condition.
        condition: String,
        /// The messages that the system reads.
        messages: String,
        /// What the game offers.
        known: String,
    },
    /// Messages have no fields.
    #[error("system `{system}`: messages `{message}` have no fields; give them one, such as a number")]
    EmptyMessage {
        /// The system.
        system: String,
        /// The messages.
        message: String,
    },
    /// A component that scripts define has strings or lists.
    #[error(
        "system `{system}`: `{name}` belongs to scripts alone, and such have no strings and no lists; use arrays"
    )]
    SlicesWithoutType {
        /// The system.
        system: String,
        /// The component or messages.
        name: String,
    },
    /// A system names a resource in two parameters.
    #[error("system `{system}` asks for resource `{resource}` twice; name each resource once")]
    RepeatedResource {
        /// The system.
        system: String,
        /// The resource.
        resource: String,
    },
    /// A query wants its rows by stable id, and the game has none.
    #[error(
        "system `{system}`, query {query} wants its rows in the order `stable_id`, and this game has not \
         registered the component that numbers its entities; use the order `entity`, or ask the game's author for \
         `register_stable_id`"
    )]
    NoStableId {
        /// The system.
        system: String,
        /// The query's index.
        query: usize,
    },
    /// A query has no term that a row could match.
    #[error(
        "system `{system}`, query {query} has no term that a row must have; add a read, write, with, added or changed \
         term"
    )]
    Unbounded {
        /// The system.
        system: String,
        /// The query's index.
        query: usize,
    },
    /// A query writes what another query of the same system touches in the same rows.
    #[error(
        "system `{system}`: queries {first} and {second} both touch `{component}` and at least one writes it, so one \
         row could be in both; add a with or without term that keeps them apart"
    )]
    Overlapping {
        /// The system.
        system: String,
        /// The one query's index.
        first: usize,
        /// The other query's index.
        second: usize,
        /// A component that both touch.
        component: String,
    },
}

fn or_none(list: &str) -> &str {
    if list.is_empty() { "none" } else { list }
}

/// A difference between two modules, of which the one stands in the place of the game.
fn between(mismatch: &LayoutMismatch, modules: &str) -> String {
    mismatch.to_string().replace("the module", "this module").replace("the game", modules)
}
