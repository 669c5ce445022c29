//! What callers know about a function.

use std::convert::Infallible;

use crate::gauge::{DEPTH_UNIT, FUEL_SHIFT, Gauge};
use crate::options::{Options, Placement};
use crate::parts::in_parts;
use crate::scan::{Body, Scanned};
use crate::schedule::Class;
use crate::walk::walk;
use wasmparser::Operator;

/// What callers know about a function of the module.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Callee {
    /// What is pending when it returns, in units of the gauge: its caller charges that along with
    /// what comes after the call.
    pub pending_at_return: i64,
    /// Whether it is checked where it begins.
    pub checks_entry: bool,
    /// Whether it never touches the gauge, so that calling it is like any other operator.
    pub inert: bool,
}

/// Decides for every function of the module what its callers may rely on.
pub(crate) fn callees(scanned: &Scanned<'_>, options: &Options) -> Vec<Callee> {
    let checks_entry = |body| Callee { checks_entry: !is_small(body, scanned, options), ..Callee::default() };
    let callees: Vec<Callee> = scanned.bodies.iter().map(checks_entry).collect();
    if options.placement == Placement::EveryOperator {
        return callees;
    }
    let mut settled_by_callee: Vec<bool> =
        scanned.reachable_from_outside.iter().skip(scanned.imported_functions as usize).copied().collect();
    settled_by_callee.resize(scanned.bodies.len(), true);
    for (index, body) in scanned.bodies.iter().enumerate() {
        for (operator, _) in &body.operators {
            // A tail call hands its caller's expectations to somebody else.
            let (own, other) = match operator {
                Operator::ReturnCall { function_index } => {
                    (true, function_index.checked_sub(scanned.imported_functions))
                }
                Operator::ReturnCallIndirect { .. } => (true, None),
                _ => continue,
            };
            for settled in [own.then_some(index), other.map(|other| other as usize)].into_iter().flatten() {
                if let Some(settled) = settled_by_callee.get_mut(settled) {
                    *settled = true;
                }
            }
        }
    }
    let functions = scanned.bodies.iter().zip(&callees).zip(settled_by_callee);
    let decide = |((body, callee), settled): ((&Body<'_>, &Callee), bool)| {
        if settled { *callee } else { callee.decide(body, scanned, &callees, options) }
    };
    let Ok(decided) = in_parts(
        functions,
        |((body, _), _)| body.bytes(),
        |functions| Ok::<_, Infallible>(functions.into_iter().map(decide).collect()),
    );
    decided
}

impl Callee {
    /// Decides what callers may rely on, where none of them expects that all is settled when the function returns.
    fn decide(self, body: &Body<'_>, scanned: &Scanned<'_>, callees: &[Self], options: &Options) -> Self {
        let first = walk(body, scanned, callees, 0, options);
        let Some(pending_at_return) = first.pending_at_return else { return self };
        let is_inert = || walk(body, scanned, callees, pending_at_return, options).plan.is_inert();
        Self { pending_at_return, inert: calls_nothing(body) && is_inert(), ..self }
    }
}

/// Whether a call of that function is checked before it does anything.
pub(crate) fn checks(function: u32, scanned: &Scanned<'_>, callees: &[Callee]) -> bool {
    match function.checked_sub(scanned.imported_functions) {
        Some(index) => callees.get(index as usize).is_some_and(|callee| callee.checks_entry),
        None => true,
    }
}

fn calls_nothing(body: &Body<'_>) -> bool {
    !body.operators.iter().any(|(operator, _)| {
        matches!(
            operator,
            Operator::Call { .. }
                | Operator::CallIndirect { .. }
                | Operator::ReturnCall { .. }
                | Operator::ReturnCallIndirect { .. }
        )
    })
}

/// Whether a function is so small that it need not be checked where it begins.
pub(crate) fn is_small(body: &Body<'_>, scanned: &Scanned<'_>, options: &Options) -> bool {
    let mut units = 0u64;
    for (index, (operator, _)) in body.operators.iter().enumerate() {
        if matches!(operator, Operator::Loop { .. }) {
            return false;
        }
        if let Some((cost, constant)) = length(body, index, options) {
            match constant {
                Some(length) => units += cost.units(length),
                None => return false,
            }
        }
        units += u64::from(options.schedule.cost(Class::of(operator, scanned.imported_functions)));
    }
    calls_nothing(body) && units <= u64::from(options.schedule.unchecked_function_units_max)
}

/// What a call that a function makes takes of the depth for as long as it lasts: the more the larger the
/// function's own frame is, which waits below.
pub(crate) fn depth(body: &Body<'_>, options: &Options) -> i64 {
    let per_call = u64::from(options.schedule.slots_per_call.max(1));
    // Engines accept 50,000 locals.
    i64::try_from(body.slots.div_ceil(per_call)).unwrap_or(i64::MAX).clamp(1, DEPTH_TAKEN_MAX) * DEPTH_UNIT
}

/// So that a depth below zero is still told by its bit.
const DEPTH_TAKEN_MAX: i64 = Gauge::DEPTH_MAX as i64 / 2;

/// How the length of a bulk operator is charged, and the length where the code says it and it is
/// small enough to need no check.
pub(crate) fn length(
    body: &Body<'_>,
    index: usize,
    options: &Options,
) -> Option<(crate::LengthCost, Option<u32>)> {
    let schedule = &options.schedule;
    let cost = match &body.operators.get(index)?.0 {
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. } => {
            schedule.bulk_bytes
        }
        Operator::MemoryGrow { .. } => schedule.memory_pages,
        Operator::TableCopy { .. }
        | Operator::TableFill { .. }
        | Operator::TableInit { .. }
        | Operator::TableGrow { .. } => schedule.table_elements,
        _ => return None,
    };
    let before = index.checked_sub(1).and_then(|index| body.operators.get(index));
    let constant = match before {
        Some((Operator::I32Const { value }, _)) => Some(value.cast_unsigned()),
        _ => None,
    };
    let small = |length: &u32| cost.units(*length) <= u64::from(schedule.unchecked_length_units_max);
    Some((cost, constant.filter(small)))
}

/// Units of fuel in units of the gauge.
pub(crate) fn fuel(units: u64) -> i64 {
    // At most 2^26 units at once, by the schedule's limits.
    i64::try_from(units).unwrap_or(i64::MAX >> FUEL_SHIFT) << FUEL_SHIFT
}
