use core::ops::Deref;
use core::slice;

use crate::abi::{
    Address, Feature, ParamDescriptor, ParamKind, QueryFrame, RowOrder, Schema, SchemaDescriptor, Slice,
    TermDescriptor, TermKind,
};
use crate::terms;

/// A parameter that gives a system the messages of one kind that it has not seen yet, the oldest
/// first.
///
/// The game registers the kinds of messages that it reads or sends. Modules make up kinds of their
/// own by a name with `::`. Each system has its own place in what was sent: nothing is missed while
/// it is paused or reloaded, and what a call that faults was given comes again.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// #[schema(name = "goals::Goal")]
/// struct Goal { team: u32 }
///
/// #[system]
/// fn cheer(goals: MessageReader<Goal>) {
///     for goal in &goals {
///         log!("team {} scores", goal.team);
///     }
/// }
/// # cheer(MessageReader::new(&[Goal { team: 1 }]));
/// ```
///
/// [`Commands::send`](crate::Commands::send) sends them.
#[derive(Debug)]
pub struct MessageReader<'f, T: Schema>(&'f [T]);

impl<'f, T: Schema> MessageReader<'f, T> {
    /// The parameter over messages that the caller has, for unit tests of a system.
    pub fn new(messages: &'f [T]) -> Self {
        Self(messages)
    }

    /// The messages in a call frame.
    ///
    /// # Safety
    /// The frame is that of messages of type `T`, which nobody writes for `'f`.
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
        kind: ParamKind::Messages.code(),
        terms: Slice::of(Self::TERMS),
        order: RowOrder::Tables.code(),
        flags: 0,
        schema: Address::NULL,
        reserved: 0,
    };
    /// What it asks of the host, as bits of the manifest's features.
    pub const FEATURES: u64 = Feature::Messages.bit() | T::INFO.features();

    const TERMS: &'static [TermDescriptor<Address>] = {
        assert!(size_of::<T>() > 0, "a message without fields says nothing: give it one");
        &[TermDescriptor {
            size: size_of::<TermDescriptor<Address>>() as u32,
            kind: TermKind::Read.code(),
            schema: Address::of::<SchemaDescriptor<Address>>(T::DESCRIPTOR),
            flags: 0,
        }]
    };
}

impl<T: Schema> Deref for MessageReader<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0
    }
}

impl<'q, T: Schema> IntoIterator for &'q MessageReader<'_, T> {
    type Item = &'q T;
    type IntoIter = slice::Iter<'q, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
