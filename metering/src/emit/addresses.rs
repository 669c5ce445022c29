//! Addresses of loops whose pointers do not wrap.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{Instruction, MemArg};
use wasmparser::Operator;

use super::Emitter;
use crate::addresses::{Fold, Folds};
use crate::error::MeterError;

/// Writes operators with a greater offset.
struct Raise(u32);

impl Reencode for Raise {
    type Error = std::convert::Infallible;

    fn mem_arg(&mut self, memarg: wasmparser::MemArg) -> Result<MemArg, Error<Self::Error>> {
        let offset = memarg.offset.saturating_add(u64::from(self.0));
        utils::mem_arg(self, wasmparser::MemArg { offset, ..memarg })
    }
}

impl Emitter<'_> {
    /// Leaves on the stack whether no pointer wraps together with a constant, in so many rounds as the local says.
    pub(super) fn no_pointer_wraps(&mut self, folds: &Folds, rounds: u32) {
        // All of them at once: a number that has the bits of several is not below any of them.
        for (number, pointer) in folds.pointers.iter().enumerate() {
            self.push(&Instruction::LocalGet(*pointer));
            if number > 0 {
                self.push(&Instruction::I32Or);
            }
        }
        self.push(&Instruction::I64ExtendI32U);
        if folds.step > 0 {
            // At most 2^63 - 2^32 - 2^31 + 1, so that the sum does not overflow.
            self.push(&Instruction::LocalGet(rounds));
            self.push(&Instruction::I64ExtendI32U);
            self.push(&Instruction::I64Const(i64::from(folds.step)));
            self.push(&Instruction::I64Mul);
            self.push(&Instruction::I64Add);
        }
        self.push(&Instruction::I64Const((1 << 32) - i64::from(folds.constant)));
        self.push(&Instruction::I64LtU);
    }

    /// Writes an operator as what it becomes in a loop whose pointers do not wrap.
    pub(super) fn folded(&mut self, operator: &Operator<'_>, fold: Fold) -> Result<(), MeterError> {
        match fold {
            Fold::Omitted => {}
            Fold::Set(local) => self.push(&Instruction::LocalSet(local)),
            Fold::Pointer(pointer) => self.push(&Instruction::LocalGet(pointer)),
            Fold::Raised(constant) => {
                let raised = Raise(constant).instruction(operator.clone())?;
                self.push(&raised);
            }
        }
        Ok(())
    }

    /// How an access addresses memory here.
    pub(super) fn mem_arg(&self, memarg: wasmparser::MemArg, at: u32) -> Result<MemArg, MeterError> {
        let raised = self.folds.at(at).map_or(0, Fold::raised);
        Ok(Raise(raised).mem_arg(memarg)?)
    }
}
