//! V8, by Node.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use peristyle_metering::Gauge;
use wasmi::{Engine as WasmiEngine, ExternType, Module, ValType};

use crate::{Call, Engine, Error, Observation, Outcome};

const SCRIPT: &str = include_str!("node.mjs");

/// V8, run by Node.
#[derive(Debug)]
pub struct Node {
    name: String,
}

impl Node {
    /// Looks for Node on the path.
    ///
    /// # Errors
    /// It is not there.
    pub fn find() -> Result<Self, Error> {
        let missing = |why: String| Error::Missing { name: "node", why };
        let output = Command::new("node")
            .args(["-p", "process.versions.v8"])
            .output()
            .map_err(|error| missing(error.to_string()))?;
        if !output.status.success() {
            return Err(missing(format!("it ended with {}", output.status)));
        }
        let version = String::from_utf8_lossy(&output.stdout);
        let short: Vec<&str> = version.trim().split('.').take(2).collect();
        Ok(Self { name: format!("V8 {}", short.join(".")) })
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Failed { name: "node", message: error.to_string() }
}

impl Engine for Node {
    fn name(&self) -> &str {
        &self.name
    }

    fn leaves_nan_open(&self) -> bool {
        true
    }

    fn run(&mut self, wasm: &[u8], calls: &[Call]) -> Result<Vec<Observation>, Error> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name);
        fs::write(path("node.mjs"), SCRIPT)?;
        fs::write(path("module.wasm"), wasm)?;
        let mut job = String::new();
        job.push_str(&types(wasm)?);
        for call in calls {
            let gauge = Gauge::new(call.fuel, call.depth).to_bits();
            let _ = write!(job, "call {gauge} {}", call.export);
            for argument in &call.arguments {
                let _ = match argument {
                    Some(value) => write!(job, " {value}"),
                    None => write!(job, " frame"),
                };
            }
            job.push('\n');
        }
        fs::write(path("job.txt"), job)?;
        let output =
            Command::new("node").args([path("node.mjs"), path("module.wasm"), path("job.txt")]).output()?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr)));
        }
        String::from_utf8_lossy(&output.stdout).lines().map(parse).collect()
    }
}

/// What JavaScript cannot ask for: lines `wide <module> <name>` for imported functions that return an `i64`,
/// which it must return as a big integer, `float <export> <bytes>` for exported globals, and `result <export>` for functions
/// that return an `i32`.
fn types(wasm: &[u8]) -> Result<String, Error> {
    let module = Module::new(&WasmiEngine::default(), wasm).map_err(failed)?;
    let mut types = String::new();
    for import in module.imports() {
        if matches!(import.ty(), ExternType::Func(ty) if ty.results() == [ValType::I64]) {
            let _ = writeln!(types, "wide {} {}", import.module(), import.name());
        }
    }
    for export in module.exports() {
        let bytes = match export.ty() {
            ExternType::Func(ty) if ty.results() == [ValType::I32] => {
                let _ = writeln!(types, "result {}", export.name());
                continue;
            }
            ExternType::Global(ty) if ty.content() == ValType::F32 => 4,
            ExternType::Global(ty) if ty.content() == ValType::F64 => 8,
            _ => continue,
        };
        let _ = writeln!(types, "float {} {bytes}", export.name());
    }
    Ok(types)
}

fn parse(line: &str) -> Result<Observation, Error> {
    let unclear = || failed(format!("unexpected line `{line}`"));
    let mut words = line.split(' ');
    let mut next = || words.next().ok_or_else(unclear);
    let outcome = match next()? {
        "finished" => Outcome::Finished,
        "trapped" => Outcome::Trapped,
        "stopped" => Outcome::Stopped,
        _ => return Err(unclear()),
    };
    let gauge = next()?.parse().map_err(|_| unclear())?;
    let state = next()?.parse().map_err(|_| unclear())?;
    Ok(Observation { outcome, gauge, state })
}
