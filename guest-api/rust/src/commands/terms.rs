use super::Commands;
use crate::abi::{Address, Entity, Schema, SchemaDescriptor};

/// The number of `T` among the types of `C`.
pub(super) const fn term_of<C: CommandTerms, T: Schema>() -> u32 {
    let mut index = 0;
    while index < C::NAMES.len() {
        if same_text(C::NAMES[index], T::NAME) {
            return index as u32;
        }
        index += 1;
    }
    panic!(
        "this type is not among those of the system's `Commands<(components), (messages), (events)>`: add it there"
    )
}

const fn same_text(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The components that commands insert and remove, the messages that they send, or the events that they
/// trigger: a tuple of up to 12.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of components or messages",
    note = "write `Commands<(Position, Velocity)>` with up to 12 types that derive `Schema`; one is `(Position,)`"
)]
pub trait CommandTerms {
    /// Their names.
    const NAMES: &'static [&'static str];
    /// Their schemas.
    const SCHEMAS: &'static [&'static SchemaDescriptor<Address>];
    /// What their fields ask of the host, as bits of the manifest's features.
    const FEATURES: u64;
}

/// The components of a new entity: a tuple of up to 12.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of components",
    note = "write `commands.spawn((position, velocity))` with up to 12 components that derive `Schema`; one is \
            `(position,)`"
)]
pub trait Bundle<C: CommandTerms, M: CommandTerms, E: CommandTerms> {
    /// Gives an entity all of them.
    fn insert_into(self, commands: &mut Commands<'_, C, M, E>, entity: Entity);
}

macro_rules! tuples {
    ($($T:ident $index:tt),*) => {
        impl<$($T: Schema),*> CommandTerms for ($($T,)*) {
            const NAMES: &'static [&'static str] = &[$($T::NAME),*];
            const SCHEMAS: &'static [&'static SchemaDescriptor<Address>] = &[$($T::DESCRIPTOR),*];
            const FEATURES: u64 = 0 $(| $T::INFO.features())*;
        }

        impl<Components: CommandTerms, Messages: CommandTerms, Events: CommandTerms, $($T: Schema),*>
            Bundle<Components, Messages, Events> for ($($T,)*)
        {
            #[inline]
            fn insert_into(self, commands: &mut Commands<'_, Components, Messages, Events>, entity: Entity) {
                let _ = (&commands, entity);
                $(commands.insert(entity, self.$index);)*
            }
        }
    };
}

tuples!();
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
