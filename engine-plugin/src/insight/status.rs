//! How modules and their systems stand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::diagnostic::DiagnosticPath;
use bevy::log::{error, warn};
use bevy::prelude::*;

use crate::calls::profile::ScriptProfile;
use crate::calls::slot::ModuleSlot;
use crate::insight::report::FaultReport;
use crate::live::moved_state::MovedState;
use crate::live::shadow::{ShadowReport, Shadowed};
use crate::live::versions::{ScriptVersion, Trial};
use crate::module::faults::Fault;
use crate::module::module_asset::{ModuleContent, ScriptModule};
use crate::module::permissions::Permission;

/// One script module.
#[derive(Debug)]
pub struct ScriptStatus {
    /// The module's name: its file's name without the extension.
    pub name: String,
    /// The path under which it was added.
    pub path: String,
    /// Whether it runs.
    pub status: ModuleStatus,
    /// xxh3-64 of the running version's file.
    pub version: Option<u64>,
    /// Whether it is run by the compiler, see [`ScriptEngine`](crate::ScriptEngine).
    pub is_compiled: bool,
    /// Where its fuel went, once [`Scripts::profile`](crate::Scripts::profile) has asked for it and the frames are over.
    pub profile: Option<Arc<ScriptProfile>>,
    /// Why the newest version of the file was refused while an older one runs on.
    pub last_error: Option<String>,
    /// What the running version asks for, which its [`ScriptPolicy`](crate::ScriptPolicy) permits.
    pub permissions: Vec<Permission>,
    /// The versions that ran, and the one that runs, in the order in which they came; at most
    /// [`Limits::versions_kept_max`](crate::Limits::versions_kept_max).
    pub versions: Vec<ScriptVersion>,
    /// What came of running a new version beside the running one, see [`Scripts::shadow`](crate::Scripts::shadow): so far where
    /// [`has_shadow`](Self::has_shadow), and else of the last time.
    pub shadow: Option<Arc<ShadowReport>>,
    /// How many times a version was swapped in for another.
    pub reloads: u64,
    /// What became of its state blocks and components whose layout changed with the last version.
    pub moved: Vec<MovedState>,
    /// Its systems, in the order of the manifest. Published once a frame, in `Last`.
    pub systems: Vec<SystemStatus>,
    /// Whether the game paused it, by [`Scripts::set_paused`](crate::Scripts::set_paused).
    pub paused_by_game: bool,
    /// For how many frames the game wants to know where its fuel goes, from the next one on.
    pub(crate) frames_to_profile: Option<u32>,
    /// For how many frames the next version of its file runs beside the running one.
    pub(crate) frames_to_shadow: Option<u32>,
    /// The version that runs beside it, or has and waits.
    pub(crate) shadowed: Option<Shadowed>,
    pub(crate) slot: Arc<ModuleSlot>,
    pub(crate) handle: Option<Handle<ScriptModule>>,
    /// The newest load of the file that was looked at.
    pub(crate) seen_load: u64,
    /// What there was before the running version, while that is new.
    pub(crate) trial: Option<Trial>,
}

impl ScriptStatus {
    /// Puts a version that was swapped in behind those that ran before it.
    pub(crate) fn note_version(&mut self, hash: u64, content: ModuleContent, kept_max: u32) {
        self.versions.retain(|version| version.hash != hash);
        self.versions.push(ScriptVersion { hash, rolled_back: None, content });
        let needed = [self.version, self.trial.as_ref().map(|trial| trial.before)];
        while self.versions.len() > kept_max.max(2) as usize {
            let oldest = self.versions.iter().position(|version| !needed.contains(&Some(version.hash)));
            self.versions.remove(oldest.unwrap_or(0));
        }
    }

    /// The version so many places behind the running one in the order in which they came; before it where that is
    /// negative.
    pub(crate) fn version_beside(&self, places: isize) -> Option<u64> {
        let running = self.versions.iter().position(|version| Some(version.hash) == self.version)?;
        Some(self.versions.get(running.checked_add_signed(places)?)?.hash)
    }

    /// What a version that is kept consists of.
    pub(crate) fn content_of(&self, hash: u64) -> Option<ModuleContent> {
        let version = self.versions.iter().find(|version| version.hash == hash)?;
        Some(version.content.clone())
    }

    /// Why a version was taken back, if it was.
    pub(crate) fn rolled_back(&self, hash: u64) -> Option<&str> {
        self.versions.iter().find(|version| version.hash == hash)?.rolled_back.as_deref()
    }

    /// Whether a version runs beside it, or has and waits for [`Scripts::promote`](crate::Scripts::promote).
    pub fn has_shadow(&self) -> bool {
        self.shadowed.is_some()
    }

