//! Results that are not numbers become the canonical one of their type.

use wasm_encoder::{Ieee32, Ieee64, Instruction};

use super::Emitter;
use crate::operators::{Floats, canonical_nan_after};
use crate::scan::Body;

const NAN_32: u32 = 0x7fc0_0000;
const NAN_64: u64 = 0x7ff8_0000_0000_0000;

/// Of each type, whether a function has an operator after which that is to be done.
pub(super) fn canonical_floats(body: &Body<'_>) -> [bool; 4] {
    let mut found = [false; 4];
    for (index, (operator, _)) in body.operators.iter().enumerate() {
        let next = body.operators.get(index + 1).map(|(operator, _)| operator);
        if let Some(floats) = canonical_nan_after(operator, next) {
            found[floats as usize] = true;
        }
    }
    found
}

impl Emitter<'_> {
    /// What comes after an operator: its result, if that equals itself.
    pub(super) fn canonical_nan(&mut self, body: &Body<'_>, at: u32) {
        let operator = |at: u32| body.operators.get(at as usize).map(|(operator, _)| operator);
        let Some(floats) = operator(at).and_then(|found| canonical_nan_after(found, operator(at + 1))) else {
            return;
        };
        let local = self.floats[floats as usize];
        let [nan, equal, choose] = match floats {
            Floats::F32 => {
                [Instruction::F32Const(Ieee32::new(NAN_32)), Instruction::F32Eq, Instruction::Select]
            }
            Floats::F64 => {
                [Instruction::F64Const(Ieee64::new(NAN_64)), Instruction::F64Eq, Instruction::Select]
            }
            Floats::F32x4 => {
                let nans = u128::from(NAN_32) * 0x1_0000_0001_0000_0001_0000_0001;
                [Instruction::V128Const(nans.cast_signed()), Instruction::F32x4Eq, Instruction::V128Bitselect]
            }
            Floats::F64x2 => {
                let nans = u128::from(NAN_64) * 0x1_0000_0000_0000_0001;
                [Instruction::V128Const(nans.cast_signed()), Instruction::F64x2Eq, Instruction::V128Bitselect]
            }
        };
        self.push(&Instruction::LocalTee(local));
        self.push(&nan);
        self.push(&Instruction::LocalGet(local));
        self.push(&Instruction::LocalGet(local));
        self.push(&equal);
        self.push(&choose);
    }
}
