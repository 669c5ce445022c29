//! The sections of the metered module.

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, EntityType, ExportKind, ExportSection, Function, GlobalSection,
    GlobalType, ImportSection, MemorySection, MemoryType, Module, RawSection, Section, TableSection,
    TypeSection, ValType,
};
use wasmparser::{KnownCustom, Parser, Payload};

use crate::error::MeterError;
use crate::names::renumber;
use crate::rewrite::{Indices, within};
use crate::trace::{CALLS_BYTES, CALLS_END_EXPORT, CALLS_EXPORT, PC_EXPORT};
use crate::{ENTER_NAME, EXHAUSTED_MODULE, EXHAUSTED_NAME, FUEL_EXPORT, LEAVE_NAME, WROTE_NAME};

/// Sections that metering adds to, by their place in a module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Added {
    Types,
    Imports,
    Memories,
    Globals,
    Exports,
}

/// Puts the module together.
pub(crate) fn assemble(
    indices: &Indices<'_>,
    functions: &[Function],
    global_exports: &[String],
) -> Result<Vec<u8>, MeterError> {
    let mut sections = Sections { indices, global_exports, module: Module::new(), next: Some(Added::Types) };
    let wasm = indices.scanned.wasm;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::TypeSection(section) => {
                let mut types = TypeSection::new();
                utils::parse_type_section(&mut sections, &mut types, section.clone())?;
                sections.types(types)?;
            }
            Payload::ImportSection(section) => {
                sections.before(Added::Imports)?;
                let mut imports = ImportSection::new();
                utils::parse_import_section(&mut sections, &mut imports, section.clone())?;
                sections.imports(imports)?;
            }
            Payload::TableSection(section) => {
                sections.before(Added::Memories)?;
                let mut tables = TableSection::new();
                utils::parse_table_section(&mut sections, &mut tables, section.clone())?;
                sections.module.section(&tables);
            }
            Payload::MemorySection(section) => {
                sections.before(Added::Memories)?;
                let mut memories = MemorySection::new();
                utils::parse_memory_section(&mut sections, &mut memories, section.clone())?;
                sections.memories(memories);
            }
            Payload::GlobalSection(section) => {
                sections.before(Added::Globals)?;
                let mut globals = GlobalSection::new();
                utils::parse_global_section(&mut sections, &mut globals, section.clone())?;
                sections.globals(globals)?;
            }
            Payload::ExportSection(section) => {
                sections.before(Added::Exports)?;
                let mut exports = ExportSection::new();
                utils::parse_export_section(&mut sections, &mut exports, section.clone())?;
                sections.exports(exports)?;
            }
            Payload::ElementSection(section) => {
                sections.all()?;
                let mut elements = ElementSection::new();
                utils::parse_element_section(&mut sections, &mut elements, section.clone())?;
                sections.module.section(&elements);
            }
            Payload::CodeSectionStart { .. } => {
                sections.all()?;
                let mut code = CodeSection::new();
                for function in functions {
                    code.function(function);
                }
                sections.module.section(&code);
            }
            Payload::CodeSectionEntry(_) => {}
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Name(names) => {
                    if let Some(names) = renumber(names, indices) {
                        sections.module.section(&names);
                    }
                }
                // It speaks of code by its offsets, and no engine needs it.
                KnownCustom::BranchHints(_) => {}
                _ => sections.copy(&payload),
            },
            Payload::FunctionSection(_) => {
                sections.before(Added::Memories)?;
                sections.copy(&payload);
            }
            Payload::DataCountSection { .. } | Payload::DataSection(_) => {
                sections.all()?;
                sections.copy(&payload);
            }
            _ => {}
        }
    }
    sections.all()?;
    Ok(sections.module.finish())
}

struct Sections<'a> {
    indices: &'a Indices<'a>,
    global_exports: &'a [String],
    module: Module,
    /// The first added section that has not been written yet.
    next: Option<Added>,
}

