//! Which engine runs scripts.

use bevy::prelude::Resource;

/// Which engine runs scripts: what they do and what it costs is the same, how fast is not.
///
/// A game says it in [`PeristylePlugin`](crate::PeristylePlugin), and may change the resource during play: modules
/// then go over between two frames, with all that they keep.
///
/// ```
/// use bevy_peristyle::{PeristylePlugin, ScriptEngine};
/// let plugin = PeristylePlugin { engine: ScriptEngine::Interpreter, ..PeristylePlugin::default() };
/// ```
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptEngine {
    /// wasmi, an interpreter in plain Rust: ready at once, everywhere.
    #[default]
    Interpreter,
    /// wasmtime, which compiles modules to the processor's own code. A module begins with the interpreter and
    /// goes over when it is compiled, a fraction of a second later. Modules with systems that suspend stay with the
    /// interpreter, and so do those that write tables, drop segments or keep references in globals.
    #[cfg(feature = "jit")]
    Compiler,
    /// The same, but a module that is loaded does not begin before it is compiled.
    #[cfg(feature = "jit")]
    CompilerFromTheStart,
}

#[cfg(feature = "jit")]
impl ScriptEngine {
    /// Whether modules are to be compiled.
    pub(crate) fn compiles(self) -> bool {
        self != Self::Interpreter
    }

    /// Whether modules wait until they are compiled.
    pub(crate) fn compiles_first(self) -> bool {
        self == Self::CompilerFromTheStart
    }
}

/// How the instances of a module are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EngineKind {
    /// By the interpreter.
    #[default]
    Interpreter,
    /// By the interpreter, of the module that says where its fuel goes.
    Profiler,
    /// By the interpreter, of the module that says where it is.
    Tracer,
    /// The same, and it stops where something is written that [`Instance::watch`](super::Instance::watch) is told of.
    Watcher,
    /// By the compiler.
    #[cfg(feature = "jit")]
    Compiler,
}
