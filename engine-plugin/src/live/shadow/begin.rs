//! A version begins to run beside another.

use std::sync::Arc;

use bevy::log::info;
use bevy::prelude::*;

use super::{Shadow, Shadowed};
use crate::insight::status::ScriptStatus;
use crate::live::carry::StateBefore;
use crate::live::prepare::prepare;
use crate::module::module_asset::ModuleContent;

/// Has a version run beside the running one for so many frames, or refuses it and says so.
pub(crate) fn begin(
    world: &mut World,
    status: &mut ScriptStatus,
    content: ModuleContent,
    hash: u64,
    frames: u32,
) -> bool {
    status.end_shadow("another version runs beside the running one");
    let mut version =
        match prepare(world, &status.slot, &status.path, content.clone(), hash, StateBefore::Moves) {
            Ok((mut version, _, mut carried)) => {
                carried.give_state(&mut version);
                version
            }
            Err(refusal) => {
                status.refuse(refusal.to_string());
                return false;
            }
        };
    version.call_itself(format!("{} (beside)", status.name));
    let mut running = status.slot.lock();
    let Some(shadow) = Shadow::beside(&running, version, frames) else { return false };
    info!(
        "script {}: version {hash:016x} runs beside {:016x} for {frames} frames, and changes nothing",
        status.name, shadow.report.running
    );
    status.shadow = Some(Arc::new(shadow.report.clone()));
    running.shadow = Some(Box::new(shadow));
    drop(running);
    status.last_error = None;
    status.shadowed = Some(Shadowed { content, hash });
    true
}
