//! Answers every message.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

/// What comes in.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Ping {
    /// A number.
    pub value: u32,
    /// Whether it is loud.
    pub loud: bool,
    /// Nothing.
    pub reserved: [u8; 3],
}

/// What goes out.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Echo {
    /// The number, and 1.
    pub value: u32,
}

/// Answers each ping.
#[system(schedule = Update)]
pub fn answer(pings: MessageReader<Ping>, mut commands: Commands<(), (Echo,)>) {
    for ping in &pings {
        commands.send(Echo { value: ping.value + 1 });
    }
}

module! { systems: [answer] }
