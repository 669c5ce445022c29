//! What `#[system]` and `module!` expand to; scripts do not name it.

use crate::abi::{
    ABI_VERSION, Address, CallFrame, MAGIC, Manifest, ParamDescriptor, ScheduleCode, Schema, Slice,
    StateBlockDescriptor, SystemDescriptor,
};
use crate::commands::{CommandTerms, Commands};
use crate::events::{Observed, On};
use crate::messages::MessageReader;
use crate::query::Query;
use crate::random::Random;
use crate::resource::{Res, ResMut};
use crate::slices::Room;
use crate::state::{ModuleState, State};
use crate::terms::{QueryData, QueryFilter, QueryOrder};
use crate::time::Time;

/// The exported function of a script system: the address of the call frame, and 0 for "finished".
///
/// # Safety
/// The frame is laid out as the system's descriptor asks, nobody else uses it or the state blocks
/// during the call, and calls do not nest.
pub type Entry = unsafe extern "C" fn(*const CallFrame<Address>) -> i32;

/// A function with [`#[system]`](macro@crate::system), as a type of the same name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a script system",
    note = "write `#[system]` on the function and list it by the function's name"
)]
pub trait System {
    /// The system's entry in the manifest.
    const DESCRIPTOR: SystemDescriptor<Address>;
    /// What it asks of the host, as bits of the manifest's features.
    const FEATURES: u64;
    /// The exported function.
    const ENTRY: Entry;
}

/// A system that takes the state block `T`: implemented once for each, so that a second
/// `State<T>` under another name for `T` does not compile.
pub trait UsesState<T> {}

/// A system that takes the resource `T`: implemented once for each, as for state blocks.
pub trait UsesResource<T> {}

/// What `#[system]` knows of a function.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// The system's name, which is also its export's.
    pub name: &'static str,
    /// Where it runs.
    pub schedule: ScheduleCode,
    /// Its parameters that have something in the call frame, in order.
    pub params: &'static [ParamDescriptor<Address>],
    /// Names of systems that must run later.
    pub before: &'static [Slice<Address>],
    /// Names of systems that must have run.
    pub after: &'static [Slice<Address>],
    /// Conditions on which it runs.
    pub conditions: &'static [Slice<Address>],
    /// Fuel for one call; 0 leaves it to the game.
    pub fuel_per_call: u64,
    /// Fuel that each row adds; 0 leaves it to the game.
    pub fuel_per_row: u64,
    /// Bits of `SYSTEM_SUSPENDS`.
    pub flags: u32,
}

impl Description {
    /// The system's entry in the manifest.
    pub const fn descriptor(self) -> SystemDescriptor<Address> {
        SystemDescriptor {
            size: size_of::<SystemDescriptor<Address>>() as u32,
            schedule: self.schedule.code(),
            name: Slice::of_str(self.name),
            export: Slice::of_str(self.name),
            params: Slice::of(self.params),
            before: Slice::of(self.before),
            after: Slice::of(self.after),
            fuel_per_call: self.fuel_per_call,
            fuel_per_row: self.fuel_per_row,
            conditions: Slice::of(self.conditions),
            flags: self.flags,
            reserved: 0,
        }
    }
}

/// The manifest of a module with these systems, which ask for these features, and state blocks.
pub const fn manifest(
    systems: &'static [SystemDescriptor<Address>],
    state_blocks: &'static [StateBlockDescriptor<Address>],
    features: u64,
) -> Manifest<Address> {
    Manifest {
        size: size_of::<Manifest<Address>>() as u32,
        magic: MAGIC,
        abi_version: ABI_VERSION,
        flags: 0,
        features,
        systems: Slice::of(systems),
        state_blocks: Slice::of(state_blocks),
        // The host grows the memory for its call frames.
        arena: Slice::EMPTY,
        components: Slice::EMPTY,
        reserved: 0,
    }
}

/// Runs `system` on the call frame at `frame` and says that it finished.
///
/// `system` works for every lifetime `'f`, so that nothing from the frame outlives the call.
///
/// # Safety
/// Those of [`Entry`].
pub unsafe fn call(frame: *const CallFrame<Address>, system: impl for<'f> FnOnce(Frame<'f>)) -> i32 {
    // SAFETY: the caller passes a frame that lives through the call.
    system(Frame(unsafe { &*frame }));
    0
}

/// One call's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'f>(&'f CallFrame<Address>);

