//! What a query can ask for: `&T`, `&mut T`, their options, `Entity` and tuples of them; `With`,
//! `Without`, `Added`, `Changed` and tuples of those; and an order. The traits that `unsafe` code relies on are sealed by a private supertrait.

mod data;
mod filter;
mod optional;

use core::{ptr, slice};

use crate::abi::{Address, Column, Entity, Schema, SchemaDescriptor, TermDescriptor, TermKind};

pub use data::QueryData;
pub use filter::{
    Added, ByEntity, ByStableId, Changed, FilterTerm, QueryFilter, QueryOrder, Removed, Unordered, With,
    Without,
};
pub use optional::{OptionalColumn, OptionalColumnMut};

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// One term with a column: `&T`, `&mut T`, `Option<&T>`, `Option<&mut T>` or `Entity`.
///
/// The references name what is asked for; their own lifetimes mean nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a term of a query",
    note = "ask for `&T`, `&mut T`, `Option<&T>` or `Option<&mut T>` of a component that derives `Schema`, or for \
            `Entity`"
)]
pub trait Term: Sealed {
    /// The same term without the right to write.
    type ReadOnly: Term;
    /// All rows: `&[T]` or `&mut [T]`.
    type Column<'f>;
    /// One row: `&T` or `&mut T`.
    type Item<'f>;
    /// Where the column begins.
    type First: Copy;
    /// The term's entry in the manifest.
    const DESCRIPTOR: TermDescriptor<Address>;
    /// What its fields ask of the host, as bits of the manifest's features.
    const FEATURES: u64;

