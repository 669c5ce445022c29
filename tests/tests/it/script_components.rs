//! Components that scripts define, and the game knows nothing of.

use bevy::ecs::world::EntityRef;
use bevy::prelude::*;
use bevy_peristyle::{
    SavedComponents, Schema, ScriptRegistry, Scripts, load_script_components, save_script_components,
    state_hash,
};
use peristyle_tests::components::{Counter, StableId};
use peristyle_tests::{Game, Guest, System, entities, insert, optional_read, read, with, without, write};

/// A component of the scripts.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "battery::Battery")]
struct Battery {
    charge: u32,
}

/// The same name, and another layout.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "battery::Battery")]
struct WideBattery {
    charge: u32,
    health: u32,
}

/// Gives each entity with a counter a battery of 5, and charges batteries by 1 in each step.
fn charger() -> Vec<u8> {
    let give = "(local.set $b (i32.const 0))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $b) (call $rows (local.get $frame) (i32.const 0))))
            (i32.store (call $record (local.get $frame) (i32.const 3)
                (i64.load (i32.add (call $column (local.get $frame) (i32.const 0) (i32.const 0))
                    (i32.mul (local.get $b) (i32.const 8))))
                (i32.const 0) (i32.const 4)) (i32.const 5))
            (local.set $b (i32.add (local.get $b) (i32.const 1)))
            (br $next)))";
    let query = [entities(), with::<Counter>(), without::<Battery>()];
    Guest::new()
        .system(System::new("give", give).query(query).commands([insert::<Battery>()]))
        .system(System::increments("charge", [write::<Battery>()]))
        .to_wasm()
}

/// Copies each battery's charge to the counter.
fn reader() -> Vec<u8> {
    let body = "(if (call $rows (local.get $frame) (i32.const 0)) (then
        (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
            (i32.load (call $column (local.get $frame) (i32.const 0) (i32.const 1))))))";
    let query = [write::<Counter>(), read::<Battery>()];
    Guest::new().system(System::new("show", body).query(query).after("battery::charge")).to_wasm()
}

