use core::fmt;
use core::marker::PhantomData;

use crate::abi::{
    Address, Entity, Feature, ParamDescriptor, ParamKind, QueryFrame, RowOrder, Slice, TermDescriptor,
    TermKind,
};
use crate::terms::{QueryData, QueryFilter, QueryOrder, Unordered};

/// A parameter that gives a system the rows of all entities with certain components.
///
/// `D` says which components, to read (`&T`) or to write (`&mut T`), or both as an option where
/// entities may lack it, and whether the entities' ids are wanted (`Entity`); `F` leaves entities
/// out; `O` is the order of the rows, which a module leaves to the game unless it matters. Rows
/// are copies: those that differ when the call finishes are written back to the game, all
/// together, and a call that faults writes none.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Debug, PartialEq, Schema)]
/// #[repr(C)]
/// struct Position { x: f32, y: f32 }
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Velocity { x: f32, y: f32 }
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Frozen {}
///
/// #[system]
/// fn integrate(time: Time, mut movers: Query<(&mut Position, &Velocity), Without<Frozen>>) {
///     for (position, velocity) in &mut movers {
///         position.x += velocity.x * time.delta_seconds;
///         position.y += velocity.y * time.delta_seconds;
///     }
/// }
///
/// module! { systems: [integrate] }
///
/// // A unit test brings columns of its own.
/// let mut positions = [Position { x: 1.0, y: 1.0 }, Position { x: 2.0, y: 2.0 }];
/// let velocities = [Velocity { x: 10.0, y: 0.0 }, Velocity { x: 0.0, y: 10.0 }];
/// let time = Time { delta_seconds: 0.5, elapsed_seconds: 0.5, tick: 1 };
/// integrate(time, Query::from_columns((&mut positions[..], &velocities[..])));
/// assert_eq!(positions, [Position { x: 6.0, y: 1.0 }, Position { x: 2.0, y: 7.0 }]);
/// ```
pub struct Query<'f, D: QueryData, F: QueryFilter = (), O: QueryOrder = Unordered> {
    columns: D::Columns<'f>,
    rows: usize,
    /// Its number among the system's queries; none where a unit test brought the columns.
    number: Option<u32>,
    filter: PhantomData<(F, O)>,
}

impl<'f, D: QueryData, F: QueryFilter, O: QueryOrder> Query<'f, D, F, O> {
    /// The query over columns that the caller has, for unit tests of a system.
    ///
    /// # Panics
    /// Where the columns differ in length.
    pub fn from_columns(columns: D::Columns<'f>) -> Self {
        let Some(rows) = D::rows(&columns) else {
            panic!("all columns of a query have the same number of rows");
        };
        Self { columns, rows, number: None, filter: PhantomData }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The rows to read: `(&Position, &Velocity)` each.
    pub fn iter(&self) -> Rows<'_, D::ReadOnly> {
        Rows::new(D::shared(&self.columns), self.rows)
    }

    /// The rows, with what the query asked to write as `&mut`: `(&mut Position, &Velocity)` each.
    pub fn iter_mut(&mut self) -> Rows<'_, D> {
        Rows::new(D::reborrow(&mut self.columns), self.rows)
    }

    /// The columns to read: `(&[Position], &[Velocity])`. Index `i` of each is row `i`.
    pub fn columns(&self) -> <D::ReadOnly as QueryData>::Columns<'_> {
        D::shared(&self.columns)
    }

    /// The columns, with what the query asked to write as `&mut`: `(&mut [Position], &[Velocity])`.
    ///
    /// [`vector`](crate::vector) works on whole columns, several times faster than row by row.
    pub fn columns_mut(&mut self) -> D::Columns<'_> {
        D::reborrow(&mut self.columns)
    }

    /// The row of an entity, if the query has it: after the first question of a call each takes
    /// the same short time, however many rows there are.
    ///
    /// In a unit test the query needs a column of entities.
    pub fn row_of(&self, entity: Entity) -> Option<usize> {
        match self.number {
            Some(number) => usize::try_from(crate::host::row_of(number, entity.to_bits())).ok(),
            None => D::entities(&self.columns)?.iter().position(|&other| other == entity),
        }
    }

    /// What one entity has, to read.
    pub fn get(&self, entity: Entity) -> Option<<D::ReadOnly as QueryData>::Item<'_>> {
        self.at(self.row_of(entity)?)
    }

    /// What one entity has.
    pub fn get_mut(&mut self, entity: Entity) -> Option<D::Item<'_>> {
        self.at_mut(self.row_of(entity)?)
    }

    /// One row, to read.
    pub fn at(&self, row: usize) -> Option<<D::ReadOnly as QueryData>::Item<'_>> {
        let first = <D::ReadOnly as QueryData>::first(D::shared(&self.columns));
        // SAFETY: `first` came from columns with that many rows, which are borrowed.
        (row < self.rows).then(|| unsafe { <D::ReadOnly as QueryData>::item(first, row) })
    }

    /// One row.
    pub fn at_mut(&mut self, row: usize) -> Option<D::Item<'_>> {
        let first = D::first(D::reborrow(&mut self.columns));
        // SAFETY: `first` came from columns with that many rows, which are borrowed exclusively.
        (row < self.rows).then(|| unsafe { D::item(first, row) })
    }

    /// The only row, to read; `None` where there is none, or more than one.
    pub fn single(&self) -> Option<<D::ReadOnly as QueryData>::Item<'_>> {
        if self.rows == 1 { self.at(0) } else { None }
    }

    /// The only row; `None` where there is none, or more than one.
    pub fn single_mut(&mut self) -> Option<D::Item<'_>> {
        if self.rows == 1 { self.at_mut(0) } else { None }
    }

    /// The query in a call frame, with its number among the system's queries.
    ///
    /// # Safety
    /// The frame is that of a query with the terms of `D` and `F`, and for `'f` nobody else uses
    /// its columns.
    pub(crate) unsafe fn from_frame(frame: &QueryFrame<Address>, number: usize) -> Self {
        let rows = frame.rows as usize;
        // SAFETY: the host wrote a column of `rows` rows for each term that has one.
        let columns = unsafe { D::columns(frame.columns, rows) };
        Self { columns, rows, number: Some(number as u32), filter: PhantomData }
    }
}