impl Sections<'_> {
    /// Writes what must come before a section and is not in the original.
    fn before(&mut self, section: Added) -> Result<(), MeterError> {
        while let Some(next) = self.next.filter(|next| *next < section) {
            match next {
                Added::Types => self.types(TypeSection::new())?,
                Added::Imports => self.imports(ImportSection::new())?,
                Added::Memories => self.memories(MemorySection::new()),
                Added::Globals => self.globals(GlobalSection::new())?,
                Added::Exports => self.exports(ExportSection::new())?,
            }
        }
        Ok(())
    }

    fn all(&mut self) -> Result<(), MeterError> {
        self.before(Added::Exports)?;
        if self.next == Some(Added::Exports) {
            self.exports(ExportSection::new())?;
        }
        Ok(())
    }

    fn types(&mut self, mut types: TypeSection) -> Result<(), MeterError> {
        if self.indices.exhausted_function().is_some()
            || self.indices.is_profiled()
            || self.indices.is_watched()
        {
            types.ty().function([], []);
        }
        if self.indices.is_profiled() {
            types.ty().function([ValType::I32], []);
            for ty in &self.indices.scanned.types {
                let results: Result<Vec<_>, _> =
                    ty.results.iter().map(|ty| RoundtripReencoder.val_type(*ty)).collect();
                types.ty().function([], results?);
            }
        }
        within("types", u64::from(types.len()))?;
        self.write(types.is_empty(), &types, Added::Imports);
        Ok(())
    }

    fn imports(&mut self, mut imports: ImportSection) -> Result<(), MeterError> {
        if self.indices.exhausted_function().is_some() {
            let ty = EntityType::Function(self.indices.empty_type());
            imports.import(EXHAUSTED_MODULE, EXHAUSTED_NAME, ty);
        }
        if self.indices.is_watched() {
            let wrote = EntityType::Function(self.indices.empty_type());
            imports.import(EXHAUSTED_MODULE, WROTE_NAME, wrote);
        }
        if self.indices.is_profiled() {
            let enter = EntityType::Function(self.indices.enter_type());
            imports.import(EXHAUSTED_MODULE, ENTER_NAME, enter);
            imports.import(EXHAUSTED_MODULE, LEAVE_NAME, EntityType::Function(self.indices.empty_type()));
        }
        within("imports", u64::from(imports.len()))?;
        let functions = self.indices.scanned.functions.len() as u64;
        within("functions", u64::from(self.indices.scanned.imported_functions) + functions + 3)?;
        self.write(imports.is_empty(), &imports, Added::Memories);
        Ok(())
    }

    fn memories(&mut self, mut memories: MemorySection) {
        if self.indices.is_traced() {
            let pages = u64::from(CALLS_BYTES / 65_536);
            let maximum = Some(pages);
            let (memory64, shared, page_size_log2) = (false, false, None);
            memories.memory(MemoryType { minimum: pages, maximum, memory64, shared, page_size_log2 });
        }
        self.write(memories.is_empty(), &memories, Added::Globals);
    }

    fn globals(&mut self, mut globals: GlobalSection) -> Result<(), MeterError> {
        let ty = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        globals.global(ty, &ConstExpr::i64_const(0));
        if self.indices.is_traced() {
            for _ in [self.indices.pc_global(), self.indices.calls_end_global()] {
                globals.global(GlobalType { val_type: ValType::I32, ..ty }, &ConstExpr::i32_const(0));
            }
        }
        within("globals", u64::from(self.indices.scanned.globals) + 3)?;
        self.write(false, &globals, Added::Exports);
        Ok(())
    }

    fn exports(&mut self, mut exports: ExportSection) -> Result<(), MeterError> {
        exports.export(FUEL_EXPORT, ExportKind::Global, self.indices.fuel_global());
        for (name, global) in self.global_exports.iter().zip(&self.indices.scanned.mutable_globals) {
            exports.export(name, ExportKind::Global, *global);
        }
        if self.indices.is_traced() {
            exports.export(PC_EXPORT, ExportKind::Global, self.indices.pc_global());
            exports.export(CALLS_EXPORT, ExportKind::Memory, self.indices.calls_memory());
            exports.export(CALLS_END_EXPORT, ExportKind::Global, self.indices.calls_end_global());
        }
        within("exports", u64::from(exports.len()))?;
        self.module.section(&exports);
        self.next = None;
        Ok(())
    }

    fn write(&mut self, empty: bool, section: &impl Section, next: Added) {
        if !empty {
            self.module.section(section);
        }
        self.next = Some(next);
    }

    fn copy(&mut self, payload: &Payload<'_>) {
        if let Some((id, range)) = payload.as_section()
            && let Some(data) = self.indices.scanned.wasm.get(range.start as usize..range.end as usize)
        {
            self.module.section(&RawSection { id, data });
        }
    }
}

impl Reencode for Sections<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.indices.function(function))
    }

    fn memory_type(&mut self, ty: wasmparser::MemoryType) -> Result<MemoryType, Error> {
        let mut ty = utils::memory_type(self, ty);
        ty.maximum = imposed(ty.maximum, self.indices.options.memory_pages_max);
        Ok(ty)
    }

    fn table_type(&mut self, ty: wasmparser::TableType) -> Result<wasm_encoder::TableType, Error> {
        let mut ty = utils::table_type(self, ty)?;
        ty.maximum = imposed(ty.maximum, self.indices.options.table_elements_max);
        Ok(ty)
    }
}

fn imposed(maximum: Option<u64>, imposed: Option<u32>) -> Option<u64> {
    match (maximum, imposed.map(u64::from)) {
        (Some(own), Some(imposed)) => Some(own.min(imposed)),
        (own, imposed) => own.or(imposed),
    }
}
