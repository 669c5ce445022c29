//! What outlives a rebuilt schedule and a swapped module: one slot for each module of the game.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bevy::ecs::change_detection::Tick;
use bevy::ecs::component::ComponentId;
use peristyle_abi::INITIALIZE_EXPORT;

use crate::SystemStats;
use crate::calls::commands::PendingCommands;
use crate::calls::frame::FrameMemory;
use crate::calls::inbox::Inbox;
use crate::calls::profile::Profiling;
use crate::calls::suspension::Suspended;
use crate::fuel::FrameFuel;
use crate::insight::report::LINES_MAX;
use crate::insight::script_log::{ScriptLogLine, publish_logs};
use crate::live::shadow::Shadow;
use crate::module::engine::{CompiledModule, EngineError, EngineKind, Instance, Stop};
use crate::module::faults::NamedFaults;
use crate::module::layout::CheckedLayout;
use crate::module::manifest::StateBlock;
use crate::module::permissions::Permission;

/// One module of the game, whatever version of it is running.
#[derive(Debug)]
pub(crate) struct ModuleSlot {
    pub name: String,
    /// What systems of this module have write access to, so that Bevy never overlaps them.
    pub exclusive: ComponentId,
    running: Mutex<Running>,
}

impl ModuleSlot {
    pub fn new(name: String, exclusive: ComponentId) -> Self {
        Self { name, exclusive, running: Mutex::default() }
    }

    /// The running version and the records of its systems.
    ///
    /// Systems of one module never overlap, so nobody waits here. A panic of the host while it
    /// held the lock leaves nothing half done that matters: the instance is rebuilt.
    pub fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running version of a module and what is known about its systems.
#[derive(Debug, Default)]
pub(crate) struct Running {
    /// `None` until a first version has loaded.
    pub version: Option<Version>,
    /// By system, the first ever seen first. Records are never removed: a system that a reload
    /// takes away and another brings back goes on with its own record.
    pub records: Vec<SystemRecord>,
    /// Indices of the records in the byte order of their names.
    pub by_name: Vec<usize>,
    /// Whether the game keeps all of its systems from running.
    pub paused_by_game: bool,
    /// Lines that its systems logged since they were last published.
    pub log: Vec<ScriptLogLine>,
    /// Calls of its systems so far, over all versions.
    pub calls: u32,
    /// What is left of the module's own fuel in this frame.
    pub fuel: FrameFuel,
    /// What is left of it while a pass gives it out.
    pub fuel_to_give: u64,
    /// The version that runs beside it.
    pub shadow: Option<Box<Shadow>>,
}

impl Running {
    /// The index of a system's record, which is made where there is none.
    pub fn record_index(&mut self, system: &str) -> usize {
        self.records.iter().position(|record| record.name == system).unwrap_or_else(|| {
            let at = self.records.len();
            let place = self.by_name.partition_point(|&other| self.records[other].name.as_str() < system);
            self.by_name.insert(place, at);
            self.records.push(SystemRecord { name: system.to_owned(), ..SystemRecord::default() });
            at
        })
    }
}

/// One system of a module, over all versions of that module.
#[derive(Debug, Default)]
pub(crate) struct SystemRecord {
    pub name: String,
    /// The system's index in the running version, if that has it.
    pub index: Option<usize>,
    pub faults_in_row: u32,
    /// The faults that the log has named; a reload forgets them.
    pub named_faults: NamedFaults,
    /// Why the system no longer runs; a reload clears it.
    pub paused: bool,
    /// What the fuel of the module and of the frame leave for the next call.
    pub fuel_left_in_frame: u64,
    /// Whether of the two the module's is the shorter.
    pub is_module_short: bool,
    /// Passes in a row in which fuel that others had used kept it from finishing.
    pub starved_in_row: u32,
    /// What the last call used: what the next one is expected to use.
    pub fuel_expected: u64,
    /// What calls used since the frame's fuel was last settled.
    pub fuel_unsettled: u64,
    /// When a call last finished, by Bevy's change ticks: what changed since then is new to it.
    pub last_run: Option<Tick>,
    /// Its random generator, whether or not the running version uses it.
    pub random: [u64; 4],
    /// What the last call commanded and is not applied yet.
    pub pending: PendingCommands,
    /// What it has not seen yet of each kind of messages that it reads, in the manifest's order.
    pub inboxes: Vec<Inbox>,
    pub stats: SystemStats,
    /// Its call that goes on in the next pass.
    pub suspended: Option<Box<Suspended>>,
    /// The last lines that it logged.
    pub last_lines: VecDeque<ScriptLogLine>,
}

/// One loaded version of a module.
pub(crate) struct Version {
    pub compiled: Arc<CompiledModule>,
    pub layout: Arc<CheckedLayout>,
    /// xxh3-64 of the file.
    pub hash: u64,
    pub instance: Option<Instance>,
    /// How its instances are made.
    pub kind: EngineKind,
    /// Whether somebody compiles it.
    #[cfg(feature = "jit")]
    pub asked_to_compile: bool,
    /// Whether the log has said that it cannot go over to another kind.
    pub has_stayed: bool,
    /// Where its fuel goes, while somebody wants to know.
    pub profiling: Option<Profiling>,
    /// What it asks for in its manifest.
    pub asked: BTreeSet<Permission>,
    pub frames: FrameMemory,
    /// The state blocks as they were after the last finished call, one after the other.
    pub state: Vec<u8>,
    module: String,
    exports: Vec<String>,
    fuel_initialize: u64,
    /// What `_initialize` used since the frame's fuel was last settled.
    pub fuel_unsettled: u64,
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Version")
            .field("hash", &self.hash)
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

impl Version {
    /// Starts a version afresh: its state blocks are as its own data and `_initialize` leave them.
    pub fn start(
        module: &str,
        compiled: Arc<CompiledModule>,
        layout: Arc<CheckedLayout>,
        exports: Vec<String>,
        hash: u64,
        fuel_initialize: u64,
    ) -> Result<Self, StartError> {
        let frames = FrameMemory::new(layout.arena);
        let mut version = Self {
            compiled,
            layout,
            hash,
            instance: None,
            kind: EngineKind::default(),
            #[cfg(feature = "jit")]
            asked_to_compile: false,
            has_stayed: false,
            profiling: None,
            asked: BTreeSet::new(),
            frames,
            state: Vec::new(),
            module: module.to_owned(),
            exports,
            fuel_initialize,
            fuel_unsettled: 0,
        };
        let instance = version.new_instance(None)?;
        for block in version.layout.state_blocks.iter() {
            version.state.extend_from_slice(block_bytes(block, instance.memory()));
        }
        version.instance = Some(instance);
        Ok(version)
    }

