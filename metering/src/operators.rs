//! What operators do.

use wasmparser::{BlockType, ContType, FrameKind, FuncType, MemArg, ModuleArity, Operator, RefType, SubType};

/// How an operator that loads or stores addresses memory.
pub(crate) fn memarg(operator: &Operator<'_>) -> Option<MemArg> {
    macro_rules! memargs {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $(Operator::$op $({ $($arg),* })? => memargs!(args $($($arg $arg)*)?),)*
                _ => None,
            }
        };
        // Each argument's name, and what it names.
        (args memarg $found:ident $($rest:ident)*) => {{ $(let _ = $rest;)* Some(*$found) }};
        (args $($rest:ident)*) => {{ $(let _ = $rest;)* None }};
    }
    wasmparser::for_each_operator!(memargs)
}

/// Whether an operator loads or stores: whether it has an address's offset.
pub(crate) fn accesses_memory(operator: &Operator<'_>) -> bool {
    memarg(operator).is_some()
}

/// Whether an operator reads or writes memory.
pub(crate) fn touches_memory(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(operator, O::MemoryCopy { .. } | O::MemoryFill { .. } | O::MemoryInit { .. })
        || accesses_memory(operator)
}

/// Whether an operator changes what is neither memory nor a global.
pub(crate) fn hides_state(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::TableSet { .. }
            | O::TableGrow { .. }
            | O::TableFill { .. }
            | O::TableCopy { .. }
            | O::TableInit { .. }
            | O::ElemDrop { .. }
            | O::DataDrop { .. }
    )
}

/// Whether an operator stores.
pub(crate) fn stores(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::I32Store { .. }
            | O::I64Store { .. }
            | O::F32Store { .. }
            | O::F64Store { .. }
            | O::I32Store8 { .. }
            | O::I32Store16 { .. }
            | O::I64Store8 { .. }
            | O::I64Store16 { .. }
            | O::I64Store32 { .. }
            | O::V128Store { .. }
            | O::V128Store8Lane { .. }
            | O::V128Store16Lane { .. }
            | O::V128Store32Lane { .. }
            | O::V128Store64Lane { .. }
    )
}

/// The proposal that an operator is of, and its name.
pub(crate) fn proposal(operator: &Operator<'_>) -> (&'static str, &'static str) {
    macro_rules! proposals {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $(Operator::$op { .. } => (stringify!($proposal), stringify!($op)),)*
                _ => ("unknown", "unknown"),
            }
        };
    }
    wasmparser::for_each_operator!(proposals)
}

/// Whether an operator can trap or calls somebody, after what is before it in the code.
pub(crate) fn can_trap(operator: &Operator<'_>, before: Option<&Operator<'_>>) -> bool {
    use Operator as O;
    let divisor = match before {
        Some(O::I32Const { value }) => i64::from(*value),
        Some(O::I64Const { value }) => *value,
        _ => 0,
    };
    match operator {
        O::Unreachable | O::TableGet { .. } | O::TableSet { .. } => true,
        O::Call { .. } | O::CallIndirect { .. } => true,
        O::ReturnCall { .. } | O::ReturnCallIndirect { .. } => true,
        O::MemoryCopy { .. } | O::MemoryFill { .. } | O::MemoryInit { .. } => true,
        O::TableCopy { .. } | O::TableFill { .. } | O::TableInit { .. } => true,
        O::I32DivS | O::I64DivS => matches!(divisor, 0 | -1),
        O::I32DivU | O::I32RemS | O::I32RemU | O::I64DivU | O::I64RemS | O::I64RemU => divisor == 0,
        O::I32TruncF32S | O::I32TruncF32U | O::I32TruncF64S | O::I32TruncF64U => true,
        O::I64TruncF32S | O::I64TruncF32U | O::I64TruncF64S | O::I64TruncF64U => true,
        other => accesses_memory(other),
    }
}

/// Types of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floats {
    F32,
    F64,
    F32x4,
    F64x2,
}

/// Whether an operator that takes a value of this type does the same whichever of all that are not numbers it
/// is: it compares or drops it, makes an integer of it, or makes no number of it that is made canonical in its turn.
pub(crate) fn cannot_tell_nans(operator: &Operator<'_>, floats: Floats) -> bool {
    matches!(operator, Operator::Drop)
        || compares(operator) == Some(floats)
        || makes_integers_of(operator) == Some(floats)
        || operand_of(operator).filter(|_| open_nan(operator).is_some()) == Some(floats)
}

/// How many operands and results an operator has that does nothing but take the ones and give the others.
/// `None` where control may go elsewhere.
pub(crate) fn simple_arity(operator: &Operator<'_>) -> Option<(u32, u32)> {
    use Operator as O;
    match operator {
        O::Block { .. } | O::Loop { .. } | O::If { .. } | O::Else | O::End | O::Unreachable => None,
        other => other.operator_arity(&NoTypes),
    }
}

