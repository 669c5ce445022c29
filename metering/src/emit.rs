//! A function's code with what its plan adds.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Function, Instruction, ValType};
use wasmparser::Operator;

use crate::error::MeterError;
use crate::gauge::{CHECK_MASK, FUEL_SHIFT};
use crate::plan::{Home, Plan, Step};
use crate::rewrite::Indices;
use crate::scan::{Body, function_name};
use crate::schedule::LengthCost;

/// What engines accept.
const LOCALS_MAX: u64 = 50_000;
const CODE_BYTES_MAX: u64 = 7_654_321;

/// One metered function.
pub(crate) struct Emitted {
    /// Its code.
    pub function: Function,
    /// Where its operators went: bytes from the beginning of its code, and from the beginning of the
    /// original file. Empty unless asked for.
    pub offsets: Vec<(u32, u32)>,
}

/// Writes one function of the module, by its index in the original.
pub(crate) fn emit(
    body: &Body<'_>,
    plan: &Plan,
    indices: &Indices<'_>,
    index: u32,
) -> Result<Emitted, MeterError> {
    let function_name = || function_name(indices.scanned.wasm, index);
    let parameters = indices.parameters(index);
    let mut locals = Vec::with_capacity(body.locals.len() + 2);
    let mut count = u64::from(parameters);
    for (number, ty) in &body.locals {
        count += u64::from(*number);
        locals.push((*number, RoundtripReencoder.val_type(*ty)?));
    }
    let too_large = |what, found, max| MeterError::TooLarge { what, function: function_name(), found, max };
    let first = u32::try_from(count).map_err(|_| too_large("locals", count, LOCALS_MAX))?;
    let mut emitter = Emitter { out: Vec::new(), indices, home: plan.home, gauge: first, length: first };
    if plan.home == Home::Local && !plan.is_inert() {
        locals.push((1, ValType::I64));
        emitter.length += 1;
        count += 1;
    }
    if plan.steps.iter().any(|(_, step)| matches!(step, Step::ChargeLength(_))) {
        locals.push((1, ValType::I32));
        count += 1;
    }
    if count > LOCALS_MAX {
        return Err(too_large("locals", count, LOCALS_MAX));
    }
    // The declarations of locals are part of the code's bytes; the operators follow them.
    let function = Function::new(locals);
    let declarations = function.byte_len();
    let offsets = emitter.operators(body, plan, declarations)?;
    let size = (declarations + emitter.out.len()) as u64;
    if size > CODE_BYTES_MAX {
        return Err(too_large("bytes of code", size, CODE_BYTES_MAX));
    }
    let mut function = function;
    function.raw(emitter.out);
    Ok(Emitted { function, offsets })
}

struct Emitter<'i> {
    out: Vec<u8>,
    indices: &'i Indices<'i>,
    home: Home,
    /// The local that holds the gauge, in [`Home::Local`].
    gauge: u32,
    /// The local that holds a length.
    length: u32,
}

