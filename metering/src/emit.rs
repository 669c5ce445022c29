//! A function's code with what its plan adds.

use std::cell::LazyCell;

mod addresses;
mod gauge;
mod nan;
mod profile;
mod rounds;
mod trace;

use nan::{NanLocals, NanPlan};
use rounds::Fast;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{Function, Instruction, ValType};
use wasmparser::Operator;

use crate::addresses::Folds;
use crate::error::MeterError;
use crate::flow::Flow;
use crate::plan::{Home, Plan, Step};
use crate::rewrite::Indices;
use crate::scan::{Body, function_name};

/// What engines accept.
const LOCALS_MAX: u64 = 50_000;
const CODE_BYTES_MAX: u64 = 7_654_321;

/// Writes one function of the module, by its index in the original.
pub(crate) fn emit(
    body: &Body<'_>,
    plan: &Plan,
    indices: &Indices<'_>,
    index: u32,
) -> Result<Function, MeterError> {
    let too_large = |what, found, max| {
        let function = function_name(indices.scanned.wasm, index);
        MeterError::TooLarge { what, function, found, max }
    };
    let mut locals = Vec::with_capacity(body.locals.len() + 3);
    let mut count = u64::from(indices.parameters(index));
    for (number, ty) in &body.locals {
        count += u64::from(*number);
        locals.push((*number, RoundtripReencoder.val_type(*ty)?));
    }
    let mut local = |number: u32, ty: ValType| {
        let index = u32::try_from(count).unwrap_or(u32::MAX);
        if number > 0 {
            locals.push((number, ty));
            count += u64::from(number);
        }
        index
    };
    let lengths = plan.steps.iter().any(|(_, step)| matches!(step, Step::ChargeLength(_)));
    let traces_calls = indices.is_traced() && trace::pushes(body, indices);
    let canonical_nan = indices.options.canonical_nan;
    let nans = if canonical_nan { NanPlan::of(body) } else { NanPlan::default() };
    let flow = LazyCell::new(|| Flow::of(body));
    let fast = plan.counted.iter().map(|counted| Fast::of(body, &flow, counted, indices.options));
    let fast: Vec<Fast<'_>> = fast.collect();
    let plans: Vec<&NanPlan> = fast.iter().filter_map(Fast::nans).chain([&nans]).collect();
    let mut emitter = Emitter {
        out: Vec::with_capacity(usize::try_from(body.bytes()).unwrap_or(0).saturating_mul(2)),
        indices,
        home: plan.home,
        gauge: local((plan.home == Home::Local && !plan.is_inert()).into(), ValType::I64),
        length: local((lengths || !plan.counted.is_empty()).into(), ValType::I32),
        calls_end: local(traces_calls.into(), ValType::I32),
        nan_locals: NanPlan::locals(&plans, &mut local),
        nans,
        blocks: 0,
        folds: Folds::default(),
    };
    if count > LOCALS_MAX {
        return Err(too_large("locals", count, LOCALS_MAX));
    }
    let mut function = Function::new(locals);
    if traces_calls {
        emitter.trace_begin();
    }
    emitter.profile_begin(index);
    emitter.enter(body, plan);
    emitter.profile_block(index)?;
    emitter.operators(body, plan, fast)?;
    let size = (function.byte_len() + emitter.out.len()) as u64;
    if size > CODE_BYTES_MAX {
        return Err(too_large("bytes of code", size, CODE_BYTES_MAX));
    }
    function.raw(emitter.out);
    Ok(function)
}

/// What writes a function. Locals that it does not need have an index too, which nobody uses.
struct Emitter<'i> {
    out: Vec<u8>,
    indices: &'i Indices<'i>,
    home: Home,
    /// The local that holds the gauge, in [`Home::Local`].
    gauge: u32,
    /// The local that holds a length, or the rounds of a loop.
    length: u32,
    /// The local that holds where the function's own call sites go, in a traced module.
    calls_end: u32,
    /// What is done about results that are not numbers, and the locals for that.
    nans: NanPlan,
    nan_locals: NanLocals,
    /// How many blocks are open, in a profiled module.
    blocks: u32,
    /// What becomes of operators, in a loop whose rounds are charged at once.
    folds: Folds,
}

impl Emitter<'_> {
    fn operators(&mut self, body: &Body<'_>, plan: &Plan, fast: Vec<Fast<'_>>) -> Result<(), MeterError> {
        let mut steps = plan.steps.iter().peekable();
        let mut dead = plan.dead.iter().peekable();
        let mut counted = plan.counted.iter().zip(fast).peekable();
        let mut in_counted = None;
        for at in 0..body.operators.len() as u32 {
            self.look_at_stores(body, at)?;
            while let Some((before, step)) = steps.next_if(|(before, _)| *before <= at) {
                self.step(body, *before, *step);
            }
            while dead.next_if(|(_, end)| *end <= at).is_some() {}
            if dead.peek().is_some_and(|(begin, _)| *begin <= at) {
                continue;
            }
            if let Some((counted, fast)) = counted.next_if(|(counted, _)| counted.begin <= at) {
                self.all_rounds(body, plan, counted, fast)?;
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
        let traced = self.indices.is_traced();
        if traced {
            self.trace_before(body, at);
        }
        if self.profile_operator(body, at) {
            return Ok(());
        }
        self.keep_stored(at);
        match operator {
            _ if let Some(fold) = self.folds.at(at) => self.folded(operator, fold)?,
            Operator::Call { function_index } => {
                self.push(&Instruction::Call(self.indices.function(*function_index)));
            }
            Operator::ReturnCall { function_index } => {
                self.push(&Instruction::ReturnCall(self.indices.function(*function_index)));
            }
            Operator::RefFunc { function_index } => {
                self.push(&Instruction::RefFunc(self.indices.function(*function_index)));
            }
            // wasmi 2.0.0 decodes these wrongly where the offset has more than 16 bits, and jumps anywhere.
            Operator::V128Store8Lane { memarg, lane } => {
                self.push(&Instruction::I8x16ExtractLaneU(*lane));
                self.push(&Instruction::I32Store8(RoundtripReencoder.mem_arg(*memarg)?));
            }
            Operator::V128Store16Lane { memarg, lane } => {
                self.push(&Instruction::I16x8ExtractLaneU(*lane));
                self.push(&Instruction::I32Store16(RoundtripReencoder.mem_arg(*memarg)?));
            }
            // Nothing else names what metering moves.
            _ => {
                let range = *offset as usize..body.offset(at + 1) as usize;
                let message = "an operator ends before it begins".to_owned();
                let bytes = self.indices.scanned.wasm.get(range);
                self.out.extend_from_slice(bytes.ok_or(MeterError::Invalid { message, offset: *offset })?);
            }
        }
        self.canonical_nan(at);
        if traced {
            self.trace_after(operator);
        }
        Ok(())
    }

    fn push(&mut self, instruction: &Instruction<'_>) {
        wasm_encoder::Encode::encode(instruction, &mut self.out);
    }
}
