//! What the integration tests share: a headless game, its components, and a builder of modules.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

pub mod components;
pub mod game;
pub mod guest;
pub mod live;
pub mod types;

pub use game::{Game, GameOptions};
pub use guest::{
    Guest, System, Term, added, changed, entities, insert, optional_read, optional_write, read, removed,
    send, trigger, with, without, write, write_mirror,
};
