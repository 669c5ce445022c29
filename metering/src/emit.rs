//! A function's code with what its plan adds.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Function, Instruction, ValType};
use wasmparser::Operator;

use crate::counted::{Bound, Counted, Until};
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
    let mut emitter = Emitter {
        out: Vec::new(),
        offsets: Vec::new(),
        declarations: 0,
        indices,
        home: plan.home,
        gauge: first,
        length: first,
    };
    if plan.home == Home::Local && !plan.is_inert() {
        locals.push((1, ValType::I64));
        emitter.length += 1;
        count += 1;
    }
    let charges_lengths = plan.steps.iter().any(|(_, step)| matches!(step, Step::ChargeLength(_)));
    if charges_lengths || !plan.counted.is_empty() {
        locals.push((1, ValType::I32));
        count += 1;
    }
    if count > LOCALS_MAX {
        return Err(too_large("locals", count, LOCALS_MAX));
    }
    // The declarations of locals are part of the code's bytes; the operators follow them.
    let function = Function::new(locals);
    let declarations = function.byte_len();
    emitter.declarations = declarations;
    emitter.operators(body, plan)?;
    let size = (declarations + emitter.out.len()) as u64;
    if size > CODE_BYTES_MAX {
        return Err(too_large("bytes of code", size, CODE_BYTES_MAX));
    }
    let mut function = function;
    function.raw(emitter.out);
    Ok(Emitted { function, offsets: emitter.offsets })
}

struct Emitter<'i> {
    out: Vec<u8>,
    offsets: Vec<(u32, u32)>,
    /// The bytes of declarations before the operators.
    declarations: usize,
    indices: &'i Indices<'i>,
    home: Home,
    /// The local that holds the gauge, in [`Home::Local`].
    gauge: u32,
    /// The local that holds a length, or the rounds of a loop.
    length: u32,
}

