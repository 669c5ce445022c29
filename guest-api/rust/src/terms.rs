//! What a query can ask for: `&T`, `&mut T` and tuples of them, `With`, `Without` and tuples of
//! those. The traits that `unsafe` code relies on are sealed by a private supertrait.

use core::marker::PhantomData;
use core::{ptr, slice};

use crate::abi::{Address, Column, Schema, SchemaDescriptor, Slice, TermDescriptor, TermKind};
use crate::system::item;

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// One term with a column: `&T` or `&mut T`.
///
/// The references name what is asked for; their own lifetimes mean nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a term of a query",
    note = "ask for `&T` or `&mut T` of a component that derives `Schema`"
)]
pub trait Term: Sealed {
    /// The component.
    type Component: Schema;
    /// The same term without the right to write.
    type ReadOnly: Term<Component = Self::Component>;
    /// All rows: `&[T]` or `&mut [T]`.
    type Column<'f>;
    /// One row: `&T` or `&mut T`.
    type Item<'f>;
    /// The term's entry in the manifest.
    const DESCRIPTOR: TermDescriptor<Address>;

    /// The column of `rows` rows at `first`.
    ///
    /// # Safety
    /// That many components lie at `first` for `'f`, and nobody else writes them, or, for
    /// `&mut T`, uses them.
    unsafe fn column<'f>(first: *mut Self::Component, rows: usize) -> Self::Column<'f>;
    /// How many rows a column has.
    fn rows(column: &Self::Column<'_>) -> usize;
    /// The column to read, for as long as it is borrowed.
    fn shared<'q>(column: &'q Self::Column<'_>) -> <Self::ReadOnly as Term>::Column<'q>;
    /// The column with all its rights, for as long as it is borrowed.
    fn reborrow<'q>(column: &'q mut Self::Column<'_>) -> Self::Column<'q>;
    /// The first row of a column that is used by address from here on.
    fn first(column: Self::Column<'_>) -> *mut Self::Component;
    /// One row.
    ///
    /// # Safety
    /// `first` came from a column of `'f` with more than `row` rows, which is used in no other
    /// way, and for `&mut T` this row is taken once.
    unsafe fn item<'f>(first: *mut Self::Component, row: usize) -> Self::Item<'f>;
}

macro_rules! term {
    ($kind:ident: $($mutable:ident)?, $from_raw:path, $first:expr) => {
        impl<T: Schema> Sealed for & $($mutable)? T {}

        impl<T: Schema> Term for & $($mutable)? T {
            type Component = T;
            type ReadOnly = &'static T;
            type Column<'f> = &'f $($mutable)? [T];
            type Item<'f> = &'f $($mutable)? T;
            const DESCRIPTOR: TermDescriptor<Address> = descriptor::<T>(TermKind::$kind);

            unsafe fn column<'f>(first: *mut T, rows: usize) -> Self::Column<'f> {
                // SAFETY: the caller promises what a slice of `'f` needs.
                unsafe { $from_raw(first, rows) }
            }

            fn rows(column: &Self::Column<'_>) -> usize {
                column.len()
            }

            fn shared<'q>(column: &'q Self::Column<'_>) -> &'q [T] {
                column
            }

            fn reborrow<'q>(column: &'q mut Self::Column<'_>) -> Self::Column<'q> {
                column
            }

            fn first(column: Self::Column<'_>) -> *mut T {
                $first(column)
            }

            unsafe fn item<'f>(first: *mut T, row: usize) -> Self::Item<'f> {
                // SAFETY: the caller promises that the row exists and, for `&mut`, is taken once.
                unsafe { & $($mutable)? *first.add(row) }
            }
        }
    };
}

term!(Read: , slice::from_raw_parts, |column: &[T]| column.as_ptr().cast_mut());
term!(Write: mut, slice::from_raw_parts_mut, |column: &mut [T]| column.as_mut_ptr());

const fn descriptor<T: Schema>(kind: TermKind) -> TermDescriptor<Address> {
    TermDescriptor {
        size: size_of::<TermDescriptor<Address>>() as u32,
        kind: kind.code(),
        schema: Address::of::<SchemaDescriptor<Address>>(T::DESCRIPTOR),
        flags: 0,
    }
}

/// The components that a query asks for: one term, or a tuple of 1 to 8 of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a query can ask for",
    note = "ask for `&T`, `&mut T` or a tuple of 1 to 8 of those, of components that derive `Schema`"
)]
pub trait QueryData: Sealed {
    /// The same components without the right to write.
    type ReadOnly: QueryData;
    /// All rows: `(&mut [Position], &[Velocity])` for `(&mut Position, &Velocity)`.
    type Columns<'f>;
    /// One row: `(&mut Position, &Velocity)`.
    type Item<'f>;
    /// Where the columns begin.
    type First: Copy;
    /// The terms' entries in the manifest.
    const TERMS: &'static [TermDescriptor<Address>];

