//! What is measured, one file for each kind of work.

mod changed;
mod churn;
mod fixed;
mod integrate;
mod live;
mod lookup;
mod messages;
mod module;
mod reload;
mod transfer;

pub use changed::changed;
pub use churn::churn;
pub use fixed::fixed;
pub use integrate::integrate;
pub use live::live;
pub use lookup::lookup;
pub use messages::messages;
pub use reload::reload;
pub use transfer::transfer;

use crate::Figure;
use crate::measure::{Bench, Pair};

/// The numbers of rows at which work that grows with them is measured.
pub const ROWS: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// One kind of work at one number of rows: a script in Rust against native Bevy.
fn rust_to_native<P: FnMut() -> Pair>(
    bench: &mut Bench,
    work: &'static str,
    rows: u32,
    set_up: impl FnOnce() -> P,
) {
    let rows = u64::from(rows);
    let pairs = bench.pairs(work, "rust", rows, |parts| parts.total, set_up);
    if !pairs.is_empty() {
        let (ns, ratio) = (pairs.ns(|parts| parts.total), pairs.ratio(|parts| parts.total));
        bench.figures.push(Figure::new(work, "native", rows, pairs.reference_ns()).to_native(1.0));
        bench.figures.push(Figure::new(work, "rust", rows, ns).to_native(ratio));
    }
}