impl Emitter<'_> {
    fn operators(
        &mut self,
        body: &Body<'_>,
        plan: &Plan,
        declarations: usize,
    ) -> Result<Vec<(u32, u32)>, MeterError> {
        let wasm = self.indices.scanned.wasm;
        let mut offsets = Vec::new();
        let mut steps = plan.steps.iter().peekable();
        let mut dead = plan.dead.iter().peekable();
        self.enter(plan);
        for (index, (operator, offset)) in body.operators.iter().enumerate() {
            let at = index as u32;
            while let Some((_, step)) = steps.next_if(|(before, _)| *before <= at) {
                self.step(*step);
            }
            while dead.next_if(|(_, end)| *end <= at).is_some() {}
            if dead.peek().is_some_and(|(begin, _)| *begin <= at) {
                continue;
            }
            if self.indices.options.offset_map {
                offsets.push(((declarations + self.out.len()) as u32, *offset as u32));
            }
            match operator {
                Operator::Call { function_index } => {
                    self.push(&Instruction::Call(self.indices.function(*function_index)));
                }
                Operator::ReturnCall { function_index } => {
                    self.push(&Instruction::ReturnCall(self.indices.function(*function_index)));
                }
                Operator::RefFunc { function_index } => {
                    self.push(&Instruction::RefFunc(self.indices.function(*function_index)));
                }
                // Nothing else names what metering moves.
                _ => {
                    let end = body.operators.get(index + 1).map_or(body.end, |(_, next)| *next);
                    let range = *offset as usize..end as usize;
                    let message = "an operator ends before it begins".to_owned();
                    let bytes = wasm.get(range).ok_or(MeterError::Invalid { message, offset: *offset })?;
                    self.out.extend_from_slice(bytes);
                }
            }
        }
        Ok(offsets)
    }

    fn push(&mut self, instruction: &Instruction<'_>) {
        wasm_encoder::Encode::encode(instruction, &mut self.out);
    }

    fn get(&mut self) {
        match self.home {
            Home::Global => self.push(&Instruction::GlobalGet(self.indices.fuel_global())),
            Home::Local => self.push(&Instruction::LocalGet(self.gauge)),
        }
    }

    fn set(&mut self) {
        match self.home {
            Home::Global => self.push(&Instruction::GlobalSet(self.indices.fuel_global())),
            Home::Local => self.push(&Instruction::LocalSet(self.gauge)),
        }
    }

    fn enter(&mut self, plan: &Plan) {
        if plan.is_inert() {
            return;
        }
        let global = self.indices.fuel_global();
        if self.home == Home::Local {
            self.push(&Instruction::GlobalGet(global));
            self.push(&Instruction::LocalSet(self.gauge));
        }
        if plan.checks_entry {
            self.get();
            self.push(&Instruction::I64Const(CHECK_MASK));
            self.push(&Instruction::I64And);
            self.push(&Instruction::I64Const(0));
            self.push(&Instruction::I64Ne);
            self.exhausted(0);
        }
    }

    fn step(&mut self, step: Step) {
        let global = self.indices.fuel_global();
        match step {
            Step::Reload => {
                self.push(&Instruction::GlobalGet(global));
                self.push(&Instruction::LocalSet(self.gauge));
            }
            Step::Sync => {
                self.push(&Instruction::LocalGet(self.gauge));
                self.push(&Instruction::GlobalSet(global));
            }
            Step::Charge(amount) => {
                self.get();
                self.push(&Instruction::I64Const(amount));
                self.push(&Instruction::I64Sub);
                self.set();
            }
            Step::Check { pending } => self.check(pending),
            Step::CheckHostCall => self.check(0),
            Step::ChargeLength(cost) => self.charge_length(cost),
        }
    }

    fn check(&mut self, pending: i64) {
        self.get();
        self.push(&Instruction::I64Const(pending));
        self.push(&Instruction::I64LtS);
        self.exhausted(pending);
    }

    /// What happens where a check fails, with its condition on the stack.
    fn exhausted(&mut self, pending: i64) {
        let global = self.indices.fuel_global();
        self.push(&Instruction::If(BlockType::Empty));
        if self.home == Home::Local || pending != 0 {
            self.get();
            self.push(&Instruction::I64Const(pending));
            self.push(&Instruction::I64Sub);
            self.push(&Instruction::GlobalSet(global));
        }
        match self.indices.exhausted_function() {
            Some(function) => {
                self.push(&Instruction::Call(function));
                if self.home == Home::Local || pending != 0 {
                    self.push(&Instruction::GlobalGet(global));
                    self.push(&Instruction::I64Const(pending));
                    self.push(&Instruction::I64Add);
                    self.set();
                }
            }
            None => self.push(&Instruction::Unreachable),
        }
        self.push(&Instruction::End);
    }

    fn charge_length(&mut self, cost: LengthCost) {
        let length = self.length;
        self.push(&Instruction::LocalTee(length));
        self.get();
        self.push(&Instruction::LocalGet(length));
        match cost {
            LengthCost::PerUnit { log2 } => {
                self.push(&Instruction::I64ExtendI32U);
                self.push(&Instruction::I64Const(i64::from(log2.min(31))));
                self.push(&Instruction::I64ShrU);
                self.push(&Instruction::I64Const(i64::from(FUEL_SHIFT)));
            }
            LengthCost::PerItem { log2 } => {
                let max = LengthCost::ITEMS_MAX.cast_signed();
                self.push(&Instruction::I32Const(max));
                self.push(&Instruction::LocalGet(length));
                self.push(&Instruction::I32Const(max));
                self.push(&Instruction::I32LtU);
                self.push(&Instruction::Select);
                self.push(&Instruction::I64ExtendI32U);
                self.push(&Instruction::I64Const(i64::from(FUEL_SHIFT) + i64::from(log2.min(16))));
            }
        }
        self.push(&Instruction::I64Shl);
        self.push(&Instruction::I64Sub);
        self.set();
        self.check(0);
    }
}
