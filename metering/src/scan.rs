//! The first look at a module: what is where, and what is refused.

use wasmparser::{
    ExternalKind, FunctionBody, GlobalType, KnownCustom, Name, Operator, Parser, Payload, RefType, TypeRef,
    ValType,
};

use crate::RESERVED_PREFIX;
use crate::error::{FunctionName, MeterError, Refused};
use crate::operators::{hides_state, proposal};
use crate::options::Options;
use crate::parts::in_parts;
use crate::rewrite::within;
use crate::validate::validate;

/// What a checked module has. Every index in its code is in bounds.
pub(crate) struct Scanned<'a> {
    /// The bytes of the whole module.
    pub wasm: &'a [u8],
    /// The types.
    pub types: Vec<FunctionType>,
    /// How many functions are imported.
    pub imported_functions: u32,
    /// The types of the functions that are not.
    pub functions: Vec<u32>,
    /// How many globals there are, imported ones included.
    pub globals: u32,
    /// Which of them are mutable.
    pub mutable_globals: Vec<u32>,
    /// Functions that a host may call, or any code by reference, by index.
    pub reachable_from_outside: Vec<bool>,
    /// Whether it keeps state that is neither in memory nor a number.
    pub has_hidden_state: bool,
    /// How many memories there are.
    pub memories: u32,
    /// The functions' code.
    pub bodies: Vec<Body<'a>>,
}

/// The type of a function, as far as metering asks.
pub(crate) struct FunctionType {
    /// How many parameters it has.
    pub parameters: u32,
    /// Its results.
    pub results: Vec<ValType>,
}

/// One function's code, read.
pub(crate) struct Body<'a> {
    /// Its declarations of locals, as written.
    pub locals: Vec<(u32, ValType)>,
    /// Its operators, with where they begin.
    pub operators: Vec<(Operator<'a>, u64)>,
    /// Where its code begins, with the declarations.
    pub begin: u64,
    /// Where it ends.
    pub end: u64,
    /// Parameters, locals and the greatest height of its operand stack together; a vector among the locals
    /// is two.
    pub slots: u64,
}

impl Body<'_> {
    /// How many bytes of code it is.
    pub fn bytes(&self) -> u64 {
        self.end.saturating_sub(self.begin)
    }

    /// Where an operator begins, or the last one ends.
    pub fn offset(&self, at: u32) -> u64 {
        self.operators.get(at as usize).map_or(self.end, |(_, offset)| *offset)
    }
}

/// The proposals that every engine has and executes alike.
const PERMITTED: &[&str] = &[
    "mvp",
    "sign_extension",
    "saturating_float_to_int",
    "bulk_memory",
    "reference_types",
    "simd",
    "tail_call",
];

/// Reads a module, refuses what is not permitted by name, and then validates it.
pub(crate) fn scan<'a>(wasm: &'a [u8], options: &Options) -> Result<Scanned<'a>, MeterError> {
    let mut scanned = Scanned {
        wasm,
        types: Vec::new(),
        imported_functions: 0,
        functions: Vec::new(),
        globals: 0,
        mutable_globals: Vec::new(),
        reachable_from_outside: Vec::new(),
        has_hidden_state: false,
        memories: 0,
        bodies: Vec::new(),
    };
    let (mut code, mut seen) = (Vec::new(), Ok(()));
    for payload in Parser::new(0).parse_all(wasm) {
        seen = match payload {
            Ok(Payload::CodeSectionEntry(body)) => {
                code.push(body);
                continue;
            }
            Ok(payload) => scanned.payload(payload, options),
            Err(error) => Err(error.into()),
        };
        if seen.is_err() {
            break;
        }
    }
    let code = (scanned.imported_functions..).zip(code);
    let bodies = in_parts(
        code,
        |(_, body)| body.as_bytes().len() as u64,
        |code| code.into_iter().map(|(function, body)| scanned.body(function, &body)).collect(),
    );
    // What is wrong in the code comes before what is wrong behind it.
    scanned.bodies = bodies?;
    seen?;
    for (body, slots) in scanned.bodies.iter_mut().zip(validate(wasm)?) {
        body.slots += slots;
    }
    scanned.note_operators();
    Ok(scanned)
}

