//! One walk over a function, in which every charge finds its place.
//!
//! A charge may stand anywhere on its way from what it is for to the next check, or to the next point
//! where ways meet. So amounts are carried along as *pending*: over operators, into blocks, over the
//! end of blocks and out of functions. They are settled where somebody looks (before a call that
//! looks at the gauge, a host call, a bulk operation) and where ways meet that have different amounts
//! pending: the first way to a label decides what is pending there, the others settle the difference.
//! Loops' heads are checked against what is pending there.

use std::collections::BTreeMap;

use wasmparser::Operator;

use crate::callee::{Callee, checks, depth, fuel, is_small, length};
use crate::counted::counted;
use crate::operators::stores;
use crate::options::{Options, Placement};
use crate::plan::{Home, Plan, Step};
use crate::scan::{Body, Scanned};
use crate::schedule::Class;
use crate::shape::{Frame, Kind, Shape};

/// What a walk found.
pub(crate) struct Walked {
    /// What to add.
    pub plan: Plan,
    /// What would be pending at the first return; `None` where a return must be settled.
    pub pending_at_return: Option<i64>,
    /// For loops, by operator, in which every round settles: what is pending when the first goes round.
    at_heads: BTreeMap<u32, i64>,
}

/// Plans one function, whose returns leave this much pending.
pub(crate) fn walk(
    body: &Body<'_>,
    scanned: &Scanned<'_>,
    callees: &[Callee],
    pending_at_return: i64,
    options: &Options,
) -> Walked {
    let first = walk_once(body, scanned, callees, pending_at_return, options, BTreeMap::new());
    if first.at_heads.is_empty() {
        return first;
    }
    // Once more, with what is pending at loops' heads chosen so that going round costs no charge.
    walk_once(body, scanned, callees, pending_at_return, options, first.at_heads)
}

fn walk_once(
    body: &Body<'_>,
    scanned: &Scanned<'_>,
    callees: &[Callee],
    pending_at_return: i64,
    options: &Options,
    at_heads: BTreeMap<u32, i64>,
) -> Walked {
    let mut walker = Walker {
        body,
        scanned,
        callees,
        options,
        shape: Shape::of(body, |function| checks(function, scanned, callees)),
        frames: Vec::new(),
        pending_at_return,
        pending: 0,
        segment: 0,
        anchor: Some(0),
        weights: [0; 2],
        loops: 0,
        plan: Plan { checks_entry: !is_small(body, scanned, options), ..Plan::default() },
        found: None,
        at_heads,
        found_at_heads: BTreeMap::new(),
        settled: 0,
        dirty: false,
        depth: depth(body, options),
    };
    walker.frames.push(Frame { kind: Kind::Function, label: None, entry: 0, met: false });
    walker.run();
    let pending_at_return = walker.found.filter(|_| !walker.shape.function_in_table);
    let mut plan = walker.plan;
    plan.steps.sort_by_key(|(at, step)| (*at, step.rank()));
    let touches = !plan.is_inert();
    let entry = [2 * u64::from(plan.checks_entry), 3 * u64::from(touches)];
    let [global, local] = [walker.weights[0] + entry[0], walker.weights[1] + entry[1]];
    let merged = options.placement == Placement::Merged;
    plan.home = if merged && local < global { Home::Local } else { Home::Global };
    if plan.home == Home::Global {
        plan.steps.retain(|(_, step)| !matches!(step, Step::Sync | Step::Reload));
    }
    if merged {
        plan.counted = counted(body, &plan);
    }
    Walked { plan, pending_at_return, at_heads: walker.found_at_heads }
}

struct Walker<'a, 'w> {
    body: &'a Body<'w>,
    scanned: &'a Scanned<'w>,
    callees: &'a [Callee],
    options: &'a Options,
    shape: Shape,
    frames: Vec<Frame>,
    /// What every return leaves pending.
    pending_at_return: i64,
    pending: i64,
    /// From where on nothing has been a reason to settle.
    segment: u32,
    /// Where in the segment a charge disturbs no expression, if anywhere yet.
    anchor: Option<u32>,
    weights: [u64; 2],
    loops: u32,
    plan: Plan,
    found: Option<i64>,
    /// What to leave pending at loops' heads, by operator.
    at_heads: BTreeMap<u32, i64>,
    found_at_heads: BTreeMap<u32, i64>,
    /// How many points there were so far where nothing could stay pending.
    settled: u32,
    /// What a call from here takes of the depth for as long as it lasts.
    depth: i64,
    /// Whether the gauge may differ from the global, in [`Home::Local`].
    dirty: bool,
}

