//! A project whose scripts are built while a game plays.

use std::fs;
use std::path::{Path, PathBuf};

use bevy_peristyle::PeristyleDevPlugin;
use peristyle_script_builder::Project;

use crate::components::Counter;
use crate::guest::{Guest, System, write};

/// A folder of sources, one folder for each script.
#[derive(Debug)]
pub struct LiveProject {
    folder: tempfile::TempDir,
}

impl Default for LiveProject {
    fn default() -> Self {
        Self::new()
    }
}

impl LiveProject {
    /// A project without scripts.
    ///
    /// # Panics
    /// If no temporary folder can be made.
    pub fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        fs::create_dir(project.path("")).expect("the temporary folder can be written");
        project
    }

    /// Where a source is.
    pub fn path(&self, source: &str) -> PathBuf {
        self.folder.path().join("scripts").join(source)
    }

    /// Saves a source, as editors do that write into the file.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn save(&self, source: &str, text: &str) {
        let path = self.path(source);
        fs::create_dir_all(path.parent().unwrap_or(&path)).expect("the temporary folder can be written");
        fs::write(path, text).expect("the temporary folder can be written");
    }

    /// Saves what a script in Rust of that name needs besides its `src/lib.rs`.
    ///
    /// # Panics
    /// If it cannot be written, or the clone lacks its guests' lock file.
    pub fn save_manifests(&self, name: &str) {
        let library = clone().join("guest-api/rust");
        let workspace = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\"{name}\"]\n[workspace.dependencies]\nperistyle = {{ path = {library:?} }}\n\
             [profile.release]\nlto = true\ncodegen-units = 1\npanic = \"abort\"\ndebug = \"limited\"\n"
        );
        let package = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n\
             [dependencies]\nperistyle.workspace = true\n"
        );
        // The versions of the clone's own guests, which are on this machine.
        let lock = fs::read_to_string(clone().join("scripts/Cargo.lock")).expect("the clone has it");
        self.save("Cargo.toml", &workspace);
        self.save("Cargo.lock", &lock);
        self.save(&format!("{name}/Cargo.toml"), &package);
    }

    /// The plugin for it: modules go to the folder of assets itself, and builds are kept where the clone keeps its own.
    ///
    /// # Panics
    /// If cargo does not say where that is.
    pub fn plugin(&self) -> PeristyleDevPlugin {
        let target = Project::of(&clone()).expect("cargo says where its target folder is").target_dir;
        PeristyleDevPlugin {
            project: Some(self.folder.path().to_owned()),
            modules: PathBuf::new(),
            zig_library: clone().join("guest-api/zig/peristyle.zig"),
            c_library: clone().join("guest-api/c"),
            target: Some(target),
            warm_up: false,
            ..PeristyleDevPlugin::default()
        }
    }
}

/// The folder of this clone.
fn clone() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// WAT that writes `value` into row 0 of [`Counter`].
pub fn counter_wat(value: u32) -> String {
    let body = format!(
        "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const {value}))"
    );
    Guest::new().system(System::new("set", &body).query([write::<Counter>()])).to_wat()
}

/// Zig that writes the value of an expression into every [`Counter`].
pub fn counter_zig(value: &str) -> String {
    format!(
        "const peristyle = @import(\"peristyle\");\n\
         pub const panic = peristyle.panic;\n\
         const Counter = extern struct {{ value: u32 }};\n\
         const Counters = struct {{ counter: *Counter }};\n\
         fn set(counters: peristyle.Query(Counters)) void {{\n    \
             for (counters.columns().counter) |*counter| counter.value = {value};\n\
         }}\n\
         comptime {{\n    peristyle.module(.{{ .systems = .{{.{{ .name = \"set\", .run = set }}}} }});\n}}\n"
    )
}

/// Rust that writes the value of an expression into every [`Counter`].
pub fn counter_rust(value: &str) -> String {
    format!(
        "#![no_std]\n\
         use peristyle::prelude::*;\n\
         #[derive(Clone, Copy, Schema)]\n\
         #[repr(C)]\n\
         pub struct Counter {{ value: u32 }}\n\
         #[system]\n\
         pub fn set(mut counters: Query<&mut Counter>) {{\n    \
             for counter in &mut counters {{\n        counter.value = {value};\n    }}\n\
         }}\n\
         module! {{ systems: [set] }}\n"
    )
}
