//! Where the operators of an original module are, to judge what a traced one says.

use peristyle_metering::Gauge;
use wasmparser::{ExternalKind, Operator, Parser, Payload, TypeRef};

use crate::{Call, Error, Outcome, Traced};

/// The functions of a module and the operators in them, by their offsets in the file.
#[derive(Debug, Default)]
pub struct Sites {
    functions: Vec<Function>,
    imported: u32,
    exports: Vec<(String, u32)>,
}

#[derive(Debug)]
struct Function {
    begin: u32,
    end: u32,
    operators: Vec<(u32, Site)>,
    /// A tail call puts another function in its place.
    calls_tail: bool,
}

#[derive(Clone, Copy, Debug)]
enum Site {
    Call(u32),
    CallIndirect,
    ReturnCallIndirect,
    Other,
}

impl Function {
    fn site(&self, offset: u32) -> Option<Site> {
        let found = self.operators.binary_search_by_key(&offset, |(offset, _)| *offset);
        found.ok().map(|index| self.operators[index].1)
    }
}

impl Sites {
    /// Reads a module.
    ///
    /// # Errors
    /// It is none.
    pub fn of(wasm: &[u8]) -> Result<Self, Error> {
        let failed = |error: wasmparser::Error| Error::Failed { name: "sites", message: error.to_string() };
        let mut sites = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(failed)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        sites.imported += u32::from(matches!(import.map_err(failed)?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.map_err(failed)?;
                        if export.kind == ExternalKind::Func {
                            sites.exports.push((export.name.to_owned(), export.index));
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let mut function = Function {
                        begin: body.range().start as u32,
                        end: body.range().end as u32,
                        operators: Vec::new(),
                        calls_tail: false,
                    };
                    let operators = body.get_operators_reader().map_err(failed)?;
                    for operator in operators.into_iter_with_offsets() {
                        let (operator, offset) = operator.map_err(failed)?;
                        let site = match operator {
                            Operator::Call { function_index } => Site::Call(function_index),
                            Operator::CallIndirect { .. } => Site::CallIndirect,
                            Operator::ReturnCallIndirect { .. } => Site::ReturnCallIndirect,
                            _ => Site::Other,
                        };
                        function.calls_tail |= matches!(
                            operator,
                            Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. }
                        );
                        function.operators.push((offset as u32, site));
                    }
                    sites.functions.push(function);
                }
                _ => {}
            }
        }
        Ok(sites)
    }

    /// The index of the function that an offset is in.
    #[must_use]
    pub fn function_at(&self, offset: u32) -> Option<u32> {
        let index = self.functions.partition_point(|function| function.begin <= offset).checked_sub(1)?;
        self.functions.get(index).filter(|function| offset < function.end)?;
        Some(self.imported + index as u32)
    }

    /// The functions that a profile must say are in, outermost first, by what a trace says.
    #[must_use]
    pub fn functions_in(&self, frames: &[u32]) -> Vec<u32> {
        let function = |frame: &u32| self.functions.get((self.function_at(*frame)? - self.imported) as usize);
        // Before an indirect tail call that reaches nothing, a function has been left already.
        let left = frames.first().is_some_and(|frame| {
            matches!(function(frame).and_then(|own| own.site(*frame)), Some(Site::ReturnCallIndirect))
        });
        frames.iter().skip(usize::from(left)).rev().filter_map(|frame| self.function_at(*frame)).collect()
    }

    /// What cannot be in the frames of a traced call, in words.
    #[must_use]
    pub fn objections(&self, call: &Call, traced: &Traced) -> Vec<String> {
        let mut objections = Vec::new();
        let Traced { observation, frames, at_host_calls } = traced;
        objections.extend(at_host_calls.iter().filter_map(|frames| self.objection(call, frames)));
        if observation.outcome != Outcome::Finished {
            objections.extend(self.objection(call, frames));
        }
        let gauge = Gauge::from_bits(observation.gauge);
        // Where fuel runs out the gauge is exact, and says how deep that is; a large frame counts more than once.
        let depth = call.depth + 1 + u32::from(gauge.is_too_deep()) - gauge.depth();
        if observation.outcome == Outcome::Stopped && frames.len() > depth as usize {
            objections.push(format!("{} frames at depth {depth}", frames.len()));
        }
        objections
    }

    fn objection(&self, call: &Call, frames: &[u32]) -> Option<String> {
        // The function that the frame further in must be of, where that is certain.
        let called = |function: u32| {
            let own = self.functions.get(function.checked_sub(self.imported)? as usize)?;
            (!own.calls_tail).then_some(function)
        };
        let exported = self.exports.iter().find(|(name, _)| *name == call.export);
        let mut expected = exported.and_then(|(_, function)| called(*function));
        for (depth, frame) in frames.iter().enumerate().rev() {
            let Some(function) = self.function_at(*frame) else {
                return Some(format!("{frame:#x} is not code"));
            };
            if expected.is_some_and(|expected| expected != function) {
                return Some(format!("{frame:#x} is in function {function}, not {expected:?}"));
            }
            let body = &self.functions[(function - self.imported) as usize];
            expected = match body.site(*frame) {
                Some(Site::Call(function)) => called(function),
                Some(Site::CallIndirect) => None,
                Some(Site::Other | Site::ReturnCallIndirect) if depth == 0 => None,
                None if depth == 0 && *frame == body.begin => None,
                site => return Some(format!("{frame:#x} calls nothing: {site:?}")),
            };
        }
        None
    }
}
