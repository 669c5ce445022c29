//! A module's file, checked, metered and translated.

use std::sync::{Arc, OnceLock};

use peristyle_abi::{
    IMPORT_FAULT, IMPORT_LOG, IMPORT_MODULE, IMPORT_ROW_OF, INITIALIZE_EXPORT, MANIFEST_EXPORT, MEMORY_EXPORT,
};
use peristyle_metering::{EXHAUSTED_MODULE, Instrument, MeterError, Options, Refused, meter};
use wasmi::{ExternType, FuncType, Module, ValType};

use super::EngineError;
use super::interpreter::translate;
use crate::Limits;

/// A checked, metered and translated module. Cheap to instantiate.
#[derive(Debug)]
pub(crate) struct CompiledModule {
    /// The file as it was, which the offsets in its debug information are about.
    pub(super) wasm: Vec<u8>,
    /// The metered code, translated for the interpreter.
    pub(super) module: Module,
    pub(super) limits: Arc<Limits>,
    /// The exports of its mutable globals.
    pub(super) global_exports: Vec<String>,
    /// Whether memory and those are not all of its state.
    pub(crate) has_hidden_state: bool,
    pub(super) has_initialize: bool,
    /// Whether it imports `row_of`.
    pub(super) asks_for_rows: bool,
    /// The module with what names the place of a fault, made when that is first asked for.
    traced: OnceLock<Option<Module>>,
    /// The module with what says where its fuel goes, made when that is first asked for.
    profiled: OnceLock<Option<Module>>,
    /// The traced module that also says when it writes, made when that is first asked for.
    watched: OnceLock<Option<Module>>,
    /// The module in the processor's own code, once somebody has compiled it; or why it cannot be.
    #[cfg(feature = "jit")]
    jit: OnceLock<Result<wasmtime::Module, String>>,
}

impl CompiledModule {
    /// Checks, meters and translates `wasm`.
    pub fn new(wasm: &[u8], limits: Arc<Limits>) -> Result<Self, EngineError> {
        let metered = meter(wasm, &metering_options(&limits, Instrument::None))
            .map_err(|error| refused(error, &limits))?;
        let module = translate(&metered.wasm, &limits)?;
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
        Ok(Self {
            wasm: wasm.to_vec(),
            module,
            limits,
            global_exports: metered.global_exports,
            has_hidden_state: metered.has_hidden_state,
            has_initialize,
            asks_for_rows,
            traced: OnceLock::new(),
            profiled: OnceLock::new(),
            watched: OnceLock::new(),
            #[cfg(feature = "jit")]
            jit: OnceLock::new(),
        })
    }

    /// The file as it was.
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    /// Compiles the module to the processor's own code, which takes long; whoever comes second waits.
    #[cfg(feature = "jit")]
    pub fn compile(&self) -> Result<(), &str> {
        let compile = || {
            // Where nothing is suspended, values stay in registers over checks.
            let options = Options {
                exhaustion: peristyle_metering::Exhaustion::Stop,
                // The compiler's own way checks every result, and ours those that somebody can tell.
                canonical_nan: true,
                ..metering_options(&self.limits, Instrument::None)
            };
            let metered = meter(&self.wasm, &options).map_err(|error| error.to_string())?;
            super::jit::compile(&metered.wasm).map_err(|error| error.to_string())
        };
        self.jit.get_or_init(compile).as_ref().map(|_| ()).map_err(String::as_str)
    }

    /// Whether it has been compiled.
    #[cfg(feature = "jit")]
    pub fn is_compiled(&self) -> bool {
        self.jit().is_some()
    }

    #[cfg(feature = "jit")]
    pub(super) fn jit(&self) -> Option<&wasmtime::Module> {
        self.jit.get()?.as_ref().ok()
    }

    /// The module with what names the place of a fault: slower, and otherwise the same.
    pub(super) fn traced(&self) -> Option<&Module> {
        self.traced.get_or_init(|| self.instrumented(Instrument::Trace)).as_ref()
    }

    /// The traced module that also says when it writes to its memory.
    pub(super) fn watched(&self) -> Option<&Module> {
        self.watched.get_or_init(|| self.instrumented(Instrument::Watch)).as_ref()
    }

    /// The module with what says where its fuel goes: slower, and otherwise the same.
    pub(super) fn profiled(&self) -> Option<&Module> {
        self.profiled.get_or_init(|| self.instrumented(Instrument::Profile)).as_ref()
    }

    fn instrumented(&self, instrument: Instrument) -> Option<Module> {
        let options = metering_options(&self.limits, instrument);
        translate(&meter(&self.wasm, &options).ok()?.wasm, &self.limits).ok()
    }

    /// Why there is no instance, with the limits.
    pub(super) fn not_instantiated(&self, reason: &dyn std::fmt::Display) -> EngineError {
        EngineError::Instantiate {
            reason: reason.to_string(),
            memory_pages_max: self.limits.memory_pages_max,
            table_elements_max: self.limits.table_elements_max,
        }
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

fn metering_options(limits: &Limits, instrument: Instrument) -> Options {
    Options {
        instrument,
        memory_pages_max: Some(limits.memory_pages_max),
        table_elements_max: Some(limits.table_elements_max),
        ..Options::default()
    }
}

/// Names the limits where it is about them.
fn refused(error: MeterError, limits: &Limits) -> EngineError {
    match error {
        MeterError::Refused { what: Refused::InitialAboveMaximum { .. }, .. } => EngineError::Instantiate {
            reason: error.to_string(),
            memory_pages_max: limits.memory_pages_max,
            table_elements_max: limits.table_elements_max,
        },
        error => EngineError::Refused(error),
    }
}

fn check_imports(module: &Module) -> Result<(), EngineError> {
    for import in module.imports() {
        let (params, results): (&[ValType], &[ValType]) = match (import.module(), import.name()) {
            (IMPORT_MODULE, IMPORT_LOG) => (&[ValType::I32; 3], &[]),
            (IMPORT_MODULE, IMPORT_FAULT) => (&[ValType::I32; 6], &[]),
            (IMPORT_MODULE, IMPORT_ROW_OF) => (&[ValType::I32, ValType::I64], &[ValType::I32]),
            // Metering added it, and refuses modules that name it themselves.
            (EXHAUSTED_MODULE, _) => continue,
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