    /// Has its log lines stand under another name.
    pub fn call_itself(&mut self, name: String) {
        self.module = name;
    }

    /// A fresh instance, prepared by the module's own `_initialize`.
    fn new_instance(&mut self, log_lines_left: Option<u32>) -> Result<Instance, StartError> {
        let mut instance = Instance::new(&self.compiled, self.exports.iter().map(String::as_str), self.kind)?;
        if let Some(lines) = log_lines_left {
            instance.set_log_lines_left(lines);
        }
        let report = instance.initialize(self.fuel_initialize);
        self.fuel_unsettled = self.fuel_unsettled.saturating_add(report.fuel_used);
        publish_logs(&mut instance, &self.module, INITIALIZE_EXPORT, &mut Vec::new());
        match report.outcome {
            Ok(_) => Ok(instance),
            Err(Stop::OutOfFuel) => Err(StartError::OutOfFuel { fuel: self.fuel_initialize }),
            Err(Stop::Recursion) => Err(StartError::Fault("recursion too deep".to_owned())),
            Err(Stop::Trap(trap)) => Err(StartError::Fault(trap)),
            Err(Stop::Guest(fault)) => Err(StartError::Fault(fault.to_string())),
        }
    }

    /// Drops the instance, and with it everything that a stopped call left behind. A new one
    /// begins with the state blocks of the last finished call.
    pub fn restart(&mut self) -> Result<(), StartError> {
        self.detach().map(drop)
    }

    /// Puts a new instance, with the state blocks of the last finished call, in the place of the one that
    /// there was.
    pub fn detach(&mut self) -> Result<Option<Instance>, StartError> {
        let old = self.instance.take();
        let instance = self.new_instance(old.as_ref().map(Instance::log_lines_left))?;
        self.frames = FrameMemory::new(self.layout.arena);
        self.instance = Some(instance);
        self.restore_state();
        Ok(old)
    }

    /// Takes over the state blocks that a call left in an instance of its own, which was given `given`: each that
    /// the call changed and no other call meanwhile. How many changed blocks are lost.
    pub fn merge_state(&mut self, given: &[u8], own: &Instance) -> u64 {
        let (mut at, mut lost) = (0, 0);
        for block in self.layout.state_blocks.iter() {
            let after = block_bytes(block, own.memory());
            let range = at..at + after.len();
            at = range.end;
            let (Some(given), Some(current)) = (given.get(range.clone()), self.state.get_mut(range)) else {
                break;
            };
            if after == given {
                continue;
            }
            if current == given {
                current.copy_from_slice(after);
            } else {
                lost += 1;
            }
        }
        lost
    }