    /// The columns in a call frame, with `rows` rows each.
    ///
    /// # Safety
    /// The list has a [`Column`] for each term, with that many components of its type, which for
    /// `'f` nobody else uses.
    unsafe fn columns<'f>(list: Slice<Address>, rows: usize) -> Self::Columns<'f>;
    /// How many rows the columns have, or `None` where they differ.
    fn rows(columns: &Self::Columns<'_>) -> Option<usize>;
    /// The columns to read, for as long as they are borrowed.
    fn shared<'q>(columns: &'q Self::Columns<'_>) -> <Self::ReadOnly as QueryData>::Columns<'q>;
    /// The columns with all rights, for as long as they are borrowed.
    fn reborrow<'q>(columns: &'q mut Self::Columns<'_>) -> Self::Columns<'q>;
    /// The first rows of columns that are used by address from here on.
    fn first(columns: Self::Columns<'_>) -> Self::First;
    /// One row.
    ///
    /// # Safety
    /// As for [`Term::item`], for every column.
    unsafe fn item<'f>(first: Self::First, row: usize) -> Self::Item<'f>;
}

macro_rules! single {
    ($($Term:ty),+) => {$(
        impl<T: Schema> QueryData for $Term {
            type ReadOnly = <Self as Term>::ReadOnly;
            type Columns<'f> = <Self as Term>::Column<'f>;
            type Item<'f> = <Self as Term>::Item<'f>;
            type First = *mut T;
            const TERMS: &'static [TermDescriptor<Address>] = &[<Self as Term>::DESCRIPTOR];

            unsafe fn columns<'f>(list: Slice<Address>, rows: usize) -> Self::Columns<'f> {
                // SAFETY: the caller promises a list with this one column.
                unsafe { column::<Self>(list, 0, rows) }
            }

            fn rows(columns: &Self::Columns<'_>) -> Option<usize> {
                Some(<Self as Term>::rows(columns))
            }

            fn shared<'q>(columns: &'q Self::Columns<'_>) -> &'q [T] {
                columns
            }

            fn reborrow<'q>(columns: &'q mut Self::Columns<'_>) -> Self::Columns<'q> {
                columns
            }

            fn first(columns: Self::Columns<'_>) -> *mut T {
                <Self as Term>::first(columns)
            }

            unsafe fn item<'f>(first: *mut T, row: usize) -> Self::Item<'f> {
                // SAFETY: the caller's promise is this one's.
                unsafe { <Self as Term>::item(first, row) }
            }
        }
    )+};
}

single!(&T, &mut T);

macro_rules! tuple {
    ($($T:ident $index:tt),+) => {
        impl<$($T: Term),+> Sealed for ($($T,)+) {}

        impl<$($T: Term),+> QueryData for ($($T,)+) {
            type ReadOnly = ($($T::ReadOnly,)+);
            type Columns<'f> = ($($T::Column<'f>,)+);
            type Item<'f> = ($($T::Item<'f>,)+);
            type First = ($(*mut $T::Component,)+);
            const TERMS: &'static [TermDescriptor<Address>] = &[$($T::DESCRIPTOR),+];

            unsafe fn columns<'f>(list: Slice<Address>, rows: usize) -> Self::Columns<'f> {
                // SAFETY: the caller promises a list with a column for each term.
                unsafe { ($(column::<$T>(list, $index, rows),)+) }
            }

            fn rows(columns: &Self::Columns<'_>) -> Option<usize> {
                let rows = T0::rows(&columns.0);
                let same = true $(&& $T::rows(&columns.$index) == rows)+;
                same.then_some(rows)
            }

