//! Modules that come and go with their files, and what is left of them.

use std::time::Duration;

use bevy::ecs::observer::Observer;
use bevy::prelude::*;
use bevy_peristyle::{ModuleStatus, PeristylePlugin, Schema, ScriptRegistry, Scripts};
use peristyle_tests::components::{Counter, Frozen, Wide};
use peristyle_tests::{Game, Guest, System, added, entities, insert, with, without, write};

fn watching() -> Game {
    Game::with_plugin(PeristylePlugin { watch: true, ..PeristylePlugin::default() })
}

fn increments<T: Schema>() -> Vec<u8> {
    Guest::new().system(System::increments("set", [write::<T>()])).to_wasm()
}

/// Verifies that modules follow the files of their folder: what comes runs, what goes is gone with its systems.
#[test]
fn modules_follow_the_files_of_their_folder() {
    let game = watching().script_folder("mods");
    game.write("mods/counts.wasm", increments::<Counter>());
    game.write("mods/notes.txt", "no module");
    let mut game = game.start();
    let (counter, wide) = (game.spawn(Counter { value: 0 }), game.spawn(Wide { id: 0, amount: 0.0 }));
    game.step_until("the file that came late runs", |game| game.get::<Counter>(counter).value > 0);
    game.write("mods/widens.wasm", increments::<Wide>());
    game.step_until("the second runs", |game| game.get::<Wide>(wide).id > 0);

    std::fs::remove_file(game.path("mods/counts.wasm")).unwrap();
    game.step_until("it is unloaded", |game| game.world().resource::<Scripts>().get("counts").is_none());
    let last = game.get::<Counter>(counter).value;
    let other = game.get::<Wide>(wide).id;
    game.steps(3);
    assert_eq!(game.get::<Counter>(counter).value, last);
    assert_eq!(game.get::<Wide>(wide).id, other + 3, "others run on");

    game.write("mods/counts.wasm", b"broken");
    game.step_until("it is there again", |game| {
        let scripts = game.world().resource::<Scripts>();
        scripts.get("counts").is_some_and(|module| matches!(module.status, ModuleStatus::Failed { .. }))
    });
    game.write("mods/counts.wasm", increments::<Counter>());
    game.step_until("it runs again", |game| game.get::<Counter>(counter).value > last);
    assert_eq!(game.world().resource::<Scripts>().iter().count(), 2);
}

/// Verifies that a file which is replaced by removing it first is a reload and no unload.
#[test]
fn a_file_that_is_removed_and_written_again_is_reloaded() {
    let game = watching().script_folder("mods");
    game.write("mods/counts.wasm", increments::<Counter>());
    let mut game = game.start();
    let counter = game.spawn(Counter { value: 0 });
    game.step_until("it runs", |game| game.get::<Counter>(counter).value > 0);
    std::fs::remove_file(game.path("mods/counts.wasm")).unwrap();
    for _ in 0..10 {
        game.step();
        std::thread::sleep(Duration::from_millis(30));
    }
    let guest = Guest::new().system(System::increments("set", [write::<Counter>()]));
    game.write("mods/counts.wasm", guest.system(System::increments("more", [write::<Wide>()])).to_wasm());
    game.step_until("it is reloaded", |game| game.module("counts").reloads == 1);
}

/// Verifies that a module can be unloaded and added again, and starts afresh then.
#[test]
fn a_module_that_is_added_again_starts_afresh() {
    let state = Guest::state_address();
    let body = format!(
        "(i32.store (i32.const {state}) (i32.add (i32.load (i32.const {state})) (i32.const 1)))
         (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0)) (i32.load (i32.const {state})))"
    );
    let guest = Guest::new().state::<Counter>("calls", &[0; 4]);
    let guest = guest.system(System::new("set", &body).query([write::<Counter>()]));
    let mut game = Game::new().script("set.wasm", guest.to_wasm()).start();
    let counter = game.spawn(Counter { value: 0 });
    game.steps(5);
    assert_eq!(game.get::<Counter>(counter).value, 5);
    for _ in 0..3 {
        assert!(game.world().resource_mut::<Scripts>().remove_script("set"));
        game.step();
        assert!(game.world().resource::<Scripts>().get("set").is_none());
        game.world().resource_mut::<Scripts>().add_script("set.wasm");
        game.step_until("it runs again", |game| game.get::<Counter>(counter).value == 1);
    }
    assert!(!game.world().resource_mut::<Scripts>().remove_script("nothing"));
}

/// A component of the scripts.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "mod::Mark")]
struct Mark {
    number: u32,
}

/// Verifies that observers go with the last module that asked for what they tell, while components of scripts stay until
/// somebody asks.
#[test]
fn observers_go_and_components_stay_until_asked() {
    let observers = |game: &mut Game| game.world().query::<&Observer>().iter(game.world()).count();
    let mut game = Game::new();
    let before = observers(&mut game);
    let give = "(if (call $rows (local.get $frame) (i32.const 0)) (then
        (i32.store (call $record (local.get $frame) (i32.const 3)
            (i64.load (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
            (i32.const 0) (i32.const 4)) (i32.const 5))))";
    let query = [entities(), with::<Counter>(), without::<Mark>()];
    let marks = Guest::new()
        .system(System::new("give", give).query(query).commands([insert::<Mark>()]))
        .system(System::increments("count", [write::<Counter>()]).on(added::<Frozen>()));
    let hears = Guest::new().system(System::increments("count", [write::<Wide>()]).on(added::<Frozen>()));
    let mut game = game.script("mod.wasm", marks.to_wasm()).script("hears.wasm", hears.to_wasm()).start();
    let entity = game.spawn(Counter { value: 0 });
    let mark = |game: &mut Game| {
        let world = game.world();
        world.resource::<ScriptRegistry>().read(world, entity, "mod::Mark")
    };
    game.steps(2);
    assert_eq!(observers(&mut game), before + 1);
    assert_eq!(mark(&mut game), Some(vec![5, 0, 0, 0]));

    game.world().resource_mut::<Scripts>().remove_script_component("mod::Mark");
    game.step();
    assert_eq!(mark(&mut game), Some(vec![5, 0, 0, 0]), "it is in use");
    game.world().resource_mut::<Scripts>().remove_script("mod");
    game.step();
    assert_eq!(observers(&mut game), before + 1, "the other module listens");
    assert_eq!(mark(&mut game), Some(vec![5, 0, 0, 0]));
    game.world().resource_mut::<Scripts>().remove_script("hears");
    game.world().resource_mut::<Scripts>().remove_script_component("mod::Mark");
    game.steps(2);
    assert_eq!(observers(&mut game), before);
    assert_eq!(mark(&mut game), None);

    game.world().resource_mut::<Scripts>().add_script("mod.wasm");
    game.step_until("it is given again", |game| mark(game) == Some(vec![5, 0, 0, 0]));
}
