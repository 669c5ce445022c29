//! Compares a module's thin line tables with what its compiler wrote.

use std::fmt;
use std::path::Path;

use addr2line::Context;

use super::code::{Bytes, Code};
use super::names::readable;
use super::sources::clean;
use crate::error::Error;

/// Aliases that stand for a folder which compilers name in full.
const ALIASES: [&str; 2] = ["zig/", "rust/"];

/// Looks up every operator of `module` in its own line tables and in those of `compiled`, the same
/// module as it left the compiler. Returns how many frames there are.
///
/// # Errors
/// An operator whose frames differ: in number, in a function's name, or in a file, line or column.
pub fn agree(compiled: &[u8], module: &[u8]) -> Result<usize, Error> {
    let (compiled, module) = (Code::of(compiled)?, Code::of(module)?);
    let (whole, thin) = (Context::from_dwarf(compiled.dwarf())?, Context::from_dwarf(module.dwarf())?);
    let mut count = 0;
    for address in module.operators()? {
        let (theirs, ours) = (frames(&whole, address)?, frames(&thin, address)?);
        let same =
            theirs.len() == ours.len() && theirs.iter().zip(&ours).all(|(theirs, ours)| theirs.is(ours));
        if !same {
            return Err(Error::LinesDisagree { address, compiler: line(&theirs), module: line(&ours) });
        }
        count += ours.len();
    }
    Ok(count)
}

/// One of the functions that an address is in, and the place in it.
pub struct Frame {
    pub function: Option<String>,
    pub file: Option<String>,
    pub line: Option<u32>,
    column: Option<u32>,
}

impl Frame {
    /// Whether `thin` says the same, with the file named from another folder.
    fn is(&self, thin: &Self) -> bool {
        let is_file = match (&self.file, &thin.file) {
            (None, None) => true,
            (Some(file), Some(name)) => {
                let name = ALIASES.iter().find_map(|alias| name.strip_prefix(alias)).unwrap_or(name);
                Path::new(&clean(file)).ends_with(name)
            }
            _ => false,
        };
        is_file && (&self.function, self.line, self.column) == (&thin.function, thin.line, thin.column)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = "?".to_owned();
        let (function, file) = (self.function.as_ref().unwrap_or(&unknown), self.file.as_ref());
        write!(f, "{function} at {}", file.unwrap_or(&unknown))?;
        write!(f, ":{}:{}", self.line.unwrap_or(0), self.column.unwrap_or(0))
    }
}

fn line(frames: &[Frame]) -> String {
    let frames: Vec<String> = frames.iter().map(Frame::to_string).collect();
    if frames.is_empty() { "nothing".to_owned() } else { frames.join(", in ") }
}

/// The frames of an address, the innermost first.
pub fn frames(context: &Context<Bytes<'_>>, address: u64) -> Result<Vec<Frame>, Error> {
    let mut found = Vec::new();
    let mut frames = context.find_frames(address).skip_all_loads()?;
    while let Some(frame) = frames.next()? {
        let name = frame.function.map(|function| function.name.to_string_lossy());
        let place = frame.location.as_ref();
        found.push(Frame {
            function: name.map(|name| readable(&name).into_owned()),
            file: place.and_then(|place| place.file).map(str::to_owned),
            line: place.and_then(|place| place.line),
            column: place.and_then(|place| place.column),
        });
    }
    Ok(found)
}
