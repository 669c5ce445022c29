//! Bevy's component storage as rows of bytes. With `system.rs` and `mirror.rs` the only file that
//! touches raw components.
#![expect(unsafe_code, reason = "components are known by id alone, so Bevy hands them out untyped")]

use std::cell::UnsafeCell;
use std::panic::Location;

use bevy::ecs::change_detection::{MaybeLocation, Tick};
use bevy::ecs::component::ComponentId;
use bevy::ecs::storage::{Column, Storages, Table, TableId, TableRow};
use bevy::ecs::world::unsafe_world_cell::UnsafeWorldCell;
use bevy::prelude::*;

use crate::calls::column_mut::{ColumnMut, RowsMut, gather};
use crate::calls::inbox::Inbox;
use crate::calls::rows::{MatchedQuery, QueryRows, RowRun};
use crate::module::layout::{CheckedColumn, CheckedValue, ColumnSource};

/// The rows of one script system's queries, for the time of one run.
pub(crate) struct WorldColumns<'w, 's> {
    world: UnsafeWorldCell<'w>,
    queries: &'s [MatchedQuery],
    this_run: Tick,
}

/// Rows of one column that lie side by side.
enum Run<'w> {
    /// Values of the component.
    Present(PresentRun<'w>),
    /// Values of a component that is packed, of rows each of which lies alone.
    Scattered(ScatteredRun<'w>),
    /// So many rows lack the component of an optional term.
    Absent(usize),
    /// The ids of entities.
    Entities(&'w [Entity]),
}

/// Values of one component that lie side by side.
struct PresentRun<'w> {
    data: *const u8,
    rows: usize,
    changed: &'w [UnsafeCell<Tick>],
    changed_by: MaybeLocation<&'w [UnsafeCell<&'static Location<'static>>]>,
}

/// Values of one component in rows of one table that do not lie side by side.
struct ScatteredRun<'w> {
    /// Those of all of the table's rows.
    table: PresentRun<'w>,
    /// Each is one row, which the table has.
    alone: &'w [RowRun],
}

/// How many rows that lie alone are looked at together: as many as a block of rows has.
const SCATTERED_ROWS_MAX: usize = u64::BITS as usize;

/// Rows of one column as a module sees them.
pub(crate) enum Rows<'a> {
    /// So many rows, and their packed bytes.
    Present(usize, &'a [u8]),
    /// So many rows lack the component of an optional term.
    Absent(usize),
}

impl<'w, 's> WorldColumns<'w, 's> {
    /// # Safety
    /// For `'w` the caller may access what [`MatchedQuery::access`] of each query says and the
    /// resources that it passes to `has_resource`, `read_resource`, `write_resource` and `collect`, and no two of the queries match a row of which one writes a component that the other touches.
    /// The queries were built for this world, and each column's schema and mirror are those of
    /// the component type with its id.
    pub unsafe fn new(world: UnsafeWorldCell<'w>, queries: &'s [MatchedQuery], this_run: Tick) -> Self {
        Self { world, queries, this_run }
    }

