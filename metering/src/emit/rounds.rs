//! Loops whose rounds are charged at once.

use wasm_encoder::{BlockType, Instruction};

use super::Emitter;
use super::nan::NanPlan;
use crate::addresses::{Folds, folds};
use crate::counted::{Bound, Counted, Until};
use crate::error::MeterError;
use crate::flow::Flow;
use crate::gauge::FUEL_SHIFT;
use crate::options::{Instrument, Options};
use crate::plan::Plan;
use crate::scan::Body;
use crate::unroll::{Unrolled, unroll};

/// What runs of a loop where all of its rounds are charged at once.
pub(super) struct Fast<'a> {
    folds: Folds,
    unrolled: Option<(Unrolled<'a>, NanPlan)>,
}

impl<'a> Fast<'a> {
    /// That of a loop.
    pub fn of(body: &Body<'a>, flow: &Flow, counted: &Counted, options: &Options) -> Self {
        let mut folds = folds(body, flow, counted);
        // Who watches operators wants to meet each where it stands.
        let unrolled =
            if options.instrument == Instrument::None { unroll(body, counted, &mut folds) } else { None };
        let unrolled = unrolled.map(|unrolled| {
            let nans = if options.canonical_nan { NanPlan::of(&unrolled.body) } else { NanPlan::default() };
            (unrolled, nans)
        });
        Self { folds, unrolled }
    }

    /// What is done about results that are not numbers where rounds follow each other.
    pub fn nans(&self) -> Option<&NanPlan> {
        self.unrolled.as_ref().map(|(_, nans)| nans)
    }
}

impl Emitter<'_> {
    /// The loop with its addresses folded and several rounds in one, if there is fuel for all of its rounds and no pointer
    /// wraps; what follows is otherwise.
    pub(super) fn all_rounds(
        &mut self,
        body: &Body<'_>,
        plan: &Plan,
        counted: &Counted,
        fast: Fast<'_>,
    ) -> Result<(), MeterError> {
        let Fast { folds, unrolled } = fast;
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
        if !folds.pointers.is_empty() {
            self.no_pointer_wraps(&folds, rounds);
            self.push(&Instruction::I32And);
        }
        self.push(&Instruction::If(BlockType::Empty));
        self.get();
        self.push(&Instruction::LocalGet(rounds));
        self.push(&Instruction::I64ExtendI32U);
        self.push(&Instruction::I64Const(counted.units << FUEL_SHIFT));
        self.push(&Instruction::I64Mul);
        self.push(&Instruction::I64Sub);
        self.set();
        let is_unrolled = unrolled.is_some();
        if let Some((unrolled, nans)) = unrolled {
            self.rounds_in_one(unrolled, nans)?;
            self.push(&Instruction::LocalGet(rounds));
            self.push(&Instruction::If(BlockType::Empty));
        }
        self.folds = folds;
        self.operator(body, counted.begin)?;
        for at in counted.begin + 1..counted.end {
            self.look_at_stores(body, at)?;
            self.operator(body, at)?;
        }
        self.look_at_stores(body, counted.end)?;
        self.folds = Folds::default();
        self.operator(body, counted.end)?;
        if is_unrolled {
            self.push(&Instruction::End);
        }
        // What is charged behind the last round is charged here too.
        let first = plan.steps.partition_point(|(at, _)| *at < counted.end);
        for (_, step) in plan.steps.iter().skip(first).take_while(|(at, _)| *at == counted.end) {
            self.step(body, counted.end, *step);
        }
        self.push(&Instruction::Else);
        Ok(())
    }

    /// As many rounds as several in one are, and leaves the number of the others in the local.
    fn rounds_in_one(&mut self, unrolled: Unrolled<'_>, nans: NanPlan) -> Result<(), MeterError> {
        let (rounds, in_one) = (self.length, Instruction::I32Const(unrolled.rounds.cast_signed()));
        self.push(&Instruction::LocalGet(rounds));
        self.push(&in_one);
        self.push(&Instruction::I32GeU);
        self.push(&Instruction::If(BlockType::Empty));
        self.push(&Instruction::Loop(BlockType::Empty));
        self.folds = unrolled.folds;
        let nans = std::mem::replace(&mut self.nans, nans);
        for at in 0..unrolled.body.operators.len() as u32 {
            self.look_at_stores(&unrolled.body, at)?;
            self.operator(&unrolled.body, at)?;
        }
        self.look_at_stores(&unrolled.body, unrolled.body.operators.len() as u32)?;
        self.nans = nans;
        for (local, by) in unrolled.steps {
            self.push(&Instruction::LocalGet(local));
            self.push(&Instruction::I32Const(by));
            self.push(&Instruction::I32Add);
            self.push(&Instruction::LocalSet(local));
        }
        self.push(&Instruction::LocalGet(rounds));
        self.push(&in_one);
        self.push(&Instruction::I32Sub);
        self.push(&Instruction::LocalTee(rounds));
        self.push(&in_one);
        self.push(&Instruction::I32GeU);
        self.push(&Instruction::BrIf(0));
        self.push(&Instruction::End);
        self.push(&Instruction::End);
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
}