    /// Ends a shadow run, for that reason, and forgets the version that waits.
    pub(crate) fn end_shadow(&mut self, why: &str) {
        self.shadowed = None;
        let Some(mut shadow) = self.slot.lock().shadow.take() else { return };
        shadow.report.ended = Some(why.to_owned());
        info!("script {}: {}", self.name, shadow.report);
        self.shadow = Some(Arc::new(shadow.report));
    }

    /// Once a frame: counts it in a shadow run, and ends the run when its frames are over. The version waits then.
    pub(crate) fn advance_shadow(&mut self) {
        let mut running = self.slot.lock();
        if running.paused_by_game {
            return;
        }
        let Some(mut shadow) = running.shadow.take() else { return };
        shadow.report.frames_done += 1;
        if shadow.report.is_done() {
            if let Some(version) = &running.version {
                shadow.compare_state(version);
            }
            info!("script {}: {}", self.name, shadow.report);
            self.shadow = Some(Arc::new(shadow.report));
        } else {
            self.shadow = Some(Arc::new(shadow.report.clone()));
            running.shadow = Some(shadow);
        }
    }

    /// Keeps the last good version, if there is one, and says why.
    pub(crate) fn refuse(&mut self, reason: String) {
        if self.version.is_some() {
            if self.last_error.as_ref() == Some(&reason) {
                // Bevy tries a failed reload once more and reports it once more.
                return;
            }
            warn!(
                "script {} ({}) is not reloaded, its last good version runs on: {reason}",
                self.name, self.path
            );
            self.last_error = Some(reason);
        } else if !matches!(&self.status, ModuleStatus::Failed { reason: before } if *before == reason) {
            error!("script {} ({}) does not run: {reason}", self.name, self.path);
            self.status = ModuleStatus::Failed { reason };
        }
    }
}

/// Whether a module runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleStatus {
    /// Its file has not been read yet.
    Loading,
    /// It runs.
    Running,
    /// Some of its systems are paused after too many faults in a row; a reload resumes them.
    Paused {
        /// Names of the paused systems.
        systems: Vec<String>,
    },
    /// No version of it has ever run.
    Failed {
        /// Why.
        reason: String,
    },
}

/// One script system and what it did.
#[derive(Clone, Debug, Default)]
pub struct SystemStatus {
    /// The system's name.
    pub name: String,
    /// Whether it is paused after too many faults in a row.
    pub paused: bool,
    /// What it did.
    pub stats: SystemStats,
    pub(crate) paths: Option<SystemPaths>,
}

/// The paths of one system's diagnostics: `peristyle/<module>/<system>/<figure>`.
#[derive(Clone, Debug)]
pub(crate) struct SystemPaths(pub [DiagnosticPath; 4]);

/// What a script system did, in its last call and in all.
#[derive(Clone, Debug, Default)]
pub struct SystemStats {
    /// Calls that began; one that is suspended counts once for each pass.
    pub calls: u64,
    /// Calls that did not finish.
    pub faults: u64,
    /// Calls that did not begin because the frame's fuel was spent.
    pub starved: u64,
    /// Rows of all its queries in the last call.
    pub rows: u32,
    /// Rows that the last finished call changed.
    pub rows_changed: u32,
    /// Passes that the running call has taken so far, where it is suspended; 0 where none is.
    pub suspended_passes: u32,
    /// Rows, resources and state blocks that a suspended call had changed and that were not written, since others had
    /// changed them meanwhile, or they were gone.
    pub rows_skipped: u64,
    /// Commands that were skipped, since their entity was gone when they were applied.
    pub commands_skipped: u64,
    /// Bytes that were copied into the module for the last call.
    pub bytes_mapped: u64,
    /// Fuel that the last call could use.
    pub fuel_budget: u64,
    /// Fuel that the last call used.
    pub fuel: u64,
    /// Fuel that all calls used.
    pub fuel_total: u64,
    /// Rows of all calls.
    pub rows_total: u64,
    /// When the last call began.
    pub began: Option<Instant>,
    /// Time that the last call took, mapping and write-back included.
    pub time: Duration,
    /// Of the last call's time, what copying the rows into the module took.
    pub map_time: Duration,
    /// Of the last call's time, what the module's own code took.
    pub call_time: Duration,
    /// Of the last call's time, what checking and writing back took; zero after a fault.
    pub write_back_time: Duration,
    /// Time that all calls took.
    pub time_total: Duration,
    /// Why the last call that did not finish did not.
    pub last_fault: Option<Arc<Fault>>,
    /// The same with where in the script's source it was, and what the system had logged. A fault that comes
    /// again and again is not looked into each time: then there are no frames, or those of the last time.
    pub last_report: Option<Arc<FaultReport>>,
}
