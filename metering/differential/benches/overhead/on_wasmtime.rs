//! wasmtime.

use std::time::Instant;

use peristyle_metering::{EXHAUSTED_MODULE, EXHAUSTED_NAME, FUEL_EXPORT, Gauge};
use wasmtime::{Config, Engine, Linker, Module, Store, Val};

use crate::Runner;

/// A module in wasmtime.
pub struct Wasmtime {
    engine: Engine,
    module: Module,
    own_fuel: bool,
}

impl Wasmtime {
    /// Compiles a module; `own_fuel` has the engine count.
    pub fn new(wasm: &[u8], own_fuel: bool) -> Self {
        let mut config = Config::new();
        config.cranelift_nan_canonicalization(true).consume_fuel(own_fuel);
        let engine = Engine::new(&config).unwrap();
        let module = Module::new(&engine, wasm).unwrap();
        Self { engine, module, own_fuel }
    }
}

impl Runner for Wasmtime {
    fn run(&mut self, export: &str, amount: i32) -> f64 {
        let mut store = Store::new(&self.engine, ());
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap(EXHAUSTED_MODULE, EXHAUSTED_NAME, || {}).unwrap();
        if self.own_fuel {
            store.set_fuel(u64::MAX).unwrap();
        }
        let instance = linker.instantiate(&mut store, &self.module).unwrap();
        if let Some(fuel) = instance.get_global(&mut store, FUEL_EXPORT) {
            fuel.set(&mut store, Val::I64(Gauge::new(u64::MAX, 500).to_bits())).unwrap();
        }
        let function = instance.get_typed_func::<i32, i32>(&mut store, export).unwrap();
        function.call(&mut store, 1).unwrap();
        let started = Instant::now();
        function.call(&mut store, amount).unwrap();
        started.elapsed().as_secs_f64()
    }
}
