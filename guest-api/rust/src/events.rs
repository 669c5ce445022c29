use core::ops::Deref;
use core::slice;

use crate::abi::{
    Address, Entity, Feature, ParamDescriptor, ParamKind, QueryFrame, RowOrder, Schema, Slice,
    TermDescriptor, TermKind,
};
use crate::terms::{self, Added, Removed};

/// A parameter that has a system run on events: where none happened since it last finished, it does not run.
///
/// `On<Alarm>` gives the events of a kind that the game registered, or that scripts made up by a name with `::`, in
/// the order in which they happened. `On<Added<T>>` and `On<Removed<T>>` give the entities that got or lost a component,
/// despawned ones included. Nothing is missed while the system is paused or reloaded.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Battery { charge: f32 }
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Alarm { level: u32 }
///
/// #[system]
/// fn warn_of_loss(lost: On<Removed<Battery>>, mut commands: Commands<(), (), (Alarm,)>) {
///     commands.trigger(Alarm { level: lost.len() as u32 });
/// }
///
/// #[system]
/// fn sound(alarms: On<Alarm>) {
///     for alarm in &alarms {
///         log!("alarm of level {}", alarm.level);
///     }
/// }
/// # sound(On::new(&[Alarm { level: 1 }]));
/// ```
#[derive(Debug)]
pub struct On<'f, E: Observed>(&'f [E::Item]);

/// What a system can run on: an event that derives `Schema`, [`Added`] and [`Removed`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a system can run on",
    note = "write `On<E>` of an event that derives `Schema`, `On<Added<T>>` or `On<Removed<T>>` of a component"
)]
pub trait Observed {
    /// What the parameter gives: the events, or the entities.
    type Item;
    /// The term's entry in the manifest.
    const DESCRIPTOR: TermDescriptor<Address>;
    /// What its fields ask of the host, as bits of the manifest's features.
    const FEATURES: u64;
}

impl<E: Schema> Observed for E {
    type Item = E;
    const DESCRIPTOR: TermDescriptor<Address> = {
        assert!(size_of::<E>() > 0, "an event without fields says nothing: give it one");
        terms::descriptor::<E>(TermKind::Read)
    };
    const FEATURES: u64 = E::INFO.features();
}

macro_rules! happening {
    ($($Happening:ident)+) => {$(
        impl<T: Schema> Observed for $Happening<T> {
            type Item = Entity;
            const DESCRIPTOR: TermDescriptor<Address> = terms::descriptor::<T>(TermKind::$Happening);
            const FEATURES: u64 = T::INFO.features();
        }
    )+};
}

happening!(Added Removed);

impl<'f, E: Observed> On<'f, E> {
    /// The parameter over events that the caller has, for unit tests of a system.
    pub fn new(events: &'f [E::Item]) -> Self {
        Self(events)
    }

    /// The events in a call frame.
    ///
    /// # Safety
    /// The frame is that of such events, which nobody writes for `'f`.
    pub(crate) unsafe fn from_frame(frame: &QueryFrame<Address>) -> Self {
        let rows = frame.rows as usize;
        // SAFETY: the host wrote one column of `rows` rows.
        Self(unsafe {
            slice::from_raw_parts(terms::values(crate::system::item(frame.columns, 0), rows), rows)
        })
    }

    /// The parameter's entry in the manifest.
    pub const PARAM: ParamDescriptor<Address> = ParamDescriptor {
        size: size_of::<ParamDescriptor<Address>>() as u32,
        kind: ParamKind::Events.code(),
        terms: Slice::of(Self::TERMS),
        order: RowOrder::Tables.code(),
        flags: 0,
        schema: Address::NULL,
        reserved: 0,
    };
    /// What it asks of the host, as bits of the manifest's features.
    pub const FEATURES: u64 = Feature::Observers.bit() | E::FEATURES;

    const TERMS: &'static [TermDescriptor<Address>] = &[E::DESCRIPTOR];
}

impl<'f, E: Observed> Deref for On<'f, E> {
    type Target = [E::Item];

    fn deref(&self) -> &'f [E::Item] {
        self.0
    }
}

impl<'f, E: Observed> IntoIterator for &On<'f, E> {
    type Item = &'f E::Item;
    type IntoIter = slice::Iter<'f, E::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