    /// The queries, in the order of the manifest.
    pub fn queries(&self) -> &'s [MatchedQuery] {
        self.queries
    }

    /// The world, whose archetypes and entities anyone may look at.
    pub fn world(&self) -> UnsafeWorldCell<'w> {
        self.world
    }

    /// The tick of this run, which written rows carry.
    pub fn this_run(&self) -> Tick {
        self.this_run
    }

    /// The packed bytes of one column in the order of the rows, in parts of whole rows; each row with strings
    /// or lists by itself, with what they cover. `packed` holds one row of a mirrored component, an entity's
    /// id, or some rows that lie alone, at a time.
    ///
    /// # Errors
    /// The first of `each`, after which nothing more is read.
    pub fn read<E>(
        &self,
        column: &CheckedColumn,
        rows: &QueryRows,
        packed: &mut Vec<u8>,
        mut each: impl FnMut(Rows<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let row_bytes = column.value.schema.byte_size as usize;
        self.each_run(column, rows, |run| {
            let run = match run {
                Run::Absent(rows) => return each(Rows::Absent(rows)),
                Run::Entities(entities) => {
                    packed.resize(size_of_val(entities), 0);
                    for (id, entity) in packed.as_chunks_mut().0.iter_mut().zip(entities) {
                        *id = entity.to_bits().to_le_bytes();
                    }
                    return each(Rows::Present(entities.len(), packed));
                }
                Run::Scattered(ScatteredRun { table, alone }) => {
                    // SAFETY: `table` has each of these rows, of `row_bytes` initialized bytes, see
                    // below; read access is declared.
                    unsafe { gather(table.data, alone, row_bytes, packed) };
                    return each(Rows::Present(alone.len(), packed));
                }
                Run::Present(run) => run,
            };
            let Some(mirror) = column.value.mirror else {
                // SAFETY: the run has `rows` initialized rows of a `Schema` type of `row_bytes`
                // bytes without padding (the registry took both from that type). Read access is
                // declared, so nothing writes them while `self` is borrowed shared.
                let bytes = unsafe { std::slice::from_raw_parts(run.data, run.rows * row_bytes) };
                return each(Rows::Present(run.rows, bytes));
            };
            for row in 0..run.rows {
                packed.clear();
                // SAFETY: the run has `rows` rows of the mirrored component, as far apart as the
                // mirror says; read access is declared.
                unsafe { mirror.pack(run.data.add(row * mirror.stride), &column.value.schema, packed) };
                each(Rows::Present(1, packed))?;
            }
            Ok(())
        })
    }

    /// The entities in the order of the rows.
    pub fn entities(&self, rows: &QueryRows, mut each: impl FnMut(&[Entity])) {
        for run in rows.runs() {
            if let Some(table) = self.storages().tables.get(run.table) {
                each(&table.entities()[run.first as usize..][..run.rows as usize]);
            }
        }
    }

    /// One written column in the order of the rows, in parts of whole rows, with change ticks; or
    /// how many rows lack it.
    ///
    /// # Panics
    /// If the query only reads that column.
    pub fn write(
        &mut self,
        column: &CheckedColumn,
        rows: &QueryRows,
        mut each: impl FnMut(Result<ColumnMut<'_>, usize>),
    ) {
        assert!(column.write, "a column that is only read is never written");
        let row_bytes = column.value.schema.byte_size as usize;
        let this_run = self.this_run;
        let written: Result<(), std::convert::Infallible> = self.each_run(column, rows, |run| {
            let run = match run {
                Run::Present(run) => run,
                Run::Scattered(ScatteredRun { table, alone }) => {
                    // Access is as below, and each row is named once.
                    let rows = RowsMut::Scattered { data: table.data.cast_mut(), alone };
                    let PresentRun { changed, changed_by, .. } = table;
                    each(Ok(ColumnMut { rows, changed, changed_by, this_run }));
                    return Ok(());
                }
                Run::Absent(rows) => {
                    each(Err(rows));
                    return Ok(());
                }
                Run::Entities(_) => return Ok(()),
            };
            let rows = match column.value.mirror {
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
            each(Ok(ColumnMut { rows, changed: run.changed, changed_by: run.changed_by, this_run }));
            Ok(())
        });
        let Ok(()) = written;
    }

    /// Takes in the messages that a system has not seen yet.
    pub fn collect(&self, inbox: &mut Inbox, bytes_max: u32) {
        // SAFETY: `new`'s caller may read the resources of the system's messages.
        unsafe { inbox.collect(self.world, bytes_max) }
    }

    /// Whether a resource is there.
    pub fn has_resource(&self, value: &CheckedValue) -> bool {
        // SAFETY: `new`'s caller may read the resources of the system's parameters.
        value.id.is_some_and(|id| unsafe { self.world.get_resource_by_id(id) }.is_some())
    }

    /// The packed bytes of a resource, if it is there.
    pub fn read_resource<R>(
        &self,
        value: &CheckedValue,
        packed: &mut Vec<u8>,
        read: impl FnOnce(&[u8]) -> R,
    ) -> Option<R> {
        // SAFETY: `new`'s caller may read the resources of the system's parameters.
        let data = unsafe { self.world.get_resource_by_id(value.id?) }?.as_ptr().cast_const();
        let bytes = value.schema.byte_size as usize;
        let Some(mirror) = value.mirror else {
            // SAFETY: it is a value of a `Schema` type of that many bytes without padding.
            return Some(read(unsafe { std::slice::from_raw_parts(data, bytes) }));
        };
        packed.clear();
        // SAFETY: it is a value of the mirrored type.
        unsafe { mirror.pack(data, &value.schema, packed) };
        Some(read(packed))
    }

    /// Has a resource take over packed bytes, which were checked, and marks it as changed.
    pub fn write_resource(&mut self, value: &CheckedValue, packed: &[u8]) {
        let Some(id) = value.id else { return };
        // SAFETY: `new`'s caller may write the resources that the system declared to write, and
        // `self` is borrowed exclusively.
        let Some(mut resource) = (unsafe { self.world.get_resource_mut_by_id(id) }) else { return };
        let data = resource.as_mut().as_ptr();
        assert!(packed.len() >= value.schema.byte_size as usize);
        match value.mirror {
            // SAFETY: it is a value of a `Schema` type of that many bytes, for which the checked
            // bytes are a value, and nothing else touches it.
            None => unsafe {
                std::ptr::copy_nonoverlapping(packed.as_ptr(), data, value.schema.byte_size as usize)
            },
            // SAFETY: it is a value of the mirrored type, which nothing else touches; the bytes
            // were checked.
            Some(mirror) => unsafe { mirror.unpack(packed, data) },
        }
        resource.set_last_changed(self.this_run);
    }

    /// The runs of one column, in the order of the rows.
    fn each_run<'r, E>(
        &'r self,
        column: &CheckedColumn,
        rows: &'r QueryRows,
        mut each: impl FnMut(Run<'r>) -> Result<(), E>,
    ) -> Result<(), E> {
        let storages = self.storages();
        // Runs of one table often follow each other, and to find a table's column takes longer
        // than to copy a row.
        let mut last: Option<(TableId, &Table, Option<TableColumn<'_>>)> = None;
        let mut rest = rows.runs();
        while let Some((run, after)) = rest.split_first() {
            let from_here = std::mem::replace(&mut rest, after);
            let (table, table_column) = match last {
                Some((id, table, column)) if id == run.table => (table, column),
                _ => {
                    let Some(table) = storages.tables.get(run.table) else { continue };
                    let found = match column.source {
                        ColumnSource::Component(component) => TableColumn::of(table, component),
                        ColumnSource::Entities => None,
                    };
                    last = Some((run.table, table, found));
                    (table, found)
                }
            };
            let (first, count) = (run.first as usize, run.rows as usize);
            match (column.source, table_column) {
                (ColumnSource::Entities, _) => each(Run::Entities(&table.entities()[first..][..count]))?,
                (_, Some(table_column)) => {
                    if count == 1 && column.value.mirror.is_none() {
                        let is_alone = |other: &&RowRun| other.rows == 1 && other.table == run.table;
                        let alone = from_here.iter().take(SCATTERED_ROWS_MAX).take_while(is_alone).count();
                        let (alone, after) = from_here.split_at(alone);
                        if let Some(run) = table_column.scattered(alone) {
                            each(Run::Scattered(run))?;
                        }
                        rest = after;
                    } else if let Some(run) = table_column.run(first, count) {
                        each(Run::Present(run))?;
                    }
                }
                (ColumnSource::Component(component), None) => {
                    let Some(set) = storages.sparse_sets.get(component) else {
                        each(Run::Absent(count))?;
                        continue;
                    };
                    for &entity in &table.entities()[first..][..count] {
                        let run = set.get_with_ticks(entity).map(|(data, ticks)| PresentRun {
                            data: data.as_ptr().cast_const(),
                            rows: 1,
                            changed: std::slice::from_ref(ticks.changed),
                            changed_by: ticks.changed_by.map(std::slice::from_ref),
                        });
                        each(run.map_or(Run::Absent(1), Run::Present))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Where the world keeps components.
    pub fn storages(&self) -> &'w Storages {
        // SAFETY: of what is in there only the components, and their ticks, of this system's
        // queries are touched, for which access is declared; `new` and the uses say why they may.
        unsafe { self.world.storages() }
    }
}

/// One component of a table.
#[derive(Clone, Copy)]
struct TableColumn<'w> {
    column: &'w Column,
    changed: &'w [UnsafeCell<Tick>],
    changed_by: MaybeLocation<&'w [UnsafeCell<&'static Location<'static>>]>,
}

impl<'w> TableColumn<'w> {
    fn of(table: &'w Table, component: ComponentId) -> Option<Self> {
        let column = table.get_column(component)?;
        let len = table.entity_count() as usize;
        // SAFETY: the table has `len` rows, and so have its columns' ticks.
        let (changed, changed_by) =
            unsafe { (column.get_changed_ticks_slice(len), column.get_changed_by_slice(len)) };
        Some(Self { column, changed, changed_by })
    }

    /// Rows each of which is alone, all of which the table must have.
    fn scattered<'r>(&self, alone: &'r [RowRun]) -> Option<ScatteredRun<'r>>
    where
        'w: 'r,
    {
        let len = self.changed.len();
        let last = alone.iter().map(|run| run.first).max()?;
        assert!((last as usize) < len, "row {last} of a table of {len}");
        Some(ScatteredRun { table: self.run(0, len)?, alone })
    }

    /// `rows` rows from row `first`, all of which the table must have.
    fn run(&self, first: usize, rows: usize) -> Option<PresentRun<'w>> {
        let len = self.changed.len();
        assert!(rows > 0 && first + rows <= len, "rows {first} to {} of a table of {len}", first + rows);
        let row = TableRow::new(u32::try_from(first).ok()?.try_into().ok()?);
        // SAFETY: the assertion says that the row is there.
        let data = unsafe { self.column.get_data_unchecked(row) }.as_ptr().cast_const();
        Some(PresentRun {
            data,
            rows,
            changed: &self.changed[first..first + rows],
            changed_by: self.changed_by.map(|changed_by| &changed_by[first..first + rows]),
        })
    }
}