fn charge(game: &mut Game, entity: Entity) -> Option<u32> {
    let world = game.world();
    let bytes = world.resource::<ScriptRegistry>().read(world, entity, "battery::Battery")?;
    bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// Verifies that a module's component lives on entities of the game, and others read it.
#[test]
fn modules_share_a_component_that_the_game_does_not_know() {
    let mut game = Game::new().script("battery.wasm", charger()).script("z.wasm", reader()).start();
    let entity = game.spawn(Counter::default());
    assert_eq!(charge(&mut game, entity), None);
    game.steps(4);
    assert_eq!(charge(&mut game, entity), Some(8), "given in the first step, charged in the others");
    assert_eq!(game.get::<Counter>(entity).value, 8);
    assert_eq!(game.system("battery", "give").stats.rows, 0);
}

/// Verifies that modules must agree, and that the game's own name wins.
#[test]
fn modules_agree_about_a_component() {
    let wide = Guest::new().system(System::new("look", "").query([read::<WideBattery>()])).to_wasm();
    let game = Game::new().script("a.wasm", reader()).script("b.wasm", wide).start();
    let reason = game.failure("b");
    assert!(
        reason.contains("`battery::Battery`") && reason.contains("field `health` does not exist"),
        "{reason}"
    );

    #[derive(Component, Schema, Clone, Copy)]
    #[repr(C)]
    #[schema(name = "battery::Battery")]
    struct Registered {
        charge: u32,
    }
    let mut game = Game::new().component::<Registered>().script("z.wasm", reader()).start();
    let entity = game.spawn((Counter::default(), Registered { charge: 9 }));
    game.step();
    assert_eq!(game.get::<Counter>(entity).value, 9);
}

/// Verifies that whoever is alone with a component may change it, that a layout which comes back has
/// its old id, and that a version which is refused changes nothing.
#[test]
fn a_component_may_change_with_its_only_module() {
    let wide = || Guest::new().system(System::new("charge", "").query([write::<WideBattery>()])).to_wasm();
    let mut game = Game::new().script("battery.wasm", charger()).start();
    let entity = game.spawn(Counter::default());
    game.steps(2);
    let reload = |game: &mut Game, bytes: &[u8]| {
        let reloads = game.module("battery").reloads;
        game.write("battery.wasm", bytes);
        assert!(game.world().resource_mut::<Scripts>().reload("battery"));
        game.step_until("the new version is looked at", |game| {
            game.module("battery").reloads > reloads || game.module("battery").last_error.is_some()
        });
    };
    let held = charge(&mut game, entity);
    reload(&mut game, &wide());
    assert!(charge(&mut game, entity) >= held, "it goes on in the new layout");
    let ids = game.world().components().len();
    for _ in 0..3 {
        reload(&mut game, &charger());
        reload(&mut game, &wide());
    }
    assert_eq!(game.world().components().len(), ids);
    reload(&mut game, &charger());
    let before = charge(&mut game, entity).unwrap();

    let broken = Guest::new()
        .system(System::new("charge", "").query([write::<WideBattery>()]))
        .system(System::new("other", "").query([optional_read::<Counter>()]));
    reload(&mut game, &broken.to_wasm());
    assert!(game.module("battery").last_error.is_some());
    game.step();
    assert!(charge(&mut game, entity).unwrap() > before, "the last good version runs on");
}

/// Verifies that the state hash covers what scripts keep on entities with a stable id.
#[test]
fn the_state_hash_covers_components_of_scripts() {
    let mut game = Game::new().script("battery.wasm", charger()).start();
    game.spawn((Counter::default(), StableId(1)));
    game.steps(2);
    let before = state_hash(game.world()).unwrap();
    assert_eq!(state_hash(game.world()).unwrap(), before);
    game.step();
    assert_ne!(state_hash(game.world()).unwrap(), before, "the battery was charged");
}

/// A component of the scripts that names an entity.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "battery::Cable")]
struct Cable {
    end: bevy_peristyle::ScriptEntity,
    length: f32,
    plugged: bool,
    reserved: [u8; 3],
}

/// Gives each entity with a counter that has none a cable to row 0 of all of them.
fn cables() -> Vec<u8> {
    let give = "(local.set $b (i32.const 0))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $b) (call $rows (local.get $frame) (i32.const 0))))
            (local.set $a (call $record (local.get $frame) (i32.const 3)
                (i64.load (i32.add (call $column (local.get $frame) (i32.const 0) (i32.const 0))
                    (i32.mul (local.get $b) (i32.const 8))))
                (i32.const 0) (i32.const 16)))
            (i64.store (local.get $a) (i64.load (call $column (local.get $frame) (i32.const 0) (i32.const 0))))
            (f32.store offset=8 (local.get $a) (f32.const 2.5))
            (i32.store8 offset=12 (local.get $a) (i32.const 1))
            (local.set $b (i32.add (local.get $b) (i32.const 1)))
            (br $next)))";
    let query = [entities(), with::<Counter>(), without::<Cable>()];
    let look = System::new("look", "").query([read::<Cable>()]);
    let give = System::new("give", give).query(query).commands([insert::<Cable>()]);
    Guest::new().system(give).system(look).to_wasm()
}

/// Verifies that components of scripts are saved by numbers, loaded into another world, and shown as text.
#[test]
fn components_of_scripts_are_saved_loaded_and_shown() {
    let number = |entity: EntityRef<'_>| entity.get::<StableId>().map(|id| id.0);
    let mut game = Game::new().script("battery.wasm", cables()).start();
    for id in 1..4 {
        game.spawn((Counter::default(), StableId(id)));
    }
    game.steps(2);
    let saved = save_script_components(game.world(), number);
    let bytes = bincode::serde::encode_to_vec(&saved, bincode::config::standard()).expect("serde writes it");
    let (saved, _): (SavedComponents, usize) =
        bincode::serde::decode_from_slice(&bytes, bincode::config::standard()).expect("serde reads it");

    // Another game, in which ids of entities are others and no counter has a script give cables.
    let mut other = Game::new().script("battery.wasm", cables()).start();
    other.world().spawn_batch((0..10).map(|_| Name::new("in the way")));
    let places: Vec<Entity> = (1..4).map(|id| other.spawn(StableId(id))).collect();
    let entity = |number: u64| places.get((number as usize).wrapping_sub(1)).copied();
    assert_eq!(load_script_components(other.world(), &saved, entity), []);
    assert_eq!(save_script_components(other.world(), number), saved);
    let world = other.world();
    let registry = world.resource::<ScriptRegistry>();
    let (name, cable) = registry.defined_by_scripts().next().expect("one");
    let shown = cable.schema.show(&registry.read(world, places[2], name).expect("it has a cable"));
    let expected = "length: 2.5, plugged: true, reserved: [0, 0, 0] }";
    assert!(shown.starts_with("battery::Cable { end: ") && shown.ends_with(expected), "{shown}");

    // Without the module, or with another layout, nothing is loaded and the reason is given.
    let mut empty = Game::new().start();
    let reasons = load_script_components(empty.world(), &saved, |_| None);
    assert_eq!(reasons[0].to_string(), "no script defines `battery::Cable`; its 3 values are not loaded");
}
