//! `--beside`: each saved script runs beside the running one before it takes its place.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_peristyle::Scripts;

/// For how many frames.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Beside(pub u32);

/// Has the next version of each script run beside the running one, and take its place where it has run to the end.
///
/// `asked` is by script: which version ran when its next one was asked for.
pub fn look_before(
    beside: Res<Beside>,
    mut scripts: ResMut<Scripts>,
    mut asked: Local<BTreeMap<String, u64>>,
) {
    let mut done: Vec<(String, bool)> = Vec::new();
    let mut to_ask: Vec<String> = Vec::new();
    for module in scripts.iter() {
        let report = module.shadow.as_ref().filter(|report| module.has_shadow() && report.is_done());
        if let Some(report) = report {
            done.push((module.name.clone(), report.ended.is_none()));
        } else if let Some(version) = module.version
            && asked.insert(module.name.clone(), version) != Some(version)
        {
            to_ask.push(module.name.clone());
        }
    }
    for (module, is_over) in done {
        if is_over {
            scripts.promote(&module);
        } else {
            scripts.drop_shadow(&module);
            to_ask.push(module);
        }
    }
    for module in to_ask {
        scripts.shadow(&module, beside.0);
    }
}
