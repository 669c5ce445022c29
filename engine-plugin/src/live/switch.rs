//! Between frames: modules go over to the kind of instance that the game, or whoever profiles, has chosen.

#[cfg(feature = "jit")]
use std::sync::Arc;

use bevy::prelude::*;

use crate::calls::profile::Profiling;
use crate::calls::slot::Version;
use crate::insight::scripts::Scripts;
use crate::insight::status::ScriptStatus;
use crate::module::engine::{EngineKind, ScriptEngine};

/// Has every module go over that is not where it is wanted, as far as it is ready for that.
pub(crate) fn switch_engines(engine: ScriptEngine, scripts: &mut Scripts) {
    for status in &mut scripts.modules {
        switch(engine, status);
    }
}

fn switch(engine: ScriptEngine, status: &mut ScriptStatus) {
    let running = &mut *status.slot.lock();
    let Some(version) = &mut running.version else { return };
    if let Some(frames) = status.frames_to_profile.take() {
        version.profiling = Some(Profiling::new(frames));
    }
    status.profile = crate::calls::profile::end_frame(version, &status.name).or(status.profile.take());
    let wanted = wanted(engine, version, &status.name);
    if wanted != version.kind {
        match version.go_over(wanted) {
            Ok(()) => debug!("script {} goes on with the {wanted:?}", status.name),
            Err(error) if !std::mem::replace(&mut version.has_stayed, true) => {
                warn!("script {} stays with the {:?}: {error}", status.name, version.kind);
            }
            Err(_) => {}
        }
    }
    #[cfg(feature = "jit")]
    {
        status.is_compiled = version.kind == EngineKind::Compiler;
    }
}

/// Where a module is to go now.
#[cfg(not(feature = "jit"))]
fn wanted(_: ScriptEngine, version: &mut Version, _: &str) -> EngineKind {
    if version.profiling.is_some() { EngineKind::Profiler } else { EngineKind::Interpreter }
}

/// Where a module is to go now: to the compiler only once it is compiled.
#[cfg(feature = "jit")]
fn wanted(engine: ScriptEngine, version: &mut Version, module: &str) -> EngineKind {
    if version.profiling.is_some() {
        return EngineKind::Profiler;
    }
    // Only the interpreter can suspend.
    if !engine.compiles() || version.layout.systems.iter().any(|system| system.suspends) {
        return EngineKind::Interpreter;
    }
    if version.compiled.is_compiled() {
        return EngineKind::Compiler;
    }
    if !std::mem::replace(&mut version.asked_to_compile, true) {
        let (module, compiled) = (module.to_owned(), Arc::clone(&version.compiled));
        let compile = async move {
            if let Err(error) = compiled.compile() {
                warn!("script {module} cannot be compiled, so the interpreter goes on with it: {error}");
            }
        };
        bevy::tasks::AsyncComputeTaskPool::get_or_init(Default::default).spawn(compile).detach();
    }
    EngineKind::Interpreter
}
