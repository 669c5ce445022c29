//! Faults in the way that a trigger chooses, in a function that the system calls.
//!
//! Tests see with it that the game is told the line. A line with a fault ends in `// fault:` and
//! its name; functions that are `inline(never)` have code of their own, and the others are inlined.
#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
use core::arch::wasm32::unreachable as stop;
use core::hint::black_box;
#[cfg(not(target_arch = "wasm32"))]
use std::process::abort as stop;

use peristyle::prelude::*;

/// Chooses a fault.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Trigger {
    /// The fault to make: one of the numbers in `misbehave`, or another one for none.
    pub armed: u32,
}

/// A number that the compiler does not know.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Counter {
    /// The number: 0 where there is to be a fault.
    pub value: u32,
}

/// A type that has bytes which are no value.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Switch {
    /// On or off.
    pub on: bool,
    /// Also on or off.
    pub more: [bool; 3],
}

/// Faults in each row as its trigger says.
#[system]
pub fn misbehave(mut rows: Query<(&Trigger, &mut Counter)>, mut switches: Query<&mut Switch>) {
    for (trigger, counter) in &mut rows {
        match trigger.armed {
            1 => counter.value = divide(1000, counter.value),
            2 => counter.value = pick(&[3, 5], !counter.value),
            3 => counter.value = increase(!counter.value, 1),
            4 => give_up(counter),
            5 => trap(counter),
            6 => repeat(counter),
            7 => counter.value = descend(counter.value),
            8 => switches.iter_mut().for_each(spoil),
            _ => {}
        }
    }
}

#[inline(never)]
fn divide(dividend: u32, divisor: u32) -> u32 {
    dividend / divisor // fault: divide
}

#[inline(always)]
fn pick(levels: &[u32], index: u32) -> u32 {
    levels[index as usize] // fault: index
}

#[inline(never)]
fn increase(value: u32, by: u32) -> u32 {
    value.checked_add(by).expect("a sum that fits") // fault: overflow
}

#[inline(always)]
fn give_up(counter: &mut Counter) {
    counter.value += 1;
    panic!("counted to {}", counter.value); // fault: panic
}

#[inline(never)]
fn trap(counter: &mut Counter) {
    counter.value += 1;
    stop(); // fault: trap
}

#[inline(always)]
fn repeat(counter: &mut Counter) {
    loop {
        counter.value = black_box(counter.value.wrapping_add(1)); // fault: loop
    }
}

/// Deeper than any stack.
#[inline(never)]
fn descend(depth: u32) -> u32 {
    if depth == u32::MAX {
        return depth;
    }
    black_box(descend(black_box(depth).wrapping_add(1))).wrapping_add(depth) // fault: recursion
}

#[inline(never)]
#[expect(unsafe_code, reason = "safe code cannot write a byte that is no value")]
fn spoil(switch: &mut Switch) {
    let byte = (&raw mut switch.more[1]).cast::<u8>();
    // SAFETY: the byte is the switch's, and nothing reads it as a bool before the call ends.
    unsafe { byte.write(2) } // fault: write
}

module! { systems: [misbehave] }
