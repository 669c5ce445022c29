//! A manifest held against the registry: after this, no name, offset or size is checked again.

mod error;
mod hint;
mod messages;
mod query;
mod value;

use std::sync::Arc;

use bevy::ecs::query::FilteredAccessSet;
use peristyle_abi::ScheduleCode;

pub use error::LayoutError;
pub(crate) use hint::{hint, most_alike};
pub(crate) use messages::{CheckedMessages, CommandTerm};
pub(crate) use query::{ChangeFilter, ChangeKind, CheckedColumn, CheckedQuery, ColumnSource, OrderKey};
pub(crate) use value::{CheckedResource, CheckedValue, Floats};

use crate::FuelBudgets;
use crate::module::manifest::Arena;
use crate::module::manifest::{
    MessagesManifest, ModuleManifest, ResourceManifest, StateBlock, SystemManifest, TermManifest,
};
use crate::module::permissions::ScriptPolicy;
use crate::offer::condition::{CheckedCondition, Condition, ScriptConditions};
use crate::offer::messages::ScriptChannels;
use crate::offer::registry::{Definitions, Offered, RegisteredComponent, ScriptRegistry};
use crate::types::schema::SchemaLayout;

/// A module whose every system fits the game.
#[derive(Clone, Debug)]
pub(crate) struct CheckedLayout {
    /// In the order of the manifest, which is the order of the instance's exports.
    pub systems: Vec<CheckedSystem>,
    pub state_blocks: Arc<[StateBlock]>,
    pub arena: Option<Arena>,
}

/// One script system that fits the game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedSystem {
    pub name: String,
    pub schedule: ScheduleCode,
    pub params: Arc<CheckedParams>,
    /// Full names, `module::system`.
    pub before: Vec<String>,
    /// Full names, `module::system`.
    pub after: Vec<String>,
    pub conditions: Vec<CheckedCondition>,
    pub fuel_per_call: u64,
    pub fuel_per_row: u64,
    /// Whether a call goes on in the next pass where its fuel ran out.
    pub suspends: bool,
}

/// What one call of a system is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedParams {
    pub queries: Arc<[CheckedQuery]>,
    pub resources: Vec<CheckedResource>,
    pub messages: Vec<CheckedMessages>,
    /// What its commands may insert, remove and send, if it has commands.
    pub commands: Option<Vec<CommandTerm>>,
    /// The kinds of commands that the game's policy lets it use, by the bits of their codes.
    pub command_kinds: u32,
    /// The components that the game offers to scripts: commands may be about entities with at
    /// least one of them.
    pub offered: Offered,
    pub has_random: bool,
    /// Whether a call has room for the strings and lists that it writes.
    pub has_room: bool,
}

/// What a module is held against.
pub(crate) struct Offer<'a> {
    pub registry: &'a ScriptRegistry,
    pub channels: &'a ScriptChannels,
    pub conditions: &'a ScriptConditions,
    pub policy: &'a ScriptPolicy,
    /// What the module itself defines.
    pub definitions: &'a Definitions,
    pub fuel: &'a FuelBudgets,
}

impl Offer<'_> {
    /// The component that modules call `name`.
    pub fn component(&self, name: &str) -> Option<&RegisteredComponent> {
        self.definitions.get(name).or_else(|| self.registry.component(name))
    }
}

impl CheckedLayout {
    /// Holds `manifest`, of the module called `module`, against what the game offers.
    pub fn check(module: &str, manifest: &ModuleManifest, offer: &Offer<'_>) -> Result<Self, LayoutError> {
        let names: Vec<&str> = manifest.systems.iter().map(|system| system.name.as_str()).collect();
        for system in &manifest.systems {
            for name in system.before.iter().chain(&system.after) {
                let own = name.strip_prefix(module).and_then(|rest| rest.strip_prefix("::"));
                let own = if name.contains("::") { own } else { Some(name.as_str()) };
                if own.is_some_and(|own| !names.contains(&own)) {
                    let (system, name) = (system.name.clone(), name.clone());
                    return Err(LayoutError::UnknownSystem { system, name, known: names.join(", ") });
                }
            }
        }
        let systems = manifest
            .systems
            .iter()
            .map(|system| CheckedSystem::check(module, system, offer))
            .collect::<Result<_, _>>()?;
        Ok(Self { systems, state_blocks: manifest.state_blocks.clone().into(), arena: manifest.arena })
    }
}

