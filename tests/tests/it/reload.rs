//! Files change during play: exactly one swap, to the right version, with nothing else touched.

use std::fs;
use std::io::Write;
use std::time::Duration;

use bevy_peristyle::{ModuleStatus, PeristylePlugin};
use peristyle_tests::components::{Counter, Position, Wide};
use peristyle_tests::{Game, Guest, System, Term, read, write};

fn watching() -> Game {
    Game::with_plugin(PeristylePlugin { watch: true, faults_before_pause: 2, ..PeristylePlugin::default() })
}

/// Writes `value` into every counter's row 0.
fn writes(value: u32) -> Vec<u8> {
    let body = format!(
        "(i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.const {value}))"
    );
    Guest::new().system(System::new("set", &body).query([write::<Counter>()])).to_wasm()
}

/// Replaces the file by `replace`, and sees that version 2 arrives by exactly one swap.
fn one_swap(replace: impl FnOnce(&Game, &[u8])) {
    let mut game = watching().script("set.wasm", writes(1)).start();
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 1);
    let old = game.module("set").version;
    replace(&game, &writes(2));
    game.step_until("the new version runs", |game| game.get::<Counter>(counter).value == 2);
    // What else may come of the same change comes within the settle time.
    for _ in 0..20 {
        game.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    let module = game.module("set");
    assert_eq!((module.reloads, &module.last_error), (1, &None));
    assert_ne!(module.version, old);
}

/// Verifies a plain rewrite.
#[test]
fn a_plain_rewrite_is_one_swap() {
    one_swap(|game, bytes| game.write("set.wasm", bytes));
}

/// Verifies a rename over the file, as most editors and build tools do.
#[test]
fn a_rename_over_is_one_swap() {
    one_swap(|game, bytes| {
        game.write("set.wasm.tmp", bytes);
        fs::rename(game.path("set.wasm.tmp"), game.path("set.wasm")).expect("a rename");
    });
}

