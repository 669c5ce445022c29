//! Thin line tables: just enough DWARF to find, for an address in a module's code, the function,
//! the file, the line and the column, and the calls that were inlined there.
//!
//! What compilers write is fifty times the size of the code, and tells where it was built. Of all
//! that stays what `addr2line` looks at, for functions that the linker kept: names, ranges, the
//! places of inlined calls, and the rows of the line table. Files are named from the project's
//! folder, so that the sections are the same on every machine.
//!
//! ```text
//! a compiler's module ── read ──► Unit, Scope, Row ── write ──► .debug_abbrev, .debug_info,
//!                          │                                    .debug_line, .debug_rnglists
//!                       sources: which file a path means, on every machine
//! ```
//!
//! Addresses count from the beginning of the code section's contents.

mod agreement;
mod code;
mod names;
mod read;
mod sources;
mod write;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::rc::Rc;

pub use agreement::agree;
pub use sources::Sources;

use crate::error::Error;

/// The sections of a module's thin line tables, with their names; none where it has no DWARF.
pub fn line_tables(module: &[u8], sources: &Sources) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    write::sections(&read::unit(module, sources)?)
}

/// All that is known about a module's code.
#[derive(Debug, Default, PartialEq, Eq)]
struct Unit {
    /// The language of the first source that became code.
    language: Option<gimli::DwLang>,
    /// Functions with code of their own, by address.
    functions: Vec<Scope>,
    /// Parts of the line table, by address.
    sequences: Vec<Sequence>,
}

/// A function, or a call of one that was inlined.
#[derive(Debug, PartialEq, Eq)]
struct Scope {
    /// Its readable name.
    name: Option<String>,
    ranges: Vec<Range<u64>>,
    /// Where it was called, if it was inlined.
    call: Option<Place>,
    /// Calls that were inlined in it.
    inlined: Vec<Scope>,
}

/// A place in a source file. A line or a column of 0 is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    /// The path of the file, with slashes.
    file: Option<Rc<str>>,
    line: u64,
    column: u64,
}

/// Code that lies in one piece, and the places that it comes from.
#[derive(Debug, PartialEq, Eq)]
struct Sequence {
    /// By address, the first one at the beginning.
    rows: Vec<Row>,
    end: u64,
}

/// The place of the code from an address to the next row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    address: u64,
    place: Place,
}
