//! A manifest held against the registry: after this, no name, offset or size is checked again.

use std::sync::Arc;

use bevy::ecs::component::ComponentId;
use bevy::ecs::query::{FilteredAccess, FilteredAccessSet};
use peristyle_abi::{FieldType, ScheduleCode, TermKind};
use thiserror::Error;

use crate::manifest::{ModuleManifest, QueryManifest, StateBlock, SystemManifest};
use crate::mirror::Mirror;
use crate::registry::ScriptRegistry;
use crate::schema::{LayoutMismatch, SchemaLayout};
use crate::{FuelBudgets, manifest::Arena};

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
    pub queries: Arc<[CheckedQuery]>,
    /// Full names, `module::system`.
    pub before: Vec<String>,
    /// Full names, `module::system`.
    pub after: Vec<String>,
    pub fuel_per_call: u64,
    pub fuel_per_row: u64,
}

/// One query that fits the game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedQuery {
    /// The terms that have a column, in the order of the manifest.
    pub columns: Vec<CheckedColumn>,
    pub with: Vec<ComponentId>,
    pub without: Vec<ComponentId>,
}

/// One term with a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedColumn {
    pub component: ComponentId,
    pub schema: Arc<SchemaLayout>,
    pub write: bool,
    /// How rows are packed, where Bevy's are not.
    pub mirror: Option<Mirror>,
    /// Whether there are bytes that the component cannot take.
    pub has_bad_values: bool,
    /// Which numbers may be NaNs, which are made canonical.
    pub floats: Floats,
}

/// Which of a schema's numbers are floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floats {
    None,
    /// All of them are, and all of those are `f32`.
    Only32,
    Mixed,
}

impl Floats {
    fn of(schema: &SchemaLayout) -> Self {
        if !has_field(schema, |ty| matches!(ty, FieldType::F32 | FieldType::F64)) {
            Self::None
        } else if has_field(schema, |ty| ty != FieldType::F32) {
            Self::Mixed
        } else {
            Self::Only32
        }
    }
}

