//! Commands: records that a call leaves in its frame for the host.

use core::marker::PhantomData;
use core::mem;

use crate::abi::{
    Address, CommandBuffer, CommandKind, CommandRecord, Entity, Feature, ParamDescriptor, ParamKind,
    RowOrder, Schema, SchemaDescriptor, Slice, TermDescriptor, TermKind,
};

const RECORD_BYTES: usize = size_of::<CommandRecord>();

/// A parameter by which a system makes and removes entities, and gives and takes components.
///
/// `C` is the tuple of the components that its commands insert and remove, and `M` that of the
/// messages that they send. Commands take effect together, after all script systems of the schedule, if the call finishes; a call that faults
/// has commanded nothing.
///
/// ```
/// use peristyle::commands::CommandRoom;
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Position { x: f32, y: f32 }
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Spent {}
///
/// #[system]
/// fn replace(mut commands: Commands<(Position, Spent)>, spent: Query<(Entity, &Position), With<Spent>>) {
///     for (entity, position) in &spent {
///         commands.despawn(entity);
///         commands.spawn((*position,));
///     }
/// }
///
/// // A unit test brings room for commands.
/// let mut room = CommandRoom::new();
/// let old = Entity::from_bits(7);
/// replace(room.commands(), Query::from_columns((&[old][..], &[Position { x: 1.0, y: 2.0 }][..])));
/// assert_eq!(room.kinds().map(|kind| kind.name()).collect::<Vec<_>>(), ["despawn", "spawn", "insert"]);
/// ```
#[derive(Debug)]
pub struct Commands<'f, C: CommandTerms, M: CommandTerms = ()> {
    buffer: &'f mut CommandBuffer<Address>,
    terms: PhantomData<(C, M)>,
}

impl<'f, C: CommandTerms, M: CommandTerms> Commands<'f, C, M> {
    /// Makes an entity with the components of a tuple.
    ///
    /// The id is good for later commands of this call, and inside an [`Entity`] field of a
    /// component that this call inserts. It is not the entity's id for good: to leave it in a
    /// column or to use it in a later call is a fault.
    #[inline]
    pub fn spawn(&mut self, bundle: impl Bundle<C, M>) -> Entity {
        let entity = Entity::from_bits(self.buffer.first_entity + u64::from(self.buffer.spawned));
        self.push(CommandKind::Spawn, entity, 0, ());
        self.buffer.spawned += 1;
        bundle.insert_into(self, entity);
        entity
    }

    /// Removes an entity and all of its children.
    pub fn despawn(&mut self, entity: Entity) {
        self.push(CommandKind::Despawn, entity, 0, ());
    }

    /// Gives an entity a component, or another value of the one that it has.
    pub fn insert<T: Schema>(&mut self, entity: Entity, component: T) {
        self.push(CommandKind::Insert, entity, const { term_of::<C, T>() }, component);
    }

    /// Takes a component from an entity.
    pub fn remove<T: Schema>(&mut self, entity: Entity) {
        self.push(CommandKind::Remove, entity, const { term_of::<C, T>() }, ());
    }

    /// Makes an entity the child of another: it goes when its parent goes.
    pub fn set_parent(&mut self, entity: Entity, parent: Entity) {
        self.push(CommandKind::SetParent, entity, 0, parent.to_bits());
    }

    /// Makes an entity nobody's child.
    pub fn remove_parent(&mut self, entity: Entity) {
        self.set_parent(entity, Entity::NONE);
    }

    /// Sends a message: to the game and to every system that reads messages of this kind.
    pub fn send<T: Schema>(&mut self, message: T) {
        let term = const { C::NAMES.len() as u32 + term_of::<M, T>() };
        self.push(CommandKind::Send, Entity::NONE, term, message);
    }

    /// Takes a disabled entity back into all queries.
    pub fn enable(&mut self, entity: Entity) {
        self.push(CommandKind::Enable, entity, 0, ());
    }

    /// Hides an entity from all queries.
    pub fn disable(&mut self, entity: Entity) {
        self.push(CommandKind::Disable, entity, 0, ());
    }

    /// Writes one record with plain stores of known sizes, which an interpreter does several times
    /// faster than it copies bytes.
    ///
    /// # Panics
    /// Where there is no room: the game's limit on commands of one call.
    #[inline]
    fn push<P>(&mut self, kind: CommandKind, entity: Entity, term: u32, payload: P) {
        const { assert!(align_of::<P>() <= 8) };
        let size = const { RECORD_BYTES + size_of::<P>().next_multiple_of(8) };
        let CommandBuffer { capacity, used, records, .. } = *self.buffer;
        if size > (capacity - used) as usize {
            no_room(capacity);
        }
        let record = CommandRecord {
            size: size as u32,
            kind: kind.code(),
            entity: entity.to_bits(),
            term,
            payload_bytes: size_of::<P>() as u32,
        };
        // SAFETY: the host gives `capacity` bytes from `records` on, which nobody else uses during
        // the call, and at least `size` of them are left. Records begin at multiples of 8.
        unsafe {
            let place = records.as_ptr().cast_mut().add(used as usize);
            place.cast::<CommandRecord>().write(record);
            let place = place.add(RECORD_BYTES);
            if !size_of::<P>().is_multiple_of(8) {
                // What pads the payload.
                place.add(size_of::<P>() / 8 * 8).cast::<u64>().write(0);
            }
            place.cast::<P>().write(payload);
        }
        self.buffer.used = used + size as u32;
    }

