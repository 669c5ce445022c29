//! How the builds of scripts stand: the resource [`ScriptBuilds`].

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use peristyle_script_builder::{BuildFailure, Report, Stage};

/// Every script that [`PeristyleDevPlugin`](crate::PeristyleDevPlugin) builds, by name, and how its build stands.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::ScriptBuilds;
///
/// fn show(builds: Res<ScriptBuilds>) {
///     for failure in builds.failures() {
///         // scripts/wind/wind.zig:67:12: expected type 'f32', found 'bool'
///         println!("{failure}");
///     }
/// }
/// # let mut app = App::new();
/// # app.init_resource::<ScriptBuilds>().add_systems(Update, show).update();
/// ```
#[derive(Resource, Default, Debug)]
pub struct ScriptBuilds {
    /// In the byte order of their names.
    builds: Vec<ScriptBuild>,
}

/// How the build of one script stands.
#[derive(Clone, Debug)]
pub struct ScriptBuild {
    /// The script's name: that of its folder and of its module's file.
    pub script: String,
    /// Its module's file.
    pub module: PathBuf,
    /// Where its build stands.
    pub state: BuildState,
    /// Why it was not built the last time. It stays until the script builds again.
    pub failure: Option<Arc<BuildFailure>>,
    /// How long it took from the last save to the module's file.
    pub took: Option<Duration>,
}

/// Where the build of a script stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildState {
    /// Its module is what its sources say.
    UpToDate,
    /// It waits for its build, or is being built.
    Building {
        /// When it was saved.
        since: Instant,
    },
    /// It does not build; [`ScriptBuild::failure`] says why.
    Failed,
}

impl ScriptBuilds {
    /// All scripts, in the byte order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &ScriptBuild> {
        self.builds.iter()
    }

    /// The script of that name.
    pub fn get(&self, script: &str) -> Option<&ScriptBuild> {
        self.builds.iter().find(|build| build.script == script)
    }

    /// Why scripts do not build, in the byte order of their names.
    pub fn failures(&self) -> impl Iterator<Item = &BuildFailure> {
        self.builds.iter().filter_map(|build| build.failure.as_deref())
    }

    /// Takes in what became of a script.
    pub(super) fn take(&mut self, Report { script, stage }: Report) {
        if let Stage::Known { module } = stage {
            let at = self.builds.partition_point(|build| build.script < script);
            let state = BuildState::UpToDate;
            self.builds.insert(at, ScriptBuild { script, module, state, failure: None, took: None });
            return;
        }
        let Some(build) = self.builds.iter_mut().find(|build| build.script == script) else { return };
        match stage {
            Stage::Known { .. } => {}
            Stage::Building { since } => build.state = BuildState::Building { since },
            Stage::Built { took, .. } => {
                (build.state, build.failure, build.took) = (BuildState::UpToDate, None, Some(took));
            }
            Stage::Failed(failure) => {
                (build.state, build.failure) = (BuildState::Failed, Some(Arc::new(failure)));
            }
        }
    }
}
