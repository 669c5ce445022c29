//! Reads what a module's DWARF says about code that is in the module.

use std::collections::HashMap;
use std::num::NonZero;
use std::ops::Range;
use std::rc::Rc;

use gimli::{
    AttributeValue, ColumnType, DebuggingInformationEntry, DwLang, Dwarf, EntriesTreeNode, LineRow, UnitRef,
};

use super::code::{Bytes, Code};
use super::names::readable;
use super::sources::Sources;
use super::{Place, Row, Scope, Sequence, Unit};
use crate::error::Error;

/// How many entries may stand between an inlined call and the name of what was called.
const NAME_STEPS_MAX: u32 = 16;

/// The unit of Zig's runtime library. A cache keeps it, so its paths may be those of another folder.
const ZIG_RUNTIME: &[u8] = b"compiler_rt";

/// What the DWARF of `module` says, in one unit, which is smaller than the compiler's many.
pub fn unit(module: &[u8], sources: &Sources) -> Result<Unit, Error> {
    let code = Code::of(module)?;
    let dwarf = code.dwarf();
    let mut compiled = Vec::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        compiled.push(dwarf.unit(header)?);
    }
    let mut all = Unit::default();
    for unit in &compiled {
        let unit = unit.unit_ref(&dwarf);
        let sources = named_by(unit, sources);
        let mut reader =
            Reader { code: &code, dwarf: &dwarf, compiled: &compiled, unit, sources, files: HashMap::new() };
        reader.functions(&mut all.functions)?;
        reader.sequences(&mut all.sequences)?;
        if all.language.is_none() && !all.functions.is_empty() {
            all.language = language(unit)?;
        }
    }
    all.functions.sort_by_key(|function| function.ranges[0].start);
    all.sequences.sort_by_key(|sequence| sequence.rows[0].address);
    Ok(all)
}

/// The names of a unit's files.
fn named_by(unit: UnitRef<'_, Bytes<'_>>, sources: &Sources) -> Sources {
    let sources = sources.clone();
    match (unit.name, unit.comp_dir) {
        (Some(name), Some(folder)) if name.slice() == ZIG_RUNTIME => {
            sources.with_zig(&folder.to_string_lossy())
        }
        _ => sources,
    }
}

fn language(unit: UnitRef<'_, Bytes<'_>>) -> Result<Option<DwLang>, Error> {
    let root = unit.entry(unit.header.root_offset())?;
    Ok(match root.attr_value(gimli::DW_AT_language) {
        Some(AttributeValue::Language(language)) => Some(language),
        _ => None,
    })
}

/// Reads one of the compiler's units.
struct Reader<'a> {
    code: &'a Code<'a>,
    dwarf: &'a Dwarf<Bytes<'a>>,
    compiled: &'a [gimli::Unit<Bytes<'a>>],
    unit: UnitRef<'a, Bytes<'a>>,
    sources: Sources,
    /// The files that were named, by their number.
    files: HashMap<u64, Option<Rc<str>>>,
}

impl<'a> Reader<'a> {
    /// Adds the unit's functions that have code.
    fn functions(&mut self, functions: &mut Vec<Scope>) -> Result<(), Error> {
        let unit = self.unit;
        let mut tree = unit.entries_tree(None)?;
        self.children(tree.root()?, functions, &mut Vec::new())
    }

    /// Adds what is below an entry: functions, and calls that were inlined in the scope around it.
    fn children(
        &mut self,
        node: EntriesTreeNode<'_, '_, Bytes<'a>>,
        functions: &mut Vec<Scope>,
        inlined: &mut Vec<Scope>,
    ) -> Result<(), Error> {
        let mut children = node.children();
        while let Some(child) = children.next()? {
            let tag = child.entry().tag();
            let is_function = tag == gimli::DW_TAG_subprogram;
            if !is_function && tag != gimli::DW_TAG_inlined_subroutine {
                self.children(child, functions, inlined)?;
                continue;
            }
            let ranges = self.ranges(child.entry())?;
            if ranges.is_empty() {
                // There may still be functions in it.
                self.children(child, functions, &mut Vec::new())?;
                continue;
            }
            let call = if is_function { None } else { Some(self.call(child.entry())?) };
            let name = self.name(self.unit, child.entry(), NAME_STEPS_MAX)?;
            let mut scope = Scope { name, ranges, call, inlined: Vec::new() };
            self.children(child, functions, &mut scope.inlined)?;
            if is_function { functions.push(scope) } else { inlined.push(scope) }
        }
        Ok(())
    }

