//! What everything costs.

use wasmparser::Operator;

use crate::operators::accesses_memory;

/// What everything costs: a versioned table.
///
/// A figure of fuel means something only together with the version of its schedule. A version
/// never changes; a better estimate is a new version.
///
/// ```
/// use peristyle_metering::{Class, CostSchedule};
///
/// let schedule = CostSchedule::V1;
/// assert_eq!(schedule.version, 1);
/// assert_eq!(schedule.cost(Class::Simple), 1);
/// assert_eq!(schedule.bulk_bytes.units(200), 3); // 64 bytes a unit
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CostSchedule {
    /// Its number.
    pub version: u32,
    /// By class, in the order of [`Class::ALL`].
    costs: [u16; Class::ALL.len()],
    /// The bytes of `memory.copy`, `memory.fill` and `memory.init`.
    pub bulk_bytes: LengthCost,
    /// The pages of `memory.grow`.
    pub memory_pages: LengthCost,
    /// The elements of `table.copy`, `table.fill`, `table.init` and `table.grow`.
    pub table_elements: LengthCost,
    /// A length that is written in the code costs the same as any other, but where it costs no more
    /// than this, there is no check before the operator.
    pub unchecked_length_units_max: u32,
    /// A function that calls nothing, has no loops and no check before a bulk operation, and whose
    /// operators all together cost no more than this, is not checked where it begins.
    pub unchecked_function_units_max: u32,
    /// A call counts in the depth once for every so many slots that the function takes which makes it, rounded up:
    /// parameters, locals and the greatest height of its operand stack, where a vector among the locals is
    /// two.
    pub slots_per_call: u32,
}

impl CostSchedule {
    /// Version 1.
    pub const V1: Self = Self {
        version: 1,
        costs: [0, 1, 2, 4, 2, 8, 12, 24, 8, 64],
        bulk_bytes: LengthCost::PerUnit { log2: 6 },
        memory_pages: LengthCost::PerItem { log2: 10 },
        table_elements: LengthCost::PerUnit { log2: 3 },
        unchecked_length_units_max: 64,
        unchecked_function_units_max: 64,
        slots_per_call: 64,
    };

    /// What one operator of this class costs.
    #[must_use]
    pub const fn cost(&self, class: Class) -> u16 {
        self.costs[class as usize]
    }
}

/// How a length becomes units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthCost {
    /// One unit for every 2^`log2` items, rounded down.
    PerUnit {
        /// The exponent.
        log2: u8,
    },
    /// 2^`log2` units for each of the first 65,536 items; no memory has more pages.
    PerItem {
        /// The exponent.
        log2: u8,
    },
}

impl LengthCost {
    /// The most items that [`LengthCost::PerItem`] charges for.
    pub const ITEMS_MAX: u32 = 65_536;

    /// What a length costs.
    #[must_use]
    pub fn units(self, length: u32) -> u64 {
        match self {
            Self::PerUnit { log2 } => u64::from(length) >> log2.min(31),
            Self::PerItem { log2 } => u64::from(length.min(Self::ITEMS_MAX)) << log2.min(16),
        }
    }
}

macro_rules! classes {
    ($($class:ident $name:literal $about:literal,)*) => {
        /// Operators that cost the same.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Class {
            $(#[doc = $about] $class,)*
        }

        impl Class {
            /// All classes, in the order of the table in `docs/fuel.md`.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$class),*];

            /// Its name in `docs/fuel.md`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$class => $name,)* }
            }

            /// Its operators, in words.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$class => $about,)* }
            }
        }
    };
}

classes! {
    Free "free" "`nop`, `block`, `loop`, `else`, `end`, `drop`, `return`, `unreachable`, `local.get`, constants",
    Simple "simple" "Everything that is in no other class: arithmetic, comparisons, conversions, SIMD, `local.set`, `local.tee`, globals, `select`, `if`, `br`, `br_if`, references, sizes, `data.drop`, `elem.drop`",
    Access "access" "Loads and stores of any width, `table.get`, `table.set`",
    Divide "divide" "Integer division and remainder, floating-point division and square root, scalar and SIMD",
    BranchTable "branch table" "`br_table`",
    Call "call" "`call` and `return_call` of a function of the module",
    CallIndirect "indirect call" "`call_indirect` and `return_call_indirect`, whatever they reach",
    HostCall "host call" "`call` and `return_call` of an imported function",
    Bulk "bulk" "`memory.copy`, `memory.fill`, `memory.init`, `table.copy`, `table.fill`, `table.init`, before their length",
    Grow "grow" "`memory.grow` and `table.grow`, before their length",
}

impl Class {
    /// The class of an operator. `imported` says which functions are imported.
    pub(crate) fn of(operator: &Operator<'_>, imported: u32) -> Self {
        use Operator as O;
        match operator {
            O::Nop | O::Block { .. } | O::Loop { .. } | O::Else | O::End | O::Drop | O::Return => Self::Free,
            O::Unreachable | O::LocalGet { .. } | O::I32Const { .. } | O::I64Const { .. } => Self::Free,
            O::F32Const { .. } | O::F64Const { .. } | O::V128Const { .. } => Self::Free,
            O::LocalSet { .. } | O::LocalTee { .. } | O::I32Add | O::If { .. } | O::BrIf { .. } => {
                Self::Simple
            }
            O::Call { function_index } | O::ReturnCall { function_index } => {
                if *function_index < imported {
                    Self::HostCall
                } else {
                    Self::Call
                }
            }
            O::CallIndirect { .. } | O::ReturnCallIndirect { .. } => Self::CallIndirect,
            O::BrTable { .. } => Self::BranchTable,
            O::I32DivS | O::I32DivU | O::I32RemS | O::I32RemU | O::I64DivS | O::I64DivU => Self::Divide,
            O::I64RemS | O::I64RemU | O::F32Div | O::F64Div | O::F32Sqrt | O::F64Sqrt => Self::Divide,
            O::F32x4Div | O::F64x2Div | O::F32x4Sqrt | O::F64x2Sqrt => Self::Divide,
            O::MemoryCopy { .. } | O::MemoryFill { .. } | O::MemoryInit { .. } => Self::Bulk,
            O::TableCopy { .. } | O::TableFill { .. } | O::TableInit { .. } => Self::Bulk,
            O::MemoryGrow { .. } | O::TableGrow { .. } => Self::Grow,
            O::TableGet { .. } | O::TableSet { .. } => Self::Access,
            other if accesses_memory(other) => Self::Access,
            _ => Self::Simple,
        }
    }
}
