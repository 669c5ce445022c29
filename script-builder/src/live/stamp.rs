//! What a script was made of when it was built the last time, kept beside its build.

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::project::Project;
use crate::recipe::Script;

/// A clone writes its sources and modules in any order within so long.
const CLONE_TIME: Duration = Duration::from_secs(60);

/// And so does a checkout of another version.
const CHECKOUT_TIME: Duration = Duration::from_secs(5);

/// So far apart are a source and a module at most that are written by one checkout during play.
const CHECKOUT_TIME_IN_PLAY: Duration = Duration::from_secs(2);

/// What a script was made of.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    sources: u64,
    /// The files, in full.
    pub files: BTreeSet<PathBuf>,
}

/// The last build of a script.
#[derive(Clone, Debug)]
pub(super) struct LastBuild {
    pub made_of: Stamp,
    /// The hash of the module that was in place after it.
    module: u64,
}

impl Stamp {
    /// What is there now.
    pub fn of(files: &BTreeSet<PathBuf>) -> Self {
        let mut hasher = DefaultHasher::new();
        for file in files {
            (file, fs::read(file).ok()).hash(&mut hasher);
        }
        Self { sources: hasher.finish(), files: files.clone() }
    }

    /// The last build, if it is known.
    pub fn read(project: &Project, script: &Script) -> Option<LastBuild> {
        let text = fs::read_to_string(file(project, script)).ok()?;
        let mut lines = text.lines();
        let mut hash = || u64::from_str_radix(lines.next()?, 16).ok();
        let (sources, module) = (hash()?, hash()?);
        let made_of = Self { sources, files: lines.map(PathBuf::from).collect() };
        Some(LastBuild { made_of, module })
    }

    /// Keeps it, with the hash of the module that is in place. Where that fails the script is built once more than it needs to be.
    pub fn write(&self, project: &Project, script: &Script, module: u64) {
        let mut text = format!("{:016x}\n{module:016x}\n", self.sources);
        for file in &self.files {
            text.push_str(&file.to_string_lossy());
            text.push('\n');
        }
        let file = file(project, script);
        let _ = file.parent().map(fs::create_dir_all);
        let _ = fs::write(file, text);
    }
}

fn file(project: &Project, script: &Script) -> PathBuf {
    // By its module: scripts of one name in two folders are two scripts.
    let mut hasher = DefaultHasher::new();
    project.root.join(&script.module).hash(&mut hasher);
    let name = format!("{}-{:016x}", script.name, hasher.finish());
    project.target_dir.join("guests").join("live").join(name)
}

/// Whether the module of `script`, with that hash, is not what its sources say, as far as that can be told without building it.
pub(super) fn is_stale(
    project: &Project,
    script: &Script,
    module: u64,
    files: &BTreeSet<PathBuf>,
    last: Option<&LastBuild>,
) -> bool {
    let Some(built) = modified(&project.root.join(&script.module)) else { return true };
    if let Some(last) = last {
        if last.made_of.sources == Stamp::of(files).sources {
            return false;
        }
        if last.module == module {
            return true;
        }
    }
    // It came from somewhere else: out of a clone, a checkout or another build.
    let slack = if last.is_some() { CHECKOUT_TIME } else { CLONE_TIME };
    files.iter().filter_map(|file| modified(file)).any(|saved| saved > built + slack)
}

/// Whether somebody else has put a module in place, and `saved` with it: who checks out another version writes both within a
/// moment.
pub(super) fn came_together(module: &Path, saved: &[PathBuf]) -> bool {
    let newest = saved.iter().filter_map(|file| modified(file)).max();
    modified(module).zip(newest).is_some_and(|(module, saved)| {
        let apart = module.duration_since(saved).or_else(|_| saved.duration_since(module));
        apart.is_ok_and(|apart| apart <= CHECKOUT_TIME_IN_PLAY)
    })
}

/// The hash of a module's file, or that there is none.
pub(super) fn module_hash(module: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    fs::read(module).ok().hash(&mut hasher);
    hasher.finish()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