    /// Goes over to an instance of another kind, with everything that the one before keeps.
    pub fn go_over(&mut self, kind: EngineKind) -> Result<(), EngineError> {
        let Some(old) = &mut self.instance else { return Ok(()) };
        if self.compiled.has_hidden_state {
            return Err(EngineError::HiddenState);
        }
        let mut new = Instance::new(&self.compiled, self.exports.iter().map(String::as_str), kind)?;
        new.take_over(old)?;
        *old = new;
        self.kind = kind;
        Ok(())
    }

    /// Notes where the fuel of the calls in the instance went, where somebody wants to know.
    pub fn note_profile(&mut self) {
        let profile = self.instance.as_mut().and_then(Instance::take_profile);
        if let (Some(profiling), Some(profile)) = (&mut self.profiling, profile) {
            profiling.profile.merge(&profile);
        }
    }

    /// Puts an instance that says where it is in the place of the other: it has the state blocks of the last
    /// finished call, and does the same as the call that stopped. Whether there is one.
    pub fn start_traced(&mut self, kind: EngineKind) -> bool {
        let exports = self.exports.iter().map(String::as_str);
        let Ok(mut instance) = Instance::new(&self.compiled, exports, kind) else { return false };
        if instance.initialize(self.fuel_initialize).outcome.is_err() {
            return false;
        }
        self.frames = FrameMemory::new(self.layout.arena);
        self.instance = Some(instance);
        self.restore_state();
        true
    }

    /// Keeps the state blocks as a finished call left them.
    pub fn commit_state(&mut self) {
        let Some(instance) = &self.instance else { return };
        self.state.clear();
        for block in self.layout.state_blocks.iter() {
            self.state.extend_from_slice(block_bytes(block, instance.memory()));
        }
    }

    /// Puts the kept state blocks into the instance.
    pub fn restore_state(&mut self) {
        let Some(instance) = &mut self.instance else { return };
        let memory = instance.memory_mut();
        let mut rest = self.state.as_slice();
        for block in self.layout.state_blocks.iter() {
            let bytes = block.schema.byte_size as usize;
            let (state, after) = rest.split_at(bytes);
            memory[block.address as usize..][..bytes].copy_from_slice(state);
            rest = after;
        }
    }

    /// The kept bytes of each state block.
    pub fn state_blocks(&self) -> impl Iterator<Item = (&StateBlock, &[u8])> {
        let mut rest = self.state.as_slice();
        self.layout.state_blocks.iter().map(move |block| {
            let (state, after) = rest.split_at(block.schema.byte_size as usize);
            rest = after;
            (block, state)
        })
    }

    /// Passes on what the module logged to Bevy's log, and keeps it in `recent`.
    pub fn publish_logs(&mut self, system: &str, recent: &mut Vec<ScriptLogLine>) {
        if let Some(instance) = &mut self.instance {
            publish_logs(instance, &self.module, system, recent);
        }
    }
}

/// The bytes of a state block. The manifest's check saw it inside of the memory that a module
/// begins with, and memory never shrinks.
fn block_bytes<'m>(block: &StateBlock, memory: &'m [u8]) -> &'m [u8] {
    &memory[block.address as usize..][..block.schema.byte_size as usize]
}

/// Why an instance could not be made ready.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("its `_initialize` used up its fuel of {fuel}")]
    OutOfFuel { fuel: u64 },
    #[error("its `_initialize` failed: {0}")]
    Fault(String),
}

/// How long the parts of a call took; zero for those that it did not finish.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Phases {
    pub map: Duration,
    pub call: Duration,
    pub write_back: Duration,
}

impl SystemRecord {
    /// Keeps the last of these lines, for a report.
    pub fn keep_lines(&mut self, lines: &[ScriptLogLine]) {
        for line in lines {
            if self.last_lines.len() == LINES_MAX {
                self.last_lines.pop_front();
            }
            self.last_lines.push_back(line.clone());
        }
    }

    /// Notes what one call did.
    pub fn note_call(&mut self, fuel_used: u64, began: Instant, phases: Phases) {
        let time = began.elapsed();
        self.stats.began = Some(began);
        self.fuel_expected = fuel_used;
        self.fuel_unsettled = self.fuel_unsettled.saturating_add(fuel_used);
        self.stats.calls += 1;
        self.stats.fuel = fuel_used;
        self.stats.fuel_total = self.stats.fuel_total.saturating_add(fuel_used);
        self.stats.time = time;
        self.stats.map_time = phases.map;
        self.stats.call_time = phases.call;
        self.stats.write_back_time = phases.write_back;
        self.stats.time_total = self.stats.time_total.saturating_add(time);
    }
}