impl Walker<'_, '_> {
    fn run(&mut self) {
        let body = self.body;
        // The depth of blocks within code that cannot execute, and where that began.
        let mut dead: Option<(u32, u32)> = None;
        for (index, (operator, _)) in body.operators.iter().enumerate() {
            let at = index as u32;
            if let Some((depth, since)) = &mut dead {
                match operator {
                    Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => *depth += 1,
                    Operator::End if *depth > 0 => *depth -= 1,
                    Operator::End | Operator::Else if *depth == 0 => {
                        if *since < at {
                            self.plan.dead.push((*since, at));
                        }
                        dead = None;
                        self.close(operator, at, false);
                    }
                    _ => {}
                }
                continue;
            }
            self.spend(operator, index);
            if self.step(operator, at) {
                dead = Some((0, at + 1));
            }
            if matches!(operator, Operator::LocalSet { .. } | Operator::GlobalSet { .. } | Operator::Drop)
                || stores(operator)
            {
                self.anchor = self.anchor.or(Some(at + 1));
            }
        }
    }

    /// Adds what an operator costs.
    fn spend(&mut self, operator: &Operator<'_>, index: usize) {
        let class = Class::of(operator, self.scanned.imported_functions);
        let mut units = u64::from(self.options.schedule.cost(class));
        if let Some((cost, Some(constant))) = length(self.body, index, self.options) {
            units += cost.units(constant);
        }
        self.pending += fuel(units);
        if self.options.placement == Placement::EveryOperator {
            self.barrier(index as u32, true);
            self.settle(0);
        }
    }

