//! Results that are not numbers become the canonical one of their type, before anybody can tell them from it.

use wasm_encoder::{BlockType, Ieee32, Ieee64, Instruction, ValType};
use wasmparser::{MemArg, Operator};

use super::Emitter;
use crate::error::MeterError;
use crate::operators::{Floats, cannot_tell_nans, open_nan, simple_arity, touches_memory};
use crate::scan::Body;

const NAN_32: Ieee32 = Ieee32::new(0x7fc0_0000);
const NAN_64: Ieee64 = Ieee64::new(0x7ff8_0000_0000_0000);

/// The most stores that are looked at together.
const STORES_MAX: usize = 8;

/// What is done about results that are not numbers, and where.
#[derive(Default)]
pub(super) struct NanPlan {
    /// In the order of the operators they belong to.
    steps: Vec<(u32, NanStep)>,
}

/// One thing to do. At one operator they come in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
enum NanStep {
    /// Before the operator: these stores, of numbers of that type, are looked at, and done again if one of them
    /// was of no number.
    Look(Floats, Vec<u32>),
    /// The operator is a store, and what it stores is looked at later: the so-manieth of those.
    Keep(Floats, usize),
    /// After the operator: its result is made canonical.
    Replace(Floats),
}

/// The locals that this takes.
pub(super) struct NanLocals {
    /// One of each type, to look at a result, by [`Floats`].
    result: [u32; 4],
    /// Where the stores that are looked at together went.
    addresses: u32,
    /// What they stored.
    values: [u32; 2],
}

impl NanPlan {
    /// The plan for a function.
    ///
    /// A result that somebody can tell from the canonical one is looked at where it is made, unless it is stored
    /// at once: stores that follow each other with nothing between them that could tell are looked at
    /// together, since sums of what is no number are none. Operators that stand in a row are followed over
    /// the operand stack. What is on it where blocks begin and end, and before calls, is looked at where it is made.
    pub fn of(body: &Body<'_>) -> Self {
        let taken_by = takers(body);
        let operator = |at: u32| body.operators.get(at as usize).map(|(operator, _)| operator);
        let taker = |at: u32| taken_by.get(at as usize).copied().flatten();
        let mut stored = vec![false; body.operators.len()];
        let (mut steps, mut together) = (Vec::new(), Vec::new());
        let mut of = Floats::F32;
        for (at, (found, _)) in body.operators.iter().enumerate() {
            let index = at as u32;
            let kept = store_of(found).filter(|_| stored.get(at) == Some(&true));
            let goes_on = match kept {
                Some(floats) => (floats == of || together.is_empty()) && together.len() < STORES_MAX,
                None if simple_arity(found).is_none() => false,
                None if touches_memory(found) => {
                    let taken = taker(index).and_then(operator);
                    load_of(found).zip(taken).is_some_and(|(floats, taken)| cannot_tell_nans(taken, floats))
                }
                None => true,
            };
            if !goes_on && !together.is_empty() {
                steps.push((index, NanStep::Look(of, std::mem::take(&mut together))));
            }
            if let Some(floats) = kept {
                of = floats;
                steps.push((index, NanStep::Keep(floats, together.len())));
                together.push(index);
            }
            let Some(floats) = open_nan(found) else { continue };
            let taken = taker(index);
            match (taken.and_then(operator), taken.and_then(|at| stored.get_mut(at as usize))) {
                (Some(taken), _) if cannot_tell_nans(taken, floats) => (),
                (Some(taken), Some(stored)) if store_of(taken) == Some(floats) => *stored = true,
                _ => steps.push((index, NanStep::Replace(floats))),
            }
        }
        if !together.is_empty() {
            steps.push((body.operators.len() as u32, NanStep::Look(of, together)));
        }
        Self { steps }
    }

    /// What is to be done at an operator.
    fn at(&self, at: u32) -> impl Iterator<Item = &NanStep> {
        let first = self.steps.partition_point(|(step_at, _)| *step_at < at);
        self.steps.iter().skip(first).take_while(move |(step_at, _)| *step_at == at).map(|(_, step)| step)
    }

