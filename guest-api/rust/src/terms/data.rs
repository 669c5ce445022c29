//! What a query's rows are made of: one term, or a tuple of them.

use super::Term;
use crate::abi::{Address, Entity, Slice, TermDescriptor};
use crate::system::item;

/// The components that a query asks for: one term, or a tuple of 1 to 8 of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a query can ask for",
    note = "ask for `&T`, `&mut T`, `Option<&T>` or `Option<&mut T>` of components that derive `Schema`, for \
            `Entity`, or for a tuple of 1 to 8 of those"
)]
pub trait QueryData {
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
    /// What the components' fields ask of the host, as bits of the manifest's features.
    const FEATURES: u64;

    /// The columns in a call frame, with `rows` rows each.
    ///
    /// # Safety
    /// The list has a [`Column`](crate::abi::Column) for each term, with that many components of
    /// its type, which for `'f` nobody else uses.
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
    /// The entities of the rows, where a column has them.
    fn entities<'q>(columns: &'q Self::Columns<'_>) -> Option<&'q [Entity]>;
}

impl<T: Term> QueryData for T {
    type ReadOnly = T::ReadOnly;
    type Columns<'f> = T::Column<'f>;
    type Item<'f> = <T as Term>::Item<'f>;
    type First = <T as Term>::First;
    const TERMS: &'static [TermDescriptor<Address>] = &[T::DESCRIPTOR];
    const FEATURES: u64 = T::FEATURES;

    unsafe fn columns<'f>(list: Slice<Address>, rows: usize) -> Self::Columns<'f> {
        // SAFETY: the caller promises a list with this one column.
        unsafe { T::column(item(list, 0), rows) }
    }

    fn rows(columns: &Self::Columns<'_>) -> Option<usize> {
        Some(<T as Term>::rows(columns))
    }

    fn shared<'q>(columns: &'q Self::Columns<'_>) -> <Self::ReadOnly as QueryData>::Columns<'q> {
        <T as Term>::shared(columns)
    }

    fn reborrow<'q>(columns: &'q mut Self::Columns<'_>) -> Self::Columns<'q> {
        <T as Term>::reborrow(columns)
    }

    fn first(columns: Self::Columns<'_>) -> Self::First {
        <T as Term>::first(columns)
    }

    unsafe fn item<'f>(first: Self::First, row: usize) -> Self::Item<'f> {
        // SAFETY: the caller's promise is this one's.
        unsafe { <T as Term>::item(first, row) }
    }

    fn entities<'q>(columns: &'q Self::Columns<'_>) -> Option<&'q [Entity]> {
        <T as Term>::entities(columns)
    }
}

macro_rules! tuple {
    ($($T:ident $index:tt),+) => {
        impl<$($T: Term),+> QueryData for ($($T,)+) {
            type ReadOnly = ($(<$T as Term>::ReadOnly,)+);
            type Columns<'f> = ($($T::Column<'f>,)+);
            type Item<'f> = ($(<$T as Term>::Item<'f>,)+);
            type First = ($(<$T as Term>::First,)+);
            const TERMS: &'static [TermDescriptor<Address>] = &[$($T::DESCRIPTOR),+];
            const FEATURES: u64 = 0 $(| $T::FEATURES)+;

            unsafe fn columns<'f>(list: Slice<Address>, rows: usize) -> Self::Columns<'f> {
                // SAFETY: the caller promises a list with a column for each term.
                unsafe { ($($T::column(item(list, $index), rows),)+) }
            }

            fn rows(columns: &Self::Columns<'_>) -> Option<usize> {
                let rows = <T0 as Term>::rows(&columns.0);
                let same = true $(&& <$T as Term>::rows(&columns.$index) == rows)+;
                same.then_some(rows)
            }

            fn shared<'q>(columns: &'q Self::Columns<'_>) -> <Self::ReadOnly as QueryData>::Columns<'q> {
                ($(<$T as Term>::shared(&columns.$index),)+)
            }

            fn reborrow<'q>(columns: &'q mut Self::Columns<'_>) -> Self::Columns<'q> {
                ($(<$T as Term>::reborrow(&mut columns.$index),)+)
            }

            fn first(columns: Self::Columns<'_>) -> Self::First {
                ($(<$T as Term>::first(columns.$index),)+)
            }

            unsafe fn item<'f>(first: Self::First, row: usize) -> Self::Item<'f> {
                // SAFETY: the caller's promise is this one's, for each column.
                unsafe { ($(<$T as Term>::item(first.$index, row),)+) }
            }

            fn entities<'q>(columns: &'q Self::Columns<'_>) -> Option<&'q [Entity]> {
                None $(.or_else(|| <$T as Term>::entities(&columns.$index)))+
            }
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
