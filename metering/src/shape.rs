//! The blocks of a function.

use wasmparser::Operator;

use crate::scan::Body;

/// What a walk must know before it begins.
pub(crate) struct Shape {
    /// By operator: an `if` with an `else`.
    pub has_else: Vec<bool>,
    /// By operator: what begins a label that a `br_table` has.
    pub in_table: Vec<bool>,
    /// By operator: a loop that cannot go round without a call that checks, so that its head need not.
    pub checked_inside: Vec<bool>,
    /// Whether a `br_table` leaves the function.
    pub function_in_table: bool,
}

impl Shape {
    /// `checks` says of a function whether a call of it is checked before it does anything.
    pub fn of(body: &Body<'_>, checks: impl Fn(u32) -> bool) -> Self {
        let count = body.operators.len();
        let mut shape = Self {
            has_else: vec![false; count],
            in_table: vec![false; count],
            checked_inside: vec![false; count],
            function_in_table: false,
        };
        let mut open: Vec<usize> = Vec::new();
        // By operator: what began there has a branch back already.
        let mut went_round = vec![false; count];
        for (index, (operator, _)) in body.operators.iter().enumerate() {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push(index),
                Operator::Else => set(&mut shape.has_else, open.last().copied()),
                Operator::End => drop(open.pop()),
                Operator::Call { function_index } if checks(*function_index) => {
                    // Only what is directly in a loop is in every round.
                    let begin = open.last().copied().filter(|begin| went_round.get(*begin) == Some(&false));
                    set(&mut shape.checked_inside, begin);
                }
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                    set(&mut went_round, frame(&open, *relative_depth));
                }
                Operator::BrTable { targets } => {
                    for depth in targets.targets().flatten().chain([targets.default()]) {
                        let begin = frame(&open, depth);
                        set(&mut shape.in_table, begin);
                        set(&mut went_round, begin);
                        shape.function_in_table |= begin.is_none();
                    }
                }
                _ => {}
            }
        }
        shape
    }
}

/// Where the block began that a branch goes to; `None` for the function itself.
fn frame(open: &[usize], depth: u32) -> Option<usize> {
    open.len().checked_sub(depth as usize + 1).and_then(|frame| open.get(frame)).copied()
}

fn set(flags: &mut [bool], index: Option<usize>) {
    if let Some(flag) = index.and_then(|index| flags.get_mut(index)) {
        *flag = true;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    Block,
    /// At an operator, and with what was settled before it.
    Loop {
        at: u32,
        settled: u32,
    },
    /// With an `else` to come.
    If,
}

pub(crate) struct Frame {
    pub kind: Kind,
    /// What is pending at its label, once that is decided.
    pub label: Option<i64>,
    /// What was pending where it began.
    pub entry: i64,
    /// Whether ways meet at its end.
    pub met: bool,
}
