//! Writes line tables as DWARF.

use std::collections::HashMap;
use std::ops::Range;

use gimli::write::{
    Address, AttributeValue, Dwarf, EndianVec, FileId, LineProgram, LineString, RangeList, Sections,
    UnitEntryId,
};
use gimli::{DwTag, Encoding, Format, LineEncoding, LittleEndian};

use super::{Place, Scope, Sequence, Unit};
use crate::error::Error;

/// The version whose lists of ranges are short.
const ENCODING: Encoding = Encoding { format: Format::Dwarf32, version: 5, address_size: 4 };

/// The sections for `unit`; none where it is empty.
pub fn sections(unit: &Unit) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    let mut dwarf = Dwarf::new();
    if !unit.functions.is_empty() || !unit.sequences.is_empty() {
        dwarf.units.add(Writer::new(unit).unit(unit));
    }
    let mut written = Sections::new(EndianVec::new(LittleEndian));
    dwarf.write(&mut written)?;
    let mut sections = Vec::new();
    written.for_each_mut(|id, section| {
        if !section.slice().is_empty() {
            sections.push((id.name(), section.take()));
        }
        Ok::<(), Error>(())
    })?;
    Ok(sections)
}

/// Writes the unit.
struct Writer<'a> {
    unit: gimli::write::Unit,
    /// The address that ranges count from.
    base: u64,
    /// One entry for each function that was inlined, which its calls refer to.
    origins: HashMap<&'a str, UnitEntryId>,
}

impl<'a> Writer<'a> {
    fn new(unit: &Unit) -> Self {
        let starts = unit.functions.iter().flat_map(|function| &function.ranges).map(|range| range.start);
        let starts = starts.chain(unit.sequences.iter().map(|sequence| sequence.rows[0].address));
        let base = starts.min().unwrap_or(0);
        let program = first_file(unit).map_or_else(LineProgram::none, program);
        Self { unit: gimli::write::Unit::new(ENCODING, program), base, origins: HashMap::new() }
    }

    fn unit(mut self, unit: &'a Unit) -> gimli::write::Unit {
        let root = self.unit.root();
        if let Some(language) = unit.language {
            self.unit.get_mut(root).set(gimli::DW_AT_language, AttributeValue::Language(language));
        }
        let ends = unit.functions.iter().flat_map(|function| &function.ranges).map(|range| range.end);
        let end = ends.chain(unit.sequences.iter().map(|sequence| sequence.end)).max().unwrap_or(0);
        self.piece(root, &(self.base..end));
        for sequence in &unit.sequences {
            self.sequence(sequence);
        }
        for function in &unit.functions {
            self.origins(&function.inlined);
        }
        for function in &unit.functions {
            self.scope(root, gimli::DW_TAG_subprogram, function);
        }
        self.unit
    }

    fn sequence(&mut self, sequence: &Sequence) {
        let start = sequence.rows[0].address;
        self.unit.line_program.begin_sequence(Some(Address::Constant(start)));
        for row in &sequence.rows {
            let file = row.place.file.as_deref().map(|path| self.file(path));
            let written = self.unit.line_program.row();
            written.address_offset = row.address - start;
            written.line = row.place.line;
            written.column = row.place.column;
            if let Some(file) = file {
                written.file = file;
            }
            self.unit.line_program.generate_row();
        }
        self.unit.line_program.end_sequence(sequence.end - start);
    }

    /// Adds an entry for each name that a call in `calls` needs.
    fn origins(&mut self, calls: &'a [Scope]) {
        for call in calls {
            if let Some(name) = &call.name
                && !self.origins.contains_key(name.as_str())
            {
                let origin = self.unit.add(self.unit.root(), gimli::DW_TAG_subprogram);
                self.name(origin, name);
                let inlined = AttributeValue::ImplicitConst(i64::from(gimli::DW_INL_inlined.0));
                self.unit.get_mut(origin).set(gimli::DW_AT_inline, inlined);
                self.origins.insert(name, origin);
            }
            self.origins(&call.inlined);
        }
    }

    /// Adds an entry for `scope`, and below it for the calls that were inlined there.
    fn scope(&mut self, parent: UnitEntryId, tag: DwTag, scope: &'a Scope) {
        let entry = self.unit.add(parent, tag);
        if let Some(name) = &scope.name {
            match self.origins.get(name.as_str()) {
                Some(origin) => {
                    let origin = AttributeValue::UnitRef(*origin);
                    self.unit.get_mut(entry).set(gimli::DW_AT_abstract_origin, origin);
                }
                None => self.name(entry, name),
            }
        }
        self.pieces(entry, &scope.ranges);
        if let Some(call) = &scope.call {
            self.call(entry, call);
        }
        for inlined in &scope.inlined {
            self.scope(entry, gimli::DW_TAG_inlined_subroutine, inlined);
        }
    }

    fn name(&mut self, entry: UnitEntryId, name: &str) {
        let name = AttributeValue::String(name.as_bytes().to_vec());
        self.unit.get_mut(entry).set(gimli::DW_AT_name, name);
    }

    fn piece(&mut self, entry: UnitEntryId, range: &Range<u64>) {
        let entry = self.unit.get_mut(entry);
        entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(range.start)));
        entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(range.end - range.start));
    }

    fn pieces(&mut self, entry: UnitEntryId, ranges: &[Range<u64>]) {
        if let [range] = ranges {
            return self.piece(entry, range);
        }
        let base = self.base;
        let pairs = ranges.iter().map(|range| gimli::write::Range::OffsetPair {
            begin: range.start - base,
            end: range.end - base,
        });
        let list = self.unit.ranges.add(RangeList(pairs.collect()));
        self.unit.get_mut(entry).set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(list));
    }

    fn call(&mut self, entry: UnitEntryId, call: &Place) {
        if let Some(path) = call.file.as_deref() {
            let file = AttributeValue::FileIndex(Some(self.file(path)));
            self.unit.get_mut(entry).set(gimli::DW_AT_call_file, file);
        }
        let entry = self.unit.get_mut(entry);
        for (attribute, number) in
            [(gimli::DW_AT_call_line, call.line), (gimli::DW_AT_call_column, call.column)]
        {
            if number != 0 {
                entry.set(attribute, AttributeValue::Udata(number));
            }
        }
    }

    /// The number of a file, which is written once.
    fn file(&mut self, path: &str) -> FileId {
        let program = &mut self.unit.line_program;
        let (folder, file) = split(path);
        let folder = match folder {
            "" => program.default_directory(),
            folder => program.add_directory(text(folder)),
        };
        program.add_file(text(file), folder, None)
    }
}

/// The file that a unit names first: the format wants one before all others.
fn first_file(unit: &Unit) -> Option<&str> {
    let rows = unit.sequences.iter().flat_map(|sequence| &sequence.rows).map(|row| &row.place);
    // A call whose function has no rows would be a strange one, and goes without its file.
    rows.filter_map(|place| place.file.as_deref()).next()
}

/// A line program without rows. Files are named from a folder that has no name.
fn program(first_file: &str) -> LineProgram {
    let (folder, file) = split(first_file);
    let folder = (!folder.is_empty()).then(|| text(folder));
    LineProgram::new(ENCODING, LineEncoding::default(), text(""), folder, text(file), None)
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn text(text: &str) -> LineString {
    LineString::String(text.as_bytes().to_vec())
}
