//! Several rounds of a counted loop in one.
//!
//! Compilers leave small loops as they are written for WebAssembly, where much of a round is the stepping of pointers and the
//! test for the end. Where all rounds are charged at once nobody stops between two of them, so some can follow each other
//! without a test. What a pointer is in the second of them is what it was in the first and a constant, which becomes part
//! of offsets as in `addresses`; it is stepped once for all of them. Loads and stores come in the same order and reach the
//! same bytes.

use wasmparser::Operator;

use crate::addresses::{Fold, Folds, accesses, may_raise, wraps, writes};
use crate::counted::Counted;
use crate::scan::Body;

/// Loops of more operators than this stay as they are.
const OPERATORS_MAX: usize = 128;

/// Rounds of loops of at most half of that, and of others.
const ROUNDS: [u32; 2] = [4, 2];

/// Several rounds that follow each other.
pub(crate) struct Unrolled<'a> {
    /// Their operators.
    pub body: Body<'a>,
    /// What becomes of these.
    pub folds: Folds,
    /// How many rounds they are.
    pub rounds: u32,
    /// Locals that are stepped behind the last round, and by how much.
    pub steps: Vec<(u32, i32)>,
}

/// Puts rounds of a loop together. What its pointers must not do for that is added to `folds`.
pub(crate) fn unroll<'a>(body: &Body<'a>, counted: &Counted, folds: &mut Folds) -> Option<Unrolled<'a>> {
    // Without the `br_if`.
    let inside = body.operators.get(counted.begin as usize + 1..counted.end as usize - 1)?;
    if inside.len() > OPERATORS_MAX {
        return None;
    }
    let rounds = ROUNDS[usize::from(inside.len() > OPERATORS_MAX / 2)];
    let changes = (0..inside.len()).map(|at| folds.at(counted.begin + 1 + at as u32)).collect();
    let mut round = Round { inside, changes };
    round.omit_test(counted.local)?;
    let accesses = accesses(inside);
    let stepped: Vec<Stepped> = (0..inside.len())
        .filter_map(|at| round.step(at))
        .filter_map(|step| round.accessed(&accesses, counted, rounds, step))
        .collect();
    for Stepped { step, accesses } in &stepped {
        (step.first..step.first + 4).for_each(|at| round.change(at, Fold::Omitted));
        if !accesses.is_empty() {
            folds.need(step.local, step.by);
        }
    }
    let mut all = Vec::with_capacity(inside.len() * rounds as usize);
    for number in 0..rounds {
        let mut changes = round.changes.clone();
        for Stepped { step, accesses } in &stepped {
            for (access, before) in accesses {
                if let Some(change) = changes.get_mut(*access) {
                    let folded = change.map_or(0, Fold::raised);
                    *change = Some(Fold::Raised(folded + before + number * step.by.cast_unsigned()));
                }
            }
        }
        all.extend(changes);
    }
    let operators = (0..rounds).flat_map(|_| inside.iter().cloned()).collect();
    let steps = stepped.iter().map(|Stepped { step, .. }| (step.local, step.by.wrapping_mul(rounds as i32)));
    Some(Unrolled {
        body: Body { locals: Vec::new(), operators, begin: body.begin, end: body.end, slots: body.slots },
        folds: Folds::of(all),
        rounds,
        steps: steps.collect(),
    })
}

/// The operators of a round, and what becomes of each.
struct Round<'i, 'a> {
    inside: &'i [(Operator<'a>, u64)],
    changes: Vec<Option<Fold>>,
}

/// A local that changes by an addition of a constant and in no other way.
#[derive(Clone, Copy)]
struct LocalStep {
    local: u32,
    by: i32,
    /// The first of its four operators.
    first: usize,
}

/// A local that is stepped once for all rounds.
struct Stepped {
    step: LocalStep,
    /// What takes it as an address, and by how much it has been stepped in the same round.
    accesses: Vec<(usize, u32)>,
}

