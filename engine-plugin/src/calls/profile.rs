//! Where the fuel of a module goes: to its functions, and to stacks of them, exactly.

use std::fmt;
use std::sync::Arc;

use peristyle_metering::FuelProfile;

use crate::calls::slot::Version;
use crate::module::source::SourceMap;

/// Where the fuel of a module's systems went in some frames. It counts and does not sample, so it is the same on every
/// machine and in every run of the same game.
///
/// [`Scripts::profile`](crate::Scripts::profile) asks for one. Its `Display` is a table, and [`folded`](Self::folded) is what
/// draws flame graphs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptProfile {
    /// The module's name.
    pub module: String,
    /// How many frames it covers.
    pub frames: u32,
    /// The fuel of all calls that ended in them.
    pub fuel: u64,
    /// The functions, the one that used most itself first.
    pub functions: Vec<FunctionProfile>,
    /// One line for each stack of functions: their names from the outermost on, separated by `;`, a blank and the
    /// fuel that the last of them used there. `inferno-flamegraph` and others draw it.
    pub folded: String,
}

/// What one function used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionProfile {
    /// Its name, demangled.
    pub name: String,
    /// How often it was called.
    pub calls: u64,
    /// The fuel that it used itself, with what the host did for it.
    pub self_fuel: u64,
    /// The fuel that it used together with everything that it called.
    pub total_fuel: u64,
}

impl fmt::Display for ScriptProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |fuel: u64| fuel as f64 / self.fuel.max(1) as f64 * 100.0;
        writeln!(f, "{}: {} fuel in {} frames", self.module, self.fuel, self.frames)?;
        write!(f, "{:>12} {:>6} {:>12} {:>6} {:>10}  function", "self", "%", "total", "%", "calls")?;
        for FunctionProfile { name, calls, self_fuel, total_fuel } in &self.functions {
            write!(
                f,
                "\n{self_fuel:>12} {:>6.1} {total_fuel:>12} {:>6.1} {calls:>10}  {name}",
                percent(*self_fuel),
                percent(*total_fuel)
            )?;
        }
        Ok(())
    }
}

/// A profile that is being made.
#[derive(Debug)]
pub(crate) struct Profiling {
    frames: u32,
    frames_left: u32,
    pub profile: FuelProfile,
}

impl Profiling {
    pub fn new(frames: u32) -> Self {
        // One frame more: it begins in the middle of the `ScriptReload` before its first.
        Self { frames, frames_left: frames.saturating_add(1), profile: FuelProfile::default() }
    }
}

/// Counts a frame; the profile, where that was the last.
pub(crate) fn end_frame(version: &mut Version, module: &str) -> Option<Arc<ScriptProfile>> {
    let profiling = version.profiling.as_mut()?;
    profiling.frames_left = profiling.frames_left.saturating_sub(1);
    if profiling.frames_left > 0 {
        return None;
    }
    let Profiling { frames, profile, .. } = version.profiling.take()?;
    let names = SourceMap::of(version.compiled.wasm());
    let mut functions: Vec<FunctionProfile> = profile
        .functions()
        .into_iter()
        .map(|used| FunctionProfile {
            name: names.function(used.function),
            calls: used.calls,
            self_fuel: used.self_fuel,
            total_fuel: used.total_fuel,
        })
        .collect();
    functions.sort_by(|a, b| b.self_fuel.cmp(&a.self_fuel).then_with(|| a.name.cmp(&b.name)));
    let folded = profile.folded(|function| names.function(function));
    let fuel = profile.fuel();
    Some(Arc::new(ScriptProfile { module: module.to_owned(), frames, fuel, functions, folded }))
}
