//! A new version of a module beside the running one: it is given the same in each call, in an instance of its own, and
//! nothing that it does happens; what it would have done is held against what the other did.

mod compare;
mod report;

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use bevy::prelude::*;

pub use report::{ShadowDifference, ShadowReport, ShadowSystem};

use crate::call::Call;
use crate::carry::StateBefore;
use crate::commands::PendingCommands;
use crate::faults::Fault;
use crate::layout::CheckedSystem;
use crate::module_asset::ModuleContent;
use crate::reload::{prepare, refuse};
use crate::scripts::{Request, ScriptStatus, Scripts};
use crate::sliced::SlicedValues;
use crate::slot::{Phases, Running, Version};

/// A version that runs beside another.
#[derive(Debug)]
pub(crate) struct Shadow {
    version: Version,
    /// In the order of the report's systems.
    systems: Vec<ShadowCalls>,
    pub report: ShadowReport,
}

/// The calls of one system that are made twice.
#[derive(Debug)]
struct ShadowCalls {
    /// Its place in the new version, and in the records of the module; `None` where it is not compared.
    place: Option<(usize, usize)>,
    /// Its random generator.
    random: [u64; 4],
    pending: PendingCommands,
    /// The state blocks and the generator as they were before that call.
    before: (Vec<u8>, [u64; 4]),
    faults_in_row: u32,
    /// What came of the call that the running version is about to make.
    tried: Option<Result<Tried, Fault>>,
}

/// What a call of the new version left. Its call frame is laid out as that of the running one's call, which is given the same.
#[derive(Debug)]
pub(crate) struct Tried {
    /// Where its call frame is in its instance.
    pub frame: u32,
    pub sliced: Vec<SlicedValues>,
}

/// A version that has been asked to run beside another, until it is promoted or dropped.
#[derive(Debug)]
pub(crate) struct Shadowed {
    pub content: ModuleContent,
    pub hash: u64,
}

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
                refuse(status, refusal.to_string());
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

/// Once a frame: counts it, and ends the run when its frames are over. The version waits then.
pub(crate) fn advance(status: &mut ScriptStatus) {
    let mut running = status.slot.lock();
    if running.paused_by_game {
        return;
    }
    let Some(mut shadow) = running.shadow.take() else { return };
    shadow.report.frames_done += 1;
    if shadow.report.is_done() {
        if let Some(version) = &running.version {
            shadow.compare_state(version);
        }
        info!("script {}: {}", status.name, shadow.report);
        status.shadow = Some(Arc::new(shadow.report));
    } else {
        status.shadow = Some(Arc::new(shadow.report.clone()));
        running.shadow = Some(shadow);
    }
}

impl Scripts {
    /// Has the next version of a module's file run beside the running one for so many frames before it takes its place. In each
    /// call it is given copies of the same rows, resources and messages, and state blocks of its own that begin as the
    /// running version's are; nothing that it does happens, and its fuel is nobody's, though frames take longer.
    /// [`ScriptStatus::shadow`] says what would have come out differently and what it would cost. Then it waits for
    /// [`promote`](Self::promote) or [`drop_shadow`](Self::drop_shadow). Any other version that takes the running one's place, as
    /// by another save, ends the run. Systems that read or write something else than in the running version, or run under other
    /// conditions, are not compared. A version that is refused is told as ever, in [`ScriptStatus::last_error`], and the next one
    /// runs beside. Whether there is such a module.
    ///
    /// ```
    /// use bevy::prelude::*;
    /// use bevy_peristyle::Scripts;
    ///
    /// fn look_before(keys: Res<ButtonInput<KeyCode>>, mut scripts: ResMut<Scripts>) {
    ///     if keys.just_pressed(KeyCode::F6) {
    ///         scripts.shadow("flight", 120);
    ///     }
    ///     let report = scripts.get("flight").and_then(|module| module.shadow.clone());
    ///     if report.is_some_and(|report| report.is_done() && report.is_same()) {
    ///         scripts.promote("flight");
    ///     }
    /// }
    /// # let mut app = App::new();
    /// # app.init_resource::<Scripts>().init_resource::<ButtonInput<KeyCode>>();
    /// # app.add_systems(Update, look_before).update();
    /// ```
    pub fn shadow(&mut self, module: &str, frames: u32) -> bool {
        let is_there = self.get(module).is_some();
        if is_there {
            self.requests.push(Request::Shadow { module: module.to_owned(), version: None, frames });
        }
        is_there
    }

    /// The same at once, for a version that is among [`ScriptStatus::versions`]. Whether there is one with that hash
    /// that does not run.
    pub fn shadow_version(&mut self, module: &str, hash: u64, frames: u32) -> bool {
        let is_kept = |status: &ScriptStatus| {
            status.version != Some(hash) && status.versions.iter().any(|version| version.hash == hash)
        };
        let is_there = self.get(module).is_some_and(is_kept);
        if is_there {
            self.requests.push(Request::Shadow { module: module.to_owned(), version: Some(hash), frames });
        }
        is_there
    }

