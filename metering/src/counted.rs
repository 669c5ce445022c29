//! Loops whose rounds can be counted before they begin.
//!
//! Where there is fuel for all rounds, no check in the loop can fail, and nobody looks at the gauge before
//! it ends: all rounds are charged at once and the loop runs as it was written, but for its addresses (see
//! `addresses`) and for several rounds in one (see `unroll`). Otherwise the metered loop runs, and stops where it must.

use wasmparser::{BlockType, Operator};

use crate::gauge::FUEL_SHIFT;
use crate::plan::{Plan, Step};
use crate::scan::Body;
use crate::schedule::Class;

/// Loops of more operators than this are not written twice.
const OPERATORS_MAX: usize = 256;

/// A loop whose only way out is a local that its only addition takes to a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Its `loop`.
    pub begin: u32,
    /// Its `end`.
    pub end: u32,
    /// The local that changes by `step` in each round.
    pub local: u32,
    /// What that is. Never zero.
    pub step: i32,
    /// What it is compared with at the end of each round.
    pub bound: Bound,
    /// How.
    pub until: Until,
    /// What is pending at its head.
    pub pending: i64,
    /// The fuel of one round.
    pub units: i64,
}

impl Counted {
    /// The bound, where it is a constant.
    pub fn constant(&self) -> i32 {
        match self.bound {
            Bound::Constant(value) => value,
            Bound::Local(_) => 0,
        }
    }
}

/// When a loop ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// The local is the bound.
    Equal,
    /// The local is not below the bound, as unsigned numbers. The step is positive, and the bound so far
    /// from the greatest number that the local does not wrap before it is reached.
    NotBelow,
    /// The same for signed numbers.
    NotBelowSigned,
}

/// A value that no round changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Constant(i32),
    Local(u32),
}

/// Finds the counted loops of a function and what its plan charges in them.
pub(crate) fn counted(body: &Body<'_>, plan: &Plan) -> Vec<Counted> {
    let mut found = Vec::new();
    let mut begin = None;
    for (index, (operator, _)) in body.operators.iter().enumerate() {
        match operator {
            Operator::Loop { blockty: BlockType::Empty } => begin = Some(index),
            Operator::BrIf { relative_depth: 0 } => {
                let next = body.operators.get(index + 1);
                let ends = matches!(next, Some((Operator::End, _)));
                if let Some(begin) = begin.take().filter(|_| ends)
                    && let Some(inside) = body.operators.get(begin + 1..index)
                    && inside.len() <= OPERATORS_MAX
                    && let Some((local, step, bound, until)) = induction(inside)
                    && let Some((pending, units)) = charges(plan, begin as u32, index as u32 + 1)
                {
                    let (begin, end) = (begin as u32, index as u32 + 1);
                    found.push(Counted { begin, end, local, step, bound, until, pending, units });
                }
            }
            other if leaves_straight_line(other) => begin = None,
            _ => {}
        }
    }
    found
}

/// Whether an operator is more than one step to the next: control, or something that looks at the gauge.
fn leaves_straight_line(operator: &Operator<'_>) -> bool {
    use Operator as O;
    let control = matches!(
        operator,
        O::Block { .. }
            | O::Loop { .. }
            | O::If { .. }
            | O::Else
            | O::End
            | O::Br { .. }
            | O::BrIf { .. }
            | O::BrTable { .. }
            | O::Return
            | O::Unreachable
    );
    let calls = [Class::Call, Class::CallIndirect, Class::HostCall, Class::Bulk, Class::Grow];
    control || calls.contains(&Class::of(operator, 0))
}

/// The local, its step and its bound, where a loop's body ends in the comparison of the three.
fn induction(inside: &[(Operator<'_>, u64)]) -> Option<(u32, i32, Bound, Until)> {
    let operators: Vec<&Operator<'_>> = inside.iter().map(|(operator, _)| operator).collect();
    let written = |local: u32| {
        let writes = |operator: &&&Operator<'_>| matches!(operator, Operator::LocalSet { local_index } | Operator::LocalTee { local_index } if *local_index == local);
        operators.iter().filter(writes).count()
    };
    let bound = |operator: &Operator<'_>| match operator {
        Operator::I32Const { value } => Some(Bound::Constant(*value)),
        Operator::LocalGet { local_index } if written(*local_index) == 0 => Some(Bound::Local(*local_index)),
        _ => None,
    };
    // What is compared, without the operators that compute the bound.
    let (changing, bound, until) = match operators.as_slice() {
        [rest @ .., Operator::I32Const { value }, Operator::I32LtU] => {
            (rest.to_vec(), Bound::Constant(*value), Until::NotBelow)
        }
        [rest @ .., Operator::I32Const { value }, Operator::I32LtS] => {
            (rest.to_vec(), Bound::Constant(*value), Until::NotBelowSigned)
        }
        [rest @ .., last, Operator::I32Ne] => match bound(last) {
            Some(bound) => (rest.to_vec(), bound, Until::Equal),
            // The bound may come first, before the addition or the local.
            None => {
                let width = if matches!(last, Operator::LocalTee { .. }) { 4 } else { 1 };
                let at = operators.len().checked_sub(width + 2)?;
                (operators.get(..operators.len() - 1)?.to_vec(), bound(operators.get(at)?)?, Until::Equal)
            }
        },
        rest @ [.., Operator::LocalTee { .. }] => (rest.to_vec(), Bound::Constant(0), Until::Equal),
        _ => return None,
    };
    let local = match changing.last()? {
        Operator::LocalTee { local_index } | Operator::LocalGet { local_index } => *local_index,
        _ => return None,
    };
    if written(local) != 1 {
        return None;
    }
    let step = operators.windows(4).find_map(|window| match window {
        [
            Operator::LocalGet { local_index: from },
            Operator::I32Const { value },
            Operator::I32Add,
            Operator::LocalTee { local_index: to } | Operator::LocalSet { local_index: to },
        ] if *from == local && *to == local && *value != 0 && *value != i32::MIN => Some(*value),
        _ => None,
    })?;
    let reaches = match (until, bound) {
        (Until::Equal, _) => true,
        (Until::NotBelow, Bound::Constant(value)) => {
            step > 0 && value.cast_unsigned() <= u32::MAX - step.unsigned_abs()
        }
        (Until::NotBelowSigned, Bound::Constant(value)) => step > 0 && value <= i32::MAX - step,
        _ => false,
    };
    reaches.then_some((local, step, bound, until))
}

/// What is pending at the head, and what a round costs, where the plan does nothing else there.
fn charges(plan: &Plan, begin: u32, end: u32) -> Option<(i64, i64)> {
    let (mut pending, mut amount) = (None, 0);
    let first = plan.steps.partition_point(|(at, _)| *at <= begin);
    for (_, step) in plan.steps.get(first..)?.iter().take_while(|(at, _)| *at < end) {
        match step {
            Step::Check { pending: at_head } => pending = Some(*at_head),
            Step::Charge(charge) => amount += charge,
            _ => return None,
        }
    }
    let units = amount >> FUEL_SHIFT;
    // So that all rounds together cannot overflow.
    let fits = units << FUEL_SHIFT == amount && (1..1 << 15).contains(&units);
    pending.filter(|_| fits).map(|pending| (pending, units))
}
