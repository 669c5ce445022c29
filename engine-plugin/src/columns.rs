//! Bevy's component storage as rows of bytes. With `system.rs` and `mirror.rs` the only file that
//! touches raw components.
#![expect(unsafe_code, reason = "components are known by id alone, so Bevy hands them out untyped")]

use std::cell::UnsafeCell;
use std::panic::Location;
use std::sync::Arc;

use bevy::ecs::archetype::Archetype;
use bevy::ecs::change_detection::{MaybeLocation, Tick};
use bevy::ecs::component::{ComponentId, StorageType};
use bevy::ecs::entity_disabling::DefaultQueryFilters;
use bevy::ecs::query::{FilteredAccess, QueryBuilder, QueryState};
use bevy::ecs::storage::{Storages, Table, TableRow};
use bevy::ecs::world::FilteredEntityMut;
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::*;

use crate::layout::{CheckedColumn, CheckedQuery};
use crate::mirror::Mirror;

/// A checked query together with what it matches.
pub(crate) struct MatchedQuery {
    queries: Arc<[CheckedQuery]>,
    index: usize,
    state: QueryState<FilteredEntityMut<'static, 'static>>,
    /// Whether every component that matters is stored in tables, so that whole tables match and
    /// their rows lie side by side.
    is_dense: bool,
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
        let state = builder.build();
        let is_table = |id: ComponentId| {
            world.components().get_info(id).is_some_and(|info| info.storage_type() == StorageType::Table)
        };
        let filters = world.get_resource::<DefaultQueryFilters>();
        let is_dense = query.columns.iter().map(|column| column.component).all(is_table)
            && query.with.iter().chain(&query.without).copied().all(is_table)
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

/// The rows of one script system's queries, for the time of one run.
pub(crate) struct WorldColumns<'w, 's> {
    world: UnsafeWorldCell<'w>,
    queries: &'s [MatchedQuery],
    this_run: Tick,
}

/// Rows of one component that lie side by side.
struct Run<'w> {
    data: *const u8,
    rows: usize,
    changed: &'w [UnsafeCell<Tick>],
    changed_by: MaybeLocation<&'w [UnsafeCell<&'static Location<'static>>]>,
}

impl<'w, 's> WorldColumns<'w, 's> {
    /// # Safety
    /// For `'w` the caller may access what [`MatchedQuery::access`] of each query says, and no
    /// two of the queries match a row of which one writes a component that the other touches.
    /// The queries were built for this world, and each column's schema and mirror are those of
    /// the component type with its id.
    pub unsafe fn new(world: UnsafeWorldCell<'w>, queries: &'s [MatchedQuery], this_run: Tick) -> Self {
        Self { world, queries, this_run }
    }