/// Nothing is known about types, so that what depends on them has no known arity.
struct NoTypes;

impl ModuleArity for NoTypes {
    fn sub_type_at(&self, _: u32) -> Option<&SubType> {
        None
    }

    fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
        None
    }

    fn type_index_of_function(&self, _: u32) -> Option<u32> {
        None
    }

    fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
        None
    }

    fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
        None
    }

    fn control_stack_height(&self) -> u32 {
        0
    }

    fn label_block(&self, _: u32) -> Option<(BlockType, FrameKind)> {
        None
    }
}

/// The type of an operator's result, where that may be one of several that are not numbers.
pub(crate) fn open_nan(operator: &Operator<'_>) -> Option<Floats> {
    use Operator as O;
    Some(match operator {
        O::F32Add | O::F32Sub | O::F32Mul | O::F32Div | O::F32Sqrt | O::F32Min | O::F32Max => Floats::F32,
        O::F32Ceil | O::F32Floor | O::F32Trunc | O::F32Nearest | O::F32DemoteF64 => Floats::F32,
        O::F64Add | O::F64Sub | O::F64Mul | O::F64Div | O::F64Sqrt | O::F64Min | O::F64Max => Floats::F64,
        O::F64Ceil | O::F64Floor | O::F64Trunc | O::F64Nearest | O::F64PromoteF32 => Floats::F64,
        O::F32x4Add | O::F32x4Sub | O::F32x4Mul | O::F32x4Div | O::F32x4Sqrt => Floats::F32x4,
        O::F32x4Min | O::F32x4Max | O::F32x4Ceil | O::F32x4Floor | O::F32x4Trunc => Floats::F32x4,
        O::F32x4Nearest | O::F32x4DemoteF64x2Zero => Floats::F32x4,
        O::F64x2Add | O::F64x2Sub | O::F64x2Mul | O::F64x2Div | O::F64x2Sqrt => Floats::F64x2,
        O::F64x2Min | O::F64x2Max | O::F64x2Ceil | O::F64x2Floor | O::F64x2Trunc => Floats::F64x2,
        O::F64x2Nearest | O::F64x2PromoteLowF32x4 => Floats::F64x2,
        _ => return None,
    })
}

/// The type of the operands of an operator whose result may be no number.
fn operand_of(operator: &Operator<'_>) -> Option<Floats> {
    match operator {
        Operator::F32DemoteF64 => Some(Floats::F64),
        Operator::F64PromoteF32 => Some(Floats::F32),
        Operator::F32x4DemoteF64x2Zero => Some(Floats::F64x2),
        Operator::F64x2PromoteLowF32x4 => Some(Floats::F32x4),
        other => open_nan(other),
    }
}

/// The type of the operands of a comparison.
fn compares(operator: &Operator<'_>) -> Option<Floats> {
    use Operator as O;
    Some(match operator {
        O::F32Eq | O::F32Ne | O::F32Lt | O::F32Gt | O::F32Le | O::F32Ge => Floats::F32,
        O::F64Eq | O::F64Ne | O::F64Lt | O::F64Gt | O::F64Le | O::F64Ge => Floats::F64,
        O::F32x4Eq | O::F32x4Ne | O::F32x4Lt | O::F32x4Gt | O::F32x4Le | O::F32x4Ge => Floats::F32x4,
        O::F64x2Eq | O::F64x2Ne | O::F64x2Lt | O::F64x2Gt | O::F64x2Le | O::F64x2Ge => Floats::F64x2,
        _ => return None,
    })
}

/// The type of the operands of an operator that makes integers of them.
fn makes_integers_of(operator: &Operator<'_>) -> Option<Floats> {
    use Operator as O;
    Some(match operator {
        O::I32TruncF32S | O::I32TruncF32U | O::I64TruncF32S | O::I64TruncF32U => Floats::F32,
        O::I32TruncSatF32S | O::I32TruncSatF32U | O::I64TruncSatF32S | O::I64TruncSatF32U => Floats::F32,
        O::I32TruncF64S | O::I32TruncF64U | O::I64TruncF64S | O::I64TruncF64U => Floats::F64,
        O::I32TruncSatF64S | O::I32TruncSatF64U | O::I64TruncSatF64S | O::I64TruncSatF64U => Floats::F64,
        O::I32x4TruncSatF32x4S | O::I32x4TruncSatF32x4U => Floats::F32x4,
        O::I32x4TruncSatF64x2SZero | O::I32x4TruncSatF64x2UZero => Floats::F64x2,
        _ => return None,
    })
}
