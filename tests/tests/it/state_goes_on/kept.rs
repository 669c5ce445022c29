//! What a Rust module keeps by serde goes on in its next version, and is as it was after a version that cannot read it.

use std::fs;

use bevy_peristyle::{PeristylePlugin, Scripts};
use peristyle_tests::Game;
use peristyle_tests::components::Counter;

fn built(name: &str) -> Vec<u8> {
    let path = format!("{}/guests/built/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    fs::read(path).expect("built by `cargo xtask build-scripts`")
}

#[test]
fn values_by_serde_go_on_in_the_next_version() {
    let plugin = PeristylePlugin { watch: true, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script("kept.wasm", built("rust_kept_1")).start();
    let counter = game.spawn(Counter { value: 0 });
    game.steps(5);
    assert_eq!(game.get::<Counter>(counter).value, 5);
    game.write("kept.wasm", built("rust_kept_2"));
    game.step_until("the next version runs", |game| game.module("kept").reloads == 1);
    let steps = game.get::<Counter>(counter).value - 5_000;
    assert!(steps > 5, "{steps}");
    let moved = &game.module("kept").moved;
    assert!(moved.len() == 1 && moved[0].dropped.is_empty() && moved[0].added.len() == 1, "{moved:?}");
    game.steps(10);
    assert_eq!(game.get::<Counter>(counter).value, 5_000 + steps + 10);

    // The first version does not know what the second one keeps, and its place is smaller.
    assert!(game.world().resource_mut::<Scripts>().previous_version("kept"));
    game.step();
    game.step_until("the second one is back", |game| game.module("kept").versions[0].rolled_back.is_some());
    let told = game.module("kept").last_error.clone().unwrap_or_default();
    assert!(told.contains("a journey of version 2 is not known here"), "{told}");
    game.step();
    let value = game.get::<Counter>(counter).value;
    assert!((5_000 + steps + 10..5_000 + steps + 20).contains(&value), "{value}");
}
