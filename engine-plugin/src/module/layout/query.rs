//! One query that fits the game: its columns, its filters and the order of its rows.

use std::sync::Arc;

use bevy::ecs::component::ComponentId;
use bevy::ecs::query::FilteredAccess;
use peristyle_abi::{RowOrder, TermKind};

use super::{CheckedValue, LayoutError, Offer, check_writable, component};
use crate::calls::rows::StableIdKey;
use crate::module::manifest::QueryManifest;

/// One query that fits the game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedQuery {
    /// The terms that have a column, in the order of the manifest.
    pub columns: Vec<CheckedColumn>,
    pub with: Vec<ComponentId>,
    pub without: Vec<ComponentId>,
    /// What must be new for a row to be there.
    pub changes: Vec<ChangeFilter>,
    /// How rows are sorted; `None` leaves them as tables have them.
    pub order: Option<OrderKey>,
}

/// One term with a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckedColumn {
    pub source: ColumnSource,
    pub value: CheckedValue,
    pub write: bool,
    /// Whether rows may lack the component.
    pub optional: bool,
}

/// What a column is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnSource {
    Component(ComponentId),
    /// The entities' own ids.
    Entities,
}

/// A filter by change ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChangeFilter {
    pub component: ComponentId,
    pub kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Added,
    Changed,
}

/// What rows are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OrderKey {
    Entity,
    StableId(StableIdKey),
}

impl CheckedQuery {
    pub(super) fn check(
        system: &str,
        index: usize,
        query: &QueryManifest,
        offer: &Offer<'_>,
    ) -> Result<Self, LayoutError> {
        let order = match query.order {
            RowOrder::Tables => None,
            RowOrder::Entity => Some(OrderKey::Entity),
            RowOrder::StableId => {
                let key = offer.registry.stable_id().cloned();
                let missing = || LayoutError::NoStableId { system: system.to_owned(), query: index };
                Some(OrderKey::StableId(key.ok_or_else(missing)?))
            }
        };
        let (columns, with, without, changes) = Default::default();
        let mut checked = Self { columns, with, without, changes, order };
        let mut seen = Vec::new();
        for term in &query.terms {
            if term.kind == TermKind::Entity {
                checked.columns.push(CheckedColumn {
                    source: ColumnSource::Entities,
                    value: CheckedValue::new(Arc::clone(&term.schema)),
                    write: false,
                    optional: false,
                });
                continue;
            }
            let registered = component(system, &term.schema, offer)?;
            check_writable(system, registered, term.kind.is_written())?;
            let id = registered.id;
            // A filter by changes may come on top of a column or `with`, and each of the two once.
            let kind = match term.kind {
                TermKind::Added => Some(ChangeKind::Added),
                TermKind::Changed => Some(ChangeKind::Changed),
                _ => None,
            };
            let is_contradiction = match term.kind {
                TermKind::Without => checked.changes.iter().any(|change| change.component == id),
                _ => kind.is_some() && checked.without.contains(&id),
            };
            if seen.contains(&(id, kind)) || is_contradiction {
                let (system, component) = (system.to_owned(), term.schema.name.clone());
                return Err(LayoutError::Repeated { system, query: index, component });
            }
            seen.push((id, kind));
            match (term.kind, kind) {
                (_, Some(kind)) => checked.changes.push(ChangeFilter { component: id, kind }),
                (TermKind::With, _) => checked.with.push(id),
                (TermKind::Without, _) => checked.without.push(id),
                _ => checked.columns.push(CheckedColumn {
                    source: ColumnSource::Component(id),
                    value: CheckedValue::of_component(registered),
                    write: term.kind.is_written(),
                    optional: term.kind.is_optional(),
                }),
            }
        }
        if checked.required().next().is_none() {
            return Err(LayoutError::Unbounded { system: system.to_owned(), query: index });
        }
        Ok(checked)
    }

    /// The components that every row has, some of them more than once.
    pub fn required(&self) -> impl Iterator<Item = ComponentId> {
        let columns =
            self.columns.iter().filter(|column| !column.optional).filter_map(|column| column.value.id);
        columns.chain(self.with.iter().copied()).chain(self.changes.iter().map(|change| change.component))
    }

    /// What the query touches, as Bevy's scheduler sees it.
    pub fn access(&self) -> FilteredAccess {
        let mut access = FilteredAccess::matches_everything();
        for column in &self.columns {
            let Some(id) = column.value.id else { continue };
            if column.write {
                access.add_write(id);
            } else {
                access.add_read(id);
            }
        }
        for change in &self.changes {
            access.add_read(change.component);
        }
        if let Some(OrderKey::StableId(key)) = &self.order {
            access.add_read(key.component);
        }
        for id in self.required() {
            access.and_with(id);
        }
        for &id in &self.without {
            access.and_without(id);
        }
        access
    }

    /// The name of a component that one of two queries writes and the other touches.
    pub(super) fn shared_write(&self, other: &Self) -> String {
        let (mine, others) = (self.access(), other.access());
        let is_shared = |id| {
            let (a, b) = (mine.access(), others.access());
            a.has_write(id) && b.has_read(id) || b.has_write(id) && a.has_read(id)
        };
        let columns = self.columns.iter().chain(&other.columns).map(|column| &column.value);
        let shared = columns.filter(|value| value.id.is_some_and(is_shared)).map(|value| &value.schema.name);
        shared.min().cloned().unwrap_or_default()
    }
}
