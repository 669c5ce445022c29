//! How a shadow run ends.

use std::time::Duration;
use std::{fs, thread};

use super::*;

/// Verifies that a shadow run ends where another version is saved, and that a bad save is refused and leaves the next one
/// to run beside.
#[test]
fn another_save_ends_it() {
    let mut game = counters_game(module(count(&add([1, 1, 1]))));
    assert!(!game.world().resource_mut::<Scripts>().shadow("nobody", 1));
    assert!(game.world().resource_mut::<Scripts>().shadow("m", 1_000_000));
    game.step();
    game.write("m.wasm", b"no module");
    game.step_until("it is refused", |game| game.module("m").last_error.is_some());
    let mismatch = module(System::new("count", "").query([read::<Score>()]));
    game.write("m.wasm", mismatch);
    game.step_until("it does not match", |game| {
        game.module("m").last_error.as_ref().is_some_and(|error| error.contains("Score"))
    });
    assert!(game.module("m").shadow.is_none());
    game.write("m.wasm", module(count(&add([2, 2, 2]))));
    game.step_until("it runs beside", |game| game.module("m").shadow.is_some());
    game.steps(3);
    assert_eq!(game.module("m").reloads, 0);
    game.write("m.wasm", module(count(&add([3, 3, 3]))));
    game.step_until("the third one runs", |game| game.module("m").reloads == 1);
    assert!(!game.world().resource_mut::<Scripts>().promote("m"), "the second one is gone");
    let report = game.module("m").shadow.clone().expect("a report");
    assert!(report.is_done() && report.ended.as_ref().is_some_and(|why| why.contains("another version")));
    game.steps(2);
    assert_eq!(game.module("m").shadow, Some(report), "and is not run any more");
}

/// Verifies that its file may be put in place as compilers do, and written again, while it runs beside the other and waits.
#[test]
fn the_same_bytes_again_leave_it_where_it_is() {
    let mut game = counters_game(module(count(&add([1, 1, 1]))));
    assert!(game.world().resource_mut::<Scripts>().shadow("m", FRAMES));
    game.step();
    let second = module(count(&add([2, 2, 2])));
    game.write("m.wasm.new", &second);
    fs::rename(game.path("m.wasm.new"), game.path("m.wasm")).expect("a rename");
    game.step_until("it runs beside", |game| game.module("m").shadow.is_some());
    for _ in 0..20 {
        game.step();
        thread::sleep(Duration::from_millis(10));
    }
    game.write("m.wasm", &second);
    for _ in 0..20 {
        game.step();
        thread::sleep(Duration::from_millis(10));
    }
    let report = game.module("m").shadow.clone().expect("a report");
    assert_eq!((game.module("m").reloads, &report.ended, report.frames_done), (0, &None, FRAMES));
    assert!(game.world().resource_mut::<Scripts>().promote("m"));
    game.step();
    assert_eq!(game.module("m").version, Some(report.version));
}

/// Verifies that a version which faults again and again is not run for all frames, and that frames in which the game pauses
/// the module do not count.
#[test]
fn a_run_ends_after_faults_in_a_row_and_waits_while_the_module_is_paused() {
    let mut game = counters_game(module(count(&add([1, 1, 1]))));
    assert!(game.world().resource_mut::<Scripts>().shadow("m", 10_000));
    game.step();
    game.write("m.wasm", module(count("unreachable")));
    game.step_until("it has ended", |game| {
        game.module("m").shadow.as_ref().is_some_and(|report| report.is_done())
    });
    let report = game.module("m").shadow.clone().expect("a report");
    assert!(report.ended.as_ref().is_some_and(|why| why.contains("times in a row")), "{report}");
    assert!(report.frames_done < 100 && game.world().resource_mut::<Scripts>().drop_shadow("m"));
    game.step();

    game.world().resource_mut::<Scripts>().set_paused("m", true);
    assert!(game.world().resource_mut::<Scripts>().shadow("m", 2));
    game.step();
    game.write("m.wasm", module(count(&(add([1, 1, 1]) + "(drop (i32.const 1))"))));
    game.step_until("it runs beside", |game| {
        game.module("m").shadow.as_ref().is_some_and(|report| report.ended.is_none())
    });
    game.steps(5);
    let report = game.module("m").shadow.clone().expect("a report");
    assert!(report.frames_done == 0 && !report.is_done() && !report.is_same(), "{report}");
    game.world().resource_mut::<Scripts>().set_paused("m", false);
    game.step();
    assert!(done(&mut game).is_same());
}

/// Verifies that nobody is left with a shadow that can neither be promoted nor dropped, and that asking can be taken back.
#[test]
fn asking_can_be_taken_back() {
    let mut game = counters_game(module(count(&add([1, 1, 1]))));
    assert!(!game.world().resource_mut::<Scripts>().drop_shadow("m"));
    assert!(game.world().resource_mut::<Scripts>().shadow("m", FRAMES));
    game.step();
    assert!(game.world().resource_mut::<Scripts>().drop_shadow("m"));
    game.step();
    let second = module(count(&add([2, 2, 2])));
    game.write("m.wasm", &second);
    game.step_until("it runs at once", |game| game.module("m").reloads == 1);

    // The file is the running version again.
    let report = beside(&mut game, module(count(&add([3, 3, 3]))));
    assert!(report.is_done() && report.ended.is_none() && game.module("m").has_shadow());
    game.write("m.wasm", &second);
    game.step_until("nothing waits", |game| !game.module("m").has_shadow());
    assert_eq!(game.module("m").reloads, 1);
}
