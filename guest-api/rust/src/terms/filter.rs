//! Which rows a query leaves out, and in which order the others come.

use core::marker::PhantomData;

use super::descriptor;
use super::sealed::Sealed;
use crate::abi::{Address, RowOrder, Schema, TermDescriptor, TermKind};

/// Only entities that have a `T`; the query gets no column of it.
#[derive(Clone, Copy, Debug)]
pub struct With<T: Schema>(PhantomData<T>);

/// Only entities that have no `T`.
#[derive(Clone, Copy, Debug)]
pub struct Without<T: Schema>(PhantomData<T>);

/// Only entities that got their `T` since the system last finished; the query gets no column of
/// it. At a system's first call that is every `T`.
#[derive(Clone, Copy, Debug)]
pub struct Added<T: Schema>(PhantomData<T>);

/// Only entities whose `T` was added or written since the system last finished; the query gets no
/// column of it. What the system itself writes is not new to it.
#[derive(Clone, Copy, Debug)]
pub struct Changed<T: Schema>(PhantomData<T>);

/// For [`On`](crate::On): the entities that lost their `T`, or with it all. It is no filter.
#[derive(Clone, Copy, Debug)]
pub struct Removed<T: Schema>(PhantomData<T>);

/// [`With`], [`Without`], [`Added`] or [`Changed`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter of a query",
    note = "filter by `With<T>`, `Without<T>`, `Added<T>` or `Changed<T>` of a component that derives `Schema`"
)]
pub trait FilterTerm: Sealed {
    /// The term's entry in the manifest.
    const DESCRIPTOR: TermDescriptor<Address>;
    /// What the component's fields ask of the host, as bits of the manifest's features.
    const FEATURES: u64;
}

macro_rules! filter {
    ($($Filter:ident),+) => {$(
        impl<T: Schema> Sealed for $Filter<T> {}

        impl<T: Schema> FilterTerm for $Filter<T> {
            const DESCRIPTOR: TermDescriptor<Address> = descriptor::<T>(TermKind::$Filter);
            const FEATURES: u64 = T::INFO.features();
        }

        impl<T: Schema> QueryFilter for $Filter<T> {
            const TERMS: &'static [TermDescriptor<Address>] = &[Self::DESCRIPTOR];
            const FEATURES: u64 = <Self as FilterTerm>::FEATURES;
        }
    )+};
}

filter!(With, Without, Added, Changed);

/// The entities that a query leaves out: `()`, one filter, or a tuple of 1 to 8 of them, all of
/// which must hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter of a query",
    note = "filter by `With<T>`, `Without<T>`, `Added<T>`, `Changed<T>` or a tuple of 1 to 8 of those, of \
            components that derive `Schema`"
)]
pub trait QueryFilter {
    /// The terms' entries in the manifest.
    const TERMS: &'static [TermDescriptor<Address>];
    /// What the components' fields ask of the host, as bits of the manifest's features.
    const FEATURES: u64;
}

impl QueryFilter for () {
    const TERMS: &'static [TermDescriptor<Address>] = &[];
    const FEATURES: u64 = 0;
}

macro_rules! tuple {
    ($($T:ident),+) => {
        impl<$($T: FilterTerm),+> QueryFilter for ($($T,)+) {
            const TERMS: &'static [TermDescriptor<Address>] = &[$($T::DESCRIPTOR),+];
            const FEATURES: u64 = 0 $(| $T::FEATURES)+;
        }
    };
}

tuple!(T0);
tuple!(T0, T1);
tuple!(T0, T1, T2);
tuple!(T0, T1, T2, T3);
tuple!(T0, T1, T2, T3, T4);
tuple!(T0, T1, T2, T3, T4, T5);
tuple!(T0, T1, T2, T3, T4, T5, T6);
tuple!(T0, T1, T2, T3, T4, T5, T6, T7);

/// The order of a query's rows: [`Unordered`], [`ByEntity`] or [`ByStableId`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of rows",
    note = "leave it out, or write `ByEntity` or `ByStableId`"
)]
pub trait QueryOrder: Sealed {
    /// The order's code in the manifest.
    const CODE: RowOrder;
}

macro_rules! order {
    ($($(#[$meta:meta])* $Order:ident $code:ident,)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $Order {}

        impl Sealed for $Order {}

        impl QueryOrder for $Order {
            const CODE: RowOrder = RowOrder::$code;
        }
    )+};
}

order! {
    /// Rows as the game stores them: the fastest, and the same on every run with the same history.
    Unordered Tables,
    /// Rows by entity id, ascending.
    ByEntity Entity,
    /// Rows by the number that the game gives its entities, ascending: the same on every machine
    /// and after loading a saved game.
    ByStableId StableId,
}