    /// The queries, in the order of the manifest.
    pub fn queries(&self) -> &'s [MatchedQuery] {
        self.queries
    }

    /// Rows of one query.
    pub fn rows(&self, query: &MatchedQuery) -> u64 {
        if query.is_dense {
            self.tables(query).map(|table| u64::from(table.entity_count())).sum()
        } else {
            self.archetypes(query).map(|archetype| u64::from(archetype.len())).sum()
        }
    }

    /// The packed bytes of one column in the order of the rows, in parts of whole rows. `packed`
    /// holds one row of a mirrored component at a time.
    ///
    /// # Errors
    /// The first of `each`, after which nothing more is read.
    pub fn read<E>(
        &self,
        query: usize,
        column: usize,
        packed: &mut Vec<u8>,
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let query = &self.queries[query];
        let column = &query.checked().columns[column];
        let row_bytes = column.schema.byte_size as usize;
        self.each_run(query, column, |run| {
            let Some(mirror) = column.mirror else {
                // SAFETY: the run has `rows` initialized rows of a `Schema` type of `row_bytes`
                // bytes without padding (the registry took both from that type). Read access is
                // declared, so nothing writes them while `self` is borrowed shared.
                return each(unsafe { std::slice::from_raw_parts(run.data, run.rows * row_bytes) });
            };
            packed.clear();
            packed.resize(row_bytes, 0);
            for row in 0..run.rows {
                // SAFETY: the run has `rows` rows of the mirrored component, as far apart as the
                // mirror says; read access is declared.
                unsafe { mirror.pack(run.data.add(row * mirror.stride), packed) };
                each(packed)?;
            }
            Ok(())
        })
    }

    /// One written column in the order of the rows, in parts of whole rows, with change ticks.
    ///
    /// # Panics
    /// If the query only reads that column.
    pub fn write(&mut self, query: usize, column: usize, mut each: impl FnMut(ColumnMut<'_>)) {
        let query = &self.queries[query];
        let column = &query.checked().columns[column];
        assert!(column.write, "a column that is only read is never written");
        let row_bytes = column.schema.byte_size as usize;
        let this_run = self.this_run;
        let written: Result<(), std::convert::Infallible> = self.each_run(query, column, |run| {
            let rows = match column.mirror {
                None => {
                    let (data, bytes) = (run.data.cast_mut(), run.rows * row_bytes);
                    // SAFETY: as in `read`; the query declares write access to this component,
                    // `self` is borrowed exclusively, and each run comes up once, so nothing else
                    // refers to these rows. Bevy keeps them behind `UnsafeCell`, so they may be
                    // written through a shared table or sparse set.
                    RowsMut::Packed(unsafe { std::slice::from_raw_parts_mut(data, bytes) })
                }
                Some(mirror) => RowsMut::Mirrored { data: run.data.cast_mut(), rows: run.rows, mirror },
            };
            each(ColumnMut { rows, changed: run.changed, changed_by: run.changed_by, this_run });
            Ok(())
        });
        let Ok(()) = written;
    }

    /// The runs of one column, in the order of the rows.
    fn each_run<E>(
        &self,
        query: &MatchedQuery,
        column: &CheckedColumn,
        mut each: impl FnMut(Run<'w>) -> Result<(), E>,
    ) -> Result<(), E> {
        if query.is_dense {
            for table in self.tables(query) {
                if let Some(run) = table_run(table, column.component, 0, table.entity_count() as usize) {
                    each(run)?;
                }
            }
            return Ok(());
        }
        let storages = self.storages();
        for archetype in self.archetypes(query) {
            let set = storages.sparse_sets.get(column.component);
            let table = storages.tables.get(archetype.table_id());
            for entity in archetype.entities() {
                let run = match (set, table) {
                    (Some(set), _) => set.get_with_ticks(entity.id()).map(|(data, ticks)| Run {
                        data: data.as_ptr().cast_const(),
                        rows: 1,
                        changed: std::slice::from_ref(ticks.changed),
                        changed_by: ticks.changed_by.map(std::slice::from_ref),
                    }),
                    (None, Some(table)) => table_run(table, column.component, entity.table_row().index(), 1),
                    (None, None) => None,
                };
                if let Some(run) = run {
                    each(run)?;
                }
            }
        }
        Ok(())
    }

    fn storages(&self) -> &'w Storages {
        // SAFETY: of the storages only the lists of columns, rows and sparse sets are read, which
        // change under exclusive access to the world alone; components are touched by `read` and
        // `write`, which say why they may.
        unsafe { self.world.storages() }
    }

    /// The tables of a dense query that have rows, in ascending order.
    ///
    /// `matched_tables` walks a bit set, so the order depends on the tables' ids alone and not on
    /// when the query came to know them.
    fn tables(&self, query: &MatchedQuery) -> impl Iterator<Item = &'w Table> {
        let storages = self.storages();
        let tables = query.state.matched_tables().filter_map(move |id| storages.tables.get(id));
        tables.filter(|table| !table.is_empty())
    }

    /// The archetypes of a query that is not dense, in ascending order.
    fn archetypes(&self, query: &MatchedQuery) -> impl Iterator<Item = &'w Archetype> {
        let archetypes = self.world.archetypes();
        query.state.matched_archetypes().filter_map(move |id| archetypes.get(id))
    }
}

