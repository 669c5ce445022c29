//! What operators do.

use wasmparser::Operator;

/// Whether an operator loads or stores: whether it has an address's offset.
pub(crate) fn accesses_memory(operator: &Operator<'_>) -> bool {
    macro_rules! accesses {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $(Operator::$op { .. } => accesses!(args $($($arg)*)?),)*
                _ => false,
            }
        };
        (args memarg $($rest:ident)*) => { true };
        (args $($rest:ident)*) => { false };
    }
    wasmparser::for_each_operator!(accesses)
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

/// The type of an operator's result that has to be made canonical where it is not a number: the
/// specification leaves its bits open, and what comes next can tell.
pub(crate) fn canonical_nan_after(operator: &Operator<'_>, next: Option<&Operator<'_>>) -> Option<Floats> {
    let floats = open_nan(operator)?;
    let cannot_tell = next.is_some_and(|next| {
        // It takes the result: as a number, or as no number whose own result is made canonical.
        matches!(next, Operator::Drop)
            || compares(next) == Some(floats)
            || operand_of(next).filter(|_| open_nan(next).is_some()) == Some(floats)
    });
    (!cannot_tell).then_some(floats)
}

/// The type of an operator's result, where that may be one of several that are not numbers.
fn open_nan(operator: &Operator<'_>) -> Option<Floats> {
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
