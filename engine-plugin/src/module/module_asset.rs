//! A file on disk becomes a module: read, translated, and its manifest checked in itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bevy::asset::AsyncReadExt;
use bevy::asset::io::Reader;
use bevy::asset::{AssetLoader, LoadContext};
use bevy::prelude::*;

use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use crate::Limits;
use crate::module::engine::{CompiledModule, EngineError, EngineKind, Instance};
use crate::module::manifest::{ManifestError, ModuleManifest};
use crate::module::permissions::ScriptPolicies;

/// A `.wasm` or `.wat` file that was read: a module, or the reason why it is none.
///
/// A file that is no module is an asset as well, so that the reason comes in the order of the
/// reads, and is told once, by whoever knows which module it is about.
#[derive(Asset, TypePath, Debug)]
pub struct ScriptModule {
    pub(crate) content: Result<ModuleContent, Arc<ModuleLoadError>>,
    /// xxh3-64 of the file's bytes.
    pub(crate) version: u64,
    /// A number that grows with every load.
    pub(crate) load_order: u64,
    /// The greatest of these among the loads of the same file that are over.
    newest: Arc<AtomicU64>,
}

impl ScriptModule {
    /// Whether a load of the file was over that had begun later, and whose bytes may be newer.
    pub(crate) fn is_overtaken(&self) -> bool {
        self.newest.load(Ordering::Relaxed) > self.load_order
    }
}

/// A module that is translated, and ready to be held against the game.
#[derive(Clone, Debug)]
pub(crate) struct ModuleContent {
    pub compiled: Arc<CompiledModule>,
    pub manifest: Arc<ModuleManifest>,
}

/// Why a file is not a module.
#[derive(Debug, Error)]
pub enum ModuleLoadError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The file is larger than `Limits::module_bytes_max`.
    #[error("the file is larger than {bytes_max} bytes, the limit module_bytes_max")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// The file is something else.
    #[error(
        "it is not valid WebAssembly: it begins with {begins:?}, and a module with \"\\0asm\". Text format belongs \
         in a `.wat` file"
    )]
    OtherFile {
        /// Its first bytes as text.
        begins: String,
    },
    /// A `.wat` file does not parse.
    #[error("the text format does not parse:\n{0}")]
    Text(#[from] wat::Error),
    /// The engine refuses the module.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The manifest is wrong.
    #[error("its manifest is wrong: {0}")]
    Manifest(#[from] ManifestError),
    /// A system's function is missing or has another signature.
    #[error("system `{system}`: {source}")]
    System {
        /// The system.
        system: String,
        /// What is wrong with its export.
        source: EngineError,
    },
}

/// Loads `.wasm` and `.wat` files. All of its work is done off the main thread.
#[derive(TypePath)]
pub(crate) struct ScriptModuleLoader {
    pub limits: Arc<Limits>,
    pub policies: ScriptPolicies,
    /// Whether modules are compiled before they are ready.
    #[cfg(feature = "jit")]
    pub compiles: bool,
    pub loads: AtomicU64,
    /// By file: [`ScriptModule::newest`].
    pub newest: Mutex<BTreeMap<PathBuf, Arc<AtomicU64>>>,
}

impl AssetLoader for ScriptModuleLoader {
    type Asset = ScriptModule;
    type Settings = ();
    type Error = ModuleLoadError;

    async fn load(
        &self,
        reader: &mut dyn Reader,
        _settings: &(),
        load_context: &mut LoadContext<'_>,
    ) -> Result<ScriptModule, ModuleLoadError> {
        let load_order = self.loads.fetch_add(1, Ordering::Relaxed) + 1;
        // One byte more than there may be, so that a huge file is not read to its end.
        let bytes_max = self.limits.module_bytes_max;
        let mut bytes = Vec::new();
        reader.take(bytes_max as u64 + 1).read_to_end(&mut bytes).await?;
        let is_text = load_context.path().path().extension().is_some_and(|extension| extension == "wat");
        let version = xxh3_64(&bytes);
        let (_, policy) = self.policies.of(&load_context.path().path().to_string_lossy());
        let content =
            ModuleContent::load(&bytes, is_text, &policy.limits(&self.limits)).map_err(|mut error| {
                if let ModuleLoadError::Text(text) = &mut error {
                    text.set_path(load_context.path().path());
                }
                Arc::new(error)
            });
        #[cfg(feature = "jit")]
        if let Some(content) = content.as_ref().ok().filter(|_| self.compiles) {
            // Where that fails, `ScriptReload` says so, and the interpreter does it.
            let _ = content.compiled.compile();
        }
        let mut files = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = Arc::clone(files.entry(load_context.path().path().to_owned()).or_default());
        newest.fetch_max(load_order, Ordering::Relaxed);
        Ok(ScriptModule { content, version, load_order, newest })
    }

    fn extensions(&self) -> &[&str] {
        &["wasm", "wat"]
    }
}

impl ModuleContent {
    fn load(bytes: &[u8], is_text: bool, limits: &Arc<Limits>) -> Result<Self, ModuleLoadError> {
        if bytes.len() > limits.module_bytes_max {
            return Err(ModuleLoadError::TooLarge { bytes_max: limits.module_bytes_max });
        }
        if bytes.is_empty() {
            return Err(ModuleLoadError::Empty);
        }
        if !is_text && !bytes.starts_with(b"\0asm") {
            let begins = String::from_utf8_lossy(bytes.get(..12).unwrap_or(bytes)).into_owned();
            return Err(ModuleLoadError::OtherFile { begins });
        }
        let wasm = if is_text { wat::parse_bytes(bytes)? } else { bytes.into() };
        let compiled = CompiledModule::new(&wasm, Arc::clone(limits))?;
        // The manifest is static data: an instance is made to have its data segments in place,
        // and no code of the module runs.
        let instance = Instance::new(&compiled, [], EngineKind::Interpreter)?;
        let manifest = ModuleManifest::read(instance.memory(), instance.manifest_address(), limits)?;
        for system in &manifest.systems {
            compiled
                .check_system_export(&system.export)
                .map_err(|source| ModuleLoadError::System { system: system.name.clone(), source })?;
        }
        Ok(Self { compiled: Arc::new(compiled), manifest: Arc::new(manifest) })
    }
}
