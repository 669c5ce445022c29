//! Bevy's table columns as bytes. With `system.rs` the only file that touches raw columns.
#![expect(unsafe_code, reason = "component columns are known by id alone, so Bevy hands them out untyped")]

use std::cell::UnsafeCell;
use std::panic::Location;
use std::sync::Arc;

use bevy::ecs::change_detection::{MaybeLocation, Tick};
use bevy::ecs::component::ComponentId;
use bevy::ecs::entity_disabling::DefaultQueryFilters;
use bevy::ecs::query::{FilteredAccess, QueryBuilder, QueryState};
use bevy::ecs::storage::{Table, TableRow};
use bevy::ecs::world::FilteredEntityMut;
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::*;

use crate::layout::CheckedQuery;

/// A checked query together with the tables that it matches.
pub(crate) struct MatchedQuery {
    queries: Arc<[CheckedQuery]>,
    index: usize,
    state: QueryState<FilteredEntityMut<'static, 'static>>,
}

impl MatchedQuery {
    /// Builds the query with that index. Its access is exactly that of the checked query, and of
    /// the world's default filters.
    pub fn new(queries: &Arc<[CheckedQuery]>, index: usize, world: &mut World) -> Self {
        let query = &queries[index];
        let mut builder = QueryBuilder::<FilteredEntityMut>::new(world);
        for column in &query.columns {
            if column.write {
                builder.mut_id(column.component)
            } else {
                builder.ref_id(column.component)
            };
        }
        for &id in &query.with {
            builder.with_id(id);
        }
        for &id in &query.without {
            builder.without_id(id);
        }
        Self { queries: Arc::clone(queries), index, state: builder.build() }
    }

    /// The query as its module declared it.
    pub fn checked(&self) -> &CheckedQuery {
        &self.queries[self.index]
    }

    /// What Bevy's scheduler must know.
    pub fn access(&self) -> &FilteredAccess {
        self.state.component_access()
    }

    /// Takes in the tables that are new since the last call.
    pub fn update(&mut self, world: UnsafeWorldCell<'_>) {
        self.state.update_archetypes_unsafe_world_cell(world);
    }
}

/// A filter of the world that cannot be told from a table, if it has one.
///
/// Script queries go table by table. A component that hides entities by default and is stored in
/// a sparse set would need a look at every entity.
pub(crate) fn sparse_default_filter(world: &World) -> Option<String> {
    let filters = world.get_resource::<DefaultQueryFilters>()?;
    filters.disabling_ids().find_map(|id| {
        let info = world.components().get_info(id)?;
        (info.storage_type() != bevy::ecs::component::StorageType::Table).then(|| info.name().to_string())
    })
}

/// The tables of one script system's queries, for the time of one run.
pub(crate) struct WorldColumns<'w, 's> {
    world: UnsafeWorldCell<'w>,
    queries: &'s [MatchedQuery],
    this_run: Tick,
}

impl<'w, 's> WorldColumns<'w, 's> {
    /// # Safety
    /// For `'w` the caller may access what [`MatchedQuery::access`] of each query says, and no
    /// two of the queries match a row of which one writes a component that the other touches.
    /// The queries were built for this world.
    pub unsafe fn new(world: UnsafeWorldCell<'w>, queries: &'s [MatchedQuery], this_run: Tick) -> Self {
        Self { world, queries, this_run }
    }