impl CheckedSystem {
    fn check(module: &str, system: &SystemManifest, offer: &Offer<'_>) -> Result<Self, LayoutError> {
        let &Offer { registry, fuel, .. } = offer;
        let queries = system
            .queries
            .iter()
            .enumerate()
            .map(|(index, query)| CheckedQuery::check(&system.name, index, query, offer))
            .collect::<Result<Vec<_>, _>>()?;
        for (second, query) in queries.iter().enumerate() {
            for (first, other) in queries.iter().enumerate().take(second) {
                if query.access().is_compatible(&other.access()) {
                    continue;
                }
                let component = query.shared_write(other);
                return Err(LayoutError::Overlapping {
                    system: system.name.clone(),
                    first,
                    second,
                    component,
                });
            }
        }
        let resources = system
            .resources
            .iter()
            .map(|resource| CheckedResource::check(&system.name, resource, registry))
            .collect::<Result<Vec<_>, _>>()?;
        for (index, resource) in resources.iter().enumerate() {
            if resources[..index].iter().any(|other| other.value.id == resource.value.id) {
                let (system, resource) = (system.name.clone(), resource.value.schema.name.clone());
                return Err(LayoutError::RepeatedResource { system, resource });
            }
        }
        let messages =
            |messages: &MessagesManifest| CheckedMessages::check(module, &system.name, messages, offer);
        let command = |term: &TermManifest| CommandTerm::check(module, &system.name, term, offer);
        let commands = system.commands.as_ref().map(|terms| terms.iter().map(command).collect());
        let params = CheckedParams {
            queries: queries.into(),
            resources,
            messages: system.messages.iter().map(messages).collect::<Result<_, _>>()?,
            commands: commands.transpose()?,
            command_kinds: offer.policy.command_kinds(),
            offered: registry.offered(),
            has_random: system.has_random,
            has_room: system.has_room,
        };
        let full_name =
            |name: &String| if name.contains("::") { name.clone() } else { format!("{module}::{name}") };
        Ok(Self {
            name: system.name.clone(),
            schedule: system.schedule,
            params: Arc::new(params),
            before: system.before.iter().map(full_name).collect(),
            after: system.after.iter().map(full_name).collect(),
            conditions: system
                .conditions
                .iter()
                .map(|condition| check_condition(system, condition, offer.conditions))
                .collect::<Result<_, _>>()?,
            // A module may ask for less than the game gives, never for more.
            fuel_per_call: system.fuel_per_call.map_or(fuel.per_call, |asked| asked.min(fuel.per_call)),
            fuel_per_row: system.fuel_per_row.map_or(fuel.per_row, |asked| asked.min(fuel.per_row)),
            suspends: system.suspends,
        })
    }

    /// The fuel that one call over `rows` rows may use.
    pub fn budget(&self, rows: u32) -> u64 {
        self.fuel_per_call.saturating_add(self.fuel_per_row.saturating_mul(u64::from(rows)))
    }

    /// What the system touches, as Bevy's scheduler sees it.
    pub fn access(&self) -> FilteredAccessSet {
        let mut access = FilteredAccessSet::new();
        for query in self.params.queries.iter() {
            access.add(query.access());
        }
        self.params.add_resources_to(&mut access);
        access
    }
}

impl CheckedParams {
    /// The columns and resources that have strings or lists, in the order of the parameters.
    pub fn sliced(&self) -> impl Iterator<Item = &CheckedValue> {
        let columns = self.queries.iter().flat_map(|query| &query.columns).map(|column| &column.value);
        let resources = self.resources.iter().map(|resource| &resource.value);
        columns.chain(resources).filter(|value| value.has_slices)
    }

    /// The number of a column or resource of these parameters among those that have strings or lists.
    pub fn sliced_at(&self, value: &CheckedValue) -> Option<usize> {
        self.sliced().position(|other| std::ptr::eq(other, value))
    }