    /// Takes the locals that any of the plans needs by `local`, which is told how many and of which type.
    pub fn locals(plans: &[&Self], mut local: impl FnMut(u32, ValType) -> u32) -> NanLocals {
        let steps = || plans.iter().flat_map(|plan| &plan.steps);
        let replaces = |floats| steps().any(|(_, step)| *step == NanStep::Replace(floats));
        let keeps = |wanted| {
            let together = steps().map(|(_, step)| match step {
                NanStep::Look(floats, stores) if *floats == wanted => stores.len() as u32,
                _ => 0,
            });
            together.max().unwrap_or(0)
        };
        let [keeps_32, keeps_64] = [keeps(Floats::F32), keeps(Floats::F64)];
        NanLocals {
            result: [
                local((replaces(Floats::F32) || keeps_32 > 0).into(), ValType::F32),
                local((replaces(Floats::F64) || keeps_64 > 0).into(), ValType::F64),
                local(replaces(Floats::F32x4).into(), ValType::V128),
                local(replaces(Floats::F64x2).into(), ValType::V128),
            ],
            addresses: local(keeps_32.max(keeps_64), ValType::I32),
            values: [local(keeps_32, ValType::F32), local(keeps_64, ValType::F64)],
        }
    }
}

/// Of each operator that another one takes the result of, which follows it in a row: that one.
fn takers(body: &Body<'_>) -> Vec<Option<u32>> {
    let mut taken_by = vec![None; body.operators.len()];
    let mut stack: Vec<Option<u32>> = Vec::new();
    for (at, (operator, _)) in body.operators.iter().enumerate() {
        let Some((operands, results)) = simple_arity(operator) else {
            stack.clear();
            continue;
        };
        for operand in 0..operands {
            let Some(made) = stack.pop().flatten() else { continue };
            // Of a store it is the value, and not the address, that counts as taken.
            if (store_of(operator).is_none() || operand == 0)
                && let Some(taken_by) = taken_by.get_mut(made as usize)
            {
                *taken_by = Some(at as u32);
            }
        }
        let result = (results == 1).then_some(at as u32);
        stack.extend(std::iter::repeat_n(result, results as usize));
    }
    taken_by
}

fn store_of(operator: &Operator<'_>) -> Option<Floats> {
    match operator {
        Operator::F32Store { .. } => Some(Floats::F32),
        Operator::F64Store { .. } => Some(Floats::F64),
        _ => None,
    }
}

fn load_of(operator: &Operator<'_>) -> Option<Floats> {
    match operator {
        Operator::F32Load { .. } => Some(Floats::F32),
        Operator::F64Load { .. } => Some(Floats::F64),
        _ => None,
    }
}

