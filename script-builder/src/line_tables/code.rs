//! What of a module the line tables are about.

use std::ops::Range;

use gimli::{Dwarf, EndianSlice, LittleEndian};
use wasmparser::{FunctionBody, Parser, Payload};

use crate::error::Error;

/// The least address of a function: the number of functions stands before them.
const FIRST_FUNCTION: u64 = 1;

/// Bytes of a section in a module.
pub type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// A module's code and its DWARF.
#[derive(Debug)]
pub struct Code<'a> {
    /// Where the contents of the code section begin in the module: address 0 of DWARF.
    start: u64,
    bodies: Vec<FunctionBody<'a>>,
    sections: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Code<'a> {
    /// Looks through `module`.
    pub fn of(module: &'a [u8]) -> Result<Self, Error> {
        let mut code = Self { start: 0, bodies: Vec::new(), sections: Vec::new() };
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::CodeSectionStart { unchecked_range, .. } => code.start = unchecked_range.start,
                Payload::CodeSectionEntry(body) => code.bodies.push(body),
                Payload::CustomSection(section) => code.sections.push((section.name(), section.data())),
                _ => {}
            }
        }
        Ok(code)
    }

    /// The DWARF, which is empty where the module has none.
    pub fn dwarf(&self) -> Dwarf<Bytes<'a>> {
        let section = |id: gimli::SectionId| {
            let found = self.sections.iter().find(|(name, _)| *name == id.name());
            EndianSlice::new(found.map_or(&[][..], |(_, data)| data), LittleEndian)
        };
        let Ok(dwarf) = Dwarf::load(|id| Ok::<_, std::convert::Infallible>(section(id)));
        dwarf
    }

    /// Whether `range` is code of one function, or of its length before it. What DWARF says of
    /// functions that the linker dropped has addresses where there is no code.
    pub fn holds(&self, range: &Range<u64>) -> bool {
        let before = self.bodies.partition_point(|body| self.end(body) <= range.start);
        let start = before.checked_sub(1).map_or(FIRST_FUNCTION, |last| self.end(&self.bodies[last]));
        let end = self.bodies.get(before).map_or(0, |body| self.end(body));
        !range.is_empty() && start <= range.start && range.end <= end
    }

    /// The address of every operator.
    pub fn operators(&self) -> Result<Vec<u64>, Error> {
        let mut addresses = Vec::new();
        for body in &self.bodies {
            for operator in body.get_operators_reader()?.into_iter_with_offsets() {
                let (_, offset) = operator?;
                addresses.push(offset - self.start);
            }
        }
        Ok(addresses)
    }

    fn end(&self, body: &FunctionBody<'_>) -> u64 {
        body.range().end - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_lies_within_one_function() {
        // The functions are in the addresses 1 to 5 and 5 to 11, with their lengths.
        let module = wat::parse_str("(module (func nop) (func nop nop nop))").unwrap();
        let code = Code::of(&module).unwrap();
        for (start, end) in [(1, 5), (2, 5), (3, 4), (5, 11), (6, 7)] {
            assert!(code.holds(&(start..end)), "{start} to {end}");
        }
        for (start, end) in [(0, 4), (4, 6), (3, 3), (6, 12), (11, 12), (0xffff_ffff, 0xffff_ffff_ffff)] {
            assert!(!code.holds(&(start..end)), "{start} to {end}");
        }
        assert_eq!(code.operators().unwrap(), [3, 4, 7, 8, 9, 10]);
    }
}