    /// Declares the resources that a call touches, those that hold messages included.
    pub fn add_resources_to(&self, access: &mut FilteredAccessSet) {
        for resource in &self.resources {
            let Some(id) = resource.value.id else { continue };
            if resource.write {
                access.add_resource_write(id);
            } else {
                access.add_resource_read(id);
            }
        }
        for id in self.messages.iter().filter_map(|messages| messages.source.resource()) {
            access.add_resource_read(id);
        }
    }
}

impl CheckedResource {
    fn check(
        system: &str,
        resource: &ResourceManifest,
        registry: &ScriptRegistry,
    ) -> Result<Self, LayoutError> {
        let name = &resource.schema.name;
        let registered = registry.resource(name).ok_or_else(|| LayoutError::UnknownResource {
            system: system.to_owned(),
            resource: name.clone(),
            known: registry.resource_names().collect::<Vec<_>>().join(", "),
            hint: hint(
                name,
                "resource",
                registry.resource_names(),
                &[
                    ("a component", registry.component(name).is_some()),
                    ("a kind of messages", registry.message(name).is_some()),
                    ("a kind of events", registry.event(name).is_some()),
                ],
            ),
        })?;
        check_layout(system, &resource.schema, registered)?;
        check_writable(system, registered, resource.write)?;
        Ok(Self { value: CheckedValue::of_component(registered), write: resource.write })
    }
}

/// A condition whose name the game knows, or whose messages the system reads.
fn check_condition(
    system: &SystemManifest,
    condition: &str,
    offered: &ScriptConditions,
) -> Result<CheckedCondition, LayoutError> {
    let checked = match Condition::parse(condition) {
        Some(Condition::Every(ticks)) => Some(CheckedCondition::Every(ticks)),
        Some(Condition::OnMessage(name)) => {
            let number = system.messages.iter().position(|messages| messages.term.schema.name == name);
            number.map(CheckedCondition::OnMessage)
        }
        Some(Condition::Named(name)) => {
            let known = offered.names().find(|&known| known == name);
            known.map(|name| CheckedCondition::Game(name.to_owned()))
        }
        Some(Condition::InState(value)) => {
            let name = format!("in_state({value})");
            offered.names().any(|known| known == name).then_some(CheckedCondition::Game(name))
        }
        None => None,
    };
    checked.ok_or_else(|| LayoutError::UnknownCondition {
        system: system.name.clone(),
        condition: condition.to_owned(),
        messages: system
            .messages
            .iter()
            .map(|messages| messages.term.schema.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        known: offered.names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    })
}

/// Refuses to write what scripts may only read.
fn check_writable(system: &str, registered: &RegisteredComponent, write: bool) -> Result<(), LayoutError> {
    if write && registered.mirror.is_some_and(|mirror| mirror.read_only) {
        let (system, name) = (system.to_owned(), registered.schema.name.clone());
        return Err(LayoutError::ReadOnly { system, name });
    }
    Ok(())
}

/// The registered component of that name and layout.
fn component<'r>(
    system: &str,
    schema: &SchemaLayout,
    offer: &'r Offer<'_>,
) -> Result<&'r RegisteredComponent, LayoutError> {
    let registered = offer.component(&schema.name).ok_or_else(|| LayoutError::UnknownComponent {
        system: system.to_owned(),
        component: schema.name.clone(),
        known: offer.registry.component_names().collect::<Vec<_>>().join(", "),
        hint: hint(
            &schema.name,
            "component",
            offer.registry.component_names(),
            &[
                ("a resource", offer.registry.resource(&schema.name).is_some()),
                ("a kind of messages", offer.registry.message(&schema.name).is_some()),
                ("a kind of events", offer.registry.event(&schema.name).is_some()),
            ],
        ),
    })?;
    check_layout(system, schema, registered)?;
    Ok(registered)
}

fn check_layout(
    system: &str,
    schema: &SchemaLayout,
    registered: &RegisteredComponent,
) -> Result<(), LayoutError> {
    schema.check_against(&registered.schema).map_err(|mismatch| LayoutError::Mismatch {
        system: system.to_owned(),
        component: schema.name.clone(),
        mismatch: Box::new(mismatch),
        game: registered.schema.to_string(),
    })
}
