//! Entities that a system asks for one by one.

use std::time::Duration;

use bevy::prelude::*;
use peristyle_tests::components::{Position, Wide};

use crate::measure::{Bench, Pair};
use crate::world::{Native, Parts, Scripted, guest};

/// Rows, each of which is asked for once.
const ROWS: u32 = 10_000;

/// Coprime to the number of rows, so that every row has its turn.
const STRIDE: usize = 7919;

/// `get(entity)` for each row, in an order that jumps about.
///
/// What counts is the time of a call with the lookups less that of a call of the same module
/// without any, so the choice of the next entity and the sum belong to it; of the native system
/// it is the time of `Update` with and without.
pub fn lookup(bench: &mut Bench) {
    super::rust_to_native(bench, "lookup", ROWS, pair);
}

/// Adds what the wanted number of lookups finds.
fn look_up(mut ids: Local<Vec<Entity>>, places: Query<(Entity, &Position)>, mut totals: Query<&mut Wide>) {
    // A script has this column.
    ids.clear();
    ids.extend(places.iter().map(|(entity, _)| entity));
    let Ok(mut total) = totals.single_mut() else { return };
    let mut sum = 0.0;
    for index in 0..total.id as usize {
        let entity = ids[index * STRIDE % ids.len()];
        if let Ok((_, position)) = places.get(entity) {
            sum += f64::from(position.x);
        }
    }
    total.amount += sum;
}

fn pair() -> impl FnMut() -> Pair {
    let mut native = Native::new(ROWS, |app| {
        app.add_systems(Update, look_up);
    });
    let mut scripted = Scripted::new(ROWS, &[("rust_lookup", guest("rust_lookup"))]);
    let [native_total, scripted_total] =
        [native.world(), scripted.world()].map(|world| world.spawn(Wide::default()).id());
    let mut native_run = move |lookups| {
        want(native.world(), native_total, lookups);
        (native.run(), sum(native.world(), native_total))
    };
    let mut scripted_run = move |lookups| {
        want(scripted.world(), scripted_total, lookups);
        (scripted.run().call, sum(scripted.world(), scripted_total))
    };
    let expected = f64::from(ROWS) * f64::from(ROWS - 1) / 2.0;
    assert_eq!([native_run(ROWS).1, scripted_run(ROWS).1], [expected; 2], "both find every row once");
    assert_eq!([native_run(0).1, scripted_run(0).1], [expected; 2], "and then none");
    let mut turn = false;
    move || {
        let subject = || Parts { total: of_lookups(&mut scripted_run), ..Parts::default() };
        Pair::run(&mut turn, subject, || of_lookups(&mut native_run))
    }
}

/// How much longer `run` takes with lookups than without.
fn of_lookups(run: &mut impl FnMut(u32) -> (Duration, f64)) -> Duration {
    let [with, without] = [ROWS, 0].map(|lookups| run(lookups).0);
    with.saturating_sub(without)
}

/// Says how many lookups the next run does.
fn want(world: &mut World, total: Entity, lookups: u32) {
    world.get_mut::<Wide>(total).expect("it was spawned").id = u64::from(lookups);
}

/// What all lookups have found.
fn sum(world: &World, total: Entity) -> f64 {
    world.get::<Wide>(total).expect("it was spawned").amount
}
