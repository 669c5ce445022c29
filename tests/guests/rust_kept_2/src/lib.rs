//! The next version of `rust_kept_1`: its journeys have names, count further, and take more room.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::Kept;
use peristyle::prelude::*;
use serde::{Deserialize, Serialize};

/// How far the journey is.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// Steps, and 1000 times the length of the name.
    pub value: u32,
}

/// Where the journey is kept.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Memory {
    /// A `Journey`.
    pub journey: [u8; 64],
}

/// What the first version keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FirstJourney {
    /// It has not begun.
    AtHome,
    /// It has.
    Going {
        /// Steps so far.
        steps: u16,
    },
}

/// What is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Journey<'a> {
    /// What it is called.
    #[serde(borrow)]
    pub name: Option<&'a str>,
    /// Steps so far.
    pub steps: u64,
}

fn journey<'v>(kept: &'v Kept<'_>) -> Journey<'v> {
    match kept.version() {
        0 => Journey { name: None, steps: 0 },
        1 => match kept.load(1) {
            Ok(FirstJourney::Going { steps }) => Journey { name: Some("north"), steps: steps.into() },
            Ok(FirstJourney::AtHome) => Journey { name: None, steps: 0 },
            Err(_) => panic!("what the first version kept is no journey"),
        },
        _ => match kept.load(2) {
            Ok(journey) => journey,
            Err(_) => panic!("what was kept is no journey"),
        },
    }
}

/// Makes one step.
#[system]
pub fn step(mut counters: Query<&mut Counter>, mut memory: State<Memory>) {
    let mut before = memory.journey;
    let kept = Kept::new(&mut before);
    let before = journey(&kept);
    let after = Journey { steps: before.steps + 1, ..before };
    Kept::new(&mut memory.journey).store(2, &after);
    let named = after.name.map_or(0, |name| name.len() as u32);
    for counter in &mut counters {
        counter.value = 1000 * named + after.steps as u32;
    }
}

module! { systems: [step], state: [Memory = Memory { journey: [0; 64] }] }