impl Emitter<'_> {
    fn operators(&mut self, body: &Body<'_>, plan: &Plan) -> Result<(), MeterError> {
        let mut steps = plan.steps.iter().peekable();
        let mut dead = plan.dead.iter().peekable();
        let mut counted = plan.counted.iter().peekable();
        let mut in_counted = None;
        self.enter(plan);
        for at in 0..body.operators.len() as u32 {
            while let Some((_, step)) = steps.next_if(|(before, _)| *before <= at) {
                self.step(*step);
            }
            while dead.next_if(|(_, end)| *end <= at).is_some() {}
            if dead.peek().is_some_and(|(begin, _)| *begin <= at) {
                continue;
            }
            if let Some(counted) = counted.next_if(|counted| counted.begin <= at) {
                self.all_rounds(body, plan, counted)?;
                in_counted = Some(counted.end);
            }
            self.operator(body, at)?;
            if in_counted.take_if(|end| *end == at).is_some() {
                self.push(&Instruction::End);
            }
        }
        Ok(())
    }

    fn operator(&mut self, body: &Body<'_>, at: u32) -> Result<(), MeterError> {
        let Some((operator, offset)) = body.operators.get(at as usize) else { return Ok(()) };
        if self.indices.options.offset_map {
            self.offsets.push(((self.declarations + self.out.len()) as u32, *offset as u32));
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
                let end = body.operators.get(at as usize + 1).map_or(body.end, |(_, next)| *next);
                let range = *offset as usize..end as usize;
                let message = "an operator ends before it begins".to_owned();
                let bytes = self.indices.scanned.wasm.get(range);
                self.out.extend_from_slice(bytes.ok_or(MeterError::Invalid { message, offset: *offset })?);
            }
        }
        Ok(())
    }

    /// The loop as it was written, if there is fuel for all of its rounds; what follows is otherwise.
    fn all_rounds(&mut self, body: &Body<'_>, plan: &Plan, counted: &Counted) -> Result<(), MeterError> {
        let (rounds, step) = (self.length, counted.step.unsigned_abs().cast_signed());
        match counted.until {
            Until::Equal => {
                // Distance over step, and whether the one is a multiple of the other and not zero.
                self.distance(counted);
                if step != 1 {
                    self.push(&Instruction::I32Const(step));
                    self.push(&Instruction::I32DivU);
                }
            }
            Until::NotBelow | Until::NotBelowSigned => {
                // The first round happens. (bound - 1 - first) / step + 2, or 1.
                let bound = Instruction::I32Const(counted.constant());
                self.first(counted);
                self.push(&Instruction::LocalSet(rounds));
                self.push(&Instruction::I32Const(counted.constant().wrapping_sub(1)));
                self.push(&Instruction::LocalGet(rounds));
                self.push(&Instruction::I32Sub);
                if step != 1 {
                    self.push(&Instruction::I32Const(step));
                    self.push(&Instruction::I32DivU);
                }
                self.push(&Instruction::I32Const(2));
                self.push(&Instruction::I32Add);
                self.push(&Instruction::I32Const(1));
                self.push(&Instruction::LocalGet(rounds));
                self.push(&bound);
                let signed = counted.until == Until::NotBelowSigned;
                self.push(if signed { &Instruction::I32LtS } else { &Instruction::I32LtU });
                self.push(&Instruction::Select);
            }
        }
        self.push(&Instruction::LocalTee(rounds));
        self.push(&Instruction::I32Const(0));
        self.push(&Instruction::I32Ne);
        if step != 1 && counted.until == Until::Equal {
            self.push(&Instruction::LocalGet(rounds));
            self.push(&Instruction::I32Const(step));
            self.push(&Instruction::I32Mul);
            self.distance(counted);
            self.push(&Instruction::I32Eq);
            self.push(&Instruction::I32And);
        }
        // Rounds and units have 47 bits together: nothing overflows.
        self.get();
        self.push(&Instruction::I64Const(counted.pending));
        self.push(&Instruction::I64Sub);
        self.push(&Instruction::I64Const(i64::from(FUEL_SHIFT)));
        self.push(&Instruction::I64ShrS);
        self.push(&Instruction::LocalGet(rounds));
        self.push(&Instruction::I64ExtendI32U);
        self.push(&Instruction::I64Const(counted.units));
        self.push(&Instruction::I64Mul);
        self.push(&Instruction::I64GeS);
        self.push(&Instruction::I32And);
        self.push(&Instruction::If(BlockType::Empty));
        self.get();
        self.push(&Instruction::LocalGet(rounds));
        self.push(&Instruction::I64ExtendI32U);
        self.push(&Instruction::I64Const(counted.units << FUEL_SHIFT));
        self.push(&Instruction::I64Mul);
        self.push(&Instruction::I64Sub);
        self.set();
        for at in counted.begin..counted.end {
            self.operator(body, at)?;
        }
        // What is charged behind the last round is charged here too.
        let first = plan.steps.partition_point(|(at, _)| *at < counted.end);
        for (_, step) in plan.steps.iter().skip(first).take_while(|(at, _)| *at == counted.end) {
            self.step(*step);
        }
        self.operator(body, counted.end)?;
        self.push(&Instruction::Else);
        Ok(())
    }

    /// The local after the first round.
    fn first(&mut self, counted: &Counted) {
        self.push(&Instruction::LocalGet(counted.local));
        self.push(&Instruction::I32Const(counted.step));
        self.push(&Instruction::I32Add);
    }

    fn distance(&mut self, counted: &Counted) {
        let bound = match counted.bound {
            Bound::Constant(value) => Instruction::I32Const(value),
            Bound::Local(local) => Instruction::LocalGet(local),
        };
        let local = Instruction::LocalGet(counted.local);
        let (from, to) = if counted.step > 0 { (local, bound) } else { (bound, local) };
        self.push(&to);
        self.push(&from);
        self.push(&Instruction::I32Sub);
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