impl Emitter<'_> {
    /// What comes before an operator and before what is charged there.
    pub(super) fn look_at_stores(&mut self, body: &Body<'_>, at: u32) -> Result<(), MeterError> {
        let look = self.nans.at(at).find_map(|step| match step {
            NanStep::Look(floats, stores) => Some((*floats, stores.clone())),
            _ => None,
        });
        look.map_or(Ok(()), |(floats, stores)| self.look(body, floats, &stores))
    }

    /// What comes right before an operator.
    pub(super) fn keep_stored(&mut self, at: u32) {
        let kept = self.nans.at(at).find_map(|step| match step {
            NanStep::Keep(floats, number) => Some((*floats, *number)),
            _ => None,
        });
        let Some((floats, number)) = kept else { return };
        let value = self.kept(floats, number);
        self.push(&Instruction::LocalSet(value));
        self.push(&Instruction::LocalTee(self.nan_locals.addresses + number as u32));
        self.push(&Instruction::LocalGet(value));
    }

    /// What comes right after an operator: its result, if that equals itself.
    pub(super) fn canonical_nan(&mut self, at: u32) {
        let floats = self.nans.at(at).find_map(|step| match step {
            NanStep::Replace(floats) => Some(*floats),
            _ => None,
        });
        let Some(floats) = floats else { return };
        let local = self.nan_locals.result[floats as usize];
        self.push(&Instruction::LocalTee(local));
        match floats {
            // A branch that is hardly ever taken costs a compiler less than a choice.
            Floats::F32 => {
                self.push(&Instruction::I32ReinterpretF32);
                self.push(&Instruction::I32Const(i32::MAX));
                self.push(&Instruction::I32And);
                self.push(&Instruction::I32Const(f32::INFINITY.to_bits().cast_signed()));
                self.push(&Instruction::I32GtU);
                self.replace(local, &Instruction::F32Const(NAN_32));
            }
            Floats::F64 => {
                self.push(&Instruction::I64ReinterpretF64);
                self.push(&Instruction::I64Const(i64::MAX));
                self.push(&Instruction::I64And);
                self.push(&Instruction::I64Const(f64::INFINITY.to_bits().cast_signed()));
                self.push(&Instruction::I64GtU);
                self.replace(local, &Instruction::F64Const(NAN_64));
            }
            Floats::F32x4 => {
                let nans = u128::from(NAN_32.bits()) * 0x1_0000_0001_0000_0001_0000_0001;
                self.choose_lanes(local, nans, &Instruction::F32x4Eq);
            }
            Floats::F64x2 => {
                let nans = u128::from(NAN_64.bits()) * 0x1_0000_0000_0000_0001;
                self.choose_lanes(local, nans, &Instruction::F64x2Eq);
            }
        }
    }

    /// The local that holds what the so-manieth store stored.
    fn kept(&self, floats: Floats, number: usize) -> u32 {
        self.nan_locals.values[usize::from(floats == Floats::F64)] + number as u32
    }

    /// Sets the local to `nan` where the topmost value says so, and puts it on the stack.
    fn replace(&mut self, local: u32, nan: &Instruction<'_>) {
        self.push(&Instruction::If(BlockType::Empty));
        self.push(nan);
        self.push(&Instruction::LocalSet(local));
        self.push(&Instruction::End);
        self.push(&Instruction::LocalGet(local));
    }

    /// The topmost vector, with the lanes of `nans` where it does not equal itself.
    fn choose_lanes(&mut self, local: u32, nans: u128, equal: &Instruction<'_>) {
        self.push(&Instruction::V128Const(nans.cast_signed()));
        self.push(&Instruction::LocalGet(local));
        self.push(&Instruction::LocalGet(local));
        self.push(equal);
        self.push(&Instruction::V128Bitselect);
    }

    /// Looks at stores together.
    fn look(&mut self, body: &Body<'_>, floats: Floats, stores: &[u32]) -> Result<(), MeterError> {
        let (add, ordered, equal, nan) = match floats {
            Floats::F64 => {
                (Instruction::F64Add, Instruction::F64Ge, Instruction::F64Eq, Instruction::F64Const(NAN_64))
            }
            _ => (Instruction::F32Add, Instruction::F32Ge, Instruction::F32Eq, Instruction::F32Const(NAN_32)),
        };
        let sum = self.nan_locals.result[floats as usize];
        self.push(&Instruction::Block(BlockType::Empty));
        for number in 0..stores.len() {
            self.push(&Instruction::LocalGet(self.kept(floats, number)));
            if number > 0 {
                self.push(&add);
            }
        }
        self.push(&Instruction::LocalTee(sum));
        self.push(&Instruction::LocalGet(sum));
        self.push(&ordered);
        self.push(&Instruction::BrIf(0));
        // All of them once more, in their order, since they may overlap.
        for (number, at) in stores.iter().enumerate() {
            let Some((memarg, value)) = self.stored(body, *at, self.kept(floats, number)) else { continue };
            self.push(&Instruction::LocalGet(self.nan_locals.addresses + number as u32));
            self.push(&Instruction::LocalGet(value));
            self.push(&nan);
            self.push(&Instruction::LocalGet(value));
            self.push(&Instruction::LocalGet(value));
            self.push(&equal);
            self.push(&Instruction::Select);
            let memarg = self.mem_arg(memarg, *at)?;
            self.push(&match floats {
                Floats::F64 => Instruction::F64Store(memarg),
                _ => Instruction::F32Store(memarg),
            });
        }
        self.push(&Instruction::End);
        Ok(())
    }

    fn stored(&self, body: &Body<'_>, at: u32, value: u32) -> Option<(MemArg, u32)> {
        match body.operators.get(at as usize)?.0 {
            Operator::F32Store { memarg } | Operator::F64Store { memarg } => Some((memarg, value)),
            _ => None,
        }
    }
}