impl<'a> Scanned<'a> {
    fn payload(&mut self, payload: Payload<'a>, options: &Options) -> Result<(), MeterError> {
        match payload {
            Payload::Version { encoding: wasmparser::Encoding::Component, range, .. } => {
                return refuse(Refused::Component, range.start);
            }
            Payload::TypeSection(section) => {
                for group in section.into_iter_with_offsets() {
                    let (offset, group) = group?;
                    let explicit = group.is_explicit_rec_group();
                    for ty in group.into_types() {
                        let ty = match &ty.composite_type.inner {
                            wasmparser::CompositeInnerType::Func(ty) if !explicit => {
                                for ty in ty.params().iter().chain(ty.results()) {
                                    permitted(*ty, offset)?;
                                }
                                let parameters = u32::try_from(ty.params().len()).unwrap_or(u32::MAX);
                                FunctionType { parameters, results: ty.results().to_vec() }
                            }
                            _ => return refuse(Refused::GarbageCollection("type"), offset),
                        };
                        self.types.push(ty);
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    let (offset, import) = import?;
                    reserved(import.module)?;
                    match import.ty {
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => self.imported_functions += 1,
                        TypeRef::Global(ty) => self.global(ty),
                        TypeRef::Memory(_) | TypeRef::Table(_) => {
                            return refuse(Refused::ImportedState, offset);
                        }
                        TypeRef::Tag(_) => return refuse(Refused::Exceptions("tag"), offset),
                    }
                }
            }
            Payload::FunctionSection(section) => {
                within("functions", section.count().into())?;
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::CodeSectionStart { count, .. } => within("functions", count.into())?,
            Payload::TableSection(section) => {
                for table in section.into_iter_with_offsets() {
                    let (offset, table) = table?;
                    let ty = table.ty;
                    permitted(ValType::Ref(ty.element_type), offset)?;
                    if ty.table64 {
                        return refuse(Refused::Memory64, offset);
                    }
                    bounded(
                        ty.initial,
                        ty.maximum,
                        options.table_elements_max,
                        Refused::UnboundedTable,
                        offset,
                    )?;
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.into_iter_with_offsets() {
                    let (offset, ty) = memory?;
                    self.memories += 1;
                    match ty {
                        _ if ty.shared => return refuse(Refused::SharedMemory, offset),
                        _ if ty.memory64 => return refuse(Refused::Memory64, offset),
                        _ if ty.page_size_log2.is_some() => return refuse(Refused::CustomPageSize, offset),
                        _ if self.memories > 1 => return refuse(Refused::MultipleMemories, offset),
                        _ => {}
                    }
                    bounded(
                        ty.initial,
                        ty.maximum,
                        options.memory_pages_max,
                        Refused::UnboundedMemory,
                        offset,
                    )?;
                }
            }
            Payload::TagSection(section) => {
                return refuse(Refused::Exceptions("tag"), section.range().start);
            }
            Payload::GlobalSection(section) => {
                for global in section.into_iter_with_offsets() {
                    let (offset, global) = global?;
                    permitted(global.ty.content_type, offset)?;
                    self.global(global.ty);
                    self.references(&global.init_expr)?;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    reserved(export.name)?;
                    if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                        self.reach(export.index);
                    }
                }
            }
            Payload::StartSection { range, .. } => {
                return refuse(Refused::StartFunction, range.start);
            }
            Payload::ElementSection(section) => {
                for element in section {
                    self.elements(element?.items)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn global(&mut self, ty: GlobalType) {
        if ty.mutable {
            self.has_hidden_state |= ty.content_type.is_reference_type();
            self.mutable_globals.push(self.globals);
        }
        self.globals = self.globals.saturating_add(1);
    }

    fn reach(&mut self, function: u32) {
        // Not validated yet: an index out of bounds is an error later, and takes no memory here.
        let count = self.functions.len() + self.imported_functions as usize;
        self.reachable_from_outside.resize(count, false);
        if let Some(reachable) = self.reachable_from_outside.get_mut(function as usize) {
            *reachable = true;
        }
    }

    fn elements(&mut self, items: wasmparser::ElementItems<'a>) -> Result<(), MeterError> {
        match items {
            wasmparser::ElementItems::Functions(functions) => {
                for function in functions {
                    self.reach(function?);
                }
            }
            wasmparser::ElementItems::Expressions(_, expressions) => {
                for expression in expressions {
                    self.references(&expression?)?;
                }
            }
        }
        Ok(())
    }

    fn references(&mut self, expression: &wasmparser::ConstExpr<'a>) -> Result<(), MeterError> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.reach(function_index);
            }
        }
        Ok(())
    }

    fn body(&self, function: u32, body: &FunctionBody<'a>) -> Result<Body<'a>, MeterError> {
        let (mut locals, mut vectors) = (Vec::new(), 0);
        for local in body.get_locals_reader()? {
            let (count, ty) = local?;
            permitted(ty, body.range().start)?;
            vectors += if ty == ValType::V128 { u64::from(count) } else { 0 };
            locals.push((count, ty));
        }
        // Compilers take about two bytes an operator.
        let mut operators = Vec::with_capacity(body.as_bytes().len() / 2);
        for operator in body.get_operators_reader()?.into_iter_with_offsets() {
            let (operator, offset) = operator?;
            let (proposal, name) = proposal(&operator);
            if !PERMITTED.contains(&proposal) {
                let what = match proposal {
                    "relaxed_simd" => Refused::RelaxedSimd(name),
                    "threads" | "shared_everything_threads" | "acquire_release_atomics" => {
                        Refused::Threads(name)
                    }
                    "exceptions" | "legacy_exceptions" => Refused::Exceptions(name),
                    "gc" | "function_references" | "custom_descriptors" => Refused::GarbageCollection(name),
                    proposal => Refused::Proposal { proposal, operator: name },
                };
                let function = function_name(self.wasm, function);
                return Err(MeterError::Refused { what, function, offset });
            }
            operators.push((operator, offset));
        }
        Ok(Body { locals, operators, begin: body.range().start, end: body.range().end, slots: vectors })
    }

    /// Functions that code takes references of, and state that it hides.
    fn note_operators(&mut self) {
        let mut taken = Vec::new();
        for (operator, _) in self.bodies.iter().flat_map(|body| &body.operators) {
            self.has_hidden_state |= hides_state(operator);
            if let Operator::RefFunc { function_index } = operator {
                taken.push(*function_index);
            }
        }
        for function in taken {
            self.reach(function);
        }
        let count = self.functions.len() + self.imported_functions as usize;
        self.reachable_from_outside.resize(count, false);
    }
}

fn refuse<T>(what: Refused, offset: u64) -> Result<T, MeterError> {
    Err(MeterError::Refused { what, function: FunctionName::default(), offset })
}

/// Numbers, vectors, and references to functions and to what is the host's.
fn permitted(ty: ValType, offset: u64) -> Result<(), MeterError> {
    let ValType::Ref(reference) = ty else { return Ok(()) };
    match reference {
        RefType::FUNCREF | RefType::EXTERNREF => Ok(()),
        RefType::EXNREF => refuse(Refused::Exceptions("exnref"), offset),
        _ => refuse(Refused::GarbageCollection("reference type"), offset),
    }
}

fn reserved(name: &str) -> Result<(), MeterError> {
    if name.starts_with(RESERVED_PREFIX) {
        return Err(MeterError::ReservedName { name: name.to_owned() });
    }
    Ok(())
}

fn bounded(
    initial: u64,
    maximum: Option<u64>,
    imposed: Option<u32>,
    unbounded: Refused,
    offset: u64,
) -> Result<(), MeterError> {
    match imposed {
        Some(max) if initial > u64::from(max) => refuse(Refused::InitialAboveMaximum { max }, offset),
        None if maximum.is_none() => refuse(unbounded, offset),
        _ => Ok(()),
    }
}

/// The name of a function, from the name section or else an export; looked up only for errors.
pub(crate) fn function_name(wasm: &[u8], index: u32) -> FunctionName {
    let mut found = FunctionName { index: Some(index), name: None };
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::ExportSection(section)) => {
                let mut exports = section.into_iter().flatten();
                let export = exports.find(|e| e.kind == ExternalKind::Func && e.index == index);
                found.name = export.map(|export| export.name.to_owned());
            }
            Ok(Payload::CustomSection(section)) => {
                let KnownCustom::Name(names) = section.as_known() else { continue };
                for name in names.into_iter().flatten() {
                    let Name::Function(map) = name else { continue };
                    let naming = map.into_iter().flatten().find(|naming| naming.index == index);
                    found.name = naming.map(|naming| naming.name.to_owned()).or(found.name);
                }
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    found
}
