//! Save the source and it runs: the plugin [`PeristyleDevPlugin`].
//!
//! ```text
//! a saved source ──► a thread that builds (peristyle-script-builder) ──► the module's file ──► watch.rs, reload.rs
//!                                    │
//!                                 reports ──► ScriptBuilds, the log, the overlay
//! ```

mod builds;

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use bevy::log::{error, info, warn};
use bevy::prelude::*;
use peristyle_script_builder::{Libraries, Live, LiveSettings, Project, SourceFolder, Stage, ZigModule};

use crate::live::reload::{ScriptReload, reload_scripts};
use crate::live::watch::{asset_root, watch_scripts};
pub use builds::{BuildState, ScriptBuild, ScriptBuilds};

/// Builds scripts whenever their sources are saved, in the background, and reloads them; for development.
///
/// It watches a folder that has a folder for each script: `wind/wind.zig`, `wind/wind.c`, `wind/wind.wat`, or
/// `wind/Cargo.toml` of a `cdylib`. Of what a file imports it knows which scripts use it, so that a file which several
/// share builds those and no others. A script is built once at a time; a newer save stops the older build. The module
/// replaces the script's file below the assets, so the game reloads it with all it keeps. [`ScriptBuilds`] says how
/// builds stand, and so does the log; with the feature `hud` compilers' errors are on the screen until the script builds
/// again. Meanwhile the last good module runs on.
///
/// Add it after [`PeristylePlugin`](crate::PeristylePlugin); it turns on `watch`. It looks for Zig 0.16.0 in
/// `PERISTYLE_ZIG`, below the target folder and on the PATH, and for a Rust toolchain with `wasm32-unknown-unknown`. Where one is
/// missing the log says what to install, and the game plays on. In the beginning scripts are built whose sources changed
/// since the last time; where the module has come from elsewhere since, as by a checkout, those whose sources were saved after it.
///
/// ```
/// use bevy::prelude::*;
/// use bevy_peristyle::{PeristyleAppExt, PeristyleDevPlugin, PeristylePlugin};
///
/// let mut app = App::new();
/// app.add_plugins((MinimalPlugins, AssetPlugin::default()))
///     .add_plugins(PeristylePlugin::default())
///     .add_plugins(PeristyleDevPlugin {
///         sources: "wasm".into(),                                   // instead of `scripts`
///         zig_library: "../peristyle/guest-api/zig/peristyle.zig".into(),
///         // AssemblyScript, or whatever makes a module:
///         commands: vec![("lamp".to_owned(), ["asc", "wasm/lamp/lamp.ts", "-o", "{module}"].map(str::to_owned).into())],
///         ..PeristyleDevPlugin::default()
///     })
///     .add_script("scripts/lamp.wasm");
/// ```
///
/// # Fuel
///
/// Zig, C and WAT are built as for a release: the same bytes, and so the same fuel. Rust scripts are built in a shorter way,
/// without optimization across crates: they do the same and cost other fuel, mostly more. Build them with cargo's release
/// profile, here with `cargo xtask build-scripts`, before fuel is compared or modules are shipped.
#[derive(Clone, Debug)]
pub struct PeristyleDevPlugin {
    /// The project's folder: compilers run in it, and messages name files from it. Default: the first folder that has
    /// [`sources`](Self::sources) of the game's package, those above it, and the folders above the one that the game runs in.
    pub project: Option<PathBuf>,
    /// The folder of the scripts' sources, from the project's. Default `scripts`.
    pub sources: PathBuf,
    /// The folder of the modules, from that of the assets. Default `scripts`.
    pub modules: PathBuf,
    /// The file that `@import("peristyle")` means, from the project's folder. Default `guest-api/zig/peristyle.zig`.
    pub zig_library: PathBuf,
    /// The folder of `peristyle.h`, from the project's. Default `guest-api/c`.
    pub c_library: PathBuf,
    /// Further files that Zig scripts import by a name: the name, and the file from the project's folder. Default: `components`
    /// is `components.zig` in the folder of the sources, if there is one.
    pub zig_modules: Option<Vec<(String, PathBuf)>>,
    /// Scripts that a program of your choice builds: the script's name, and the words of the command. `{module}` in them
    /// stands for the file that it must write. Default: none.
    pub commands: Vec<(String, Vec<String>)>,
    /// Where builds are kept. Default: where the project's cargo keeps its own.
    pub target: Option<PathBuf>,
    /// Whether compilers are warmed up in the beginning, so that the first save does not wait for them. Default: yes.
    pub warm_up: bool,
    /// How many compilers run at a time. Default: half of the cores, and two at least.
    pub jobs: usize,
    /// Whether compilers' errors are shown in the game; it needs the feature `hud`. Default: yes.
    pub overlay: bool,
}

