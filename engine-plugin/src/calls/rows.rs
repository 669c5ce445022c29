//! Which rows a query has, and in which order: parts of tables whose rows lie side by side.
#![expect(unsafe_code, reason = "whether a row is new or changed is known from Bevy's raw ticks")]

use std::cell::UnsafeCell;
use std::sync::Arc;

use bevy::ecs::archetype::ArchetypeId;
use bevy::ecs::change_detection::{MAX_CHANGE_AGE, Tick};
use bevy::ecs::component::{ComponentId, StorageType};
use bevy::ecs::entity_disabling::DefaultQueryFilters;
use bevy::ecs::query::{FilteredAccess, QueryBuilder, QueryState};
use bevy::ecs::storage::{Table, TableId, TableRow};
use bevy::ecs::world::FilteredEntityMut;
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::*;

use crate::calls::columns::WorldColumns;
use crate::module::layout::{ChangeFilter, ChangeKind, CheckedQuery, ColumnSource, OrderKey};

/// A checked query together with what it matches.
pub(crate) struct MatchedQuery {
    queries: Arc<[CheckedQuery]>,
    index: usize,
    state: QueryState<FilteredEntityMut<'static, 'static>>,
    /// Whether every component that decides about rows is stored in tables, so that whole tables
    /// match and their rows lie side by side.
    is_dense: bool,
}

impl MatchedQuery {
    /// Builds the query with that index. Its access is exactly that of the checked query, and of
    /// the world's default filters.
    pub fn new(queries: &Arc<[CheckedQuery]>, index: usize, world: &mut World) -> Self {
        let query = &queries[index];
        let mut builder = QueryBuilder::<FilteredEntityMut>::new(world);
        for column in &query.columns {
            let ColumnSource::Component(id) = column.source else { continue };
            match (column.write, column.optional) {
                (true, false) => builder.mut_id(id),
                (false, false) => builder.ref_id(id),
                (true, true) => builder.optional(|builder| {
                    builder.mut_id(id);
                }),
                (false, true) => builder.optional(|builder| {
                    builder.ref_id(id);
                }),
            };
        }
        for change in &query.changes {
            builder.ref_id(change.component);
        }
        if let Some(OrderKey::StableId(key)) = &query.order {
            builder.optional(|builder| {
                builder.ref_id(key.component);
            });
        }
        for &id in &query.with {
            builder.with_id(id);
        }
        for &id in &query.without {
            builder.without_id(id);
        }
        let state = builder.build();
        let is_table = |id: ComponentId| {
            world.components().get_info(id).is_some_and(|info| info.storage_type() == StorageType::Table)
        };
        let filters = world.get_resource::<DefaultQueryFilters>();
        let is_dense = query.required().all(is_table)
            && query.without.iter().copied().all(is_table)
            && filters.is_none_or(|filters| filters.disabling_ids().all(is_table));
        Self { queries: Arc::clone(queries), index, state, is_dense }
    }

    /// The query as its module declared it.
    pub fn checked(&self) -> &CheckedQuery {
        &self.queries[self.index]
    }

    /// What Bevy's scheduler must know.
    pub fn access(&self) -> &FilteredAccess {
        self.state.component_access()
    }

    /// Takes in the archetypes that are new since the last call.
    pub fn update(&mut self, world: UnsafeWorldCell<'_>) {
        self.state.update_archetypes_unsafe_world_cell(world);
    }
}

/// How a game numbers its entities by a component of type `T`.
pub(crate) type NumberOf<T> = dyn Fn(&T) -> u64 + Send + Sync;

/// How a game numbers its entities, the component's type forgotten.
#[derive(Clone)]
pub(crate) struct StableIdKey {
    pub component: ComponentId,
    /// Takes the address of a component of that type.
    read: Arc<dyn Fn(*const u8) -> u64 + Send + Sync>,
}

impl StableIdKey {
    /// Numbers by `T`, which is `component`.
    pub fn new<T: Component>(component: ComponentId, number: Arc<NumberOf<T>>) -> Self {
        // SAFETY: `read` below is the only one to call it, with the address of a `T`.
        let read = move |value: *const u8| number(unsafe { &*value.cast::<T>() });
        Self { component, read: Arc::new(read) }
    }

