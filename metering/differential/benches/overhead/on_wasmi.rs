//! wasmi.

use std::time::Instant;

use peristyle_metering::{EXHAUSTED_MODULE, EXHAUSTED_NAME, FUEL_EXPORT, Gauge};
use wasmi::{CompilationMode, Config, Engine, Func, Linker, Module, Store, Val};

use crate::Runner;

/// A module in wasmi.
pub struct Wasmi {
    engine: Engine,
    module: Module,
    own_fuel: bool,
}

impl Wasmi {
    /// Compiles a module; `own_fuel` has the engine count.
    pub fn new(wasm: &[u8], own_fuel: bool) -> Self {
        let mut config = Config::default();
        config.compilation_mode(CompilationMode::Eager).consume_fuel(own_fuel);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm).unwrap();
        Self { engine, module, own_fuel }
    }
}

impl Runner for Wasmi {
    fn run(&mut self, export: &str, amount: i32) -> f64 {
        let mut store = Store::new(&self.engine, ());
        let mut linker = Linker::new(&self.engine);
        let exhausted = Func::wrap(&mut store, || {});
        linker.define(EXHAUSTED_MODULE, EXHAUSTED_NAME, exhausted).unwrap();
        if self.own_fuel {
            store.set_fuel(u64::MAX).unwrap();
        }
        let instance = linker.instantiate_and_start(&mut store, &self.module).unwrap();
        if let Some(fuel) = instance.get_global(&store, FUEL_EXPORT) {
            fuel.set(&mut store, Val::I64(Gauge::new(u64::MAX, 500).to_bits())).unwrap();
        }
        let function = instance.get_typed_func::<i32, i32>(&store, export).unwrap();
        function.call(&mut store, 1).unwrap();
        let started = Instant::now();
        function.call(&mut store, amount).unwrap();
        started.elapsed().as_secs_f64()
    }
}
