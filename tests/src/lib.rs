//! What the integration tests share: a headless game, its components, and a builder of modules.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

pub mod components;
pub mod game;
pub mod guest;

pub use game::{Game, GameOptions};
pub use guest::{Guest, System, Term, read, with, without, write, write_mirror};