impl Default for PeristyleDevPlugin {
    fn default() -> Self {
        let Libraries { zig, c } = Libraries::default();
        Self {
            project: None,
            sources: "scripts".into(),
            modules: "scripts".into(),
            zig_library: zig,
            c_library: c,
            zig_modules: None,
            commands: Vec::new(),
            target: None,
            warm_up: true,
            jobs: available_parallelism().map_or(2, |cores| (cores.get() / 2).max(2)),
            overlay: true,
        }
    }
}

/// The thread that builds.
#[derive(Resource)]
struct LiveBuilds(Live);

impl Plugin for PeristyleDevPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ScriptBuilds>().add_systems(
            ScriptReload,
            take_reports.before(reload_scripts).run_if(resource_exists::<LiveBuilds>),
        );
        #[cfg(feature = "hud")]
        if self.overlay {
            app.add_plugins(crate::insight::hud::BuildsOverlay);
        }
    }

    /// After all plugins were added: only then the folder of assets is known for sure.
    fn finish(&self, app: &mut App) {
        watch_scripts(app);
        let Some(root) = self.root() else {
            warn!(
                "no script is built when it is saved: there is no folder {} in the game's package, in a folder above it or \
                 above the one that it runs in; PeristyleDevPlugin::project names the folder that has it",
                self.sources.display()
            );
            return;
        };
        let settings = self.settings(root, &asset_root(app));
        match Live::start(settings) {
            Ok(live) => drop(app.insert_resource(LiveBuilds(live))),
            Err(error) => error!("no script is built when it is saved: {error}"),
        }
    }
}

impl PeristyleDevPlugin {
    /// The project's folder.
    fn root(&self) -> Option<PathBuf> {
        let here = env::current_dir().ok();
        let package =
            env::var_os("CARGO_MANIFEST_DIR").or_else(|| env::var_os("BEVY_ASSET_ROOT")).map(PathBuf::from);
        let around = package.iter().chain(&here).flat_map(|folder| folder.ancestors()).map(Path::to_owned);
        let candidates: Vec<PathBuf> = match &self.project {
            Some(project) => vec![project.clone()],
            None => around.collect(),
        };
        let root = candidates.into_iter().find(|folder| folder.join(&self.sources).is_dir())?;
        // Compilers and events name files in full.
        Some(root.canonicalize().unwrap_or(root))
    }

    fn settings(&self, root: PathBuf, assets: &Path) -> LiveSettings {
        let mut folder = SourceFolder::new(&self.sources, assets.join(&self.modules));
        if let Some(modules) = &self.zig_modules {
            let modules = modules.iter().cloned();
            folder.zig_modules = modules.map(|(name, file)| ZigModule { name, file }).collect();
        }
        folder.commands.clone_from(&self.commands);
        let target_dir = self.target.clone().unwrap_or_else(|| {
            // A game without cargo keeps its builds in the usual place all the same.
            let asked = root.join("Cargo.toml").is_file().then(|| Project::of(&root).ok()).flatten();
            asked.map_or_else(|| root.join("target"), |project| project.target_dir)
        });
        let libraries = Libraries { zig: self.zig_library.clone(), c: self.c_library.clone() };
        LiveSettings {
            project: Project { root, target_dir, libraries },
            folders: vec![folder],
            warm_up: self.warm_up,
            jobs: self.jobs,
        }
    }
}

/// Takes in what became of builds, and tells the log.
fn take_reports(live: Res<LiveBuilds>, mut builds: ResMut<ScriptBuilds>, mut told: Local<BTreeSet<String>>) {
    for report in live.0.reports() {
        let had_failed = builds.get(&report.script).is_some_and(|build| build.failure.is_some());
        let name = &report.script;
        match &report.stage {
            Stage::Known { .. } | Stage::Building { .. } => {}
            Stage::Built { took, is_new: true, was_saved: true } => {
                info!("script {name} is built, {:.2} s after it was saved", took.as_secs_f64());
            }
            Stage::Built { is_new: true, was_saved: false, .. } => {
                info!("script {name} is built: its module was not what its sources say");
            }
            Stage::Built { .. } if had_failed => info!("script {name} builds again"),
            Stage::Built { was_saved: true, .. } => {
                info!("script {name} is built to the same module as before")
            }
            Stage::Built { .. } => {}
            Stage::Failed(failure) if failure.is_missing_toolchain => {
                // Once for all scripts of a language.
                if told.insert(failure.text.clone()) {
                    warn!("script {name} and others like it are not built when they are saved: {failure}");
                }
            }
            Stage::Failed(failure) => {
                error!(
                    "script {name} does not build, its last good module runs on: {failure}\n{}",
                    failure.text
                );
            }
        }
        builds.take(report);
    }
}
