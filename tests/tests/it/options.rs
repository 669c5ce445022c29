//! When systems run and on what budget, several queries at once, and components of scripts, in real guests: the same
//! systems in Rust and in Zig.

use bevy::prelude::*;
use bevy_peristyle::{Fault, PeristyleAppExt, Schema};
use peristyle_tests::Game;
use peristyle_tests::components::{Counter, Frozen, Ping, Position, Trigger};

const GUESTS: [&str; 2] = ["rust_options", "zig_options"];

/// How often each system has run.
#[derive(Component, Schema, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
struct Tally {
    rarely: u32,
    answers: u32,
    pings: u32,
    played: u32,
    slept: u32,
    frames: u32,
    seconds: f32,
}

#[derive(States, Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Phase {
    #[default]
    Menu,
    Playing,
}

#[derive(Resource)]
struct Night(bool);

fn game(guest: &str) -> Game {
    let path = format!("{}/guests/built/{guest}.wasm", env!("CARGO_MANIFEST_DIR"));
    let module = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut game = Game::new().component::<Tally>();
    game.app
        .add_plugins(bevy::state::app::StatesPlugin)
        .init_state::<Phase>()
        .register_script_states([Phase::Menu, Phase::Playing])
        .insert_resource(Night(false))
        .register_script_condition("night", |night: Res<Night>| night.0);
    game.script(&format!("{guest}.wasm"), module).start()
}

/// Verifies conditions of every kind, and a system that runs once a frame.
#[test]
fn systems_run_where_their_conditions_hold() {
    for guest in GUESTS {
        let mut game = game(guest);
        // Below 0, so that `spin` ends.
        let start = Tally { seconds: -1.0, ..Tally::default() };
        let entity = game.spawn(start);
        game.steps(8);
        let before = game.get::<Tally>(entity);
        assert_eq!((before.rarely, before.frames), (2, 8), "{guest}");
        assert!((-0.9..-0.8).contains(&before.seconds), "{guest}: {}", before.seconds);
        assert_eq!([before.answers, before.played, before.slept], [0; 3], "{guest}");

        game.world().resource_mut::<Night>().0 = true;
        game.world().resource_mut::<NextState<Phase>>().set(Phase::Playing);
        game.world().write_message_batch([Ping::default(), Ping::default()]);
        game.steps(4);
        let counts = game.get::<Tally>(entity);
        assert_eq!((counts.answers, counts.pings), (1, 2), "{guest}");
        assert_eq!((counts.rarely, counts.played, counts.slept), (3, 4, 2), "{guest}");
        assert_eq!(counts.frames, 12, "{guest}");
        assert!(counts.seconds > before.seconds, "{guest}");
        for system in &game.module(guest).systems {
            assert_eq!(system.stats.faults, 0, "{guest}::{}: {:?}", system.name, system.stats.last_fault);
        }
    }
}

/// Verifies that a system's own budget ends it.
#[test]
fn a_system_has_a_budget_of_its_own() {
    for guest in GUESTS {
        let mut game = game(guest);
        game.world().spawn_batch([Tally::default(); 4]);
        game.step();
        let fault = game.fault(guest, "spin");
        assert!(matches!(fault, Fault::OutOfFuel { budget: 5_200, rows: 4, .. }), "{guest}: {fault}");
    }
}

/// Verifies that a system which suspends finishes over some passes.
#[test]
fn a_system_may_take_many_passes() {
    for guest in GUESTS {
        let mut game = game(guest);
        let [many, few] = [50_000, 9_999].map(|armed| game.spawn(Trigger { armed }));
        game.steps(2);
        assert_eq!(game.get::<Trigger>(many).armed, 50_000, "{guest}");
        assert_eq!(game.system(guest, "count_primes").stats.suspended_passes, 2, "{guest}");
        game.step_until("all are counted", |game| game.get::<Trigger>(many).armed != 50_000);
        assert_eq!([many, few].map(|entity| game.get::<Trigger>(entity).armed), [5_133, 9_999], "{guest}");
        let stats = &game.system(guest, "count_primes").stats;
        assert!(stats.calls > 3 && stats.faults == 0, "{guest}: {stats:?}");
    }
}

/// Verifies that a system asks several queries about one component, counts rows, and takes the only one.
#[test]
fn a_system_has_several_queries() {
    for guest in GUESTS {
        let mut game = game(guest);
        let at = |x| Position { x, ..Position::default() };
        let others = [0.0, 4.0].map(|x| game.spawn(at(x)));
        let places = |game: &Game| others.map(|entity| game.get::<Position>(entity).x);
        game.step();
        assert_eq!(places(&game), [0.0, 4.0], "{guest}: there is no leader");
        let leader = game.spawn((at(8.0), Frozen {}));
        game.step();
        assert_eq!(places(&game), [4.0, 6.0], "{guest}");
        game.spawn((at(0.0), Frozen {}));
        game.step();
        assert_eq!(places(&game), [4.0, 6.0], "{guest}: there are two leaders");
        assert_eq!(game.get::<Position>(leader).x, 8.0, "{guest}");
        assert_eq!(game.system(guest, "gather").stats.faults, 0, "{guest}");
    }
}

/// Verifies that scripts give, change and take a component that the game does not know.
#[test]
fn a_component_of_scripts_comes_and_goes() {
    for guest in GUESTS {
        let mut game = game(guest);
        let counter = game.spawn(Counter::default());
        let counts: Vec<u32> = (0..9)
            .map(|_| {
                game.step();
                game.get::<Counter>(counter).value
            })
            .collect();
        assert_eq!(counts, [0, 3, 5, 6, 6, 9, 11, 12, 12], "{guest}");
        for system in ["charge", "drain"] {
            assert_eq!(game.system(guest, system).stats.last_fault, None, "{guest}::{system}");
        }
    }
}
