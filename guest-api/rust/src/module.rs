/// Declares the module: its systems, and the state blocks that live on between calls.
///
/// A module has one `module!`. It becomes the manifest, which the game reads before any code of
/// the module has run.
///
/// ```
/// use peristyle::prelude::*;
///
/// #[derive(Clone, Copy, Schema)]
/// #[repr(C)]
/// struct Plan {
///     next: u32,
/// }
///
/// impl Plan {
///     const NEW: Self = Self { next: 1 };
/// }
///
/// #[system]
/// fn choose(mut plan: State<Plan>) {
///     plan.next += 1;
/// }
///
/// #[system(schedule = Update)]
/// fn report(plan: State<Plan>) {
///     log!("next is {}", plan.next);
/// }
///
/// module! { systems: [choose, report], state: [Plan = Plan::NEW] }
/// ```
///
/// A state block's type is its key: a system asks for it as `State<Plan>`, and it is called like
/// its schema.
///
/// After a reload a block goes on field by field, by the names of the fields: numbers may become wider, new
/// fields begin as the first value says, and what has no place any more is dropped and logged. A version that
/// cannot go on with what a block holds is refused, unless the block is marked: then it begins afresh.
///
/// ```
/// # use peristyle::prelude::*;
/// # #[derive(Clone, Copy, Schema)]
/// # #[repr(C)]
/// # struct Plan { next: u32 }
/// # #[system]
/// # fn choose(mut plan: State<Plan>) { plan.next += 1; }
/// module! { systems: [choose], state: [#[afresh] Plan = Plan { next: 1 }] }
/// assert_eq!(PERISTYLE_MANIFEST.state_blocks.len, 1);
/// ```
#[macro_export]
macro_rules! module {
    (
        systems: [$($system:path),+ $(,)?]
        $(, state: [$($(#[$flag:ident])? $block:ty = $initial:expr),+ $(,)?])?
        $(,)?
    ) => {
        $($(
            impl $crate::ModuleState for $block {
                const CELL: &'static $crate::StateCell<Self> = {
                    static CELL: $crate::StateCell<$block> = $crate::StateCell::new($initial);
                    &CELL
                };
            }
        )+)?

        /// What the game reads of this module before any of its code has run.
        #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "peristyle_manifest"))]
        pub static PERISTYLE_MANIFEST: $crate::abi::Manifest<$crate::abi::Address> = $crate::system::manifest(
            &[$(<$system as $crate::system::System>::DESCRIPTOR),+],
            &[$($(<$block as $crate::ModuleState>::CELL.descriptor() $(.$flag())?),+)?],
            0 $(| <$system as $crate::system::System>::FEATURES)+
                $($(| <$block as $crate::abi::Schema>::INFO.features())+)?,
        );
    };
    ($($other:tt)*) => {
        ::core::compile_error!("expected `module! { systems: [first, second], state: [Plan = Plan::NEW] }`");
    };
}
