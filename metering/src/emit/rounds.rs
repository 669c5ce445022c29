//! Loops whose rounds are charged at once.

use wasm_encoder::{BlockType, Instruction};

use super::Emitter;
use crate::addresses::Folds;
use crate::counted::{Bound, Counted, Until};
use crate::error::MeterError;
use crate::gauge::FUEL_SHIFT;
use crate::plan::Plan;
use crate::scan::Body;

impl Emitter<'_> {
    /// The loop with its addresses folded, if there is fuel for all of its rounds and no pointer wraps; what follows
    /// is otherwise.
    pub(super) fn all_rounds(
        &mut self,
        body: &Body<'_>,
        plan: &Plan,
        counted: &Counted,
        folds: Folds,
    ) -> Result<(), MeterError> {
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
        if !folds.is_empty() {
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
        self.folds = folds;
        self.operator(body, counted.begin)?;
        for at in counted.begin + 1..counted.end {
            self.look_at_stores(body, at)?;
            self.operator(body, at)?;
        }
        self.look_at_stores(body, counted.end)?;
        self.folds = Folds::default();
        // What is charged behind the last round is charged here too.
        let first = plan.steps.partition_point(|(at, _)| *at < counted.end);
        for (_, step) in plan.steps.iter().skip(first).take_while(|(at, _)| *at == counted.end) {
            self.step(body, counted.end, *step);
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
}
