//! Fuel that is the same on every engine: WebAssembly in, WebAssembly that counts its own fuel out.
//!
//! What this crate is for, in this order:
//!
//! 1. **Exact.** A finished call costs the sum of what its executed operators cost, and not one unit
//!    for an operator that a branch skipped. The figure, the operator at which fuel runs out, and
//!    the state of the module there do not depend on the engine that runs it.
//! 2. **Safe on any input.** Arbitrary bytes give a [`MeterError`], never a panic; what differs
//!    between engines or machines (relaxed SIMD, threads, memories without a maximum, …) is refused
//!    by name.
//! 3. **Cheap.** Charges are merged, moved out of expressions and carried over branches and calls as
//!    far as no check can tell the difference.
//!
//! ```
//! use peristyle_metering::{Gauge, Options, meter};
//!
//! let wasm = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#)?;
//! let metered = meter(&wasm, &Options::default())?;
//! assert_eq!(metered.fuel_export, "__peristyle_fuel");
//!
//! // A host writes this number to the exported global before a call, and reads what is left after it.
//! let full = Gauge::new(1_000, 200);
//! assert_eq!(Gauge::from_bits(full.to_bits()).fuel(), 1_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The metered module
//!
//! - It exports the mutable `i64` global [`FUEL_EXPORT`], a [`Gauge`]: the fuel that is left in the
//!   upper 48 bits, the calls that may still nest in the lower 16.
//! - It checks the gauge where a function begins, at the head of every loop, before it calls an
//!   imported function and before a bulk operation. Where the fuel is below zero, or the calls nest too
//!   deep, it calls the imported function of [`Exhaustion::Host`] and [`Exhaustion::Stop`], or traps. A host function that
//!   returns has the call go on: refill the gauge first.
//! - It exports every mutable global as [`GLOBAL_EXPORT_PREFIX`] and its index, so that a host can
//!   take a snapshot of all of its state.
//! - Names, DWARF and other custom sections are still there. DWARF speaks of the code as it was, and so
//!   does a module that is traced: see [`trace`].
//!
//! `docs/fuel.md` has the costs and what the promise does not cover.

#![warn(missing_docs)]

mod addresses;
mod callee;
mod counted;
mod emit;
mod error;
mod flow;
mod gauge;
mod names;
mod operators;
mod options;
mod parts;
mod plan;
mod profile;
mod rewrite;
mod scan;
mod schedule;
mod sections;
mod shape;
pub mod trace;
mod unroll;
mod validate;
mod walk;

pub use error::{FunctionName, MeterError, Refused};
pub use gauge::Gauge;
pub use options::{Exhaustion, Instrument, Options, Placement};
pub use profile::{FuelProfile, FunctionFuel};
pub use rewrite::{Metered, meter};
pub use schedule::{Class, CostSchedule, LengthCost};

/// Exports and import modules of a module must not begin with this.
pub const RESERVED_PREFIX: &str = "__peristyle_";

/// The name of the function that a module with [`Instrument::Watch`] calls behind each operator that writes to
/// its memory. It takes nothing and returns nothing.
pub const WROTE_NAME: &str = "wrote";

/// The exported global that holds the [`Gauge`].
pub const FUEL_EXPORT: &str = "__peristyle_fuel";

/// The exports of mutable globals: this, and the index of the global in the original module.
pub const GLOBAL_EXPORT_PREFIX: &str = "__peristyle_global_";

/// The module of the function that a metered module imports by [`Exhaustion::Host`] and [`Exhaustion::Stop`].
pub const EXHAUSTED_MODULE: &str = "__peristyle_meter";

/// The name of that function. It takes nothing and returns nothing.
pub const EXHAUSTED_NAME: &str = "exhausted";

/// The name of the function of [`EXHAUSTED_MODULE`] that a module with [`Instrument::Profile`] calls where a
/// function begins. It takes the function's index in the original module as an `i32`.
pub const ENTER_NAME: &str = "enter";

/// The name of the function of [`EXHAUSTED_MODULE`] that a module with [`Instrument::Profile`] calls where a
/// function is left, other than by a trap. It takes nothing.
pub const LEAVE_NAME: &str = "leave";
