//! A script system runs where its conditions hold.

use bevy::prelude::*;
use bevy_peristyle::PeristyleAppExt;
use peristyle_tests::components::{Counter, Ping};
use peristyle_tests::{Game, Guest, System, read, write};

#[derive(Resource)]
struct Night(bool);

fn game(system: System) -> Game {
    let guest = Guest::new().system(system);
    let mut game = Game::new().script("m.wasm", guest.to_wasm());
    game.app
        .insert_resource(Night(false))
        .register_script_condition("night", |night: Res<Night>| night.0)
        .register_script_condition("day", |night: Res<Night>| !night.0);
    game.start()
}

fn calls(game: &mut Game, steps: usize) -> u64 {
    let before = game.system("m", "act").stats.calls;
    game.steps(steps);
    game.system("m", "act").stats.calls - before
}

fn act() -> System {
    System::increments("act", [write::<Counter>()])
}

/// Verifies that a system runs in every so manieth tick.
#[test]
fn every_so_many_ticks() {
    let mut game = game(act().run_if("every(4)"));
    let counter = game.spawn(Counter::default());
    game.steps(12);
    assert_eq!(game.get::<Counter>(counter).value, 3);
}

/// Verifies that a system runs where messages wait for it, and reads them.
#[test]
fn on_messages() {
    let mut game = game(act().messages(read::<Ping>()).run_if("on_message(Ping)"));
    game.spawn(Counter::default());
    game.step();
    assert_eq!(calls(&mut game, 5), 0);
    game.world().write_message(Ping::default());
    assert_eq!(calls(&mut game, 5), 1);
}

/// Verifies that Bevy asks the game's conditions, and that all must hold.
#[test]
fn conditions_of_the_game() {
    let mut at_night = game(act().run_if("night").run_if("every(2)"));
    at_night.spawn(Counter::default());
    at_night.step();
    assert_eq!(calls(&mut at_night, 6), 0);
    at_night.world().resource_mut::<Night>().0 = true;
    assert_eq!(calls(&mut at_night, 6), 3);
    let mut never = game(act().run_if("night").run_if("day"));
    never.step();
    assert_eq!(calls(&mut never, 6), 0);
}

/// Verifies that a reload may change a condition.
#[test]
fn a_reload_changes_conditions() {
    let mut game = game(act().run_if("night"));
    game.spawn(Counter::default());
    game.step();
    assert_eq!(calls(&mut game, 3), 0);
    game.write("m.wasm", Guest::new().system(act().run_if("day")).to_wasm());
    assert!(game.world().resource_mut::<bevy_peristyle::Scripts>().reload("m"));
    game.step_until("the new version runs", |game| game.module("m").reloads == 1);
    assert_eq!(calls(&mut game, 3), 3);
}

/// Verifies that a condition which does not exist is refused with those that do.
#[test]
fn unknown_conditions_are_named() {
    for condition in ["noon", "every(0)", "on_message(Ping)", "sometimes(3)"] {
        let reason = game(act().run_if(condition)).failure("m");
        let expected = format!("runs on the condition `{condition}`, which does not exist");
        assert!(reason.contains(&expected) && reason.contains("`day`, `night`"), "{reason}");
    }
}
