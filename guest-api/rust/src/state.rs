use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};

use crate::abi::{Address, Schema, SchemaDescriptor, Slice, StateBlockDescriptor};

/// A parameter that gives a system one of the module's state blocks.
///
/// State blocks are all that a module remembers between calls. [`module!`](crate::module) lists
/// each with its first value, and a system that asks for one that is not listed does not compile:
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Tally {
///     deliveries: u32,
/// }
///
/// #[system]
/// fn count(mut tally: State<Tally>) {
///     tally.deliveries += 1;
/// }
///
/// module! { systems: [count], state: [Tally = Tally { deliveries: 0 }] }
///
/// // A unit test brings a value of its own.
/// let mut tally = Tally { deliveries: 7 };
/// count(State::new(&mut tally));
/// assert_eq!(tally.deliveries, 8);
/// ```
///
/// After a fault the block holds what it held before the call. After a reload it goes on field by field, see
/// [`module!`](crate::module). Its type follows the rules of a component.
#[derive(Debug)]
pub struct State<'f, T: Schema>(&'f mut T);

impl<'f, T: Schema> State<'f, T> {
    /// The parameter over a value that the caller has, for unit tests of a system.
    pub fn new(value: &'f mut T) -> Self {
        Self(value)
    }
}

impl<T: Schema> Deref for State<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Schema> DerefMut for State<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

/// A type that [`module!`](crate::module) lists as a state block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state block of this module",
    label = "not listed in `module!`",
    note = "list it with its first value: `module! {{ systems: […], state: [{Self} = {Self}::NEW] }}`"
)]
pub trait ModuleState: Schema {
    /// Where the block lives.
    const CELL: &'static StateCell<Self>;
}

/// The place of one state block in the module's memory.
#[derive(Debug)]
#[repr(transparent)]
pub struct StateCell<T>(UnsafeCell<T>);

// SAFETY: nothing but `get` reads or writes the value, and its caller promises to be the only one.
unsafe impl<T: Send> Sync for StateCell<T> {}

impl<T: Schema> StateCell<T> {
    /// A block that begins as `value`.
    pub const fn new(value: T) -> Self {
        assert!(size_of::<T>() > 0, "a state block without fields keeps nothing: leave it out");
        assert!(
            !T::INFO.has_slices(),
            "what the strings and lists of a state block cover does not outlive a call: keep an array"
        );
        Self(UnsafeCell::new(value))
    }

    /// The block's entry in the manifest.
    pub const fn descriptor(&'static self) -> StateBlockDescriptor<Address> {
        StateBlockDescriptor {
            size: size_of::<StateBlockDescriptor<Address>>() as u32,
            address: Address::of(self.0.get()),
            name: Slice::of_str(T::NAME),
            schema: Address::of::<SchemaDescriptor<Address>>(T::DESCRIPTOR),
            flags: 0,
        }
    }

    /// The block for one call.
    ///
    /// # Safety
    /// While the `State` lives nobody else has one of this cell. A module has one thread and its
    /// calls do not nest, so it is enough that each system takes the block once.
    pub(crate) unsafe fn get<'f>(&'static self) -> State<'f, T> {
        // SAFETY: the caller promises that nobody else refers to the value.
        State(unsafe { &mut *self.0.get() })
    }
}
