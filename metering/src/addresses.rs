//! Constants that a counted loop adds to its pointers, and that can be part of offsets instead.
//!
//! Compilers step a pointer from row to row and write `p + 8` for the third field. They may not write it as the
//! offset of the load, since `p + 8` wraps around where a load at `p` with an offset of 8 traps. In a loop whose
//! rounds are counted that can be ruled out before it begins. A pointer that changes by one addition of `s` in
//! each round, or never, is from `p0` to `p0 + rounds * s` as long as the loop runs. If that and the greatest
//! constant together are below 2^32, then no sum wraps: address and offset together are the same number in both
//! forms, and so is what they reach, or that they trap. Fuel is charged for the operators as they were written.

use wasmparser::Operator;

use crate::counted::{Bound, Counted, Until};
use crate::flow::Flow;
use crate::operators::{memarg, simple_arity};
use crate::scan::Body;

/// No offset is raised above this: wasmi takes longer for greater ones than for the addition, and compilers look at each
/// address where an offset is greater than what is reserved behind a memory.
const OFFSET_MAX: u64 = 0xffff;

/// What the constants of one loop become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Folds {
    /// By operator, in order.
    changes: Vec<(u32, Fold)>,
    /// The pointers that this takes not to wrap.
    pub pointers: Vec<u32>,
    /// The most that one of them changes by in a round.
    pub step: i32,
    /// The greatest constant that was added to one.
    pub constant: i32,
}

/// What becomes of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// It is left out.
    Omitted,
    /// It reads this pointer instead of a sum.
    Pointer(u32),
    /// Its offset is this much greater.
    Raised(u32),
    /// It writes this local, and leaves nothing.
    Set(u32),
}

impl Fold {
    /// How much greater an offset is.
    pub fn raised(self) -> u32 {
        if let Self::Raised(by) = self { by } else { 0 }
    }
}

impl Folds {
    /// What becomes of the first operators.
    pub fn of(changes: Vec<Option<Fold>>) -> Self {
        let changes = (0..).zip(changes).filter_map(|(at, change)| Some((at, change?)));
        Self { changes: changes.collect(), ..Self::default() }
    }

    /// Takes a pointer that changes by `step` in a round not to wrap.
    pub fn need(&mut self, pointer: u32, step: i32) {
        self.step = self.step.max(step);
        if !self.pointers.contains(&pointer) {
            self.pointers.push(pointer);
        }
    }

    /// What becomes of an operator, if it changes.
    pub fn at(&self, at: u32) -> Option<Fold> {
        let index = self.changes.binary_search_by_key(&at, |(changed, _)| *changed).ok()?;
        self.changes.get(index).map(|(_, fold)| *fold)
    }
}

/// Finds what can be folded in a loop of operators that follow each other in every round.
pub(crate) fn folds(body: &Body<'_>, flow: &Flow, counted: &Counted) -> Folds {
    let Counted { begin, end, .. } = *counted;
    let inside = body.operators.get(begin as usize + 1..end as usize).unwrap_or_default();
    let looped = Looped { body, inside, accesses: accesses(inside), flow, end };
    let mut folds = Folds::default();
    for at in 0..inside.len() {
        let Some((pointer, constant)) = looped.sum(at) else { continue };
        let Some(step) = looped.step(pointer).filter(|_| !wraps(counted, pointer)) else { continue };
        let Some(changes) = looped.operand(at, constant).or_else(|| looped.kept(at, pointer, constant))
        else {
            continue;
        };
        folds.changes.extend(changes.into_iter().map(|(at, fold)| (begin + 1 + at as u32, fold)));
        folds.constant = folds.constant.max(constant);
        folds.need(pointer, step);
    }
    folds.changes.sort_by_key(|(at, _)| *at);
    folds
}

/// Whether a pointer is sure to wrap: the loop counts it up to zero or to less than that, where it has begun below.
pub(crate) fn wraps(counted: &Counted, pointer: u32) -> bool {
    let ends_below = match (counted.until, counted.bound) {
        (Until::Equal | Until::NotBelowSigned, Bound::Constant(bound)) => bound <= 0,
        _ => false,
    };
    ends_below && pointer == counted.local
}

/// Whether the offset of an operator may be so much greater.
pub(crate) fn may_raise(operator: &Operator<'_>, by: u64) -> bool {
    // These are written in another way already.
    if matches!(operator, Operator::V128Store8Lane { .. } | Operator::V128Store16Lane { .. }) {
        return false;
    }
    let raised = memarg(operator).and_then(|memarg| memarg.offset.checked_add(by));
    raised.is_some_and(|offset| offset <= OFFSET_MAX)
}

