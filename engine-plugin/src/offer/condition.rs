//! On which conditions a script system runs.

use std::collections::BTreeMap;
use std::fmt;

use bevy::ecs::schedule::{BoxedCondition, SystemCondition};
use bevy::prelude::*;

/// The conditions that the game offers, by name.
#[derive(Resource, Default)]
pub(crate) struct ScriptConditions(BTreeMap<String, Box<dyn Fn() -> BoxedCondition + Send + Sync>>);

impl ScriptConditions {
    /// Offers a condition.
    ///
    /// # Panics
    /// If there is one of that name, or the name could be taken for another kind of condition.
    pub fn register<Marker>(
        &mut self,
        name: String,
        condition: impl SystemCondition<Marker> + Clone + Send + Sync + 'static,
    ) {
        assert!(
            !name.is_empty() && !name.contains(['(', ')']),
            "a condition cannot be called {name:?}: choose a name without parentheses"
        );
        self.insert(name, condition);
    }

    /// Offers `in_state(value)`.
    ///
    /// # Panics
    /// If another state has a value that is written alike.
    pub fn register_state<S: States>(&mut self, value: S) {
        let name = format!("in_state({value:?})");
        self.insert(name, in_state(value));
    }

    fn insert<Marker>(
        &mut self,
        name: String,
        condition: impl SystemCondition<Marker> + Clone + Send + Sync + 'static,
    ) {
        let new = move || -> BoxedCondition { Box::new(IntoSystem::into_system(condition.clone())) };
        let before = self.0.insert(name.clone(), Box::new(new));
        assert!(
            before.is_none(),
            "the condition {name:?} is registered twice: give one of the two another name"
        );
    }

    /// A new system that says whether the condition holds.
    pub fn system(&self, name: &str) -> Option<BoxedCondition> {
        self.0.get(name).map(|new| new())
    }

    /// All names in byte order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A condition of a system that fits the game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CheckedCondition {
    /// In each tick of the system's schedule whose number is a multiple of this one.
    Every(u64),
    /// Where messages wait: the number among those that the system reads.
    OnMessage(usize),
    /// Where the game's condition of that name holds; Bevy asks it.
    Game(String),
}

/// A condition as its module wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition<'a> {
    /// `every(4)`
    Every(u64),
    /// `on_message(Goal)`
    OnMessage(&'a str),
    /// `in_state(Playing)`
    InState(&'a str),
    /// A name.
    Named(&'a str),
}

impl<'a> Condition<'a> {
    /// What `text` means, or `None` where it means nothing.
    pub fn parse(text: &'a str) -> Option<Self> {
        let Some((kind, rest)) = text.split_once('(') else { return Some(Self::Named(text)) };
        let argument = rest.strip_suffix(')')?.trim();
        match kind.trim() {
            "every" => argument.parse().ok().filter(|&ticks| ticks > 0).map(Self::Every),
            "on_message" if !argument.is_empty() => Some(Self::OnMessage(argument)),
            "in_state" if !argument.is_empty() => Some(Self::InState(argument)),
            _ => None,
        }
    }
}

impl fmt::Debug for ScriptConditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Condition;

    #[test]
    fn conditions_are_read() {
        assert_eq!(Condition::parse("every(4)"), Some(Condition::Every(4)));
        assert_eq!(Condition::parse("every( 12 )"), Some(Condition::Every(12)));
        assert_eq!(Condition::parse("on_message(goals::Goal)"), Some(Condition::OnMessage("goals::Goal")));
        assert_eq!(Condition::parse("in_state( Playing )"), Some(Condition::InState("Playing")));
        assert_eq!(Condition::parse("playing"), Some(Condition::Named("playing")));
        for nonsense in ["every()", "every(0)", "every(-1)", "every(4", "on_message()", "sometimes(4)"] {
            assert_eq!(Condition::parse(nonsense), None, "{nonsense}");
        }
    }
}
