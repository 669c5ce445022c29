//! What a module asks for, and what the game permits.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use bevy::prelude::Resource;
use peristyle_abi::{CommandKind, TermKind};
use thiserror::Error;

use crate::module::manifest::{ModuleManifest, TermManifest};
use crate::{FuelBudgets, Limits};

/// Something that a module asks for in its manifest, by the name that scripts know it by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Permission {
    /// To read a component, to know which entities have it, and what happens to it.
    Read(String),
    /// To write a component.
    Write(String),
    /// To read a resource.
    ReadResource(String),
    /// To write a resource.
    WriteResource(String),
    /// To read messages or events.
    Receive(String),
    /// To have commands at all: which is for [`ScriptPolicy::command`] to say.
    Commands,
    /// To give entities a component and to take it from them.
    Insert(String),
    /// To send messages or trigger events.
    Send(String),
    /// To define a component that the game does not know.
    Define(String),
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(name) => write!(f, "read `{name}`"),
            Self::Write(name) => write!(f, "write `{name}`"),
            Self::ReadResource(name) => write!(f, "read the resource `{name}`"),
            Self::WriteResource(name) => write!(f, "write the resource `{name}`"),
            Self::Receive(name) => write!(f, "receive `{name}`"),
            Self::Commands => f.write_str("use commands"),
            Self::Insert(name) => write!(f, "insert and remove `{name}`"),
            Self::Send(name) => write!(f, "send `{name}`"),
            Self::Define(name) => write!(f, "define the component `{name}`"),
        }
    }
}

/// What the modules of a folder, or one module, may do. A module that asks for more is refused when it is loaded, with a list
/// of what is not permitted; a command that is not permitted is a fault.
///
/// The default permits everything. [`nothing`](Self::nothing) permits nothing, and the other functions add to it; to
/// write is to read as well.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::abi::CommandKind;
/// use bevy_peristyle::{PeristyleAppExt, PeristylePlugin, ScriptPolicy};
///
/// let mods = ScriptPolicy::nothing()
///     .read("Position")
///     .write("Velocity")
///     .command(CommandKind::Despawn)
///     .fuel_per_call(200_000)
///     .memory_pages(64); // 4 MiB
/// let mut app = App::new();
/// app.add_plugins((MinimalPlugins, AssetPlugin::default(), PeristylePlugin::default()))
///     .set_script_policy("mods/", mods);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptPolicy {
    /// `None` permits everything.
    permits: Option<BTreeSet<Permission>>,
    /// `None` permits all kinds.
    commands: Option<BTreeSet<u32>>,
    /// Whether every component may be defined whose name begins with the module's own and `::`.
    defines_own: bool,
    fuel_per_call_max: Option<u64>,
    fuel_per_row_max: Option<u64>,
    memory_pages_max: Option<u32>,
}

impl ScriptPolicy {
    /// Permits nothing but to run.
    pub fn nothing() -> Self {
        Self { permits: Some(BTreeSet::new()), commands: Some(BTreeSet::new()), ..Self::default() }
    }

    /// Permits one thing more.
    #[must_use]
    pub fn permit(mut self, permission: Permission) -> Self {
        if let Some(permits) = &mut self.permits {
            permits.insert(permission);
        }
        self
    }

    /// Permits to read a component.
    #[must_use]
    pub fn read(self, component: impl Into<String>) -> Self {
        self.permit(Permission::Read(component.into()))
    }

    /// Permits to write a component, and to read it.
    #[must_use]
    pub fn write(self, component: impl Into<String>) -> Self {
        self.permit(Permission::Write(component.into()))
    }

    /// Permits a kind of commands. Which components they may be about is for [`Permission::Insert`] to say.
    #[must_use]
    pub fn command(mut self, kind: CommandKind) -> Self {
        if let Some(commands) = &mut self.commands {
            commands.insert(kind.code());
        }
        self.permit(Permission::Commands)
    }

    /// Permits to define components whose names begin with the module's own name, and all that can be done with them.
    #[must_use]
    pub fn define_own_components(mut self) -> Self {
        self.defines_own = true;
        self
    }

    /// Gives a call at most so much fuel, where that is less than [`FuelBudgets::per_call`].
    #[must_use]
    pub fn fuel_per_call(mut self, max: u64) -> Self {
        self.fuel_per_call_max = Some(max);
        self
    }

    /// Gives each row of a call at most so much fuel, where that is less than [`FuelBudgets::per_row`].
    #[must_use]
    pub fn fuel_per_row(mut self, max: u64) -> Self {
        self.fuel_per_row_max = Some(max);
        self
    }

    /// Gives a module's memory at most so many pages of 64 KiB, where that is less than [`Limits::memory_pages_max`], from the
    /// next time on that its file is read.
    #[must_use]
    pub fn memory_pages(mut self, max: u32) -> Self {
        self.memory_pages_max = Some(max);
        self
    }

    fn allows(&self, module: &str, permission: &Permission) -> bool {
        let Some(permits) = &self.permits else { return true };
        let is_own = |name: &str| name.strip_prefix(module).is_some_and(|rest| rest.starts_with("::"));
        let also = match permission {
            Permission::Read(name) if !permits.contains(permission) => Permission::Write(name.clone()),
            Permission::ReadResource(name) => Permission::WriteResource(name.clone()),
            other => other.clone(),
        };
        let own = match permission {
            Permission::Read(name)
            | Permission::Write(name)
            | Permission::Insert(name)
            | Permission::Define(name) => self.defines_own && is_own(name),
            _ => false,
        };
        own || permits.contains(permission) || permits.contains(&also)
    }

