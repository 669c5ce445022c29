//! A version that faults in its first frames is taken back, and a game goes back and forth between versions.

use bevy::prelude::*;
use bevy_peristyle::{Limits, ModuleStatus, PeristylePlugin, ScriptStatus, Scripts};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, write};

fn game(trial_frames: u32) -> Game {
    let limits = Limits { versions_kept_max: 3, ..Limits::default() };
    Game::with_plugin(PeristylePlugin { watch: true, trial_frames, limits, ..PeristylePlugin::default() })
}

/// Counts its calls in a state block, writes the count and `version`, and at that count does what `body` says.
fn counting(version: u32, body: &str) -> Vec<u8> {
    let state = Guest::state_address();
    let column = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";
    let body = format!(
        "(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))
         (i32.store {column} (i32.add (i32.const {version}) (i32.load (i32.const {state}))))
         {body}"
    );
    let system = System::new("set", &body).query([write::<Counter>()]);
    Guest::new().system(system).state::<Counter>("calls", &[0; 4]).to_wasm()
}

/// The same, which traps at that count.
fn trapping(version: u32, count: u32) -> Vec<u8> {
    let state = Guest::state_address();
    counting(
        version,
        &format!("(if (i32.eq (i32.load (i32.const {state})) (i32.const {count})) (then unreachable))"),
    )
}

fn rolled_back(module: &ScriptStatus) -> Vec<bool> {
    module.versions.iter().map(|version| version.rolled_back.is_some()).collect()
}

/// Verifies that the version before goes on, with the state from before the swap, while what finished calls of the bad
/// one wrote stays.
#[test]
fn a_version_that_faults_in_its_first_frames_is_taken_back_with_its_state() {
    let mut game = game(60).script("set.wasm", counting(1_000, "")).start();
    let counter = game.spawn(Counter { value: 0 });
    let value = |game: &Game| game.get::<Counter>(counter).value;
    game.steps(4);
    assert_eq!(value(&game), 1_004);
    let good = game.module("set").version;

    game.write("set.wasm", trapping(2_000, 1_000_000));
    game.step_until("it is reloaded", |game| game.module("set").reloads == 1);
    let calls = value(&game) - 2_000;
    game.write("set.wasm", trapping(3_000, calls + 4));
    game.step_until("the next one is reloaded", |game| game.module("set").reloads == 2);
    let at_swap = value(&game) - 3_001;
    let before = game.module("set").versions[1].hash;
    game.step_until("it has faulted", |game| game.system("set", "set").stats.faults == 1);
    let last = value(&game);
    assert_eq!(last, 3_000 + calls + 3, "what finished calls wrote stays");
    game.step();
    let module = game.module("set");
    assert_eq!((module.version, &module.status), (Some(before), &ModuleStatus::Running));
    assert_eq!(value(&game), 2_000 + at_swap + 1, "the state is that from before the swap");
    assert_eq!(rolled_back(module), [false, false, true]);
    assert_ne!(good, Some(before));
    let told = module.last_error.clone().expect("a reason");
    assert!(told.contains("is taken back") && told.contains("`set` faulted in frame"), "{told}");
    game.steps(100);
    assert_eq!(game.system("set", "set").stats.faults, 1);
}

/// Verifies that the bytes of a version that was taken back do not run when they are saved again, but when the game says
/// so.
#[test]
fn a_version_that_was_taken_back_runs_only_if_the_game_says_so() {
    let mut game = game(60).script("set.wasm", counting(1_000, "")).start();
    game.spawn(Counter { value: 0 });
    game.step();
    let bad = counting(2_000, "unreachable");
    game.write("set.wasm", &bad);
    game.step_until("it is taken back", |game| game.module("set").reloads == 2);
    let hash = game.module("set").versions[1].hash;
    game.write("set.wasm", counting(1_000, ""));
    game.step_until("its file is the running one", |game| game.module("set").last_error.is_none());
    game.write("set.wasm", &bad);
    game.step_until("it is refused", |game| game.module("set").last_error.is_some());
    assert!(game.module("set").last_error.as_ref().is_some_and(|error| error.contains("was taken back")));
    assert_eq!(game.module("set").reloads, 2);

    assert!(game.world().resource_mut::<Scripts>().use_version("set", hash));
    game.step();
    assert_eq!(game.module("set").version, Some(hash));
    assert_eq!(rolled_back(game.module("set")), [false, false]);
    game.step();
    assert_eq!(rolled_back(game.module("set")), [false, true], "it is on trial as any other");
    assert!(!game.world().resource_mut::<Scripts>().use_version("set", 1));
}

/// Verifies that a version is left alone once it has run for long enough, and where nothing is to be taken back.
#[test]
fn a_version_that_faults_later_or_has_none_before_it_stays() {
    let mut game = game(5).script("set.wasm", counting(1_000, "")).start();
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    game.write("set.wasm", trapping(2_000, 1_000_000));
    game.step_until("it is reloaded", |game| game.module("set").reloads == 1);
    let calls = game.get::<Counter>(counter).value - 2_000;
    game.write("set.wasm", trapping(3_000, calls + 20));
    game.step_until("the next one is reloaded", |game| game.module("set").reloads == 2);
    game.step_until("it has faulted", |game| game.system("set", "set").stats.faults > 0);
    game.steps(3);
    assert_eq!(game.module("set").reloads, 2);
    assert_eq!(rolled_back(game.module("set")), [false; 3]);

    for (trial_frames, first) in [(60, trapping(1_000, 1)), (0, counting(1_000, ""))] {
        let mut game = self::game(trial_frames).script("set.wasm", first).start();
        game.spawn(Counter { value: 0 });
        game.steps(2);
        game.write("set.wasm", counting(2_000, "unreachable"));
        game.step_until("it is reloaded", |game| game.module("set").reloads == 1);
        game.steps(15);
        assert_eq!(game.module("set").reloads, 1, "{trial_frames}");
    }
}

/// Verifies that the game goes back and forth, with the state that there is, and that the oldest versions go.
#[test]
fn a_game_goes_back_and_forth_between_versions() {
    let mut game = game(60).script("set.wasm", counting(1_000, "")).start();
    let counter = game.spawn(Counter { value: 0 });
    game.step();
    for version in 2..=4 {
        game.write("set.wasm", counting(1_000 * version, ""));
        game.step_until("it is reloaded", |game| game.module("set").reloads == u64::from(version) - 1);
    }
    assert_eq!(game.module("set").versions.len(), 3, "the oldest is gone");
    let mut calls = game.get::<Counter>(counter).value - 4_000;
    for (places, expected) in
        [(-1, Some(3)), (-1, Some(2)), (-1, None), (1, Some(3)), (1, Some(4)), (1, None)]
    {
        let mut scripts = game.world().resource_mut::<Scripts>();
        let moved = if places < 0 { scripts.previous_version("set") } else { scripts.next_version("set") };
        assert_eq!(moved, expected.is_some());
        game.step();
        calls += 1;
        if let Some(version) = expected {
            assert_eq!(game.get::<Counter>(counter).value, 1_000 * version + calls);
        }
    }
    assert!(!game.world().resource_mut::<Scripts>().previous_version("nothing"));
}
