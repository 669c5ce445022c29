//! What is measured, one file for each kind of work.

mod fixed;
mod integrate;
mod module;
mod reload;
mod transfer;

pub use fixed::fixed;
pub use integrate::integrate;
pub use reload::reload;
pub use transfer::transfer;

/// The numbers of rows at which work that grows with them is measured.
pub const ROWS: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
