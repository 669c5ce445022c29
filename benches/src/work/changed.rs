//! A system that looks only at what changed since it last ran.

use bevy::prelude::*;
use peristyle_tests::components::{Position, Velocity};

use crate::measure::{Bench, Pair};
use crate::world::{Native, Scripted, guest, movers};

/// Rows that might have changed.
const ROWS: u32 = 100_000;

/// Of that many rows one has changed.
const ONE_IN: u32 = 100;

/// One row in a hundred is changed before each run, outside of the time that is measured.
pub fn changed(bench: &mut Bench) {
    super::rust_to_native(bench, "changed", ROWS, pair);
}

/// Adds the places that changed since the last run.
fn follow(mut moved: Query<(&Position, &mut Velocity), Changed<Position>>) {
    for (position, mut velocity) in &mut moved {
        velocity.x += position.x;
    }
}

fn pair() -> impl FnMut() -> Pair {
    let mut native = Native::new(ROWS, |app| {
        app.add_systems(Update, follow);
    });
    let mut scripted = Scripted::new(ROWS, &[("rust_changed", guest("rust_changed"))]);
    touch(native.world(), 0);
    native.run();
    touch(scripted.world(), 0);
    scripted.run();
    assert_eq!([scripted.rows(), scripted.rows_changed()], [ROWS / ONE_IN; 2]);
    assert_eq!(movers(native.world()), movers(scripted.world()), "both follow the same rows");
    let (mut turn, mut frame) = (false, 0);
    move || {
        frame += 1;
        let subject = || {
            touch(scripted.world(), frame);
            scripted.run()
        };
        let reference = || {
            touch(native.world(), frame);
            native.run()
        };
        Pair::run(&mut turn, subject, reference)
    }
}

/// Changes one row in a hundred, none of which is another's neighbor, and in each frame others.
fn touch(world: &mut World, frame: u32) {
    let first = (frame % ONE_IN) as usize;
    for mut position in world.query::<&mut Position>().iter_mut(world).skip(first).step_by(ONE_IN as usize) {
        position.x += 1.0;
    }
}