    /// The kinds of commands that are permitted, by the bits of their codes.
    pub(crate) fn command_kinds(&self) -> u32 {
        let Some(commands) = &self.commands else { return u32::MAX };
        commands.iter().fold(0, |kinds, code| kinds | 1_u32.checked_shl(*code).unwrap_or(0))
    }

    /// The budgets with what the policy leaves of them.
    pub(crate) fn fuel(&self, budgets: &FuelBudgets) -> FuelBudgets {
        FuelBudgets {
            per_call: budgets.per_call.min(self.fuel_per_call_max.unwrap_or(u64::MAX)),
            per_row: budgets.per_row.min(self.fuel_per_row_max.unwrap_or(u64::MAX)),
            ..budgets.clone()
        }
    }

    /// The limits with what the policy leaves of them.
    pub(crate) fn limits(&self, limits: &Arc<Limits>) -> Arc<Limits> {
        match self.memory_pages_max {
            Some(pages) if pages < limits.memory_pages_max => {
                Arc::new(Limits { memory_pages_max: pages, ..Limits::clone(limits) })
            }
            _ => Arc::clone(limits),
        }
    }
}

/// A module asks for what its policy does not permit.
#[derive(Debug, Error)]
#[error(
    "it wants to {}, which the game's policy for `{of}` does not permit{}", list(.refused),
    if *.is_update { "; the version that runs does not ask for that" } else { "" }
)]
pub(crate) struct NotPermitted {
    refused: Vec<Permission>,
    of: String,
    /// Whether the running version is content with less.
    is_update: bool,
}

/// Permissions as a sentence has them.
pub(crate) fn list(permissions: &[Permission]) -> String {
    permissions.iter().map(Permission::to_string).collect::<Vec<_>>().join(", ")
}

/// The policies of a game, by the beginning of asset paths.
#[derive(Resource, Clone, Debug, Default)]
pub(crate) struct ScriptPolicies(Arc<RwLock<Vec<(String, ScriptPolicy)>>>);

impl ScriptPolicies {
    /// Sets the policy of a folder or a file.
    pub fn set(&self, path: String, policy: ScriptPolicy) {
        let mut policies = self.0.write().unwrap_or_else(PoisonError::into_inner);
        policies.retain(|(other, _)| *other != path);
        policies.push((path, policy));
    }

    /// The policy of the longest path that is the beginning of a module's, and that path.
    pub fn of(&self, path: &str) -> (String, ScriptPolicy) {
        let policies = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = policies.iter().filter(|(prefix, _)| path.starts_with(prefix));
        found.max_by_key(|(prefix, _)| prefix.len()).cloned().unwrap_or_default()
    }

    /// Holds what a module asks for against its policy; `before` is what its running version asks for.
    ///
    /// # Errors
    /// What is not permitted.
    pub fn check(
        &self,
        module: &str,
        path: &str,
        asked: &BTreeSet<Permission>,
        before: &BTreeSet<Permission>,
    ) -> Result<ScriptPolicy, NotPermitted> {
        let (of, policy) = self.of(path);
        let refused: Vec<Permission> =
            asked.iter().filter(|permission| !policy.allows(module, permission)).cloned().collect();
        if refused.is_empty() {
            return Ok(policy);
        }
        let is_update = !before.is_empty() && refused.iter().all(|permission| !before.contains(permission));
        Err(NotPermitted { refused, of, is_update })
    }
}

/// Everything that a module asks for. `is_known` says whether the game offers a component itself.
pub(crate) fn permissions(
    manifest: &ModuleManifest,
    is_known: impl Fn(&str) -> bool,
) -> BTreeSet<Permission> {
    let mut asked = BTreeSet::new();
    let term = |term: &TermManifest| {
        let name = term.schema.name.clone();
        Some(match term.kind {
            TermKind::Entity => return None,
            TermKind::Write | TermKind::OptionalWrite => Permission::Write(name),
            TermKind::Insert => Permission::Insert(name),
            TermKind::Send | TermKind::Trigger => Permission::Send(name),
            _ => Permission::Read(name),
        })
    };
    for system in &manifest.systems {
        let terms = system.queries.iter().flat_map(|query| &query.terms);
        asked.extend(terms.chain(system.commands.iter().flatten()).filter_map(term));
        asked.extend(system.commands.as_ref().map(|_| Permission::Commands));
        asked.extend(system.resources.iter().map(|resource| {
            let name = resource.schema.name.clone();
            if resource.write { Permission::WriteResource(name) } else { Permission::ReadResource(name) }
        }));
        asked.extend(system.messages.iter().map(|messages| {
            let name = messages.term.schema.name.clone();
            match messages.term.kind {
                TermKind::Added | TermKind::Removed => Permission::Read(name),
                _ => Permission::Receive(name),
            }
        }));
    }
    let defined = asked.iter().filter_map(|permission| match permission {
        Permission::Read(name) | Permission::Write(name) | Permission::Insert(name)
            if name.contains("::") && !is_known(name) =>
        {
            Some(Permission::Define(name.clone()))
        }
        _ => None,
    });
    let defined: Vec<Permission> = defined.collect();
    asked.extend(defined);
    asked
}
