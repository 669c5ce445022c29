//! A reload changes the schedule for its own systems alone.

use std::time::Instant;

use bevy::ecs::schedule::{ScheduleLabel, SingleThreadedExecutor};
use bevy::prelude::*;
use bevy_peristyle::{PeristylePlugin, ScriptSystem, ScriptSystems};
use peristyle_tests::components::{Counter, Position, Velocity};
use peristyle_tests::{Game, Guest, System, read, write};

const VERSIONS: u64 = 60;
const NAMES: [&str; 6] = ["absorb", "bend", "carve", "drift", "erode", "fold"];

/// When each of the game's own systems ran in this frame.
#[derive(Resource, Default)]
struct Ran(Vec<(&'static str, Instant)>);

fn native(name: &'static str) -> impl FnMut(ResMut<Ran>) {
    move |mut ran| ran.0.push((name, Instant::now()))
}

fn one_thread(game: &mut Game, label: impl ScheduleLabel) {
    game.app.edit_schedule(label, |schedule| {
        schedule.set_executor(SingleThreadedExecutor::new());
    });
}

/// A version of the module `between` with some of the systems, in some order, with some access and wishes.
fn version(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    let mut names: Vec<&str> = NAMES.into_iter().filter(|_| random(3) > 0).collect();
    for at in (1..names.len()).rev() {
        names.swap(at, random(at + 1));
    }
    let mut guest = Guest::new();
    for (at, name) in names.iter().enumerate() {
        let mut system = System::new(name, &format!("(drop (i32.const {seed}))"));
        system = match random(4) {
            0 => system.query([write::<Counter>()]),
            1 => system.query([write::<Position>(), read::<Counter>()]),
            2 => system.query([write::<Velocity>()]),
            _ => system.query([read::<Position>()]),
        };
        if at > 0 && random(2) == 0 {
            system = system.after(names[random(at)]);
        }
        if random(4) == 0 {
            system = system.after("first::one");
        }
        guest = guest.system(system);
    }
    guest.to_wasm()
}

/// The systems that are not of `between`, in the order in which they ran in a frame: those of the game, which touch the same
/// resource, and those of each other module, which touch the same module. Whether one runs before another that it has
/// nothing to do with is Bevy's own affair.
fn order(game: &mut Game) -> [Vec<String>; 3] {
    game.world().resource_mut::<Ran>().0.clear();
    game.step();
    let ran = game.world().resource::<Ran>().0.iter().map(|&(name, at)| (at, name.to_owned()));
    let mut all: Vec<(Instant, String)> = ran.collect();
    for (module, system) in [("first", "one"), ("first", "two"), ("last", "one"), ("last", "two")] {
        let began = game.system(module, system).stats.began.expect("it has run");
        all.push((began, format!("{module}::{system}")));
    }
    all.sort();
    let of = |module: &str| {
        let names = all.iter().map(|(_, name)| name.as_str());
        let of_module = |name: &&str| name.split_once("::").map_or("", |(module, _)| module) == module;
        names.filter(of_module).map(str::to_owned).collect()
    };
    [of(""), of("first"), of("last")]
}

/// Verifies it over many versions whose systems come, go, and change what they read and after whom they run.
#[test]
fn the_order_of_other_systems_is_untouched() {
    let pair = |term: fn() -> peristyle_tests::Term| {
        let system = |name| System::new(name, "").query([term()]);
        Guest::new().system(system("two")).system(system("one")).to_wasm()
    };
    let plugin = PeristylePlugin { watch: true, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin)
        .script("first.wasm", pair(write::<Counter>))
        .script("last.wasm", pair(write::<Position>))
        .script("between.wasm", version(0));
    game.app.init_resource::<Ran>().add_systems(
        FixedUpdate,
        (
            native("a"),
            native("b").after(ScriptSystem::new("first", "two")),
            native("c").before(ScriptSystems),
            native("d"),
            native("e").after(ScriptSystems),
            native("f"),
        ),
    );
    one_thread(&mut game, FixedUpdate);
    let mut game = game.start();
    game.spawn((Counter::default(), Position::default(), Velocity::default()));
    let before = order(&mut game);
    assert_eq!(before.each_ref().map(Vec::len), [6, 2, 2]);
    for seed in 1..VERSIONS {
        let reloads = game.module("between").reloads;
        game.write("between.wasm", version(seed));
        game.step_until("it is reloaded", |game| game.module("between").reloads > reloads);
        assert_eq!(order(&mut game), before, "after version {seed}");
    }
}
