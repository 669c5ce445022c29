//! What is run.

use std::fs;
use std::path::Path;

use wasmi::{Engine as WasmiEngine, ExternType, Module, ValType};

use crate::Error;
use crate::nans::nans;

/// One module and what to call in it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its file, without folder and extension.
    pub name: String,
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// Exports with their arguments; `None` is the address of the frame.
    pub calls: Vec<(String, Vec<Option<i32>>)>,
}

const FOLDERS: &[&str] =
    &["assets/breakout", "assets/scripts", "benches/guests/built", "tests/fixtures", "tests/guests/built"];

const WORKLOADS: &[u8] = include_bytes!("../workloads/workloads.wasm");
const PROGRAMS_RUST: &[u8] = include_bytes!("../workloads/programs_rust.wasm");
const PROGRAMS_ZIG: &[u8] = include_bytes!("../workloads/programs_zig.wasm");
const EDGES: &str = include_str!("../workloads/edges.wat");

/// How much of each export of the compiled programs is to be done.
const RUST_AMOUNTS: &[(&str, i32)] = &[
    ("sorts", 300),
    ("formats", 60),
    ("allocates", 400),
    ("dispatches", 400),
    ("floats", 2_000),
    ("queens", 7),
    ("panics", 100),
    ("overflows", 0),
];
const ZIG_AMOUNTS: &[(&str, i32)] = &[
    ("maps", 2_000),
    ("sorts", 700),
    ("formats", 60),
    ("digests", 20),
    ("vectors", 1_000),
    ("dispatches", 2_000),
    ("overflows", 100),
];

/// The workloads that metering is measured by: module, exports and how much of each is to be done.
#[must_use]
pub fn workloads() -> (&'static [u8], [(&'static str, i32); 5]) {
    (WORKLOADS, [("scalar", 3), ("unrolled", 3), ("simd", 3), ("hash_map", 2), ("fib", 18)])
}

/// A compiled Rust program of several hundred functions.
#[must_use]
pub fn programs_rust() -> &'static [u8] {
    PROGRAMS_RUST
}

/// The modules that this project has built, the workloads, and what they leave out.
///
/// # Errors
/// A file cannot be read.
pub fn corpus() -> Result<Vec<Entry>, Error> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (wasm, exports) = workloads();
    let mut entries = vec![with_amounts("workloads", wasm, &exports)];
    entries.push(with_amounts("programs_rust", PROGRAMS_RUST, RUST_AMOUNTS));
    entries.push(with_amounts("programs_zig", PROGRAMS_ZIG, ZIG_AMOUNTS));
    let edges = wat::parse_str(EDGES)
        .map_err(|error| Error::Failed { name: "edges.wat", message: error.to_string() })?;
    entries.push(entry("edges".to_owned(), edges)?);
    let nans =
        wat::parse_str(nans()).map_err(|error| Error::Failed { name: "nans", message: error.to_string() })?;
    entries.push(entry("nans".to_owned(), nans)?);
    for folder in FOLDERS {
        let mut paths = Vec::new();
        for file in fs::read_dir(root.join(folder))? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "wasm") {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            entries.push(entry(name, fs::read(&path)?)?);
        }
    }
    Ok(entries)
}

fn with_amounts(name: &str, wasm: &[u8], exports: &[(&str, i32)]) -> Entry {
    let calls = exports.iter().map(|(export, amount)| ((*export).to_owned(), vec![Some(*amount)])).collect();
    Entry { name: name.to_owned(), wasm: wasm.to_vec(), calls }
}

impl Entry {
    /// A module and every export of it that takes `i32`s, each given the frame.
    ///
    /// # Errors
    /// It is no module that wasmi runs.
    pub fn new(name: String, wasm: Vec<u8>) -> Result<Self, Error> {
        entry(name, wasm)
    }
}

fn entry(name: String, wasm: Vec<u8>) -> Result<Entry, Error> {
    let module = Module::new(&WasmiEngine::default(), &wasm)
        .map_err(|error| Error::Failed { name: "corpus", message: format!("{name}: {error}") })?;
    let calls = module
        .exports()
        .filter_map(|export| match export.ty() {
            ExternType::Func(ty) if ty.params().iter().all(|ty| *ty == ValType::I32) => {
                Some((export.name().to_owned(), vec![None; ty.params().len()]))
            }
            _ => None,
        })
        .collect();
    Ok(Entry { name, wasm, calls })
}
