//! From an offset in a module's file to the place in the script's source.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

/// One function that was running, as the module's debug information names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFrame {
    /// The function's name, demangled; `function 12` where the module names nothing.
    pub function: String,
    /// The source file, or empty where the module has no debug information.
    pub file: String,
    /// The line, from 1; 0 where it is not known.
    pub line: u32,
    /// The column, from 1; 0 where it is not known.
    pub column: u32,
    /// Whether the compiler put the function's code into the next frame's.
    pub is_inlined: bool,
}

impl SourceFrame {
    /// Whether it is about a language's own library, or about the one that modules are written with.
    pub(crate) fn is_of_library(&self) -> bool {
        const LIBRARIES: [&str; 6] =
            ["rust/library/", "zig/", "registry/", "guest-api/rust/", "guest-api/zig/", "guest-api/c/"];
        LIBRARIES.iter().any(|library| self.file.starts_with(library))
            || [
                "/rustc/",
                "/lib/std/",
                "/.cargo/registry/",
                "/guest-api/rust/",
                "/guest-api/zig/",
                "/guest-api/c/",
            ]
            .iter()
            .any(|part| self.file.contains(part))
            || ["core::", "std::", "alloc::", "__rustc::", "peristyle::"].iter().any(|path| {
                self.function.starts_with(path)
                    || self.function.strip_prefix('<').is_some_and(|name| name.starts_with(path))
            })
    }
}

impl fmt::Display for SourceFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.function)?;
        if !self.file.is_empty() {
            write!(f, " ({}", self.file)?;
            for number in [self.line, self.column].into_iter().take_while(|&number| number > 0) {
                write!(f, ":{number}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// What a module's debug information and names say about its code.
pub(crate) struct SourceMap<'m> {
    /// Where the code section's content begins: DWARF counts from there.
    code_begin: u64,
    context: Option<Context<EndianSlice<'m, LittleEndian>>>,
    /// Where each function's code lies in the file; the first is the function of that index.
    first_function: u32,
    bodies: Vec<Range<u64>>,
    /// Names of the name section, and of exports, by function.
    names: BTreeMap<u32, &'m str>,
}

impl<'m> SourceMap<'m> {
    /// Reads what there is. Whatever cannot be read is taken as not there.
    pub fn of(wasm: &'m [u8]) -> Self {
        let mut map = Self {
            code_begin: 0,
            context: None,
            first_function: 0,
            bodies: Vec::new(),
            names: BTreeMap::new(),
        };
        let mut sections: Vec<(&str, &[u8])> = Vec::new();
        for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
            match payload {
                Payload::ImportSection(imports) => {
                    let functions = imports.into_imports().map_while(Result::ok);
                    let functions = functions.filter(|import| matches!(import.ty, TypeRef::Func(_)));
                    map.first_function = functions.count() as u32;
                }
                Payload::ExportSection(exports) => {
                    let exports = exports.into_iter().map_while(Result::ok);
                    let functions = exports.filter(|export| export.kind == ExternalKind::Func);
                    map.names.extend(functions.map(|export| (export.index, export.name)));
                }
                Payload::CodeSectionStart { unchecked_range, .. } => map.code_begin = unchecked_range.start,
                Payload::CodeSectionEntry(body) => map.bodies.push(body.range()),
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => {
                        for name in names.into_iter().map_while(Result::ok) {
                            if let Name::Function(functions) = name {
                                let functions = functions.into_iter().map_while(Result::ok);
                                map.names.extend(functions.map(|naming| (naming.index, naming.name)));
                            }
                        }
                    }
                    _ => sections.push((section.name(), section.data())),
                },
                _ => {}
            }
        }
        let section = |id: SectionId| {
            let found = sections.iter().find(|(name, _)| *name == id.name());
            Ok::<_, addr2line::gimli::Error>(EndianSlice::new(
                found.map_or(&[], |(_, data)| data),
                LittleEndian,
            ))
        };
        map.context = Dwarf::load(section).ok().and_then(|dwarf| Context::from_dwarf(dwarf).ok());
        map
    }

    /// The functions whose code is at an offset in the file, innermost first: more than one where
    /// the compiler put one into another.
    pub fn frames(&self, offset: u32) -> Vec<SourceFrame> {
        /// Compilers give no line to what they added themselves, such as the head of a loop.
        const BYTES_TO_THE_NEXT_LINE: u32 = 64;

        let mut frames = self.debug_frames(offset).unwrap_or_default();
        if let Some(innermost) = frames.first_mut().filter(|frame| frame.line == 0) {
            let next = (1..=BYTES_TO_THE_NEXT_LINE).find_map(|bytes| {
                let next = self.debug_frames(offset.saturating_add(bytes))?.into_iter().next()?;
                (next.line > 0 && next.function == innermost.function).then_some(next)
            });
            if let Some(SourceFrame { line, column, .. }) = next {
                (innermost.line, innermost.column) = (line, column);
            }
        }
        if frames.is_empty() {
            frames.push(SourceFrame {
                function: self.name(offset),
                file: String::new(),
                line: 0,
                column: 0,
                is_inlined: false,
            });
        }
        frames
    }

    fn debug_frames(&self, offset: u32) -> Option<Vec<SourceFrame>> {
        let address = u64::from(offset).checked_sub(self.code_begin)?;
        let mut found = self.context.as_ref()?.find_frames(address).skip_all_loads().ok()?;
        let mut frames: Vec<SourceFrame> = Vec::new();
        while let Ok(Some(frame)) = found.next() {
            let function = frame.function.as_ref().and_then(|name| Some(name.demangle().ok()?.into_owned()));
            let location = frame.location.as_ref();
            frames.push(SourceFrame {
                function: function.unwrap_or_else(|| self.name(offset)),
                file: location.and_then(|location| location.file).map(tidy).unwrap_or_default(),
                line: location.and_then(|location| location.line).unwrap_or(0),
                column: location.and_then(|location| location.column).unwrap_or(0),
                is_inlined: true,
            });
        }
        if let Some(last) = frames.last_mut() {
            last.is_inlined = false;
        }
        Some(frames)
    }

    /// The name of the function whose code is at an offset, from the name section.
    fn name(&self, offset: u32) -> String {
        let body = self.bodies.partition_point(|body| body.end <= u64::from(offset)) as u32;
        let index = self.first_function.saturating_add(body);
        self.function(index)
    }

    /// The name of a function by its index in the file.
    pub fn function(&self, index: u32) -> String {
        let name = self.names.get(&index);
        name.map_or_else(
            || format!("function {index}"),
            |name| format!("{:#}", rustc_demangle::demangle(name)),
        )
    }
}

/// A path as a person would write it.
fn tidy(path: &str) -> String {
    let mut path: Cow<'_, str> = path.replace('\\', "/").into();
    while let Some(at) = path.find("/./") {
        path.to_mut().replace_range(at..at + 2, "");
    }
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}
