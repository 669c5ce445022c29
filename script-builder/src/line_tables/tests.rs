use std::fs;
use std::path::Path;

use gimli::write::{
    Address, AttributeValue, DwarfUnit, EndianVec, LineProgram, LineString, Sections, UnitEntryId,
};
use gimli::{DwTag, Encoding, Format, LineEncoding, LittleEndian};

use super::agreement::{Frame, frames};
use super::code::Code;
use super::*;
use crate::strip::{strip, with_sections};

/// Two functions, in the addresses 2 to 7 and 8 to 13.
const MODULE: &str = "(module (func i32.const 1 drop) (func nop nop nop))";

/// A linker's address of functions that it dropped.
const DROPPED: u64 = 0xffff_ffff;

/// Writes DWARF as compilers do.
struct Compiler(DwarfUnit);

impl Compiler {
    fn new() -> Self {
        let encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 4 };
        let mut dwarf = DwarfUnit::new(encoding);
        let text = |text: &str| LineString::String(text.into());
        let (folder, file) = (text("/home/someone/clone/scripts"), text("wind.rs"));
        dwarf.unit.line_program =
            LineProgram::new(encoding, LineEncoding::default(), folder, None, file, None);
        let root = dwarf.unit.root();
        let mut compiler = Self(dwarf);
        compiler.text(root, gimli::DW_AT_comp_dir, "/home/someone/clone/scripts");
        compiler.text(root, gimli::DW_AT_producer, "compiler 1.2");
        compiler.set(root, gimli::DW_AT_language, AttributeValue::Language(gimli::DW_LANG_Rust));
        compiler.code(root, 0, 100);
        compiler
    }

    fn add(&mut self, parent: UnitEntryId, tag: DwTag) -> UnitEntryId {
        self.0.unit.add(parent, tag)
    }

    fn set(&mut self, entry: UnitEntryId, name: gimli::DwAt, value: AttributeValue) {
        self.0.unit.get_mut(entry).set(name, value);
    }

    fn text(&mut self, entry: UnitEntryId, name: gimli::DwAt, text: &str) {
        self.set(entry, name, AttributeValue::String(text.into()));
    }

    fn code(&mut self, entry: UnitEntryId, start: u64, length: u64) {
        self.set(entry, gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(start)));
        self.set(entry, gimli::DW_AT_high_pc, AttributeValue::Udata(length));
    }

    /// A sequence of rows: an offset, a file, a line and a column each.
    fn rows(&mut self, start: u64, rows: &[(u64, &str, u64, u64)], length: u64) {
        let program = &mut self.0.unit.line_program;
        program.begin_sequence(Some(Address::Constant(start)));
        for (offset, file, line, column) in rows {
            let folder = program.default_directory();
            let file = program.add_file(LineString::String((*file).into()), folder, None);
            let row = program.row();
            (row.address_offset, row.file, row.line, row.column) = (*offset, file, *line, *column);
            program.generate_row();
        }
        program.end_sequence(length);
    }

    fn module(mut self) -> Vec<u8> {
        let mut sections = Sections::new(EndianVec::new(LittleEndian));
        self.0.write(&mut sections).unwrap();
        let mut named = Vec::new();
        let each = sections.for_each(|id, section| {
            named.push((id.name(), section.slice().to_vec()));
            Ok::<(), Error>(())
        });
        each.unwrap();
        with_sections(wat::parse_str(MODULE).unwrap(), &named)
    }
}

/// A module in which `blow` has code, and in it a call of `add` was inlined.
fn compiled() -> Vec<u8> {
    let mut compiler = Compiler::new();
    let root = compiler.0.unit.root();
    let space = compiler.add(root, gimli::DW_TAG_namespace);
    let declaration = compiler.add(space, gimli::DW_TAG_subprogram);
    compiler.text(declaration, gimli::DW_AT_linkage_name, "_ZN4wind4blow17h0123456789abcdefE");
    compiler.text(declaration, gimli::DW_AT_name, "blow");
    let add = compiler.add(space, gimli::DW_TAG_subprogram);
    compiler.text(add, gimli::DW_AT_name, "add");

    let blow = compiler.add(root, gimli::DW_TAG_subprogram);
    compiler.code(blow, 2, 5);
    compiler.set(blow, gimli::DW_AT_specification, AttributeValue::UnitRef(declaration));
    compiler.text(blow, gimli::DW_AT_producer, "nobody asks");
    let block = compiler.add(blow, gimli::DW_TAG_lexical_block);
    let call = compiler.add(block, gimli::DW_TAG_inlined_subroutine);
    compiler.code(call, 3, 2);
    compiler.set(call, gimli::DW_AT_abstract_origin, AttributeValue::UnitRef(add));
    compiler.set(call, gimli::DW_AT_call_line, AttributeValue::Udata(7));
    compiler.set(call, gimli::DW_AT_call_column, AttributeValue::Udata(9));
    compiler.rows(2, &[(0, "wind.rs", 6, 1), (1, "/zig/lib/std/math.zig", 70, 3), (3, "wind.rs", 8, 2)], 5);

    for start in [0, DROPPED] {
        let dropped = compiler.add(root, gimli::DW_TAG_subprogram);
        compiler.text(dropped, gimli::DW_AT_name, "dropped");
        compiler.code(dropped, start, 5);
        compiler.rows(start, &[(0, "/only/here/dropped.rs", 1, 1)], 5);
    }
    compiler.module()
}