    /// Plans what an operator needs; returns whether nothing after it can execute.
    fn step(&mut self, operator: &Operator<'_>, at: u32) -> bool {
        match operator {
            Operator::Block { .. } => {
                let label = self.label_in_table(at).then_some(0);
                self.frames.push(Frame { kind: Kind::Block, label, entry: self.pending, met: false });
            }
            Operator::Loop { .. } => {
                if self.label_in_table(at) {
                    self.settle(0);
                } else if let Some(pending) = self.at_heads.get(&at) {
                    self.settle(*pending);
                }
                let pending = self.pending;
                let kind = Kind::Loop { at, settled: self.settled };
                self.frames.push(Frame { kind, label: Some(pending), entry: pending, met: false });
                self.loops += 1;
                self.dirty = true;
                self.barrier(at + 1, true);
                if !self.shape.checked_inside.get(at as usize).copied().unwrap_or(false) {
                    self.add(at + 1, Step::Check { pending });
                }
            }
            Operator::If { .. } => {
                let has_else = self.shape.has_else.get(at as usize).copied().unwrap_or(false);
                let in_table = self.label_in_table(at);
                if in_table && !has_else {
                    self.settle(0);
                }
                let label = match (in_table, has_else) {
                    (true, _) => Some(0),
                    // The way without an `else` has no place for a charge.
                    (false, false) => Some(self.pending),
                    (false, true) => None,
                };
                let kind = if has_else { Kind::If } else { Kind::Block };
                self.frames.push(Frame { kind, label, entry: self.pending, met: true });
                self.barrier(at + 1, true);
            }
            Operator::Else | Operator::End => self.close(operator, at, true),
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth);
                return true;
            }
            Operator::BrIf { relative_depth } => {
                self.branch(*relative_depth);
                self.barrier(at + 1, true);
            }
            Operator::BrTable { targets } => {
                // All labels of a table have nothing pending.
                self.settle(0);
                for depth in targets.targets().flatten().chain([targets.default()]) {
                    self.branch(depth);
                }
                return true;
            }
            Operator::Return => {
                self.leave();
                return true;
            }
            Operator::Unreachable => {
                self.settle(0);
                self.sync();
                return true;
            }
            Operator::Call { function_index } => self.call(*function_index, at),
            Operator::CallIndirect { .. } => self.metered_call(Callee::default(), at),
            Operator::ReturnCall { function_index } => {
                self.settle(0);
                self.sync();
                if *function_index < self.scanned.imported_functions {
                    self.add(at, Step::CheckHostCall);
                }
                return true;
            }
            Operator::ReturnCallIndirect { .. } => {
                self.settle(0);
                self.sync();
                return true;
            }
            _ => {
                if let Some((cost, None)) = length(self.body, at as usize, self.options) {
                    self.settle(0);
                    self.add(at, Step::ChargeLength(cost));
                    self.dirty = true;
                    self.barrier(at + 1, false);
                }
            }
        }
        false
    }

    fn call(&mut self, function: u32, at: u32) {
        let Some(index) = function.checked_sub(self.scanned.imported_functions) else {
            self.settle(0);
            self.sync();
            self.add(at, Step::CheckHostCall);
            self.after_call(at, 0);
            return;
        };
        let callee = self.callees.get(index as usize).copied().unwrap_or_default();
        if callee.inert {
            self.pending += callee.pending_at_return;
        } else {
            self.metered_call(callee, at);
        }
    }

    fn metered_call(&mut self, callee: Callee, at: u32) {
        self.settle(-self.depth);
        self.pending = 0;
        self.sync();
        self.after_call(at, callee.pending_at_return - self.depth);
    }

    fn after_call(&mut self, at: u32, pending: i64) {
        self.barrier(at + 1, false);
        self.settled += 1;
        self.dirty = false;
        self.add(at + 1, Step::Reload);
        self.pending = pending;
        if self.options.placement == Placement::EveryOperator {
            self.settle(0);
        }
    }

    /// `else` and `end`, reached from above or not.
    fn close(&mut self, operator: &Operator<'_>, at: u32, live: bool) {
        if live && self.frames.len() == 1 {
            self.leave();
        }
        // Other ways may come in that have charged.
        self.dirty = true;
        let Some(mut frame) = self.frames.pop() else { return };
        if matches!(frame.kind, Kind::Function) {
            return;
        }
        if live && !matches!(frame.kind, Kind::Loop { .. }) {
            let label = *frame.label.get_or_insert(self.pending);
            self.settle(label);
        }
        if matches!(operator, Operator::Else) {
            self.pending = frame.entry;
            frame.kind = Kind::Block;
            frame.met = true;
            self.frames.push(frame);
            self.barrier(at + 1, true);
            return;
        }
        if matches!(frame.kind, Kind::Loop { .. }) {
            self.loops -= 1;
            if !live {
                // Nothing executes what follows.
                self.pending = 0;
                self.barrier(at + 1, true);
            }
            return;
        }
        self.pending = frame.label.unwrap_or(0);
        if frame.met || !live {
            self.barrier(at + 1, true);
        }
    }

    fn branch(&mut self, depth: u32) {
        let (pending, merged) = (self.pending, self.options.placement == Placement::Merged);
        let index = self.frames.len().checked_sub(depth as usize + 1);
        let Some(frame) = index.and_then(|index| self.frames.get_mut(index)) else { return };
        if frame.kind == Kind::Function {
            self.leave();
            return;
        }
        if let Kind::Loop { at, settled } = frame.kind
            && settled != self.settled
            && merged
        {
            self.found_at_heads.entry(at).or_insert(pending);
        }
        frame.met = true;
        let label = *frame.label.get_or_insert(pending);
        self.settle(label);
    }

    /// Out of the function.
    fn leave(&mut self) {
        self.found = self.found.or(Some(self.pending));
        self.settle(self.pending_at_return);
        self.sync();
    }

    fn label_in_table(&self, at: u32) -> bool {
        self.shape.in_table.get(at as usize).copied().unwrap_or(false)
    }

    /// Nothing is charged before this point for what comes after it.
    fn barrier(&mut self, at: u32, clean: bool) {
        self.segment = at;
        self.anchor = clean.then_some(at);
    }

    /// Charges, so that this much is pending.
    fn settle(&mut self, pending: i64) {
        let amount = self.pending - pending;
        self.pending = pending;
        if amount != 0 {
            self.dirty = true;
            self.add(self.anchor.unwrap_or(self.segment), Step::Charge(amount));
        }
    }

    fn sync(&mut self) {
        if !self.dirty {
            return;
        }
        self.add(self.anchor.unwrap_or(self.segment), Step::Sync);
    }

    fn add(&mut self, at: u32, step: Step) {
        let often = 8u64.saturating_pow(self.loops.min(6));
        self.weights[0] += often * step.weight(Home::Global);
        self.weights[1] += often * step.weight(Home::Local);
        self.plan.steps.push((at, step));
    }
}
