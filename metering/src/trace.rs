//! What a traced module says about where it is.
//!
//! A module that is metered with [`Instrument::Trace`](crate::Instrument::Trace) has three more exports:
//!
//! | export | | |
//! |---|---|---|
//! | [`PC_EXPORT`] | mutable `i32` global | the operator that executes, as an offset in the original file |
//! | [`CALLS_EXPORT`] | memory of 128 KiB | the call sites in progress, outermost first: such offsets, as little-endian `u32`s |
//! | [`CALLS_END_EXPORT`] | mutable `i32` global | how many bytes of that memory are in use |
//!
//! A host writes 0 to both globals before it calls an export, and reads them where the call traps, runs
//! out of fuel, or calls the host. A host function that calls exports itself keeps both globals, and
//! writes them back afterwards.

/// The exported global that holds the offset of what executes: of an operator that can trap, of a
/// call, of the `loop` or the bulk operator that was checked, or of the first byte of a function's code
/// (its declarations of locals) where that was checked at its beginning. Between these it stays what it
/// was.
pub const PC_EXPORT: &str = "__peristyle_pc";

/// The exported memory of call sites in progress.
pub const CALLS_EXPORT: &str = "__peristyle_calls";

/// The exported global that says how many bytes of [`CALLS_EXPORT`] are in use.
pub const CALLS_END_EXPORT: &str = "__peristyle_calls_end";

/// The bytes of one call site.
pub(crate) const CALL_BYTES: u32 = 4;

/// The bytes of the memory: as many call sites as a gauge lets calls nest, and the one too many. A power
/// of two.
pub(crate) const CALLS_BYTES: u32 = (crate::Gauge::DEPTH_MAX + 1) * CALL_BYTES;

/// The offsets in the original file of what executes and of the call sites that led to it, innermost first.
///
/// `pc` and `calls_end` are the values of [`PC_EXPORT`] and [`CALLS_END_EXPORT`], `calls` is the content of
/// [`CALLS_EXPORT`]. A function that was left by a tail call is not among them. Empty where nothing that is
/// noted has executed yet.
///
/// ```
/// use peristyle_metering::trace::frames;
///
/// // A division at 0x60, in a function that was called at 0x80, in one that was called at 0x50.
/// let calls = [0x50, 0, 0, 0, 0x80, 0, 0, 0, 0x99, 0, 0, 0];
/// assert_eq!(frames(0x60, &calls, 8), [0x60, 0x80, 0x50]);
/// // A `call_indirect` at 0x80 that reached nothing had noted itself as a call site already.
/// assert_eq!(frames(0x80, &calls, 8), [0x80, 0x50]);
/// ```
#[must_use]
pub fn frames(pc: u32, calls: &[u8], calls_end: u32) -> Vec<u32> {
    let used = calls.get(..calls_end as usize).unwrap_or(calls);
    let (sites, _) = used.as_chunks::<{ CALL_BYTES as usize }>();
    let mut sites = sites.iter().rev().map(|site| u32::from_le_bytes(*site)).peekable();
    // Whatever a callee notes has another offset than the call that reached it.
    sites.next_if_eq(&pc);
    std::iter::once(pc).filter(|pc| *pc != 0).chain(sites).collect()
}
