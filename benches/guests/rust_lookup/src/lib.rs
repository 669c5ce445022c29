//! Asks for entities one by one, in an order that jumps about.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

/// Where it is.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Position {
    /// East.
    pub x: f32,
    /// North.
    pub y: f32,
    /// Up.
    pub z: f32,
}

/// How many lookups are wanted, and what they came to.
#[derive(Clone, Copy, Debug, Schema)]
#[repr(C)]
pub struct Wide {
    /// Lookups of one call.
    pub id: u64,
    /// The sum of everything that was found.
    pub amount: f64,
}

/// Coprime to the number of rows, so that every row has its turn.
const STRIDE: usize = 7919;

/// Adds what the wanted number of lookups finds.
#[system(schedule = Update)]
pub fn look_up(places: Query<(Entity, &Position)>, mut totals: Query<&mut Wide>) {
    let Some(total) = totals.single_mut() else { return };
    let (entities, _) = places.columns();
    let mut sum = 0.0;
    for index in 0..total.id as usize {
        let entity = entities[index * STRIDE % entities.len()];
        if let Some((_, position)) = places.get(entity) {
            sum += f64::from(position.x);
        }
    }
    total.amount += sum;
}

module! { systems: [look_up] }
