//! What a profiled module tells its host: which function begins, and that it is left.
//!
//! The whole function is in one more block, so that whatever leaves it comes by its end.

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::Emitter;
use crate::error::MeterError;
use crate::scan::Body;

impl Emitter<'_> {
    pub(super) fn profile_begin(&mut self, index: u32) {
        let Some(enter) = self.indices.enter_function() else { return };
        self.push(&Instruction::I32Const(index.cast_signed()));
        self.push(&Instruction::Call(enter));
    }

    /// The block that everything is in.
    pub(super) fn profile_block(&mut self, index: u32) -> Result<(), MeterError> {
        if self.indices.enter_function().is_some() {
            let ty = self.indices.results(index)?;
            self.push(&Instruction::Block(ty));
        }
        Ok(())
    }

    /// Writes an operator that leaves the function in another way than by its end; returns whether
    /// nothing else is to be written for it.
    pub(super) fn profile_operator(&mut self, body: &Body<'_>, at: u32) -> bool {
        let Some(leave) = self.indices.leave_function() else { return false };
        let Some((operator, _)) = body.operators.get(at as usize) else { return false };
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.blocks += 1,
            // The last one is the block's own, and the function's follows.
            Operator::End if self.blocks == 0 => {
                self.push(&Instruction::End);
                self.push(&Instruction::Call(leave));
            }
            Operator::End => self.blocks -= 1,
            Operator::Return => {
                self.push(&Instruction::Br(self.blocks));
                return true;
            }
            // A host function belongs to its caller, which leaves when that returns.
            Operator::ReturnCall { function_index }
                if *function_index < self.indices.scanned.imported_functions =>
            {
                self.push(&Instruction::Call(self.indices.function(*function_index)));
                self.push(&Instruction::Br(self.blocks));
                return true;
            }
            Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } => {
                self.push(&Instruction::Call(leave));
            }
            _ => {}
        }
        false
    }
}
