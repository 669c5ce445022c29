//! What the fields of a schema may be made of beside numbers: options, and sets of flags.

use crate::abi::PackedField;

/// Perhaps a value, as a field of a component.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Orders { goal: Maybe<[f32; 2]> }
///
/// let mut orders = Orders { goal: Some([1.0, 2.0]).into() };
/// assert_eq!(orders.goal.get(), Some([1.0, 2.0]));
/// orders.goal.set(None);
/// assert_eq!(orders.goal.get(), None);
/// ```
pub type Maybe<T> = peristyle_abi::Maybe<T, <T as PackedField>::Tag>;

/// Defines a set of flags: an unsigned number of which each named bit means something. Any other
/// bit is a fault when it is written.
///
/// ```
/// use peristyle::prelude::*;
///
/// flags! {
///     /// What a drone can do.
///     pub struct Abilities: u8 {
///         FLY = 1;
///         SWIM = 2;
///         DIVE = 4;
///     }
/// }
///
/// let abilities = Abilities::FLY | Abilities::DIVE;
/// assert!(abilities.contains(Abilities::DIVE) && !abilities.contains(Abilities::SWIM));
/// assert_eq!(abilities.without(Abilities::DIVE).bits(), 1);
/// ```
#[macro_export]
macro_rules! flags {
    ($($definition:tt)*) => {
        $crate::abi::flags_with! { [$crate::abi::PackedField] $($definition)* }
    };
}
