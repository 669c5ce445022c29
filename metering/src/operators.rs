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