/// Verifies that a file which is gone for a while leaves the last good version running.
#[test]
fn delete_and_rewrite_is_one_swap() {
    let mut game = watching().script("set.wasm", writes(1)).start();
    let counter = game.spawn(Counter { value: 0 });
    fs::remove_file(game.path("set.wasm")).expect("a removal");
    for _ in 0..20 {
        game.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(game.get::<Counter>(counter).value, 1);
    assert_eq!(game.module("set").status, ModuleStatus::Running);
    drop(game);
    one_swap(|game, bytes| {
        fs::remove_file(game.path("set.wasm")).expect("a removal");
        game.write("set.wasm", bytes);
    });
}

/// Verifies a hard link, of which the system tells only that a file went and one came.
#[test]
fn a_hard_link_in_its_place_is_one_swap() {
    one_swap(|game, bytes| {
        game.write("other.bin", bytes);
        fs::remove_file(game.path("set.wasm")).expect("a removal");
        fs::hard_link(game.path("other.bin"), game.path("set.wasm")).expect("a link");
    });
}

/// Verifies that a file written in pieces with pauses never swaps in a part of it.
#[test]
fn a_file_written_in_pieces_is_one_swap() {
    one_swap(|game, bytes| {
        let mut file = fs::File::create(game.path("set.wasm")).expect("the file");
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all(first).expect("a write");
        file.flush().expect("a flush");
        std::thread::sleep(Duration::from_millis(120));
        file.write_all(rest).expect("a write");
    });
}

/// Verifies that a file whose folder was removed and made anew is still one that is watched.
#[test]
fn a_folder_that_is_removed_and_made_anew_is_watched_again() {
    let mut game = watching();
    fs::create_dir(game.path("scripts")).expect("a folder");
    game = game.script("scripts/set.wasm", writes(1)).start();
    let counter = game.spawn(Counter { value: 0 });
    game.steps(3);
    fs::remove_dir_all(game.path("scripts")).expect("a removal");
    for _ in 0..10 {
        game.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(game.get::<Counter>(counter).value, 1, "the last good version runs on");
    fs::create_dir(game.path("scripts")).expect("a folder");
    game.write("scripts/set.wasm", writes(2));
    game.step_until("the new version runs", |game| game.get::<Counter>(counter).value == 2);
    game.write("scripts/set.wasm", writes(3));
    game.step_until("the newest version runs", |game| game.get::<Counter>(counter).value == 3);
    assert_eq!((game.module("set").reloads, &game.module("set").last_error), (2, &None));
}

/// Verifies that a folder which is put in the place of another, or comes late, is watched.
#[test]
fn a_folder_that_takes_the_place_of_another_or_comes_late_is_watched() {
    let mut game = watching();
    bevy_peristyle::PeristyleAppExt::add_script(&mut game.app, "scripts/set.wasm");
    let mut game = game.start();
    let counter = game.spawn(Counter { value: 0 });
    assert!(!game.failure("set").is_empty());
    fs::create_dir(game.path("scripts")).expect("a folder");
    game.write("scripts/set.wasm", writes(1));
    game.step_until("the first version runs", |game| game.get::<Counter>(counter).value == 1);
    fs::rename(game.path("scripts"), game.path("away")).expect("a rename");
    fs::create_dir(game.path("scripts")).expect("a folder");
    game.write("scripts/set.wasm", writes(2));
    game.step_until("the new version runs", |game| game.get::<Counter>(counter).value == 2);
    game.write("scripts/set.wasm", writes(3));
    game.step_until("the newest version runs", |game| game.get::<Counter>(counter).value == 3);
}

/// Verifies that what a full disk leaves of a file is refused, and a whole file then taken.
#[test]
fn a_file_that_a_full_disk_cut_off_is_refused_and_a_whole_one_then_taken() {
    let mut game = watching().script("set.wasm", writes(1)).start();
    let counter = game.spawn(Counter { value: 0 });
    let new = writes(2);
    game.write("set.wasm", &new[..new.len() * 2 / 3]);
    game.step_until("the part is refused", |game| game.module("set").last_error.is_some());
    game.write("set.wasm", []);
    game.steps(5);
    assert_eq!((game.get::<Counter>(counter).value, game.module("set").reloads), (1, 0));
    game.write("set.wasm", new);
    game.step_until("the whole file runs", |game| game.get::<Counter>(counter).value == 2);
    assert_eq!(game.module("set").reloads, 1);
}

/// Verifies that many renames over the file in quick succession end in the last one.
#[test]
fn many_renames_in_quick_succession_end_in_the_last() {
    let mut game = watching().script("set.wasm", writes(1)).start();
    let counter = game.spawn(Counter { value: 0 });
    for value in 2..=60 {
        game.write("set.wasm.new", writes(value));
        fs::rename(game.path("set.wasm.new"), game.path("set.wasm")).expect("a rename");
        game.step();
        std::thread::sleep(Duration::from_millis(2));
    }
    game.step_until("the last version runs", |game| game.get::<Counter>(counter).value == 60);
    for _ in 0..20 {
        game.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(game.get::<Counter>(counter).value, 60);
    assert_eq!(game.module("set").last_error, None);
}

/// Verifies that the same bytes again are no swap.
#[test]
fn the_same_bytes_again_are_no_swap() {
    let mut game = watching().script("set.wasm", writes(1)).start();
    game.spawn(Counter { value: 0 });
    game.step();
    game.write("set.wasm", writes(1));
    for _ in 0..20 {
        game.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(game.module("set").reloads, 0);
}

/// Verifies that many versions in quick succession end in the last one.
#[test]
fn many_versions_in_quick_succession_end_in_the_last() {
    let mut game = watching().script("set.wasm", writes(1)).start();
    let counter = game.spawn(Counter { value: 0 });
    for value in 2..=60 {
        game.write("set.wasm", writes(value));
        game.step();
        std::thread::sleep(Duration::from_millis(3));
    }
    game.step_until("the last version runs", |game| game.get::<Counter>(counter).value == 60);
    for _ in 0..20 {
        game.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(game.get::<Counter>(counter).value, 60);
}

/// Verifies that a version which does not load, validate or match leaves the last good one.
#[test]
fn a_bad_version_leaves_the_last_good_one_running() {
    let unknown = {
        let mut term: Term = read::<Position>();
        term.schema.as_mut().expect("a component").name = "Nothing".to_owned();
        Guest::new().system(System::new("set", "").query([term])).to_wasm()
    };
    let circle =
        Guest::new().system(System::new("set", "").query([read::<Counter>()]).after("set")).to_wasm();
    for (bytes, reason) in [
        (b"broken".to_vec(), "not valid WebAssembly"),
        (unknown, "`Nothing`"),
        (circle, "set::set -> set::set"),
    ] {
        let mut game = watching().script("set.wasm", writes(1)).start();
        let counter = game.spawn(Counter { value: 0 });
        game.step();
        game.write("set.wasm", bytes);
        game.step_until("the new version is refused", |game| game.module("set").last_error.is_some());
        let module = game.module("set");
        assert!(
            module.last_error.as_ref().is_some_and(|error| error.contains(reason)),
            "{:?}",
            module.last_error
        );
        assert_eq!((module.status.clone(), module.reloads), (ModuleStatus::Running, 0));
        game.world().entity_mut(counter).insert(Counter { value: 0 });
        game.step();
        assert_eq!(game.get::<Counter>(counter).value, 1);
        game.write("set.wasm", writes(3));
        game.step_until("a good version runs", |game| game.get::<Counter>(counter).value == 3);
        assert_eq!(game.module("set").last_error, None);
    }
}

/// Verifies that a module whose first version was bad runs once the file is mended.
#[test]
fn a_module_that_failed_at_first_runs_once_it_is_mended() {
    let mut game = watching().script("set.wasm", b"broken").start();
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    assert!(game.failure("set").contains("not valid"));
    game.write("set.wasm", writes(4));
    game.step_until("it runs", |game| game.get::<Counter>(counter).value == 4);
    assert_eq!(game.module("set").status, ModuleStatus::Running);
}

/// Verifies that a reload resumes a paused system.
#[test]
fn a_reload_resumes_a_paused_system() {
    let bad = Guest::new().system(System::new("set", "(unreachable)").query([write::<Counter>()])).to_wasm();
    let mut game = watching().script("set.wasm", bad).start();
    let counter = game.spawn(Counter { value: 0 });
    game.steps(4);
    assert_eq!(game.module("set").status, ModuleStatus::Paused { systems: vec!["set".to_owned()] });
    game.write("set.wasm", writes(1));
    game.step_until("it runs again", |game| game.get::<Counter>(counter).value == 1);
    assert_eq!(game.module("set").status, ModuleStatus::Running);
}

/// A module that counts its calls in a state block and writes the count, times `factor`.
fn counts(factor: u32) -> Guest {
    let state = Guest::state_address();
    let body = format!(
        "(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))
         (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
            (i32.mul (i32.const {factor}) (i32.load (i32.const {state}))))"
    );
    Guest::new().system(System::new("set", &body).query([write::<Counter>()]))
}

/// Verifies that state blocks go on over a reload; how those whose layout changes is in `state_goes_on`.
#[test]
fn state_blocks_go_on() {
    let mut game =
        watching().script("set.wasm", counts(1).state::<Counter>("calls", &[0; 4]).to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    game.steps(5);
    assert_eq!(game.get::<Counter>(counter).value, 5);
    game.write("set.wasm", counts(1_000).state::<Counter>("calls", &[0; 4]).to_wasm());
    game.step_until("it is reloaded", |game| game.module("set").reloads == 1);
    let calls = u32::try_from(game.system("set", "set").stats.calls).expect("few calls");
    assert_eq!(game.get::<Counter>(counter).value, 1_000 * calls, "no call is forgotten");
    // Another layout has none of the fields.
    game.write("set.wasm", counts(1).state::<Wide>("calls", &[0; 16]).to_wasm());
    game.step_until("it is reloaded again", |game| game.module("set").reloads == 2);
    assert_eq!(game.get::<Counter>(counter).value, 1);
}

/// Verifies that changed access takes effect, and that systems come and go with the manifest.
#[test]
fn changed_access_takes_effect_and_systems_come_and_go() {
    let one = Guest::new().system(System::increments("a", [write::<Counter>()]));
    let mut game = watching().script("set.wasm", one.to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    let wide = game.spawn(Wide { id: 0, amount: 0.0 });
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 1);
    let other = Guest::new()
        .system(System::increments("a", [write::<Wide>()]))
        .system(System::increments("b", [write::<Counter>()]));
    game.write("set.wasm", other.to_wasm());
    game.step_until("it is reloaded", |game| game.module("set").reloads == 1);
    assert_eq!(game.get::<Wide>(wide).id, 1);
    let before = game.get::<Counter>(counter).value;
    let calls = game.system("set", "a").stats.calls;
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, before + 1);
    assert_eq!((game.get::<Wide>(wide).id, game.system("set", "a").stats.calls), (2, calls + 1));
    game.write("set.wasm", Guest::new().system(System::increments("b", [write::<Counter>()])).to_wasm());
    game.step_until("`a` is gone", |game| game.module("set").reloads == 2);
    let last = game.get::<Wide>(wide).id;
    game.step();
    assert_eq!(game.get::<Wide>(wide).id, last);
    assert_eq!(game.module("set").systems.len(), 1);
}