impl<'f> Frame<'f> {
    /// The time that the call stands for.
    pub fn time(self) -> Time {
        Time::from_frame(self.0)
    }

    /// The query at `index` in the descriptor.
    ///
    /// # Safety
    /// The descriptor has a `Query<D, F>` at `index`, and it is taken once in a call.
    pub unsafe fn query<D: QueryData, F: QueryFilter, O: QueryOrder>(
        self,
        index: usize,
    ) -> Query<'f, D, F, O> {
        // SAFETY: the host wrote a list of as many query frames as the descriptor has queries,
        // and those of this query hold the columns that its terms ask for.
        unsafe { Query::from_frame(item(self.0.queries, index), index) }
    }

    /// The resource at `index` among the descriptor's resources, to read.
    ///
    /// # Safety
    /// The descriptor has a `Res<T>` there.
    pub unsafe fn resource<T: Schema>(self, index: usize) -> Res<'f, T> {
        // SAFETY: the host wrote a list of as many columns as the descriptor has resources.
        unsafe { Res::from_frame(item(self.0.resources, index)) }
    }

    /// The resource at `index` among the descriptor's resources, to read and to write.
    ///
    /// # Safety
    /// The descriptor has a `ResMut<T>` there, and it is taken once in a call.
    pub unsafe fn resource_mut<T: Schema>(self, index: usize) -> ResMut<'f, T> {
        // SAFETY: as above.
        unsafe { ResMut::from_frame(item(self.0.resources, index)) }
    }

    /// The messages at `index` among the descriptor's kinds.
    ///
    /// # Safety
    /// The descriptor has a `MessageReader<T>` there.
    pub unsafe fn messages<T: Schema>(self, index: usize) -> MessageReader<'f, T> {
        // SAFETY: the host wrote a list of as many frames as the descriptor has kinds of messages.
        unsafe { MessageReader::from_frame(item(self.0.messages, index)) }
    }

    /// The events at `index` among the descriptor's kinds of messages and events.
    ///
    /// # Safety
    /// The descriptor has an `On<E>` there.
    pub unsafe fn events<E: Observed>(self, index: usize) -> On<'f, E> {
        // SAFETY: the host wrote a list of as many frames as the descriptor has kinds.
        unsafe { On::from_frame(item(self.0.messages, index)) }
    }

    /// The command buffer.
    ///
    /// # Safety
    /// The descriptor has a `Commands<C, M, E>`, and it is taken once in a call.
    pub unsafe fn commands<C: CommandTerms, M: CommandTerms, E: CommandTerms>(self) -> Commands<'f, C, M, E> {
        // SAFETY: the host wrote a command buffer, with room for as many bytes as it says.
        unsafe { Commands::from_frame(self.0.commands) }
    }

    /// The random generator.
    ///
    /// # Safety
    /// The descriptor has one, and it is taken once in a call.
    pub unsafe fn random(self) -> Random<'f> {
        // SAFETY: the host wrote the generator's state at that address.
        unsafe { Random::from_frame(self.0.random) }
    }

    /// The room for strings and lists.
    ///
    /// # Safety
    /// The descriptor has one, and it is taken once in a call.
    pub unsafe fn room(self) -> Room<'f> {
        // SAFETY: the host wrote a room, with as many bytes as it says.
        unsafe { Room::from_frame(self.0.room) }
    }

    /// The state block of type `T`.
    ///
    /// # Safety
    /// It is taken once in a call.
    pub unsafe fn state<T: ModuleState>(self) -> State<'f, T> {
        // SAFETY: calls do not nest, and this one takes the block once.
        unsafe { T::CELL.get() }
    }
}

/// Item `index` of a list in the call frame.
///
/// A later version of the contract may put more at the end of each item, so the step from one to
/// the next is the size that the first one states.
///
/// # Safety
/// The list has an item at `index`, each begins with its size in bytes, and they live for `'f`.
pub(crate) unsafe fn item<'f, T>(list: Slice<Address>, index: usize) -> &'f T {
    debug_assert!(index < list.len as usize, "the host gave {} items and this is number {index}", list.len);
    let first = list.ptr.as_ptr();
    // SAFETY: the list is not empty, its items are aligned and begin with their size.
    let size = unsafe { first.cast::<u32>().read() } as usize;
    // SAFETY: the caller promises that there is an item at `index`.
    unsafe { &*first.add(index * size).cast::<T>() }
}