    /// # Safety
    /// `value` points to a value of the component that nothing writes meanwhile.
    unsafe fn read(&self, value: *const u8) -> u64 {
        (self.read)(value)
    }
}

impl PartialEq for StableIdKey {
    fn eq(&self, other: &Self) -> bool {
        // The game registers one.
        self.component == other.component
    }
}

impl Eq for StableIdKey {}

impl std::fmt::Debug for StableIdKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StableIdKey").field(&self.component).finish()
    }
}

/// Rows that lie side by side in one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowRun {
    pub table: TableId,
    pub first: u32,
    pub rows: u32,
}

/// The rows of one query for one call. Kept from call to call for its room.
#[derive(Debug, Default)]
pub(crate) struct QueryRows {
    runs: Vec<RowRun>,
    /// What an order sorts: its key, the entity, and where the row is.
    keyed: Vec<(u64, Entity, TableId, u32)>,
}

impl QueryRows {
    /// The rows, in the order in which the module sees them.
    pub fn runs(&self) -> &[RowRun] {
        &self.runs
    }

    /// How many rows there are.
    pub fn len(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.rows)).sum()
    }
}

/// Adds one row, to the last run where it follows that.
fn push(runs: &mut Vec<RowRun>, table: TableId, row: u32) {
    match runs.last_mut() {
        Some(run) if run.table == table && run.first + run.rows == row => run.rows += 1,
        _ => runs.push(RowRun { table, first: row, rows: 1 }),
    }
}

impl WorldColumns<'_, '_> {
    /// Finds the rows of a query. Where it filters by changes, those since `last_run`; without
    /// one everything is new.
    pub fn match_rows(&self, query: &MatchedQuery, last_run: Option<Tick>, rows: &mut QueryRows) {
        rows.runs.clear();
        if query.is_dense {
            self.match_tables(query, last_run, rows);
        } else {
            self.match_archetypes(query, last_run, rows);
        }
        if let Some(order) = &query.checked().order {
            self.sort(order, rows);
        }
    }

    /// Finds the rows that entities have now which a query had earlier, in the order given; and in `kept` the
    /// number of each that is still there.
    pub fn find_rows(
        &self,
        query: &MatchedQuery,
        entities: &[Entity],
        rows: &mut QueryRows,
        kept: &mut Vec<u32>,
    ) {
        rows.runs.clear();
        kept.clear();
        let matched: Vec<ArchetypeId> = query.state.matched_archetypes().collect();
        for (number, entity) in (0..).zip(entities) {
            let Ok(Some(location)) = self.world().entities().get(*entity) else { continue };
            // Only what matches may be touched.
            if matched.binary_search(&location.archetype_id).is_ok() {
                push(&mut rows.runs, location.table_id, location.table_row.index_u32());
                kept.push(number);
            }
        }
    }

    /// Whole tables in ascending order.
    ///
    /// `matched_tables` walks a bit set, so the order depends on the tables' ids alone and not on
    /// when the query came to know them.
    fn match_tables(&self, query: &MatchedQuery, last_run: Option<Tick>, rows: &mut QueryRows) {
        for id in query.state.matched_tables() {
            let Some(table) = self.storages().tables.get(id).filter(|table| !table.is_empty()) else {
                continue;
            };
            match (query.checked().changes.as_slice(), last_run) {
                ([first, others @ ..], Some(last_run)) => {
                    self.match_changes(table, id, (first, others), last_run, &mut rows.runs);
                }
                // Without a last run everything is new.
                _ => rows.runs.push(RowRun { table: id, first: 0, rows: table.entity_count() }),
            }
        }
    }