impl<D: QueryData, F: QueryFilter, O: QueryOrder> Query<'_, D, F, O> {
    /// What the query asks of the host, as bits of the manifest's features.
    pub const FEATURES: u64 = {
        let mut features = D::FEATURES | F::FEATURES;
        features |= match O::CODE {
            RowOrder::Tables => 0,
            RowOrder::Entity | RowOrder::StableId => Feature::RowOrders.bit(),
        };
        let mut index = 0;
        while index < D::TERMS.len() + F::TERMS.len() {
            if let Some(kind) = TermKind::from_code(Self::TERMS[index].kind) {
                features |= kind.features();
            }
            index += 1;
        }
        features
    };

    /// The query's entry in the manifest.
    pub const PARAM: ParamDescriptor<Address> = ParamDescriptor {
        size: size_of::<ParamDescriptor<Address>>() as u32,
        kind: ParamKind::Query.code(),
        terms: Slice { ptr: Address::of(Self::TERMS), len: (D::TERMS.len() + F::TERMS.len()) as u32 },
        order: O::CODE.code(),
        flags: 0,
        schema: Address::NULL,
        reserved: 0,
    };

    /// The terms of `D`, then those of `F`, then what is left of the array.
    const TERMS: &'static [TermDescriptor<Address>; TERMS_MAX] = &{
        let mut terms = [NO_TERM; TERMS_MAX];
        let mut index = 0;
        while index < D::TERMS.len() {
            terms[index] = D::TERMS[index];
            index += 1;
        }
        while index < D::TERMS.len() + F::TERMS.len() {
            terms[index] = F::TERMS[index - D::TERMS.len()];
            index += 1;
        }
        terms
    };
}

/// Two tuples of at most 8.
const TERMS_MAX: usize = 16;

const NO_TERM: TermDescriptor<Address> = TermDescriptor { size: 0, kind: 0, schema: Address::NULL, flags: 0 };

impl<D: QueryData, F: QueryFilter, O: QueryOrder> fmt::Debug for Query<'_, D, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl<'q, D: QueryData, F: QueryFilter, O: QueryOrder> IntoIterator for &'q Query<'_, D, F, O> {
    type Item = <D::ReadOnly as QueryData>::Item<'q>;
    type IntoIter = Rows<'q, D::ReadOnly>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'q, D: QueryData, F: QueryFilter, O: QueryOrder> IntoIterator for &'q mut Query<'_, D, F, O> {
    type Item = D::Item<'q>;
    type IntoIter = Rows<'q, D>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

/// The rows of a query, one after another.
///
/// One comparison a row serves all columns: an interpreter feels each.
pub struct Rows<'q, D: QueryData> {
    first: D::First,
    next: usize,
    rows: usize,
    columns: PhantomData<D::Columns<'q>>,
}

impl<'q, D: QueryData> Rows<'q, D> {
    /// `columns` have `rows` rows each.
    fn new(columns: D::Columns<'q>, rows: usize) -> Self {
        Self { first: D::first(columns), next: 0, rows, columns: PhantomData }
    }
}

impl<'q, D: QueryData> Iterator for Rows<'q, D> {
    type Item = D::Item<'q>;

    #[inline]
    fn next(&mut self) -> Option<D::Item<'q>> {
        if self.next == self.rows {
            return None;
        }
        let row = self.next;
        self.next += 1;
        // SAFETY: `first` came from columns of `'q` with `rows` rows, which only this iterator
        // has, and it moves past each row.
        Some(unsafe { D::item(self.first, row) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rows - self.next;
        (left, Some(left))
    }
}

impl<D: QueryData> ExactSizeIterator for Rows<'_, D> {}
impl<D: QueryData> core::iter::FusedIterator for Rows<'_, D> {}

impl<D: QueryData> fmt::Debug for Rows<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("next", &self.next).field("rows", &self.rows).finish_non_exhaustive()
    }
}
