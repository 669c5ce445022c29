//! What a query, or another parameter of a system, asks for.

use bevy_peristyle::abi::TermKind;
use bevy_peristyle::{MirroredComponent, Schema, SchemaLayout};

/// One term of a query.
#[derive(Clone, Debug)]
pub struct Term {
    /// What it asks for.
    pub kind: TermKind,
    /// The component, as the module believes it to be; none for entity ids.
    pub schema: Option<SchemaLayout>,
}

fn term<T: Schema>(kind: TermKind) -> Term {
    Term { kind, schema: Some(SchemaLayout::of::<T>()) }
}

/// A column that is read.
pub fn read<T: Schema>() -> Term {
    term::<T>(TermKind::Read)
}

/// A column that is written.
pub fn write<T: Schema>() -> Term {
    term::<T>(TermKind::Write)
}

/// A column that is read and that rows may lack.
pub fn optional_read<T: Schema>() -> Term {
    term::<T>(TermKind::OptionalRead)
}

/// A column that is written and that rows may lack.
pub fn optional_write<T: Schema>() -> Term {
    term::<T>(TermKind::OptionalWrite)
}

/// Only rows that got the component since the system last finished.
pub fn added<T: Schema>() -> Term {
    term::<T>(TermKind::Added)
}

/// Only rows whose component changed since the system last finished.
pub fn changed<T: Schema>() -> Term {
    term::<T>(TermKind::Changed)
}

/// A component that commands may insert or remove.
pub fn insert<T: Schema>() -> Term {
    term::<T>(TermKind::Insert)
}

/// A message that commands may send.
pub fn send<T: Schema>() -> Term {
    term::<T>(TermKind::Send)
}

/// An event that commands may trigger.
pub fn trigger<T: Schema>() -> Term {
    term::<T>(TermKind::Trigger)
}

/// The entities that lost the component.
pub fn removed<T: Schema>() -> Term {
    term::<T>(TermKind::Removed)
}

/// A column of entity ids.
pub fn entities() -> Term {
    Term { kind: TermKind::Entity, schema: None }
}

/// A column of packed mirrors that is written.
pub fn write_mirror<T: MirroredComponent>() -> Term {
    write::<T::Packed>()
}

/// Only rows that have the component.
pub fn with<T: Schema>() -> Term {
    term::<T>(TermKind::With)
}

/// Only rows that lack the component.
pub fn without<T: Schema>() -> Term {
    term::<T>(TermKind::Without)
}
