//! Between frames: modules go over to the engine that the game has chosen.

use std::sync::Arc;

use bevy::prelude::*;
use bevy::tasks::AsyncComputeTaskPool;

use crate::engine::ScriptEngine;
use crate::scripts::{ScriptStatus, Scripts};

/// Has every module go over that is not where the game wants it, as far as it is ready for that.
pub(crate) fn switch_engines(engine: ScriptEngine, scripts: &mut Scripts) {
    for status in &mut scripts.modules {
        switch(engine, status);
    }
}

fn switch(engine: ScriptEngine, status: &mut ScriptStatus) {
    let running = &mut *status.slot.lock();
    let Some(version) = &mut running.version else { return };
    status.is_compiled = version.is_compiled;
    // Only the interpreter can suspend.
    let suspends = version.layout.systems.iter().any(|system| system.suspends);
    let wanted = engine.compiles() && !suspends;
    if wanted == version.is_compiled {
        return;
    }
    if wanted && !version.compiled.is_compiled() {
        if !std::mem::replace(&mut version.asked_to_compile, true) {
            let (name, compiled) = (status.name.clone(), Arc::clone(&version.compiled));
            let compile = async move {
                if let Err(error) = compiled.compile() {
                    warn!("script {name} cannot be compiled, so the interpreter goes on with it: {error}");
                }
            };
            AsyncComputeTaskPool::get_or_init(Default::default).spawn(compile).detach();
        }
        return;
    }
    match version.use_compiler(wanted) {
        Ok(()) => {
            status.is_compiled = wanted;
            debug!(
                "script {} goes on with {}",
                status.name,
                if wanted { "the compiler" } else { "the interpreter" }
            );
        }
        Err(error) if !std::mem::replace(&mut version.has_stayed, true) => {
            warn!("script {} stays with the engine that runs it: {error}", status.name);
        }
        Err(_) => {}
    }
}