    /// The commands of a call.
    ///
    /// # Safety
    /// `list` has one command buffer, with the room that it says, and nobody else uses it for
    /// `'f`.
    pub(crate) unsafe fn from_frame(list: Slice<Address>) -> Self {
        // SAFETY: the caller's promise.
        let buffer = unsafe { &mut *list.ptr.as_ptr().cast_mut().cast() };
        Self { buffer, terms: PhantomData }
    }

    /// The parameter's entry in the manifest.
    pub const PARAM: ParamDescriptor<Address> = ParamDescriptor {
        size: size_of::<ParamDescriptor<Address>>() as u32,
        kind: ParamKind::Commands.code(),
        terms: Slice { ptr: Address::of(Self::TERMS), len: (C::NAMES.len() + M::NAMES.len()) as u32 },
        order: RowOrder::Tables.code(),
        flags: 0,
        schema: Address::NULL,
        reserved: 0,
    };
    /// What it asks of the host, as bits of the manifest's features.
    pub const FEATURES: u64 = {
        let messages = if M::NAMES.is_empty() { 0 } else { Feature::Messages.bit() };
        Feature::Commands.bit() | messages | C::FEATURES | M::FEATURES
    };

    /// The components, then the messages, then what is left of the array.
    const TERMS: &'static [TermDescriptor<Address>; TERMS_MAX] = &{
        let mut terms = [TermDescriptor { size: 0, kind: 0, schema: Address::NULL, flags: 0 }; TERMS_MAX];
        let mut index = 0;
        while index < C::NAMES.len() + M::NAMES.len() {
            let (kind, schema) = match index.checked_sub(C::NAMES.len()) {
                None => (TermKind::Insert, C::SCHEMAS[index]),
                Some(index) => (TermKind::Send, M::SCHEMAS[index]),
            };
            terms[index] = TermDescriptor {
                size: size_of::<TermDescriptor<Address>>() as u32,
                kind: kind.code(),
                schema: Address::of::<SchemaDescriptor<Address>>(schema),
                flags: 0,
            };
            index += 1;
        }
        terms
    };
}

/// Two tuples of at most 12.
const TERMS_MAX: usize = 24;

#[cold]
#[inline(never)]
fn no_room(capacity: u32) -> ! {
    panic!("no room for another command: the limit command_bytes_max is {capacity} bytes")
}

/// The number of `T` among the types of `C`.
const fn term_of<C: CommandTerms, T: Schema>() -> u32 {
    let mut index = 0;
    while index < C::NAMES.len() {
        if same_text(C::NAMES[index], T::NAME) {
            return index as u32;
        }
        index += 1;
    }
    panic!("this type is not among those of the system's `Commands<(components), (messages)>`: add it there")
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

/// The components that commands insert and remove, or the messages that they send: a tuple of up
/// to 12.
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
pub trait Bundle<C: CommandTerms, M: CommandTerms> {
    /// Gives an entity all of them.
    fn insert_into(self, commands: &mut Commands<'_, C, M>, entity: Entity);
}

macro_rules! tuples {
    ($($T:ident $index:tt),*) => {
        impl<$($T: Schema),*> CommandTerms for ($($T,)*) {
            const NAMES: &'static [&'static str] = &[$($T::NAME),*];
            const SCHEMAS: &'static [&'static SchemaDescriptor<Address>] = &[$($T::DESCRIPTOR),*];
            const FEATURES: u64 = 0 $(| $T::INFO.features())*;
        }

        impl<Components: CommandTerms, Messages: CommandTerms, $($T: Schema),*> Bundle<Components, Messages>
            for ($($T,)*)
        {
            #[inline]
            fn insert_into(self, commands: &mut Commands<'_, Components, Messages>, entity: Entity) {
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

/// Room for the commands of a unit test: 4 KiB.
#[derive(Debug)]
pub struct CommandRoom {
    buffer: CommandBuffer<Address>,
    records: [u64; Self::WORDS],
}

impl CommandRoom {
    const WORDS: usize = 512;

    /// Room without commands.
    pub const fn new() -> Self {
        let buffer = CommandBuffer {
            size: size_of::<CommandBuffer<Address>>() as u32,
            records: Address::NULL,
            capacity: (Self::WORDS * size_of::<u64>()) as u32,
            used: 0,
            first_entity: 1 << 63 | 1,
            spawned: 0,
            reserved: 0,
        };
        Self { buffer, records: [0; Self::WORDS] }
    }

    /// The parameter that fills the room from its beginning.
    pub fn commands<C: CommandTerms, M: CommandTerms>(&mut self) -> Commands<'_, C, M> {
        self.buffer.records = Address::of(&raw mut self.records);
        (self.buffer.used, self.buffer.spawned) = (0, 0);
        Commands { buffer: &mut self.buffer, terms: PhantomData }
    }

    /// The kinds of the commands, in their order.
    pub fn kinds(&self) -> impl Iterator<Item = CommandKind> {
        let words = self.buffer.used as usize / size_of::<u64>();
        let mut rest = &self.records[..words];
        core::iter::from_fn(move || {
            // Size and kind share the first word of a record.
            let &first = rest.first()?;
            let [size, kind] = [first as u32, (first >> 32) as u32];
            let (_, after) = mem::take(&mut rest).split_at_checked(size as usize / size_of::<u64>())?;
            rest = after;
            CommandKind::from_code(kind)
        })
    }
}

impl Default for CommandRoom {
    fn default() -> Self {
        Self::new()
    }
}