    /// Has the version that runs beside a module's, or has and waits, take its place in the next frame, with the state of
    /// the running version. Whether there is one.
    pub fn promote(&mut self, module: &str) -> bool {
        let is_there = self.get(module).is_some_and(ScriptStatus::has_shadow);
        if is_there {
            self.requests.push(Request::Promote { module: module.to_owned() });
        }
        is_there
    }

    /// Ends running a version beside a module's and forgets it, or has the next one take its place at once again. Whether
    /// there is one, or was to be.
    pub fn drop_shadow(&mut self, module: &str) -> bool {
        let is_asked = |status: &ScriptStatus| status.has_shadow() || status.frames_to_shadow.is_some();
        let is_there = self.get(module).is_some_and(is_asked);
        if is_there {
            self.requests.push(Request::DropShadow { module: module.to_owned() });
        }
        is_there
    }
}

impl ScriptStatus {
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
}

impl Shadow {
    fn beside(running: &Running, version: Version, frames: u32) -> Option<Self> {
        let old = running.version.as_ref()?;
        let old_systems = &old.layout.systems;
        let (mut systems, mut reports) = (Vec::new(), Vec::new());
        for (index, system) in version.layout.systems.iter().enumerate() {
            let record = running.records.iter().position(|record| record.name == system.name);
            let place = record.map(|record| (index, record));
            let before = old_systems.iter().find(|old| old.name == system.name);
            let not_compared = not_comparable(before, system);
            let random = record.map_or([0; 4], |record| running.records[record].random);
            let place = place.filter(|_| not_compared.is_none());
            systems.push(ShadowCalls {
                place,
                random,
                pending: PendingCommands::default(),
                before: (Vec::new(), random),
                faults_in_row: 0,
                tried: None,
            });
            reports.push(ShadowSystem { name: system.name.clone(), not_compared, ..ShadowSystem::default() });
        }
        let is_gone =
            |old: &&CheckedSystem| version.layout.systems.iter().all(|system| system.name != old.name);
        reports.extend(old_systems.iter().filter(is_gone).map(|old| ShadowSystem {
            name: old.name.clone(),
            not_compared: Some("the new version does not have it".to_owned()),
            ..ShadowSystem::default()
        }));
        let report = ShadowReport {
            version: version.hash,
            running: old.hash,
            frames,
            frames_done: 0,
            ended: None,
            systems: reports,
            state: Vec::new(),
        };
        Some(Self { version, systems, report })
    }

    /// New log lines for a frame.
    pub fn set_log_lines_left(&mut self, lines: u32) {
        if let Some(instance) = &mut self.version.instance {
            instance.set_log_lines_left(lines);
        }
    }

    /// Does what the running version is about to do in a call, on copies of the same.
    pub fn go_before(&mut self, call: &mut Call<'_, '_, '_>, record: usize, rows: u32) {
        let Self { version, systems, report } = self;
        if report.is_done() {
            return;
        }
        let Some((index, calls, report)) = of(systems, report, record) else { return };
        let began = Instant::now();
        calls.before.0.clone_from(&version.state);
        calls.before.1 = calls.random;
        let layout = Arc::clone(&version.layout);
        let system = &layout.systems[index];
        // While they are in the places of the running version's, all goes as for any other call.
        let mut swap = |call: &mut Call<'_, '_, '_>| {
            mem::swap(call.version, version);
            mem::swap(&mut call.record.random, &mut calls.random);
            mem::swap(&mut call.record.pending, &mut calls.pending);
        };
        swap(call);
        let tried = call.try_out(system, index, system.budget(rows));
        if tried.is_err() {
            // Whatever a stopped call left behind in the instance goes with the instance.
            let _ = call.version.restart();
        }
        swap(call);
        calls.tried = Some(tried);
        report.calls += 1;
        report.fuel += call.fuel_used;
        report.fuel_max = report.fuel_max.max(call.fuel_used);
        call.fuel_used = 0;
        // Its time is none of the running version's.
        call.phases = Phases::default();
        call.began += began.elapsed();
    }
}

/// The index of the system with that record in the new version, with its calls and what is said of them, if they
/// are made twice.
fn of<'s>(
    systems: &'s mut [ShadowCalls],
    report: &'s mut ShadowReport,
    record: usize,
) -> Option<(usize, &'s mut ShadowCalls, &'s mut ShadowSystem)> {
    let mut systems = systems.iter_mut().zip(&mut report.systems);
    systems.find_map(|(calls, report)| {
        let (index, _) = calls.place.filter(|(_, at)| *at == record)?;
        Some((index, calls, report))
    })
}

/// Why the calls of a system cannot be made for both versions.
fn not_comparable(running: Option<&CheckedSystem>, system: &CheckedSystem) -> Option<String> {
    let Some(running) = running else { return Some("the running version does not have it".to_owned()) };
    let why = if running.schedule != system.schedule {
        "it runs in another schedule"
    } else if running.params != system.params {
        "it reads or writes something else than in the running version"
    } else if running.conditions != system.conditions {
        "it runs under other conditions"
    } else if running.suspends || system.suspends {
        "its calls may be suspended"
    } else {
        return None;
    };
    Some(why.to_owned())
}