fn sources() -> Sources {
    let root = Path::new("/home/someone/clone");
    Sources::of(root, &root.join("target")).with_zig("/zig/lib")
}

fn thin(module: &[u8]) -> Vec<u8> {
    with_sections(strip(module).unwrap(), &line_tables(module, &sources()).unwrap())
}

fn place(file: Option<&str>, line: u64, column: u64) -> Place {
    Place { file: file.map(Rc::from), line, column }
}

#[test]
fn what_has_code_is_read_and_nothing_else() {
    let row = |address, file, line, column| Row { address, place: place(Some(file), line, column) };
    let add = Scope {
        name: Some("add".to_owned()),
        ranges: vec![Range { start: 3, end: 5 }],
        call: Some(place(None, 7, 9)),
        inlined: Vec::new(),
    };
    let blow = Scope {
        name: Some("wind::blow".to_owned()),
        ranges: vec![Range { start: 2, end: 7 }],
        call: None,
        inlined: vec![add],
    };
    let rows = vec![
        row(2, "scripts/wind.rs", 6, 1),
        row(3, "zig/std/math.zig", 70, 3),
        row(5, "scripts/wind.rs", 8, 2),
    ];
    let expected = Unit {
        language: Some(gimli::DW_LANG_Rust),
        functions: vec![blow],
        sequences: vec![Sequence { rows, end: 7 }],
    };
    assert_eq!(read::unit(&compiled(), &sources()).unwrap(), expected);
    assert_eq!(read::unit(&thin(&compiled()), &sources()).unwrap(), expected);
}

#[test]
fn thin_line_tables_say_what_the_compiler_says() {
    let compiled = compiled();
    let thin = thin(&compiled);
    // Two for `i32.const`, one each for `drop` and `end`; of the other function nothing is known.
    assert_eq!(agree(&compiled, &thin).unwrap(), 4);
    assert!(!thin.windows(6).any(|window| window == b"/home/" || window == b"compil"));
}

#[test]
fn line_tables_of_something_else_are_found_out() {
    let mut compiler = Compiler::new();
    compiler.rows(2, &[(0, "wind.rs", 6, 1)], 5);
    let error = agree(&compiled(), &thin(&compiler.module())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "at address 0x3 the compiler says add at /zig/lib/std/math.zig:70:3, in wind::blow at ?:7:9, \
         and the module's line tables say ? at scripts/wind.rs:6:1"
    );
}

#[test]
fn a_module_without_dwarf_gets_none() {
    let module = wat::parse_str(MODULE).unwrap();
    assert_eq!(line_tables(&module, &sources()).unwrap(), []);
    assert_eq!(agree(&module, &module).unwrap(), 0);
}

#[test]
fn a_file_that_only_this_machine_has_is_refused() {
    let mut compiler = Compiler::new();
    compiler.rows(8, &[(0, "/only/here/wind.rs", 1, 1)], 5);
    let result = line_tables(&compiler.module(), &sources());
    assert!(matches!(result, Err(Error::MachinePath { path }) if path == "/only/here/wind.rs"));
}

/// The function that each marked line of the guests is in, and the one that it was inlined in.
const FAULTS: [(&str, &str); 8] = [
    ("divide", "divide"),
    ("index", "pick misbehave"),
    ("overflow", "increase"),
    ("panic", "giveup misbehave"),
    ("trap", "trap"),
    ("loop", "repeat misbehave"),
    ("recursion", "descend"),
    ("write", "spoil"),
];

#[test]
fn committed_modules_know_the_lines_that_fault() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = ["tests/guests/zig_faults/zig_faults.zig", "tests/guests/rust_faults/src/lib.rs"];
    for (guest, source) in ["zig_faults", "rust_faults"].into_iter().zip(sources) {
        let text = fs::read_to_string(root.join(source)).unwrap();
        let module = fs::read(root.join(format!("tests/guests/built/{guest}.wasm"))).unwrap();
        let frames = all_frames(&module);
        for (fault, functions) in FAULTS {
            let mark = format!("// fault: {fault}");
            let (_, line) = text.lines().zip(1..).find(|(line, _)| line.ends_with(&mark)).unwrap();
            let is_found =
                frames.iter().any(|frames| own_functions(frames, source, line).starts_with(functions));
            assert!(is_found, "{guest} has no code for line {line}, {fault}, in {functions}");
        }
    }
}

/// The frames of every operator.
fn all_frames(module: &[u8]) -> Vec<Vec<Frame>> {
    let code = Code::of(module).unwrap();
    let context = addr2line::Context::from_dwarf(code.dwarf()).unwrap();
    let addresses = code.operators().unwrap();
    addresses.into_iter().map(|address| frames(&context, address).unwrap()).collect()
}

/// From the frame that is at this line: the functions of that file, in the case of neither language.
fn own_functions(frames: &[Frame], source: &str, line: u32) -> String {
    let is_here = |frame: &&Frame| frame.file.as_deref() == Some(source) && frame.line == Some(line);
    let from = frames.iter().skip_while(|frame| !is_here(frame));
    let own = from.filter(|frame| frame.file.as_deref() == Some(source));
    let name = |frame: &Frame| frame.function.as_deref()?.rsplit([':', '.']).next().map(str::to_owned);
    let names: Vec<String> = own.filter_map(name).collect();
    names.join(" ").replace('_', "").to_lowercase()
}