impl<'a> Round<'_, 'a> {
    fn operator(&self, at: usize) -> Option<&Operator<'a>> {
        self.inside.get(at).map(|(operator, _)| operator)
    }

    fn change(&mut self, at: usize, fold: Fold) {
        if let Some(change) = self.changes.get_mut(at) {
            *change = Some(fold);
        }
    }

    fn is_omitted(&self, at: usize) -> bool {
        self.changes.get(at) == Some(&Some(Fold::Omitted))
    }

    /// Leaves out the test for the end, and not what it does besides.
    fn omit_test(&mut self, local: u32) -> Option<()> {
        let is_compared = |operator: &Operator<'_>| {
            matches!(operator, Operator::I32Ne | Operator::I32LtU | Operator::I32LtS)
        };
        let is_step = |operator: &Operator<'_>| matches!(operator, Operator::LocalTee { local_index } if *local_index == local);
        let is_read = |operator: &Operator<'_>| matches!(operator, Operator::LocalGet { local_index } if *local_index == local);
        let mut last = self.inside.len().checked_sub(1)?;
        if is_compared(self.operator(last)?) {
            self.change(last, Fold::Omitted);
            last = last.checked_sub(1)?;
            // The bound comes behind the local, or before all of the addition.
            let bound = match self.operator(last)? {
                operator if is_step(operator) => last.checked_sub(4)?,
                operator if is_read(operator) => last.checked_sub(1)?,
                _ => last,
            };
            if !matches!(self.operator(bound)?, Operator::I32Const { .. } | Operator::LocalGet { .. }) {
                return None;
            }
            self.change(bound, Fold::Omitted);
            if bound == last {
                last = last.checked_sub(1)?;
            }
        }
        match self.operator(last)? {
            operator if is_step(operator) => self.change(last, Fold::Set(local)),
            operator if is_read(operator) => self.change(last, Fold::Omitted),
            _ => return None,
        }
        Some(())
    }

    /// The local that is stepped from here on and is not written anywhere else.
    fn step(&self, first: usize) -> Option<LocalStep> {
        let [(get, _), (constant, _), (Operator::I32Add, _), (set, _)] = self.inside.get(first..first + 4)?
        else {
            return None;
        };
        let (Operator::LocalGet { local_index: local }, Operator::I32Const { value }) = (get, constant)
        else {
            return None;
        };
        let is_set = match set {
            Operator::LocalSet { .. } => true,
            Operator::LocalTee { .. } => self.changes.get(first + 3) == Some(&Some(Fold::Set(*local))),
            _ => false,
        };
        let writes = self.inside.iter().filter(|(operator, _)| writes(operator, *local)).count();
        let is_step = is_set && writes == 1 && self::writes(set, *local);
        is_step.then_some(LocalStep { local: *local, by: *value, first })
    }

    /// The operator whose result is what is read at this one: a sum that was folded is the pointer itself.
    fn made_of(&self, at: usize) -> usize {
        match self.inside.get(at + 1..at + 3) {
            Some([(Operator::I32Const { .. }, _), (Operator::I32Add, _)]) if self.is_omitted(at + 2) => {
                let is_kept = self.is_omitted(at + 3)
                    && matches!(self.operator(at + 3), Some(Operator::LocalTee { .. }));
                at + 2 + usize::from(is_kept)
            }
            _ => at,
        }
    }

    /// What takes a local as an address, if nothing else reads it.
    fn accessed(
        &self,
        taken_by: &[Option<usize>],
        counted: &Counted,
        rounds: u32,
        step: LocalStep,
    ) -> Option<Stepped> {
        let mut accesses = Vec::new();
        for at in 0..self.inside.len() {
            let reads = match self.changes.get(at)? {
                Some(Fold::Pointer(pointer)) => *pointer == step.local,
                Some(Fold::Omitted) => false,
                _ => {
                    matches!(self.operator(at)?, Operator::LocalGet { local_index } if *local_index == step.local)
                }
            };
            if !reads || at == step.first {
                continue;
            }
            let access = taken_by.get(self.made_of(at)).copied().flatten()?;
            let before = if at > step.first { step.by.cast_unsigned() } else { 0 };
            let folded = self.changes.get(access)?.map_or(0, Fold::raised);
            let most = u64::from(folded)
                + u64::from(before)
                + u64::from(rounds - 1) * u64::from(step.by.cast_unsigned());
            if !may_raise(self.operator(access)?, most) {
                return None;
            }
            accesses.push((access, before));
        }
        let grows = step.by >= 0 && !wraps(counted, step.local);
        (accesses.is_empty() || grows).then_some(Stepped { step, accesses })
    }
}
