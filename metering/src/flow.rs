//! Where control goes, and what is read there.

use std::collections::BTreeMap;

use wasmparser::Operator;

use crate::scan::Body;

/// After so many operators and jumps a local is taken to be read.
const STEPS_MAX: usize = 1_024;

/// Where control goes in a function.
pub(crate) struct Flow {
    /// By operator: where it may go instead of to the next one.
    jumps: BTreeMap<u32, Vec<u32>>,
}

impl Flow {
    /// That of a function.
    pub fn of(body: &Body<'_>) -> Self {
        let mut jumps: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        // Of open blocks: whether it is a loop, where it begins, and what goes to its end.
        let mut open: Vec<(bool, u32, Vec<u32>)> = vec![(false, 0, Vec::new())];
        for (at, (operator, _)) in body.operators.iter().enumerate() {
            let at = at as u32;
            let depths = match operator {
                Operator::Block { .. } => {
                    open.push((false, at, Vec::new()));
                    continue;
                }
                Operator::Loop { .. } => {
                    open.push((true, at, Vec::new()));
                    continue;
                }
                Operator::If { .. } => {
                    open.push((false, at, vec![at]));
                    continue;
                }
                Operator::Else => {
                    if let Some((_, begin, to_end)) = open.last_mut() {
                        // Its condition goes here, and the code before it to its end.
                        to_end.retain(|from| from != begin);
                        to_end.push(at);
                        jumps.entry(*begin).or_default().push(at + 1);
                    }
                    continue;
                }
                Operator::End => {
                    for from in open.pop().map(|(_, _, to_end)| to_end).unwrap_or_default() {
                        jumps.entry(from).or_default().push(at);
                    }
                    continue;
                }
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => vec![*relative_depth],
                Operator::BrTable { targets } => {
                    let mut depths: Vec<u32> =
                        targets.targets().flatten().chain([targets.default()]).collect();
                    depths.sort_unstable();
                    depths.dedup();
                    depths
                }
                _ => continue,
            };
            for depth in depths {
                let index = open.len().checked_sub(depth as usize + 1);
                match index.and_then(|index| open.get_mut(index)) {
                    Some((true, begin, _)) => jumps.entry(at).or_default().push(*begin),
                    Some((false, _, to_end)) => to_end.push(at),
                    None => {}
                }
            }
        }
        Self { jumps }
    }

    /// Whether what is in a local before an operator may be read there or later. Where that is far to seek, it may.
    pub fn may_read(&self, body: &Body<'_>, from: u32, local: u32) -> bool {
        let (mut begun, mut next, mut steps) = (vec![from], 0, 0);
        while let Some(begin) = begun.get(next).copied() {
            next += 1;
            for at in begin.. {
                let Some((operator, _)) = body.operators.get(at as usize) else { break };
                let targets = self.jumps.get(&at).map_or(&[][..], Vec::as_slice);
                steps += 1 + targets.len();
                match operator {
                    _ if steps > STEPS_MAX => return true,
                    Operator::LocalGet { local_index } if *local_index == local => return true,
                    Operator::LocalSet { local_index } | Operator::LocalTee { local_index }
                        if *local_index == local =>
                    {
                        break;
                    }
                    _ => {}
                }
                for target in targets {
                    if !begun.contains(target) {
                        begun.push(*target);
                    }
                }
                if never_goes_on(operator) {
                    break;
                }
            }
        }
        false
    }
}

/// Whether the next operator is never what executes after this one.
fn never_goes_on(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::Br { .. }
            | O::BrTable { .. }
            | O::Else
            | O::Return
            | O::ReturnCall { .. }
            | O::ReturnCallIndirect { .. }
            | O::Unreachable
    )
}