/// Of each operator whose result is taken as an address: what takes it.
pub(crate) fn accesses(inside: &[(Operator<'_>, u64)]) -> Vec<Option<usize>> {
    let mut accesses = vec![None; inside.len()];
    let mut stack: Vec<Option<usize>> = Vec::new();
    for (at, (operator, _)) in inside.iter().enumerate() {
        let Some((operands, results)) = simple_arity(operator) else {
            stack.clear();
            continue;
        };
        let mut made = None;
        for _ in 0..operands {
            made = stack.pop().flatten();
        }
        // The address comes before what is stored.
        if memarg(operator).is_some()
            && let Some(access) = made.and_then(|made| accesses.get_mut(made))
        {
            *access = Some(at);
        }
        stack.extend(std::iter::repeat_n((results == 1).then_some(at), results as usize));
    }
    accesses
}

/// A loop whose operators follow each other. Operators are told by where they are in it.
struct Looped<'a, 'w> {
    body: &'a Body<'w>,
    inside: &'a [(Operator<'w>, u64)],
    accesses: Vec<Option<usize>>,
    flow: &'a Flow,
    end: u32,
}

/// Changes to some operators.
type Changes = Vec<(usize, Fold)>;

impl<'w> Looped<'_, 'w> {
    fn operator(&self, at: usize) -> Option<&Operator<'w>> {
        self.inside.get(at).map(|(operator, _)| operator)
    }

    /// The local and the constant of a sum that begins here.
    fn sum(&self, at: usize) -> Option<(u32, i32)> {
        match self.inside.get(at..at + 3)? {
            [
                (Operator::LocalGet { local_index }, _),
                (Operator::I32Const { value }, _),
                (Operator::I32Add, _),
            ] if *value >= 0 => Some((*local_index, *value)),
            _ => None,
        }
    }

    /// By how much a local grows in each round; `None` where that is not known.
    fn step(&self, local: u32) -> Option<i32> {
        let mut written = self.inside.iter().enumerate().filter(|(_, (operator, _))| writes(operator, local));
        let Some((at, _)) = written.next() else { return Some(0) };
        let (from, step) = self.sum(at.checked_sub(3)?)?;
        (from == local && written.next().is_none()).then_some(step)
    }

    /// What raises the offset of what takes a value as its address.
    fn raise(&self, made: usize, constant: i32) -> Option<(usize, Fold)> {
        let access = self.accesses.get(made).copied().flatten()?;
        let constant = constant.cast_unsigned();
        may_raise(self.operator(access)?, constant.into()).then_some((access, Fold::Raised(constant)))
    }

    /// Folds a sum that is an address itself.
    fn operand(&self, at: usize, constant: i32) -> Option<Changes> {
        let raised = self.raise(at + 2, constant)?;
        Some(vec![(at + 1, Fold::Omitted), (at + 2, Fold::Omitted), raised])
    }

    /// Folds a sum that is kept in a local, where everything that reads it takes it as an address before the local and
    /// the pointer change.
    fn kept(&self, at: usize, pointer: u32, constant: i32) -> Option<Changes> {
        let mut changes = vec![(at + 1, Fold::Omitted), (at + 2, Fold::Omitted), (at + 3, Fold::Omitted)];
        let local = match self.operator(at + 3)? {
            Operator::LocalSet { local_index } => {
                changes.push((at, Fold::Omitted));
                *local_index
            }
            Operator::LocalTee { local_index } => {
                changes.push(self.raise(at + 3, constant)?);
                *local_index
            }
            _ => return None,
        };
        if local == pointer || self.outlives(local) {
            return None;
        }
        let mut moved = false;
        for (later, (operator, _)) in self.inside.iter().enumerate().skip(at + 4) {
            if writes(operator, local) {
                break;
            }
            moved |= writes(operator, pointer);
            if matches!(operator, Operator::LocalGet { local_index } if *local_index == local) {
                if moved {
                    return None;
                }
                changes.push((later, Fold::Pointer(pointer)));
                changes.push(self.raise(later, constant)?);
            }
        }
        Some(changes)
    }

    /// Whether a local may be read after the round that wrote it.
    fn outlives(&self, local: u32) -> bool {
        let reads = |operator: &Operator<'_>| matches!(operator, Operator::LocalGet { local_index } if *local_index == local);
        let first = self.inside.iter().find(|(operator, _)| reads(operator) || writes(operator, local));
        first.is_none_or(|(operator, _)| reads(operator))
            || self.flow.may_read(self.body, self.end + 1, local)
    }
}

pub(crate) fn writes(operator: &Operator<'_>, local: u32) -> bool {
    matches!(operator, Operator::LocalSet { local_index } | Operator::LocalTee { local_index } if *local_index == local)
}
