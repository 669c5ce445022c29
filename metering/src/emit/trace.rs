//! What a traced module notes: where it is, and where its callers are.

use wasm_encoder::{Instruction, MemArg, MemArgTarget};
use wasmparser::Operator;

use super::Emitter;
use crate::operators::{can_trap, stores};
use crate::rewrite::Indices;
use crate::scan::Body;
use crate::trace::{CALL_BYTES, CALLS_BYTES};

/// Whether a function calls others that nest: tail calls replace it, and hosts are elsewhere.
pub(super) fn pushes(body: &Body<'_>, indices: &Indices<'_>) -> bool {
    body.operators.iter().any(|(operator, _)| nests(operator, indices))
}

fn nests(operator: &Operator<'_>, indices: &Indices<'_>) -> bool {
    match operator {
        Operator::Call { function_index } => *function_index >= indices.scanned.imported_functions,
        Operator::CallIndirect { .. } => true,
        _ => false,
    }
}

impl Emitter<'_> {
    /// Where the function's own call sites go: behind those of its callers. So deep that there is no room it
    /// begins again in front, and never writes behind the end.
    pub(super) fn trace_begin(&mut self) {
        let mask = CALLS_BYTES - CALL_BYTES;
        self.push(&Instruction::GlobalGet(self.indices.calls_end_global()));
        self.push(&Instruction::I32Const(mask.cast_signed()));
        self.push(&Instruction::I32And);
        self.push(&Instruction::LocalSet(self.calls_end));
    }

    /// Notes that an offset is next.
    pub(super) fn trace_at(&mut self, offset: u64) {
        if self.indices.is_traced() {
            self.offset(offset);
            self.push(&Instruction::GlobalSet(self.indices.pc_global()));
        }
    }

    pub(super) fn trace_before(&mut self, body: &Body<'_>, at: u32) {
        let Some((operator, offset)) = body.operators.get(at as usize) else { return };
        let before = at.checked_sub(1).and_then(|before| body.operators.get(before as usize));
        if can_trap(operator, before.map(|(operator, _)| operator)) {
            self.trace_at(*offset);
        }
        if nests(operator, self.indices) {
            self.push(&Instruction::LocalGet(self.calls_end));
            self.offset(*offset);
            let target = MemArgTarget::Memory(self.indices.calls_memory());
            self.push(&Instruction::I32Store(MemArg { offset: 0, align: 2, target, ordering: None }));
            self.push(&Instruction::LocalGet(self.calls_end));
            self.push(&Instruction::I32Const(CALL_BYTES.cast_signed()));
            self.push(&Instruction::I32Add);
            self.push(&Instruction::GlobalSet(self.indices.calls_end_global()));
        }
    }

    pub(super) fn trace_after(&mut self, operator: &Operator<'_>) {
        if nests(operator, self.indices) {
            self.push(&Instruction::LocalGet(self.calls_end));
            self.push(&Instruction::GlobalSet(self.indices.calls_end_global()));
        }
        let writes = stores(operator)
            || matches!(
                operator,
                Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. }
            );
        if let Some(wrote) = self.indices.wrote_function().filter(|_| writes) {
            self.push(&Instruction::Call(wrote));
        }
    }

    fn offset(&mut self, offset: u64) {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.push(&Instruction::I32Const(offset.cast_signed()));
    }
}