/// `rows` rows of one component of a table, from row `first`, all of which the table must have.
fn table_run(table: &Table, component: ComponentId, first: usize, rows: usize) -> Option<Run<'_>> {
    let column = table.get_column(component)?;
    let len = table.entity_count() as usize;
    assert!(rows > 0 && first + rows <= len, "rows {first} to {} of a table of {len}", first + rows);
    let row = TableRow::new(u32::try_from(first).ok()?.try_into().ok()?);
    // SAFETY: the assertion says that the row is there.
    let data = unsafe { column.get_data_unchecked(row) }.as_ptr().cast_const();
    // SAFETY: the table has `len` rows, and so have its columns' ticks.
    let (changed, changed_by) =
        unsafe { (column.get_changed_ticks_slice(len), column.get_changed_by_slice(len)) };
    Some(Run {
        data,
        rows,
        changed: &changed[first..first + rows],
        changed_by: changed_by.map(|changed_by| &changed_by[first..first + rows]),
    })
}

/// Rows of one column, to be written.
pub(crate) struct ColumnMut<'a> {
    rows: RowsMut<'a>,
    changed: &'a [UnsafeCell<Tick>],
    changed_by: MaybeLocation<&'a [UnsafeCell<&'static Location<'static>>]>,
    this_run: Tick,
}

enum RowsMut<'a> {
    Packed(&'a mut [u8]),
    /// `rows` rows of a component that nothing else touches for `'a`.
    Mirrored {
        data: *mut u8,
        rows: usize,
        mirror: Mirror,
    },
}

impl ColumnMut<'_> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.changed.len()
    }

    /// The packed bytes of `rows` rows of `row_bytes` bytes from row `first` on; `packed` holds
    /// them where they are mirrored.
    ///
    /// # Panics
    /// If there are no such rows, or a packed row has another size.
    pub fn block<'b>(
        &'b self,
        first: usize,
        rows: usize,
        row_bytes: usize,
        packed: &'b mut Vec<u8>,
    ) -> &'b [u8] {
        match &self.rows {
            RowsMut::Packed(bytes) => &bytes[first * row_bytes..][..rows * row_bytes],
            RowsMut::Mirrored { data, rows: len, mirror } => {
                assert!(first + rows <= *len, "rows {first} to {} of {len}", first + rows);
                packed.clear();
                packed.resize(rows * row_bytes, 0);
                for (row, packed) in (first..).zip(packed.chunks_exact_mut(row_bytes)) {
                    // SAFETY: the run has this row, and `self` has it alone.
                    unsafe { mirror.pack(data.add(row * mirror.stride), packed) }
                }
                packed
            }
        }
    }

    /// Writes the rows of a block that begins with row `first`, and marks as changed those whose
    /// bit is set in `differing`; the others are what they were. The bytes are valid for the
    /// schema's fields.
    ///
    /// # Panics
    /// If there are no such rows, or `block` is not made of whole ones.
    #[track_caller]
    pub fn write_block(&mut self, first: usize, block: &[u8], row_bytes: usize, differing: u64) {
        match &mut self.rows {
            RowsMut::Packed(rows) => rows[first * row_bytes..][..block.len()].copy_from_slice(block),
            RowsMut::Mirrored { data, rows, mirror } => {
                for row in ones(differing) {
                    assert!(first + row < *rows, "row {} of {rows}", first + row);
                    // SAFETY: the run has this row, and `self` has it alone; `write_back` checked
                    // the bytes.
                    unsafe {
                        mirror.unpack(
                            &block[row * row_bytes..][..row_bytes],
                            data.add((first + row) * mirror.stride),
                        );
                    }
                }
            }
        }
        let rows = block.len() / row_bytes;
        let changed = &self.changed[first..][..rows];
        if differing.count_ones() as usize == rows {
            for tick in changed {
                // SAFETY: write access to a component covers its ticks, and `self` is borrowed
                // exclusively.
                unsafe { *tick.get() = self.this_run };
            }
        } else {
            for row in ones(differing) {
                // SAFETY: as above.
                unsafe { *changed[row].get() = self.this_run };
            }
        }
        if let Some(changed_by) = self.changed_by.into_option() {
            for row in ones(differing) {
                // SAFETY: as for the ticks.
                unsafe { *changed_by[first + row].get() = Location::caller() };
            }
        }
    }
}

/// The indices of the bits that are set, in ascending order.
pub(crate) fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let one = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(one)
    })
}