    /// The rows of one table that pass all filters by change.
    fn match_changes(
        &self,
        table: &Table,
        id: TableId,
        (first, others): (&ChangeFilter, &[ChangeFilter]),
        last_run: Tick,
        runs: &mut Vec<RowRun>,
    ) {
        /// Rows that are looked at together, most often to find that none is new.
        const BLOCK_ROWS: usize = 16;

        let Some(ticks) = table_ticks(table, first) else { return };
        // `Tick::is_newer_than` with what is the same for all rows taken out of the loop, so that
        // the compiler can look at several ticks at once.
        let this_run = self.this_run().get();
        let age = this_run.wrapping_sub(last_run.get()).min(MAX_CHANGE_AGE);
        let is_new = |tick: &UnsafeCell<Tick>| {
            // SAFETY: `MatchedQuery::access` has read access to each component of a change
            // filter, which covers its ticks.
            this_run.wrapping_sub(unsafe { *tick.get() }.get()) < age
        };
        let passes_others = |row: usize| {
            others.iter().all(|change| table_ticks(table, change).is_some_and(|ticks| is_new(&ticks[row])))
        };
        for (block, ticks) in ticks.chunks(BLOCK_ROWS).enumerate() {
            if !ticks.iter().fold(false, |any, tick| any | is_new(tick)) {
                continue;
            }
            for (row, tick) in (block * BLOCK_ROWS..).zip(ticks) {
                if is_new(tick) && passes_others(row) {
                    push(runs, id, row as u32);
                }
            }
        }
    }

    /// Archetypes in ascending order, where a component in a sparse set decides about rows.
    fn match_archetypes(&self, query: &MatchedQuery, last_run: Option<Tick>, rows: &mut QueryRows) {
        let archetypes = self.world().archetypes();
        let changes = &query.checked().changes;
        for archetype in query.state.matched_archetypes().filter_map(|id| archetypes.get(id)) {
            let Some(table) = self.storages().tables.get(archetype.table_id()) else { continue };
            for entity in archetype.entities() {
                let row = entity.table_row();
                let is_new = |change: &ChangeFilter| {
                    let tick = match self.storages().sparse_sets.get(change.component) {
                        Some(set) => set.get_with_ticks(entity.id()).map(|(_, ticks)| match change.kind {
                            ChangeKind::Added => ticks.added,
                            ChangeKind::Changed => ticks.changed,
                        }),
                        None => table_ticks(table, change).map(|ticks| &ticks[row.index()]),
                    };
                    // SAFETY: as for tables.
                    tick.is_some_and(|tick| self.is_new(unsafe { *tick.get() }, last_run))
                };
                if changes.iter().all(is_new) {
                    push(&mut rows.runs, archetype.table_id(), row.index_u32());
                }
            }
        }
    }

    fn is_new(&self, tick: Tick, last_run: Option<Tick>) -> bool {
        last_run.is_none_or(|last_run| tick.is_newer_than(last_run, self.this_run()))
    }

    /// Sorts the rows by a key and, where keys are equal, by entity.
    fn sort(&self, order: &OrderKey, rows: &mut QueryRows) {
        let QueryRows { runs, keyed } = rows;
        keyed.clear();
        for run in runs.iter() {
            let Some(table) = self.storages().tables.get(run.table) else { continue };
            for row in run.first..run.first + run.rows {
                let entity = table.entities()[row as usize];
                let key = match order {
                    OrderKey::Entity => 0,
                    // Rows without a number come last.
                    OrderKey::StableId(key) => {
                        self.component(table, entity, row, key.component).map_or(u64::MAX, |value| {
                            // SAFETY: read access to the component is declared.
                            unsafe { key.read(value) }
                        })
                    }
                };
                keyed.push((key, entity, run.table, row));
            }
        }
        keyed.sort_unstable_by_key(|&(key, entity, ..)| (key, entity));
        runs.clear();
        for &(_, _, table, row) in keyed.iter() {
            push(runs, table, row);
        }
    }

    /// Where one entity's component lies.
    fn component(
        &self,
        table: &Table,
        entity: Entity,
        row: u32,
        component: ComponentId,
    ) -> Option<*const u8> {
        match self.storages().sparse_sets.get(component) {
            Some(set) => set.get(entity).map(|value| value.as_ptr().cast_const()),
            None => {
                assert!(row < table.entity_count(), "row {row} of a table of {}", table.entity_count());
                let row = TableRow::new(row.try_into().ok()?);
                // SAFETY: the assertion says that the row is there.
                let value = unsafe { table.get_column(component)?.get_data_unchecked(row) };
                Some(value.as_ptr().cast_const())
            }
        }
    }
}

/// The ticks of one component of all of a table's rows.
fn table_ticks<'t>(table: &'t Table, change: &ChangeFilter) -> Option<&'t [UnsafeCell<Tick>]> {
    match change.kind {
        ChangeKind::Added => table.get_added_ticks_slice_for(change.component),
        ChangeKind::Changed => table.get_changed_ticks_slice_for(change.component),
    }
}
