//! Keeps a journey, which is an enum with values, by serde in a state block, and writes how far it is into every
//! `Counter`.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::Kept;
use peristyle::prelude::*;
use serde::{Deserialize, Serialize};

/// How far the journey is.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// Steps.
    pub value: u32,
}

/// Where the journey is kept.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Memory {
    /// A `Journey`.
    pub journey: [u8; 32],
}

/// What is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Journey {
    /// It has not begun.
    AtHome,
    /// It has.
    Going {
        /// Steps so far.
        steps: u16,
    },
}

/// Makes one step.
#[system]
pub fn step(mut counters: Query<&mut Counter>, mut memory: State<Memory>) {
    let mut kept = Kept::new(&mut memory.journey);
    let journey = match kept.version() {
        0 => Journey::AtHome,
        version => match kept.load(1) {
            Ok(journey) => journey,
            Err(_) => panic!("a journey of version {version} is not known here"),
        },
    };
    let steps = match journey {
        Journey::AtHome => 1,
        Journey::Going { steps } => steps + 1,
    };
    kept.store(1, &Journey::Going { steps });
    for counter in &mut counters {
        counter.value = steps.into();
    }
}

module! { systems: [step], state: [Memory = Memory { journey: [0; 32] }] }
