//! Results that are not numbers become the canonical one of their type, before anybody can tell them from it.

use wasm_encoder::{BlockType, Ieee32, Ieee64, Instruction};

use super::Emitter;
use crate::operators::{Floats, cannot_tell_nans, open_nan, simple_arity};
use crate::scan::Body;

const NAN_32: u32 = 0x7fc0_0000;
const NAN_64: u64 = 0x7ff8_0000_0000_0000;
const INFINITY_32: i32 = 0x7f80_0000;
const INFINITY_64: i64 = 0x7ff0_0000_0000_0000;

/// The operators of a function, in their order, whose results have to be made canonical: the specification leaves
/// their bits open, and who takes them can tell.
///
/// Operators that stand in a row are followed over the operand stack. What is on it where blocks begin and
/// end, and before calls, is made canonical.
pub(super) fn open_results(body: &Body<'_>) -> Vec<(u32, Floats)> {
    let mut open: Vec<(u32, Floats)> = Vec::new();
    let mut told = Vec::new();
    // Of each value that is on the operand stack, which of `open` it is.
    let mut stack: Vec<Option<usize>> = Vec::new();
    for (at, (operator, _)) in body.operators.iter().enumerate() {
        let Some((operands, results)) = simple_arity(operator) else {
            stack.clear();
            continue;
        };
        for _ in 0..operands {
            let Some(taken) = stack.pop().flatten() else { continue };
            if let (Some((_, floats)), Some(told)) = (open.get(taken), told.get_mut(taken)) {
                *told = !cannot_tell_nans(operator, *floats);
            }
        }
        let found = open_nan(operator).map(|floats| {
            open.push((at as u32, floats));
            told.push(true);
            open.len() - 1
        });
        stack.extend(std::iter::repeat_n(found, results as usize));
    }
    let mut told = told.into_iter();
    open.retain(|_| told.next() == Some(true));
    open
}

impl Emitter<'_> {
    /// What comes after an operator: its result, if that equals itself.
    pub(super) fn canonical_nan(&mut self, at: u32) {
        let Ok(found) = self.open_results.binary_search_by_key(&at, |(at, _)| *at) else { return };
        let Some((_, floats)) = self.open_results.get(found) else { return };
        let local = self.floats[*floats as usize];
        match floats {
            // A branch that is not taken costs a compiler less than a choice between two numbers.
            Floats::F32 => self.replace(
                local,
                &[
                    Instruction::I32ReinterpretF32,
                    Instruction::I32Const(i32::MAX),
                    Instruction::I32And,
                    Instruction::I32Const(INFINITY_32),
                    Instruction::I32GtU,
                ],
                &Instruction::F32Const(Ieee32::new(NAN_32)),
            ),
            Floats::F64 => self.replace(
                local,
                &[
                    Instruction::I64ReinterpretF64,
                    Instruction::I64Const(i64::MAX),
                    Instruction::I64And,
                    Instruction::I64Const(INFINITY_64),
                    Instruction::I64GtU,
                ],
                &Instruction::F64Const(Ieee64::new(NAN_64)),
            ),
            Floats::F32x4 => {
                let nans = u128::from(NAN_32) * 0x1_0000_0001_0000_0001_0000_0001;
                self.choose_lanes(local, nans, &Instruction::F32x4Eq);
            }
            Floats::F64x2 => {
                let nans = u128::from(NAN_64) * 0x1_0000_0000_0000_0001;
                self.choose_lanes(local, nans, &Instruction::F64x2Eq);
            }
        }
    }

    /// The topmost value, or `nan` where the test of it says so.
    fn replace(&mut self, local: u32, is_nan: &[Instruction<'_>], nan: &Instruction<'_>) {
        self.push(&Instruction::LocalTee(local));
        is_nan.iter().for_each(|instruction| self.push(instruction));
        self.push(&Instruction::If(BlockType::Empty));
        self.push(nan);
        self.push(&Instruction::LocalSet(local));
        self.push(&Instruction::End);
        self.push(&Instruction::LocalGet(local));
    }

    /// The topmost vector, with the lanes of `nans` where it does not equal itself.
    fn choose_lanes(&mut self, local: u32, nans: u128, equal: &Instruction<'_>) {
        self.push(&Instruction::LocalTee(local));
        self.push(&Instruction::V128Const(nans.cast_signed()));
        self.push(&Instruction::LocalGet(local));
        self.push(&Instruction::LocalGet(local));
        self.push(equal);
        self.push(&Instruction::V128Bitselect);
    }
}
