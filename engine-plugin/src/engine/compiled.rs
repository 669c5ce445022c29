//! A module's file, checked and translated.

use std::sync::Arc;

use peristyle_abi::{
    IMPORT_FAULT, IMPORT_LOG, IMPORT_MODULE, IMPORT_ROW_OF, INITIALIZE_EXPORT, MANIFEST_EXPORT, MEMORY_EXPORT,
};
use thiserror::Error;
use wasmi::{CompilationMode, Config, Engine, ExternType, FuncType, Module, ValType};

use crate::Limits;

/// Why a file is not a module that the engine can run.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The file is neither valid WebAssembly nor valid text format.
    #[error("it is not valid WebAssembly: {0}")]
    Invalid(String),
    /// The module imports something that no host offers.
    #[error(
        "it imports `{module}::{name}`, which does not exist; a module may import only \
         `peristyle::log`, `peristyle::fault` and `peristyle::row_of`. Is a library in it meant for another host (wasi, a browser)?"
    )]
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// The module imports one of the host's functions with another signature.
    #[error("it imports `peristyle::{name}` as {found}; the contract says {expected}")]
    ImportType {
        /// The import's name.
        name: String,
        /// The signature in the contract.
        expected: String,
        /// The signature in the module.
        found: String,
    },
    /// An export that the contract asks for is not there, or is something else.
    #[error("its export `{name}` {found}; the contract asks for {expected}")]
    Export {
        /// The export's name.
        name: String,
        /// What the contract asks for.
        expected: &'static str,
        /// What the module has.
        found: String,
    },
    /// The module could not be instantiated under the limits.
    #[error(
        "it cannot be instantiated: {reason} (limits: memory_pages_max {memory_pages_max}, \
         table_elements_max {table_elements_max})"
    )]
    Instantiate {
        /// The engine's reason.
        reason: String,
        /// The limit on its memory.
        memory_pages_max: u32,
        /// The limit on each of its tables.
        table_elements_max: u32,
    },
}

/// A checked and translated module. Cheap to instantiate.
#[derive(Debug)]
pub(crate) struct CompiledModule {
    pub(super) module: Module,
    pub(super) limits: Arc<Limits>,
    pub(super) has_initialize: bool,
    /// Whether it imports `row_of`.
    pub(super) asks_for_rows: bool,
}

impl CompiledModule {
    /// Checks and translates `wasm`.
    pub fn new(wasm: &[u8], limits: Arc<Limits>) -> Result<Self, EngineError> {
        let engine = Engine::new(&config(&limits));
        let module = Module::new(&engine, wasm).map_err(|error| EngineError::Invalid(error.to_string()))?;
        check_imports(&module)?;
        let export = |name: &'static str, expected: &'static str, fits: fn(&ExternType) -> bool| {
            let found = match module.get_export(name) {
                None => "is missing".to_owned(),
                Some(found) if fits(&found) => return Ok(()),
                Some(found) => format!("is {}", describe(&found)),
            };
            Err(EngineError::Export { name: name.to_owned(), expected, found })
        };
        export(MEMORY_EXPORT, "the module's linear memory", |found| matches!(found, ExternType::Memory(_)))?;
        export(MANIFEST_EXPORT, "an immutable i32 global that holds the manifest's address", |found| {
            match found {
                ExternType::Global(global) => {
                    global.content() == ValType::I32 && !global.mutability().is_mut()
                }
                _ => false,
            }
        })?;
        let has_initialize = module.get_export(INITIALIZE_EXPORT).is_some();
        if has_initialize {
            export(INITIALIZE_EXPORT, "a function () -> ()", |found| has_type(found, &[], &[]))?;
        }
        let asks_for_rows = module.imports().any(|import| import.name() == IMPORT_ROW_OF);
        Ok(Self { module, limits, has_initialize, asks_for_rows })
    }

    /// Checks that `export` is a script system's function.
    pub fn check_system_export(&self, export: &str) -> Result<(), EngineError> {
        let found = match self.module.get_export(export) {
            None => "is missing".to_owned(),
            Some(found) if has_type(&found, &[ValType::I32], &[ValType::I32]) => return Ok(()),
            Some(found) => format!("is {}", describe(&found)),
        };
        let expected = "a function (frame: i32) -> i32";
        Err(EngineError::Export { name: export.to_owned(), expected, found })
    }
}

/// The engine's settings: everything that could make two runs differ is off. (64-bit memories are
/// left out by wasmi's cargo features.)
fn config(limits: &Limits) -> Config {
    // The engine takes no more than this.
    let stack_bytes = limits.stack_bytes_max.min(1_000_000) as usize;
    let mut config = Config::default();
    config
        .consume_fuel(true)
        // Lazy translation would charge its fuel to whoever calls first.
        .compilation_mode(CompilationMode::Eager)
        // A start function would run outside of every budget.
        .allow_start_fn(false)
        .set_max_recursion_depth(limits.recursion_max as usize)
        .set_min_stack_height(stack_bytes.min(1024))
        .set_max_stack_height(stack_bytes)
        .ignore_custom_sections(true)
        .wasm_multi_memory(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        // The results of relaxed SIMD depend on the processor.
        .wasm_relaxed_simd(false);
    config
}

fn check_imports(module: &Module) -> Result<(), EngineError> {
    for import in module.imports() {
        let (params, results): (&[ValType], &[ValType]) = match (import.module(), import.name()) {
            (IMPORT_MODULE, IMPORT_LOG) => (&[ValType::I32; 3], &[]),
            (IMPORT_MODULE, IMPORT_FAULT) => (&[ValType::I32; 6], &[]),
            (IMPORT_MODULE, IMPORT_ROW_OF) => (&[ValType::I32, ValType::I64], &[ValType::I32]),
            (module, name) => {
                return Err(EngineError::UnknownImport { module: module.to_owned(), name: name.to_owned() });
            }
        };
        if !has_type(import.ty(), params, results) {
            return Err(EngineError::ImportType {
                name: import.name().to_owned(),
                expected: format!("a function ({}) -> ({})", join(params), join(results)),
                found: describe(import.ty()),
            });
        }
    }
    Ok(())
}

fn has_type(found: &ExternType, params: &[ValType], results: &[ValType]) -> bool {
    matches!(found, ExternType::Func(ty) if ty.params() == params && ty.results() == results)
}

fn describe(found: &ExternType) -> String {
    match found {
        ExternType::Func(ty) => describe_func(ty),
        ExternType::Global(global) => {
            let mutability = if global.mutability().is_mut() { "a mutable" } else { "an immutable" };
            format!("{mutability} {:?} global", global.content()).to_lowercase()
        }
        ExternType::Memory(_) => "a memory".to_owned(),
        ExternType::Table(_) => "a table".to_owned(),
    }
}

fn describe_func(ty: &FuncType) -> String {
    format!("a function ({}) -> ({})", join(ty.params()), join(ty.results()))
}

fn join(types: &[ValType]) -> String {
    let names: Vec<String> = types.iter().map(|ty| format!("{ty:?}").to_lowercase()).collect();
    names.join(", ")
}