    /// The column of `rows` rows that the host laid out.
    ///
    /// # Safety
    /// It is a column for such a term, with that many rows for `'f`, and nobody else writes them,
    /// or, for `&mut T`, uses them.
    unsafe fn column<'f>(column: &Column<Address>, rows: usize) -> Self::Column<'f>;
    /// How many rows a column has.
    fn rows(column: &Self::Column<'_>) -> usize;
    /// The column to read, for as long as it is borrowed.
    fn shared<'q>(column: &'q Self::Column<'_>) -> <Self::ReadOnly as Term>::Column<'q>;
    /// The column with all its rights, for as long as it is borrowed.
    fn reborrow<'q>(column: &'q mut Self::Column<'_>) -> Self::Column<'q>;
    /// The first row of a column that is used by address from here on.
    fn first(column: Self::Column<'_>) -> Self::First;
    /// One row.
    ///
    /// # Safety
    /// `first` came from a column of `'f` with more than `row` rows, which is used in no other
    /// way, and for `&mut T` this row is taken once.
    unsafe fn item<'f>(first: Self::First, row: usize) -> Self::Item<'f>;
    /// The entities of the rows, where the column has them.
    fn entities<'q>(column: &'q Self::Column<'_>) -> Option<&'q [Entity]> {
        let _ = column;
        None
    }
}

macro_rules! term {
    ($kind:ident $optional_kind:ident: $($mutable:ident)?, $from_raw:path, $first:expr, $Optional:ident) => {
        impl<T: Schema> Sealed for & $($mutable)? T {}

        impl<T: Schema> Term for & $($mutable)? T {
            type ReadOnly = &'static T;
            type Column<'f> = &'f $($mutable)? [T];
            type Item<'f> = &'f $($mutable)? T;
            type First = *mut T;
            const DESCRIPTOR: TermDescriptor<Address> = descriptor::<T>(TermKind::$kind);
            const FEATURES: u64 = T::INFO.features();

            unsafe fn column<'f>(column: &Column<Address>, rows: usize) -> Self::Column<'f> {
                // SAFETY: the caller promises what a slice of `'f` needs.
                unsafe { $from_raw(values(column, rows), rows) }
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

        impl<T: Schema> Sealed for Option<& $($mutable)? T> {}

        impl<T: Schema> Term for Option<& $($mutable)? T> {
            type ReadOnly = Option<&'static T>;
            type Column<'f> = $Optional<'f, T>;
            type Item<'f> = Option<&'f $($mutable)? T>;
            type First = (*mut T, *const u8);
            const DESCRIPTOR: TermDescriptor<Address> = descriptor::<T>(TermKind::$optional_kind);
            const FEATURES: u64 = T::INFO.features();

            unsafe fn column<'f>(column: &Column<Address>, rows: usize) -> Self::Column<'f> {
                // SAFETY: the caller promises what a slice of `'f` needs.
                let values = unsafe { $from_raw(values(column, rows), rows) };
                // SAFETY: an optional term's column has a mask with a bit for each row.
                let presence = unsafe { mask(column, rows) };
                $Optional { values, presence }
            }

            fn rows(column: &Self::Column<'_>) -> usize {
                column.values.len()
            }

            fn shared<'q>(column: &'q Self::Column<'_>) -> OptionalColumn<'q, T> {
                OptionalColumn { values: &*column.values, presence: column.presence }
            }

            fn reborrow<'q>(column: &'q mut Self::Column<'_>) -> Self::Column<'q> {
                $Optional { values: &$($mutable)? *column.values, presence: column.presence }
            }

            fn first(column: Self::Column<'_>) -> Self::First {
                ($first(column.values), column.presence.as_ptr())
            }

            unsafe fn item<'f>((first, presence): Self::First, row: usize) -> Self::Item<'f> {
                // SAFETY: the caller promises that the row exists, and the mask has a bit for it.
                let is_present = unsafe { *presence.add(row / 8) } >> (row % 8) & 1 == 1;
                // SAFETY: as for a column of every row.
                is_present.then(|| unsafe { & $($mutable)? *first.add(row) })
            }
        }
    };
}

term!(Read OptionalRead: , slice::from_raw_parts, |column: &[T]| column.as_ptr().cast_mut(), OptionalColumn);
term!(
    Write OptionalWrite: mut, slice::from_raw_parts_mut, |column: &mut [T]| column.as_mut_ptr(), OptionalColumnMut
);

impl Sealed for Entity {}

impl Term for Entity {
    type ReadOnly = Self;
    type Column<'f> = &'f [Self];
    type Item<'f> = Self;
    type First = *const Self;
    const DESCRIPTOR: TermDescriptor<Address> = TermDescriptor {
        size: size_of::<TermDescriptor<Address>>() as u32,
        kind: TermKind::Entity.code(),
        schema: Address::NULL,
        flags: 0,
    };
    const FEATURES: u64 = 0;

    unsafe fn column<'f>(column: &Column<Address>, rows: usize) -> &'f [Self] {
        // SAFETY: the caller promises what a slice of `'f` needs.
        unsafe { slice::from_raw_parts(values(column, rows), rows) }
    }

    fn rows(column: &&[Self]) -> usize {
        column.len()
    }

    fn shared<'q>(column: &'q &[Self]) -> &'q [Self] {
        column
    }

    fn reborrow<'q>(column: &'q mut &[Self]) -> &'q [Self] {
        column
    }

    fn first(column: &[Self]) -> *const Self {
        column.as_ptr()
    }

    unsafe fn item<'f>(first: *const Self, row: usize) -> Self::Item<'f> {
        // SAFETY: the caller promises that the row exists.
        unsafe { *first.add(row) }
    }

    fn entities<'q>(column: &'q &[Self]) -> Option<&'q [Self]> {
        Some(column)
    }
}

/// Row 0 of a column.
pub(crate) fn values<T>(column: &Column<Address>, rows: usize) -> *mut T {
    match rows * size_of::<T>() {
        // A slice wants an address even for no bytes, and the host may give none.
        0 => ptr::dangling_mut(),
        _ => column.rows.as_ptr().cast_mut().cast(),
    }
}

/// A column's presence mask.
///
/// # Safety
/// The column has one for `rows` rows, which lives for `'f`.
unsafe fn mask<'f>(column: &Column<Address>, rows: usize) -> &'f [u8] {
    let bytes = rows.div_ceil(8);
    if bytes == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(column.presence.as_ptr(), bytes) }
}

pub(crate) const fn descriptor<T: Schema>(kind: TermKind) -> TermDescriptor<Address> {
    TermDescriptor {
        size: size_of::<TermDescriptor<Address>>() as u32,
        kind: kind.code(),
        schema: Address::of::<SchemaDescriptor<Address>>(T::DESCRIPTOR),
        flags: 0,
    }
}
