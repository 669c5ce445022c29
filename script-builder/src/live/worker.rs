//! The thread that watches and builds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::queue::{Finished, Outcome, Purpose, Queue, Running, Wish, Work};
use super::stamp::{Stamp, came_together, is_stale, module_hash};
use super::watch::Watch;
use super::{LiveSettings, Note, Report, Stage};
use crate::compile::{Built, How, compile};
use crate::error::Error;
use crate::failure::BuildFailure;
use crate::place::put_in_place;
use crate::process::Cancel;
use crate::project::Project;
use crate::recipe::{Recipe, Script};
use crate::toolchain::{Supply, Toolchains};
use crate::uses::{in_full, is_no_source, is_temporary, used_files};

/// How often folders are looked at: systems tell of new ones in many ways or not at all.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is saved together is saved within so long: the first file of several does not start a build of its own.
const TOGETHER: Duration = Duration::from_millis(4);

pub(super) struct Worker {
    settings: LiveSettings,
    toolchains: Arc<Toolchains>,
    watch: Watch,
    notes: Sender<Note>,
    reports: Sender<Report>,
    queue: Queue,
    threads: Vec<JoinHandle<()>>,
    next_look: Instant,
}

impl Worker {
    pub fn new(settings: LiveSettings, watch: Watch, notes: Sender<Note>, reports: Sender<Report>) -> Self {
        let toolchains = Arc::new(Toolchains::new(&settings.project, Supply::Present));
        let (queue, next_look) = (Queue::default(), Instant::now());
        Self { settings, toolchains, watch, notes, reports, queue, threads: Vec::new(), next_look }
    }