/// Why a module does not fit the game.
#[derive(Debug, Error)]
pub enum LayoutError {
    /// A system names a component that the game has not registered.
    #[error(
        "system `{system}` asks for component `{component}`, which this game does not offer; it offers: {known}"
    )]
    UnknownComponent {
        /// The system.
        system: String,
        /// The component.
        component: String,
        /// What the game offers.
        known: String,
    },
    /// A component is laid out differently in the module.
    #[error("system `{system}`, component `{component}`: {mismatch}; the game has `{game}`")]
    Mismatch {
        /// The system.
        system: String,
        /// The component.
        component: String,
        /// The difference.
        mismatch: Box<LayoutMismatch>,
        /// The game's layout.
        game: String,
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
    /// A query has no term that a row could match.
    #[error(
        "system `{system}`, query {query} has no term that a row must have; add a read, write or with term"
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

impl CheckedLayout {
    /// Holds `manifest`, of the module called `module`, against what the game offers.
    pub fn check(
        module: &str,
        manifest: &ModuleManifest,
        registry: &ScriptRegistry,
        fuel: &FuelBudgets,
    ) -> Result<Self, LayoutError> {
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
            .map(|system| CheckedSystem::check(module, system, registry, fuel))
            .collect::<Result<_, _>>()?;
        Ok(Self { systems, state_blocks: manifest.state_blocks.clone().into(), arena: manifest.arena })
    }
}

impl CheckedSystem {
    fn check(
        module: &str,
        system: &SystemManifest,
        registry: &ScriptRegistry,
        fuel: &FuelBudgets,
    ) -> Result<Self, LayoutError> {
        let queries = system
            .queries
            .iter()
            .enumerate()
            .map(|(index, query)| CheckedQuery::check(&system.name, index, query, registry))
            .collect::<Result<Vec<_>, _>>()?;
        for (second, query) in queries.iter().enumerate() {
            for (first, other) in queries.iter().enumerate().take(second) {
                if query.access().is_compatible(&other.access()) {
                    continue;
                }
                let shared = query.columns.iter().find(|column| {
                    other.columns.iter().any(|o| o.component == column.component && (o.write || column.write))
                });
                let component = shared.map_or_else(String::new, |column| column.schema.name.clone());
                return Err(LayoutError::Overlapping {
                    system: system.name.clone(),
                    first,
                    second,
                    component,
                });
            }
        }
        let full_name =
            |name: &String| if name.contains("::") { name.clone() } else { format!("{module}::{name}") };
        Ok(Self {
            name: system.name.clone(),
            schedule: system.schedule,
            queries: queries.into(),
            before: system.before.iter().map(full_name).collect(),
            after: system.after.iter().map(full_name).collect(),
            // A module may ask for less than the game gives, never for more.
            fuel_per_call: system.fuel_per_call.map_or(fuel.per_call, |asked| asked.min(fuel.per_call)),
            fuel_per_row: system.fuel_per_row.map_or(fuel.per_row, |asked| asked.min(fuel.per_row)),
        })
    }

    /// The fuel that one call over `rows` rows may use.
    pub fn budget(&self, rows: u32) -> u64 {
        self.fuel_per_call.saturating_add(self.fuel_per_row.saturating_mul(u64::from(rows)))
    }

    /// What the system touches, as Bevy's scheduler sees it.
    pub fn access(&self) -> FilteredAccessSet {
        let mut access = FilteredAccessSet::new();
        for query in self.queries.iter() {
            access.add(query.access());
        }
        access
    }
}

impl CheckedQuery {
    fn check(
        system: &str,
        index: usize,
        query: &QueryManifest,
        registry: &ScriptRegistry,
    ) -> Result<Self, LayoutError> {
        let mut checked = Self { columns: Vec::new(), with: Vec::new(), without: Vec::new() };
        let mut seen = Vec::new();
        for term in &query.terms {
            let (system, component) = (system.to_owned(), term.schema.name.clone());
            let Some(registered) = registry.component(&component) else {
                let known = registry.component_names().collect::<Vec<_>>().join(", ");
                return Err(LayoutError::UnknownComponent { system, component, known });
            };
            if let Err(mismatch) = term.schema.check_against(&registered.schema).map_err(Box::new) {
                let game = registered.schema.to_string();
                return Err(LayoutError::Mismatch { system, component, mismatch, game });
            }
            if seen.contains(&registered.id) {
                return Err(LayoutError::Repeated { system, query: index, component });
            }
            seen.push(registered.id);
            match term.kind {
                TermKind::Read | TermKind::Write => {
                    checked.columns.push(CheckedColumn {
                        component: registered.id,
                        schema: Arc::clone(&registered.schema),
                        mirror: registered.mirror,
                        write: term.kind == TermKind::Write,
                        has_bad_values: registered.mirror.is_some()
                            || has_field(&registered.schema, |ty| ty == FieldType::Bool),
                        floats: Floats::of(&registered.schema),
                    });
                }
                TermKind::With => checked.with.push(registered.id),
                TermKind::Without => checked.without.push(registered.id),
            }
        }
        if checked.columns.is_empty() && checked.with.is_empty() {
            return Err(LayoutError::Unbounded { system: system.to_owned(), query: index });
        }
        Ok(checked)
    }

    /// What the query touches, as Bevy's scheduler sees it.
    pub fn access(&self) -> FilteredAccess {
        let mut access = FilteredAccess::matches_everything();
        for column in &self.columns {
            if column.write {
                access.add_write(column.component)
            } else {
                access.add_read(column.component)
            }
            access.and_with(column.component);
        }
        for &id in &self.with {
            access.and_with(id);
        }
        for &id in &self.without {
            access.and_without(id);
        }
        access
    }
}

fn has_field(schema: &SchemaLayout, test: impl Fn(FieldType) -> bool) -> bool {
    schema.fields.iter().any(|field| test(field.field_type))
}
