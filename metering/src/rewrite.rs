//! From a module to a metered one.

use wasm_encoder::BlockType;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};

use crate::callee::callees;
use crate::emit::emit;
use crate::error::{FunctionName, MeterError};
use crate::options::{Exhaustion, Instrument, Options, Placement};
use crate::parts::in_parts;
use crate::scan::{FunctionType, Scanned, scan};
use crate::sections::assemble;
use crate::walk::walk;
use crate::{FUEL_EXPORT, GLOBAL_EXPORT_PREFIX};

/// A metered module.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metered {
    /// The module.
    pub wasm: Vec<u8>,
    /// The version of the cost schedule that it charges by.
    pub schedule_version: u32,
    /// The export that holds the [`Gauge`](crate::Gauge).
    pub fuel_export: &'static str,
    /// The exports of all other mutable globals, in the order of their indices.
    pub global_exports: Vec<String>,
    /// Whether memories and [`global_exports`](Self::global_exports) are not all of its state: it writes tables,
    /// drops segments, or has a mutable global that holds a reference. None of these can be carried to another instance.
    pub has_hidden_state: bool,
}

/// Rewrites a module so that it counts its own fuel.
///
/// # Errors
/// The bytes are no module, or the module uses what is not permitted: see [`MeterError`]. No input
/// makes it panic.
///
/// The functions of a large module are shared among up to four threads; what comes out does not depend on how many there are.
///
/// ```
/// use peristyle_metering::{MeterError, Options, meter};
///
/// let error = meter(b"not a module", &Options::default()).unwrap_err();
/// assert!(matches!(error, MeterError::Invalid { .. }));
///
/// let wasm = wat::parse_str("(module (global (mut i32) (i32.const 1)))").unwrap();
/// let metered = meter(&wasm, &Options::default()).unwrap();
/// assert_eq!(metered.global_exports, ["__peristyle_global_0"]);
/// ```
pub fn meter(wasm: &[u8], options: &Options) -> Result<Metered, MeterError> {
    let mut options = options.clone();
    if options.instrument == Instrument::Profile {
        options.placement = Placement::EveryOperator;
    }
    let options = &options;
    let scanned = scan(wasm, options)?;
    let indices = Indices { scanned: &scanned, options };
    let callees = callees(&scanned, options);
    let functions = (scanned.imported_functions..).zip(scanned.bodies.iter().zip(&callees));
    let functions = in_parts(
        functions,
        |(_, (body, _))| body.bytes(),
        |functions| {
            let metered = functions.into_iter().map(|(index, (body, callee))| {
                let plan = walk(body, &scanned, &callees, callee.pending_at_return, options).plan;
                emit(body, &plan, &indices, index)
            });
            metered.collect()
        },
    )?;
    let global_exports =
        scanned.mutable_globals.iter().map(|i| format!("{GLOBAL_EXPORT_PREFIX}{i}")).collect();
    let mut metered = Metered {
        wasm: Vec::new(),
        schedule_version: options.schedule.version,
        fuel_export: FUEL_EXPORT,
        global_exports,
        has_hidden_state: scanned.has_hidden_state,
    };
    metered.wasm = assemble(&indices, &functions, &metered.global_exports)?;
    Ok(metered)
}

/// Where things are in the metered module.
pub(crate) struct Indices<'a> {
    pub scanned: &'a Scanned<'a>,
    pub options: &'a Options,
}

impl Indices<'_> {
    /// The function that is called where fuel runs out, if that is what to do. It comes behind the
    /// imports of the original.
    pub fn exhausted_function(&self) -> Option<u32> {
        (self.options.exhaustion != Exhaustion::Trap).then_some(self.scanned.imported_functions)
    }

    /// The function that is called where a function begins, in a profiled module.
    pub fn enter_function(&self) -> Option<u32> {
        let before = u32::from(self.options.exhaustion != Exhaustion::Trap);
        self.is_profiled().then(|| self.scanned.imported_functions.saturating_add(before))
    }

    /// The function that is called where a function is left, in a profiled module.
    pub fn leave_function(&self) -> Option<u32> {
        self.enter_function().map(|enter| enter.saturating_add(1))
    }

    /// The function that is called behind what writes, in a watched module.
    pub fn wrote_function(&self) -> Option<u32> {
        let before = u32::from(self.options.exhaustion != Exhaustion::Trap);
        self.is_watched().then(|| self.scanned.imported_functions.saturating_add(before))
    }

    /// Where a function of the original went: own functions make room for more imports.
    pub fn function(&self, index: u32) -> u32 {
        let added = u32::from(self.options.exhaustion != Exhaustion::Trap)
            + 2 * u32::from(self.is_profiled())
            + u32::from(self.is_watched());
        let moved = if index >= self.scanned.imported_functions { added } else { 0 };
        index.saturating_add(moved)
    }

    /// The global that holds the gauge, behind those of the original.
    pub fn fuel_global(&self) -> u32 {
        self.scanned.globals
    }

    /// The global that says which operator executes, in a traced module.
    pub fn pc_global(&self) -> u32 {
        self.scanned.globals.saturating_add(1)
    }

    /// The global that says where the call sites in progress end, in a traced module.
    pub fn calls_end_global(&self) -> u32 {
        self.scanned.globals.saturating_add(2)
    }

    /// The memory of call sites, in a traced module.
    pub fn calls_memory(&self) -> u32 {
        self.scanned.memories
    }

    pub fn is_profiled(&self) -> bool {
        self.options.instrument == Instrument::Profile
    }

    pub fn is_traced(&self) -> bool {
        matches!(self.options.instrument, Instrument::Trace | Instrument::Watch)
    }

    pub fn is_watched(&self) -> bool {
        self.options.instrument == Instrument::Watch
    }

    /// The type of functions that take and return nothing, added to the others.
    pub fn empty_type(&self) -> u32 {
        u32::try_from(self.scanned.types.len()).unwrap_or(u32::MAX)
    }

    /// The type of functions that take an `i32` and return nothing, in a profiled module.
    pub fn enter_type(&self) -> u32 {
        self.empty_type().saturating_add(1)
    }

    /// The type of a function of the original, with its index.
    fn ty(&self, index: u32) -> Option<(u32, &FunctionType)> {
        let own = index.saturating_sub(self.scanned.imported_functions);
        let ty = *self.scanned.functions.get(own as usize)?;
        Some((ty, self.scanned.types.get(ty as usize)?))
    }

    /// How many parameters a function of the original has.
    pub fn parameters(&self, index: u32) -> u32 {
        self.ty(index).map_or(0, |(_, ty)| ty.parameters)
    }

    /// The type of a block that results in what a function of the original does.
    pub fn results(&self, index: u32) -> Result<BlockType, MeterError> {
        let Some((ty, FunctionType { results, .. })) = self.ty(index) else { return Ok(BlockType::Empty) };
        Ok(match results.as_slice() {
            [] => BlockType::Empty,
            [result] => BlockType::Result(RoundtripReencoder.val_type(*result)?),
            // Behind the other added types is one for each of the original.
            _ => BlockType::FunctionType(self.enter_type().saturating_add(1).saturating_add(ty)),
        })
    }
}

/// Engines accept a million of most things.
pub(crate) fn within(what: &'static str, found: u64) -> Result<(), MeterError> {
    const MAX: u64 = 1_000_000;
    if found > MAX {
        return Err(MeterError::TooLarge { what, function: FunctionName::default(), found, max: MAX });
    }
    Ok(())
}