    /// The code that an entry is about.
    fn ranges(&self, entry: &DebuggingInformationEntry<Bytes<'a>>) -> Result<Vec<Range<u64>>, Error> {
        let mut found = Vec::new();
        let mut ranges = self.unit.die_ranges(entry)?;
        while let Some(range) = ranges.next()? {
            let range = range.begin..range.end;
            if self.code.holds(&range) {
                found.push(range);
            }
        }
        found.sort_by_key(|range| range.start);
        Ok(found)
    }

    /// Where an inlined call stands.
    fn call(&mut self, entry: &DebuggingInformationEntry<Bytes<'a>>) -> Result<Place, Error> {
        let file = match entry.attr_value(gimli::DW_AT_call_file) {
            Some(AttributeValue::FileIndex(index)) => self.file(index)?,
            _ => None,
        };
        let number = |name| entry.attr_value(name).and_then(|value| value.udata_value()).unwrap_or(0);
        Ok(Place { file, line: number(gimli::DW_AT_call_line), column: number(gimli::DW_AT_call_column) })
    }

    /// The name that an entry gives or refers to.
    fn name(
        &self,
        unit: UnitRef<'a, Bytes<'a>>,
        entry: &DebuggingInformationEntry<Bytes<'a>>,
        steps: u32,
    ) -> Result<Option<String>, Error> {
        let given = [gimli::DW_AT_linkage_name, gimli::DW_AT_MIPS_linkage_name, gimli::DW_AT_name];
        if let Some(name) = given.iter().find_map(|attribute| entry.attr_value(*attribute)) {
            return Ok(Some(readable(&unit.attr_string(name)?.to_string_lossy()).into_owned()));
        }
        let origin = entry
            .attr_value(gimli::DW_AT_abstract_origin)
            .or_else(|| entry.attr_value(gimli::DW_AT_specification));
        let Some((origin, steps)) = origin.zip(steps.checked_sub(1)) else {
            return Ok(None);
        };
        match origin {
            AttributeValue::UnitRef(offset) => self.name(unit, &unit.entry(offset)?, steps),
            AttributeValue::DebugInfoRef(offset) => {
                let found = self
                    .compiled
                    .iter()
                    .find_map(|unit| Some((unit.unit_ref(self.dwarf), offset.to_unit_offset(&unit.header)?)));
                match found {
                    Some((unit, offset)) => self.name(unit, &unit.entry(offset)?, steps),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// Adds the parts of the unit's line table that are about code.
    fn sequences(&mut self, sequences: &mut Vec<Sequence>) -> Result<(), Error> {
        let Some(program) = self.unit.line_program.clone() else {
            return Ok(());
        };
        let mut table = program.rows();
        let mut rows: Vec<LineRow> = Vec::new();
        while let Some((_, row)) = table.next_row()? {
            let address = row.address();
            if !row.end_sequence() {
                // Of rows for the same address the last one counts.
                rows.pop_if(|last| last.address() == address);
                rows.push(*row);
                continue;
            }
            let is_code = |first: &LineRow| self.code.holds(&(first.address()..first.address() + 1));
            if rows.first().is_some_and(is_code) {
                let rows: Result<Vec<Row>, Error> = rows.iter().map(|row| self.row(row)).collect();
                let mut rows = rows?;
                rows.dedup_by(|row, before| row.place == before.place);
                sequences.push(Sequence { rows, end: address });
            }
            rows.clear();
        }
        Ok(())
    }

    fn row(&mut self, row: &LineRow) -> Result<Row, Error> {
        let line = row.line().map_or(0, NonZero::get);
        let column = match row.column() {
            ColumnType::LeftEdge => 0,
            ColumnType::Column(column) => column.get(),
        };
        Ok(Row { address: row.address(), place: Place { file: self.file(row.file_index())?, line, column } })
    }

    /// The name of the unit's file with that number.
    fn file(&mut self, index: u64) -> Result<Option<Rc<str>>, Error> {
        if let Some(known) = self.files.get(&index) {
            return Ok(known.clone());
        }
        let unit = self.unit;
        let header = unit.line_program.as_ref().map(|program| program.header());
        let name = match header.and_then(|header| Some((header, header.file(index)?))) {
            None => None,
            Some((header, file)) => {
                let mut path = unit.attr_string(file.path_name())?.to_string_lossy().into_owned();
                if file.directory_index() != 0
                    && let Some(folder) = file.directory(header)
                {
                    path = format!("{}/{path}", unit.attr_string(folder)?.to_string_lossy());
                }
                let folder = unit.comp_dir.map(|folder| folder.to_string_lossy()).unwrap_or_default();
                Some(Rc::from(self.sources.file(&folder, &path)?))
            }
        };
        self.files.insert(index, name.clone());
        Ok(name)
    }
}
