use core::ops::{Deref, DerefMut};

use crate::abi::{
    Address, Column, Feature, ParamDescriptor, ParamKind, RowOrder, Schema, SchemaDescriptor, Slice,
    TermDescriptor, TermKind,
};

/// A parameter that gives a system one of the game's resources, to read.
///
/// A system whose resource is not there yet waits for it.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Weather { rain: f32 }
///
/// #[system]
/// fn warn_of_rain(weather: Res<Weather>) {
///     if weather.rain > 0.9 {
///         log!("take an umbrella");
///     }
/// }
/// # warn_of_rain(Res::new(&Weather { rain: 0.5 }));
/// ```
#[derive(Debug)]
pub struct Res<'f, T: Schema>(&'f T);

/// A parameter that gives a system one of the game's resources, to read and to write.
///
/// It is a copy: when the call has finished and it differs, it is written back and counts as
/// changed.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Score { points: u32 }
///
/// #[system]
/// fn reward(mut score: ResMut<Score>) {
///     score.points += 1;
/// }
///
/// let mut score = Score { points: 7 };
/// reward(ResMut::new(&mut score));
/// assert_eq!(score.points, 8);
/// ```
#[derive(Debug)]
pub struct ResMut<'f, T: Schema>(&'f mut T);

impl<'f, T: Schema> Res<'f, T> {
    /// The parameter over a value that the caller has, for unit tests of a system.
    pub fn new(value: &'f T) -> Self {
        Self(value)
    }

    /// The resource in a call frame.
    ///
    /// # Safety
    /// The column is that of a resource of type `T`, which nobody writes for `'f`.
    pub(crate) unsafe fn from_frame(column: &Column<Address>) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { &*column.rows.as_ptr().cast() })
    }
}

impl<'f, T: Schema> ResMut<'f, T> {
    /// The parameter over a value that the caller has, for unit tests of a system.
    pub fn new(value: &'f mut T) -> Self {
        Self(value)
    }

    /// The resource in a call frame.
    ///
    /// # Safety
    /// The column is that of a resource of type `T`, which nobody else uses for `'f`.
    pub(crate) unsafe fn from_frame(column: &Column<Address>) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { &mut *column.rows.as_ptr().cast_mut().cast() })
    }
}

impl<T: Schema> Deref for Res<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Schema> Deref for ResMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Schema> DerefMut for ResMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

macro_rules! param {
    ($($Res:ident $kind:ident),+) => {$(
        impl<T: Schema> $Res<'_, T> {
            /// The parameter's entry in the manifest.
            pub const PARAM: ParamDescriptor<Address> = ParamDescriptor {
                size: size_of::<ParamDescriptor<Address>>() as u32,
                kind: ParamKind::Resource.code(),
                terms: Slice::of(Self::TERMS),
                order: RowOrder::Tables.code(),
                flags: 0,
                schema: Address::NULL,
                reserved: 0,
            };
            /// What it asks of the host, as bits of the manifest's features.
            pub const FEATURES: u64 = Feature::Resources.bit() | T::INFO.features();

            const TERMS: &'static [TermDescriptor<Address>] = {
                assert!(size_of::<T>() > 0, "a resource without fields says nothing: leave it out");
                &[TermDescriptor {
                    size: size_of::<TermDescriptor<Address>>() as u32,
                    kind: TermKind::$kind.code(),
                    schema: Address::of::<SchemaDescriptor<Address>>(T::DESCRIPTOR),
                    flags: 0,
                }]
            };
        }
    )+};
}

param!(Res Read, ResMut Write);