    /// The queries, in the order of the manifest.
    pub fn queries(&self) -> &'s [MatchedQuery] {
        self.queries
    }

    /// Rows of one query.
    pub fn rows(&self, query: &MatchedQuery) -> u64 {
        self.tables(query).map(|table| u64::from(table.entity_count())).sum()
    }

    /// The bytes of one column, table by table in ascending order.
    pub fn read(&self, query: usize, column: usize) -> impl Iterator<Item = &[u8]> {
        let query = &self.queries[query];
        let column = &query.checked().columns[column];
        let row_bytes = column.schema.byte_size as usize;
        self.tables(query).filter_map(move |table| {
            let data = first_row(table, column.component)?;
            // SAFETY: the column has `entity_count` initialized rows of a `Schema` type of
            // `row_bytes` bytes without padding (the registry took both from that type). Read
            // access is declared, so nothing writes them while `self` is borrowed shared.
            Some(unsafe { std::slice::from_raw_parts(data, table.entity_count() as usize * row_bytes) })
        })
    }

    /// One written column, table by table in ascending order, with its change ticks.
    ///
    /// # Panics
    /// If the query only reads that column.
    pub fn write(&mut self, query: usize, column: usize) -> impl Iterator<Item = ColumnMut<'_>> {
        let query = &self.queries[query];
        let column = &query.checked().columns[column];
        assert!(column.write, "a column that is only read is never written");
        let row_bytes = column.schema.byte_size as usize;
        let this_run = self.this_run;
        let world = self.world;
        tables(world, query).filter_map(move |table| {
            let rows = table.entity_count() as usize;
            let data = first_row(table, column.component)?;
            let stored = table.get_column(column.component)?;
            // SAFETY: as in `read`; the query declares write access to this component, `self` is
            // borrowed exclusively, and each table comes up once, so nothing else refers to
            // these rows. Bevy keeps them behind `UnsafeCell`, so a shared table may be written.
            let bytes = unsafe { std::slice::from_raw_parts_mut(data.cast_mut(), rows * row_bytes) };
            // SAFETY: the table has `rows` rows, and so have its columns' ticks.
            let (changed, changed_by) =
                unsafe { (stored.get_changed_ticks_slice(rows), stored.get_changed_by_slice(rows)) };
            Some(ColumnMut { bytes, changed, changed_by, this_run })
        })
    }

    fn tables(&self, query: &MatchedQuery) -> impl Iterator<Item = &'w Table> {
        tables(self.world, query)
    }
}

/// The tables of a query that have rows, in ascending order.
///
/// `matched_tables` walks a bit set, so the order depends on the tables' ids alone and not on
/// when the query came to know them.
fn tables<'w>(world: UnsafeWorldCell<'w>, query: &MatchedQuery) -> impl Iterator<Item = &'w Table> {
    // SAFETY: of the storages only the tables' lists of columns and rows are read here, which
    // change under exclusive access to the world alone; rows are read by the callers, which say
    // why they may.
    let storages = unsafe { world.storages() };
    query
        .state
        .matched_tables()
        .filter_map(move |id| storages.tables.get(id))
        .filter(|table| !table.is_empty())
}

/// The address of a column's first row; the table must have one.
fn first_row(table: &Table, component: ComponentId) -> Option<*const u8> {
    let column = table.get_column(component)?;
    // SAFETY: `tables` leaves out tables without rows, so row 0 is there.
    Some(unsafe { column.get_data_unchecked(TableRow::new(0u32.try_into().ok()?)) }.as_ptr().cast_const())
}

/// One column of one table, to be written.
pub(crate) struct ColumnMut<'a> {
    bytes: &'a mut [u8],
    changed: &'a [UnsafeCell<Tick>],
    changed_by: MaybeLocation<&'a [UnsafeCell<&'static Location<'static>>]>,
    this_run: Tick,
}

impl ColumnMut<'_> {
    /// All rows, packed.
    pub fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// Writes one row and marks it as changed.
    ///
    /// # Panics
    /// If `bytes` are not those of a whole row, or there is no such row.
    #[track_caller]
    pub fn write_row(&mut self, row: usize, bytes: &[u8]) {
        let start = row * bytes.len();
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        // SAFETY: write access to a component covers its ticks, and `self` is borrowed
        // exclusively.
        unsafe { *self.changed[row].get() = self.this_run };
        if let Some(changed_by) = self.changed_by.into_option() {
            // SAFETY: as for the tick.
            unsafe { *changed_by[row].get() = Location::caller() };
        }
    }
}