    /// Goes on until it is told to stop.
    pub fn run(mut self, notes: &Receiver<Note>) {
        self.find_scripts(true);
        self.watch_folders();
        self.start_builds();
        let mut saved = BTreeSet::new();
        loop {
            let now = Instant::now();
            let due = self.watch.next_due().map_or(self.next_look, |due| due.min(self.next_look));
            let patience = if saved.is_empty() { due.saturating_duration_since(now) } else { TOGETHER };
            match notes.recv_timeout(patience) {
                Ok(Note::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Note::File(Ok(event))) => {
                    if self.watch.take(&event, Instant::now(), &mut saved) {
                        self.next_look = Instant::now();
                    }
                    continue;
                }
                // One event that is lost: the next save of the file brings another.
                Ok(Note::File(Err(_))) => continue,
                Ok(Note::Finished(finished)) => self.finish(finished),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            saved.extend(self.watch.settled(now));
            self.take_saved(std::mem::take(&mut saved), now);
            if now >= self.next_look {
                self.next_look = now + LOOK_EVERY;
                self.look_for_folders(now);
            }
            self.start_builds();
        }
        for running in self.queue.works.iter().filter_map(|work| work.running.as_ref()) {
            running.cancel.cancel();
        }
        for thread in self.threads {
            // A build that panicked is over as well.
            let _ = thread.join();
        }
    }

    fn report(&self, script: &str, stage: Stage) {
        // Whoever listened may be gone, and then there is nobody to tell.
        let _ = self.reports.send(Report { script: script.to_owned(), stage });
    }

    /// Takes in scripts that are new, or are built otherwise than before.
    fn find_scripts(&mut self, is_start: bool) {
        let root = self.settings.project.root.clone();
        let folders = self.settings.folders.clone();
        // A folder that cannot be read holds nothing to build.
        let scripts = folders.iter().filter_map(|folder| folder.scripts(&root).ok()).flatten();
        for script in scripts {
            let known = self.queue.works.iter().position(|work| work.script.module == script.module);
            if known.is_some_and(|index| self.queue.works[index].script == script) {
                continue;
            }
            let last = Stamp::read(&self.settings.project, &script);
            let files = match &last {
                // Until cargo says it again.
                Some(last) if script.recipe == Recipe::Rust => {
                    let own = ["Cargo.toml", "Cargo.lock"].map(|name| root.join(&script.folder).join(name));
                    let own = own.iter().filter(|file| file.is_file()).map(|file| in_full(file));
                    last.made_of.files.iter().cloned().chain(own).collect()
                }
                _ => used_files(&self.settings.project, &script, None),
            };
            let module = root.join(&script.module);
            let in_place = module_hash(&module);
            let is_stale = is_stale(&self.settings.project, &script, in_place, &files, last.as_ref());
            let name = script.name.clone();
            let needs_no_warmth = script.recipe == Recipe::Wat;
            let work = Work { script, files, wish: None, running: None, has_failed: false, module: in_place };
            let index = match known {
                Some(index) => {
                    self.queue.works[index].script = work.script;
                    self.queue.works[index].files = work.files;
                    index
                }
                None => {
                    self.report(&name, Stage::Known { module });
                    self.queue.works.push(work);
                    self.queue.works.len() - 1
                }
            };
            let since = Instant::now();
            if is_stale || !is_start {
                let purpose = if is_start { Purpose::CatchUp } else { Purpose::Play };
                self.ask(index, Wish { purpose, since });
            } else if self.settings.warm_up && !needs_no_warmth {
                self.queue.wish(index, Wish { purpose: Purpose::WarmUp, since });
            }
        }
    }

    /// Asks for a build that somebody waits for.
    fn ask(&mut self, index: usize, wish: Wish) {
        let name = self.queue.works[index].script.name.clone();
        self.queue.wish(index, wish);
        self.report(&name, Stage::Building { since: wish.since });
    }

    /// Every folder that holds a file of a script, and all of the folders of sources.
    fn watch_folders(&mut self) -> Vec<PathBuf> {
        let mut folders = BTreeSet::new();
        for folder in &self.settings.folders {
            add_folders(&in_full(&self.settings.project.root.join(&folder.sources)), &mut folders);
        }
        let files = self.queue.works.iter().flat_map(|work| &work.files);
        folders.extend(files.filter_map(|file| file.parent().map(Path::to_owned)));
        self.watch.set_folders(&folders)
    }

    /// Watches folders that are new, and takes what lies in them for saved.
    fn look_for_folders(&mut self, now: Instant) {
        let fresh = self.watch_folders();
        if fresh.is_empty() {
            return;
        }
        self.find_scripts(false);
        let used = self.queue.works.iter().flat_map(|work| &work.files);
        let saved = used.filter(|file| fresh.iter().any(|folder| file.parent() == Some(folder)));
        self.take_saved(saved.cloned().collect(), now);
    }

    fn take_saved(&mut self, saved: BTreeSet<PathBuf>, now: Instant) {
        let is_source = |path: &PathBuf| {
            path.is_file()
                && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| !is_temporary(name))
        };
        let saved: Vec<PathBuf> = saved.into_iter().filter(is_source).collect();
        if saved.is_empty() {
            return;
        }
        let is_used = |path: &PathBuf| self.queue.works.iter().any(|work| work.uses(path));
        if !saved.iter().all(is_used) {
            // It may be the first file of a new script, or a library that scripts did without.
            self.find_scripts(false);
        }
        for index in 0..self.queue.works.len() {
            let used = saved.iter().filter(|path| self.queue.works[index].uses(path));
            let used: Vec<PathBuf> = used.cloned().collect();
            if !used.is_empty() && !self.has_its_module(index, &used) {
                self.ask(index, Wish { purpose: Purpose::Play, since: now });
            }
        }
    }

    /// Whether a script's sources were not saved by its author, but came with a module of theirs.
    fn has_its_module(&mut self, index: usize, saved: &[PathBuf]) -> bool {
        let work = &mut self.queue.works[index];
        if work.running.is_some() {
            // The module may be that build's.
            return false;
        }
        let place = self.settings.project.root.join(&work.script.module);
        let before = std::mem::replace(&mut work.module, module_hash(&place));
        if work.module == before || !came_together(&place, saved) {
            return false;
        }
        (work.wish, work.has_failed) = (None, false);
        Stamp::of(&work.files).write(&self.settings.project, &work.script, work.module);
        let name = work.script.name.clone();
        self.report(&name, Stage::Built { took: Duration::ZERO, is_new: false, was_saved: false });
        true
    }

