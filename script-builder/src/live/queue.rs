//! Which scripts wait for a build, and which are being built.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::stamp::Stamp;
use crate::failure::BuildFailure;
use crate::process::Cancel;
use crate::recipe::{Recipe, Script};

/// What a build is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// To have the compiler warm.
    WarmUp,
    /// To run, since its sources changed while nobody watched.
    CatchUp,
    /// To run, since it was saved.
    Play,
}

/// What a script waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub purpose: Purpose,
    /// Since when: the first who asked is served first.
    pub since: Instant,
}

/// A build that is over.
#[derive(Debug)]
pub(super) struct Finished {
    /// The module's file, which is a script's alone.
    pub module: PathBuf,
    pub outcome: Outcome,
}

/// How a build ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// There is a module of what was stamped.
    Built {
        stamp: Stamp,
        is_new: bool,
        /// Whether it is the one that games load.
        is_in_place: bool,
    },
    Failed {
        failure: BuildFailure,
        files: BTreeSet<PathBuf>,
    },
    /// Nobody wanted it any more.
    Canceled,
}

/// One script and how it stands.
#[derive(Debug)]
pub(super) struct Work {
    pub script: Script,
    /// What it is made of.
    pub files: BTreeSet<PathBuf>,
    pub wish: Option<Wish>,
    pub running: Option<Running>,
    /// Whether its last build failed.
    pub has_failed: bool,
    /// The hash of the module that was in place when that was last looked at.
    pub module: u64,
}

/// A build that is under way.
#[derive(Debug)]
pub(super) struct Running {
    pub cancel: Arc<Cancel>,
    pub wish: Wish,
}

impl Work {
    /// Whether the script is made of `file`.
    pub fn uses(&self, file: &Path) -> bool {
        // A module that was missing is in no list of cargo's.
        let may_be_missing = || {
            file.extension().is_some_and(|extension| extension == "rs")
                && file.parent().is_some_and(|folder| self.files.iter().any(|used| is_around(used, folder)))
        };
        let is_own = || matches!(self.script.recipe, Recipe::Command(_)) && self.has_folder_of(file);
        self.files.contains(file)
            || (self.script.recipe == Recipe::Rust && self.has_failed && may_be_missing())
            || is_own()
    }

    /// Whether a file lies in the folder of this script, all of which is its source.
    fn has_folder_of(&self, file: &Path) -> bool {
        let own = file.ancestors().any(|folder| folder.ends_with(&self.script.folder));
        own && file
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| !crate::uses::is_temporary(name))
    }

    fn runs_for(&self, purpose: Purpose) -> bool {
        self.running.as_ref().is_some_and(|running| running.wish.purpose == purpose)
    }
}

/// Whether `folder` is that of `used` or lies in it.
fn is_around(used: &Path, folder: &Path) -> bool {
    used.extension().is_some_and(|extension| extension == "rs")
        && used.parent().is_some_and(|parent| folder.starts_with(parent))
}

/// Every script, by its module.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub works: Vec<Work>,
}

impl Queue {
    /// The script whose module that is.
    pub fn of_module(&mut self, module: &Path) -> Option<&mut Work> {
        self.works.iter_mut().find(|work| work.script.module == module)
    }

    /// Asks for the script at `index`. A build of it that runs is stopped: its sources are not what they were.
    pub fn wish(&mut self, index: usize, wish: Wish) {
        let Some(work) = self.works.get_mut(index) else { return };
        if let Some(running) = &work.running {
            running.cancel.cancel();
        }
        // It waits since the first save that is not in its module yet.
        let purpose = work.wish.map_or(wish.purpose, |earlier| earlier.purpose.max(wish.purpose));
        work.wish = Some(Wish { purpose, since: wish.since });
        let (is_rust, is_waited_for) = (work.script.recipe == Recipe::Rust, purpose > Purpose::WarmUp);
        if is_waited_for {
            self.stop_warm_ups(is_rust);
        }
    }

    /// Stops builds that only warm up where they are in the way of one that somebody waits for: cargo builds one
    /// script at a time.
    fn stop_warm_ups(&mut self, for_rust: bool) {
        for work in &mut self.works {
            let is_in_the_way = !for_rust || work.script.recipe == Recipe::Rust;
            if is_in_the_way && work.runs_for(Purpose::WarmUp) && work.wish.is_none() {
                let running = work.running.as_ref();
                work.wish = running.map(|running| {
                    running.cancel.cancel();
                    running.wish
                });
            }
        }
    }

    /// The script to build next, unless `jobs` builds are under way.
    pub fn next(&mut self, jobs: usize) -> Option<&mut Work> {
        let running = self.works.iter().filter(|work| work.running.is_some());
        let cargo_is_busy = running.clone().any(|work| work.script.recipe == Recipe::Rust);
        if running.count() >= jobs.max(1) {
            return None;
        }
        let is_free = |work: &&mut Work| {
            work.running.is_none() && !(cargo_is_busy && work.script.recipe == Recipe::Rust)
        };
        let waiting = self.works.iter_mut().filter(is_free).filter(|work| work.wish.is_some());
        waiting.min_by_key(|work| work.wish.map(|wish| (std::cmp::Reverse(wish.purpose), wish.since)))
    }
}
