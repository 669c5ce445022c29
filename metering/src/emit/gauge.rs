//! Charges and checks.

use wasm_encoder::{BlockType, Instruction};

use super::Emitter;
use crate::gauge::{CHECK_MASK, FUEL_SHIFT};
use crate::options::Exhaustion;
use crate::plan::{Home, Plan, Step};
use crate::scan::Body;
use crate::schedule::LengthCost;

impl Emitter<'_> {
    pub(super) fn get(&mut self) {
        match self.home {
            Home::Global => self.push(&Instruction::GlobalGet(self.indices.fuel_global())),
            Home::Local => self.push(&Instruction::LocalGet(self.gauge)),
        }
    }

    pub(super) fn set(&mut self) {
        match self.home {
            Home::Global => self.push(&Instruction::GlobalSet(self.indices.fuel_global())),
            Home::Local => self.push(&Instruction::LocalSet(self.gauge)),
        }
    }

    /// What a function begins with.
    pub(super) fn enter(&mut self, body: &Body<'_>, plan: &Plan) {
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
            self.exhausted(0, body.begin);
        }
    }

    /// What is added before an operator.
    pub(super) fn step(&mut self, body: &Body<'_>, at: u32, step: Step) {
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
            // A loop is checked behind its `loop`.
            Step::Check { pending } => self.check(pending, body.offset(at.saturating_sub(1))),
            Step::CheckHostCall => self.check(0, body.offset(at)),
            Step::ChargeLength(cost) => self.charge_length(cost, body.offset(at)),
        }
    }

    fn check(&mut self, pending: i64, offset: u64) {
        self.get();
        self.push(&Instruction::I64Const(pending));
        self.push(&Instruction::I64LtS);
        self.exhausted(pending, offset);
    }

    /// What happens where a check fails, with its condition on the stack. The offset is of what would
    /// have been next.
    fn exhausted(&mut self, pending: i64, offset: u64) {
        let global = self.indices.fuel_global();
        self.push(&Instruction::If(BlockType::Empty));
        self.trace_at(offset);
        if self.home == Home::Local || pending != 0 {
            self.get();
            self.push(&Instruction::I64Const(pending));
            self.push(&Instruction::I64Sub);
            self.push(&Instruction::GlobalSet(global));
        }
        if let Some(function) = self.indices.exhausted_function() {
            self.push(&Instruction::Call(function));
        }
        if self.indices.options.exhaustion != Exhaustion::Host {
            self.push(&Instruction::Unreachable);
        } else if self.home == Home::Local || pending != 0 {
            self.push(&Instruction::GlobalGet(global));
            self.push(&Instruction::I64Const(pending));
            self.push(&Instruction::I64Add);
            self.set();
        }
        self.push(&Instruction::End);
    }

    fn charge_length(&mut self, cost: LengthCost, offset: u64) {
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
        self.check(0, offset);
    }
}