    fn start_builds(&mut self) {
        self.threads.retain(|thread| !thread.is_finished());
        while let Some(work) = self.queue.next(self.settings.jobs) {
            let Some(wish) = work.wish.take() else { return };
            let cancel = Arc::new(Cancel::default());
            work.running = Some(Running { cancel: Arc::clone(&cancel), wish });
            let (script, files) = (work.script.clone(), work.files.clone());
            let (project, toolchains) = (self.settings.project.clone(), Arc::clone(&self.toolchains));
            let notes = self.notes.clone();
            let build = move || {
                let outcome = build(&project, &toolchains, &script, &files, wish.purpose, &cancel);
                // Nobody listens only when all is over.
                let _ = notes.send(Note::Finished(Finished { module: script.module, outcome }));
            };
            let module = work.script.module.clone();
            match thread::Builder::new().name(format!("building {}", work.script.name)).spawn(build) {
                Ok(thread) => self.threads.push(thread),
                // The machine has no thread left: it is tried again with the next save.
                Err(_) => self.finish(Finished { module, outcome: Outcome::Canceled }),
            }
        }
    }

    fn finish(&mut self, Finished { module, outcome }: Finished) {
        let Some(work) = self.queue.of_module(&module) else { return };
        let Some(running) = work.running.take() else { return };
        let (name, is_wanted_again) = (work.script.name.clone(), work.wish.is_some());
        let stage = match outcome {
            Outcome::Built { stamp, is_new, is_in_place } => {
                work.module = module_hash(&self.settings.project.root.join(&work.script.module));
                if is_in_place {
                    stamp.write(&self.settings.project, &work.script, work.module);
                }
                work.files = stamp.files;
                work.has_failed = false;
                let was_saved = running.wish.purpose == Purpose::Play;
                Stage::Built { took: running.wish.since.elapsed(), is_new, was_saved }
            }
            Outcome::Failed { failure, files } => {
                work.files = files;
                work.has_failed = true;
                Stage::Failed(failure)
            }
            Outcome::Canceled => return,
        };
        // A save came meanwhile: what is told is how that one ends.
        if !is_wanted_again {
            self.report(&name, stage);
        }
        self.watch_folders();
    }
}

/// Builds a script and puts its module in place.
fn build(
    project: &Project,
    toolchains: &Toolchains,
    script: &Script,
    files: &BTreeSet<PathBuf>,
    purpose: Purpose,
    cancel: &Cancel,
) -> Outcome {
    // Of what is there now: what is saved meanwhile is built once more.
    let before = Stamp::of(files);
    let result = compile(project, toolchains, script, How::Live(cancel)).and_then(|built| match built {
        Built::Skipped { why } => Err(Error::Toolchain(why)),
        Built::Module { .. } if cancel.is_canceled() => Err(Error::Canceled),
        Built::Module { module, dep_info, .. } => {
            let place = project.root.join(&script.module);
            if purpose == Purpose::WarmUp {
                let is_in_place = fs::read(&place).is_ok_and(|present| present == module);
                return Ok((dep_info, false, is_in_place));
            }
            Ok((dep_info, put_in_place(&place, &module)?, true))
        }
    });
    match result {
        Ok((dep_info, is_new, is_in_place)) => {
            let files = used_files(project, script, dep_info.as_deref());
            let stamp = if files == before.files { before } else { Stamp::of(&files) };
            Outcome::Built { stamp, is_new, is_in_place }
        }
        Err(Error::Canceled) => Outcome::Canceled,
        Err(error) => {
            let mut files = used_files(project, script, None);
            // What cargo said after the last good build still holds.
            files.extend(before.files);
            Outcome::Failed { failure: BuildFailure::new(script, &project.root, &error), files }
        }
    }
}

/// `folder` and all below it, except for those that hold what is built.
fn add_folders(folder: &Path, folders: &mut BTreeSet<PathBuf>) {
    if !folder.is_dir() {
        return;
    }
    folders.insert(folder.to_owned());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_source = entry.file_name().to_str().is_some_and(|name| !is_no_source(name));
        if is_source && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            add_folders(&entry.path(), folders);
        }
    }
}
