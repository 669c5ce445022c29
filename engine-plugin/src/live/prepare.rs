//! A version of a module is held against the game before anything is touched, and then swapped in or refused.

use std::sync::Arc;

use bevy::prelude::*;
use thiserror::Error;

use crate::FuelBudgets;
use crate::calls::run::SharedPolicy;
use crate::calls::slot::{ModuleSlot, StartError, Version};
use crate::insight::status::ScriptStatus;
use crate::live::carry::{Carried, StateBefore};
use crate::live::moved_state::CannotGoOn;
use crate::live::order::{OrderError, ScriptOrder};
use crate::live::script_components::{commit, define};
use crate::live::swap::swap;
use crate::module::layout::{CheckedLayout, LayoutError, Offer};
use crate::module::module_asset::ModuleContent;
use crate::module::permissions::{NotPermitted, ScriptPolicies, permissions};
use crate::offer::condition::ScriptConditions;
use crate::offer::messages::ScriptChannels;
use crate::offer::registry::{Definitions, ScriptRegistry};

/// Why a version of a module is not swapped in.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    #[error(transparent)]
    State(#[from] CannotGoOn),
}

/// Has a version take the place of the running one, or refuses it; whether it runs.
pub(crate) fn replace(
    world: &mut World,
    status: &mut ScriptStatus,
    content: ModuleContent,
    hash: u64,
) -> bool {
    match prepare(world, &status.slot, &status.path, content, hash, StateBefore::Moves) {
        Ok((version, definitions, carried)) => {
            commit(world, &status.name, definitions);
            swap(world, status, version, carried);
            true
        }
        Err(refusal) => {
            status.refuse(refusal.to_string());
            false
        }
    }
}

/// The same for a version that has not run before, which is kept.
pub(crate) fn replace_by_new(
    world: &mut World,
    status: &mut ScriptStatus,
    content: ModuleContent,
    hash: u64,
) {
    if replace(world, status, content.clone(), hash) {
        let kept_max = world.resource::<SharedPolicy>().0.limits.versions_kept_max;
        status.note_version(hash, content, kept_max);
    }
}

/// Everything that can go wrong with a new version goes wrong here, before anything is touched.
pub(crate) fn prepare(
    world: &mut World,
    slot: &ModuleSlot,
    path: &str,
    content: ModuleContent,
    hash: u64,
    before: StateBefore,
) -> Result<(Version, Definitions, Carried), Refusal> {
    let ModuleContent { compiled, manifest } = content;
    let module = slot.name.as_str();
    let asked = permissions(&manifest, |name| world.resource::<ScriptRegistry>().is_of_game(name));
    let policies = world.resource::<ScriptPolicies>().clone();
    let running = slot.lock().version.as_ref().map(|version| version.asked.clone()).unwrap_or_default();
    let policy = policies.check(module, path, &asked, &running)?;
    let definitions = define(world, module, &manifest)?;
    let fuel = policy.fuel(world.resource::<FuelBudgets>());
    let offer = Offer {
        definitions: &definitions,
        registry: world.resource::<ScriptRegistry>(),
        channels: world.resource::<ScriptChannels>(),
        conditions: world.resource::<ScriptConditions>(),
        fuel: &fuel,
        policy: &policy,
    };
    let layout = CheckedLayout::check(module, &manifest, &offer)?;
    world.resource::<ScriptOrder>().check(module, &layout.systems)?;
    let exports = manifest.systems.iter().map(|system| system.export.clone()).collect();
    let fuel = offer.fuel.initialize;
    let mut version = Version::start(module, compiled, Arc::new(layout), exports, hash, fuel)?;
    version.asked = asked;
    let carried = Carried::decide(world, slot, &version, &definitions, before)?;
    Ok((version, definitions, carried))
}
