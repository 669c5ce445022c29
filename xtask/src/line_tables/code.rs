//! What of a module the line tables are about.

use std::ops::Range;

use gimli::{Dwarf, EndianSlice, LittleEndian};
use wasmparser::{FunctionBody, Parser, Payload};

use crate::error::Error;

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

    /// Whether `range` is code of one function. What DWARF says of functions that the linker
    /// dropped has addresses where there is no code.
    pub fn holds(&self, range: &Range<u64>) -> bool {
        let after = self.bodies.partition_point(|body| self.range(body).start <= range.start);
        let body = after.checked_sub(1).map(|last| self.range(&self.bodies[last]));
        !range.is_empty() && body.is_some_and(|body| range.end <= body.end)
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

    fn range(&self, body: &FunctionBody<'_>) -> Range<u64> {
        let range = body.range();
        range.start - self.start..range.end - self.start
    }
}