            fn shared<'q>(columns: &'q Self::Columns<'_>) -> <Self::ReadOnly as QueryData>::Columns<'q> {
                ($($T::shared(&columns.$index),)+)
            }

            fn reborrow<'q>(columns: &'q mut Self::Columns<'_>) -> Self::Columns<'q> {
                ($($T::reborrow(&mut columns.$index),)+)
            }

            fn first(columns: Self::Columns<'_>) -> Self::First {
                ($($T::first(columns.$index),)+)
            }

            unsafe fn item<'f>(first: Self::First, row: usize) -> Self::Item<'f> {
                // SAFETY: the caller's promise is this one's, for each column.
                unsafe { ($($T::item(first.$index, row),)+) }
            }
        }

        impl<$($T: FilterTerm),+> QueryFilter for ($($T,)+) {
            const TERMS: &'static [TermDescriptor<Address>] = &[$($T::DESCRIPTOR),+];
        }
    };
}

tuple!(T0 0);
tuple!(T0 0, T1 1);
tuple!(T0 0, T1 1, T2 2);
tuple!(T0 0, T1 1, T2 2, T3 3);
tuple!(T0 0, T1 1, T2 2, T3 3, T4 4);
tuple!(T0 0, T1 1, T2 2, T3 3, T4 4, T5 5);
tuple!(T0 0, T1 1, T2 2, T3 3, T4 4, T5 5, T6 6);
tuple!(T0 0, T1 1, T2 2, T3 3, T4 4, T5 5, T6 6, T7 7);

/// The column at `index`.
///
/// # Safety
/// As for [`QueryData::columns`].
unsafe fn column<'f, T: Term>(list: Slice<Address>, index: usize, rows: usize) -> T::Column<'f> {
    // SAFETY: the caller promises that the list has a column at `index`.
    let column: &Column<Address> = unsafe { item(list, index) };
    // A slice wants an address even for no bytes, and the host may give none.
    let first = match rows * size_of::<T::Component>() {
        0 => ptr::dangling_mut(),
        _ => column.rows.as_ptr().cast_mut().cast(),
    };
    // SAFETY: the caller promises that the rows are there for `'f`, of this type and aligned,
    // and that nobody else uses them.
    unsafe { T::column(first, rows) }
}

/// Only entities that have a `T`; the query gets no column of it.
#[derive(Clone, Copy, Debug)]
pub struct With<T: Schema>(PhantomData<T>);

/// Only entities that have no `T`.
#[derive(Clone, Copy, Debug)]
pub struct Without<T: Schema>(PhantomData<T>);

/// [`With`] or [`Without`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter of a query",
    note = "filter by `With<T>` or `Without<T>` of a component that derives `Schema`"
)]
pub trait FilterTerm: Sealed {
    /// The term's entry in the manifest.
    const DESCRIPTOR: TermDescriptor<Address>;
}

impl<T: Schema> Sealed for With<T> {}
impl<T: Schema> Sealed for Without<T> {}

impl<T: Schema> FilterTerm for With<T> {
    const DESCRIPTOR: TermDescriptor<Address> = descriptor::<T>(TermKind::With);
}

impl<T: Schema> FilterTerm for Without<T> {
    const DESCRIPTOR: TermDescriptor<Address> = descriptor::<T>(TermKind::Without);
}

/// The entities that a query leaves out: `()`, one filter, or a tuple of 1 to 8 of them, all of
/// which must hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter of a query",
    note = "filter by `With<T>`, `Without<T>` or a tuple of 1 to 8 of those, of components that derive `Schema`"
)]
pub trait QueryFilter {
    /// The terms' entries in the manifest.
    const TERMS: &'static [TermDescriptor<Address>];
}

impl QueryFilter for () {
    const TERMS: &'static [TermDescriptor<Address>] = &[];
}

impl<T: Schema> QueryFilter for With<T> {
    const TERMS: &'static [TermDescriptor<Address>] = &[Self::DESCRIPTOR];
}

impl<T: Schema> QueryFilter for Without<T> {
    const TERMS: &'static [TermDescriptor<Address>] = &[Self::DESCRIPTOR];
}
