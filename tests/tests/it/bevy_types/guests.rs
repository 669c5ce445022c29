//! Bevy's types in real guests: the same systems in Rust and in Zig, over types that the libraries bring.

use bevy::input::gamepad::{Gamepad, GamepadAxis, GamepadButton};
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll, MouseScrollUnit};
use bevy::prelude::*;
use bevy::window::WindowResolution;
use bevy_peristyle::PeristyleAppExt;
use peristyle_tests::Game;
use peristyle_tests::components::Counter;

const GUESTS: [&str; 2] = ["rust_bevy", "zig_bevy"];

/// A game that offers all of Bevy's types, with a guest that asks for all of them: it loads only where each is laid
/// out in the guest's library as in the game.
fn game(guest: &str) -> Game {
    let path = format!("{}/guests/built/{guest}.wasm", env!("CARGO_MANIFEST_DIR"));
    let module = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut game = Game::new();
    game.app
        .register_script_mirror::<GlobalTransform>()
        .register_script_mirror::<Name>()
        .register_script_mirror::<Text2d>()
        .register_script_mirror::<Text>()
        .register_script_mirror::<ChildOf>()
        .register_script_mirror::<Children>()
        .register_script_mirror::<Visibility>()
        .register_script_mirror::<Sprite>()
        .register_script_mirror::<Window>()
        .register_script_input();
    game.script(&format!("{guest}.wasm"), module).start()
}

/// Every call of every system has finished.
fn assert_no_faults(game: &Game, guest: &str) {
    let systems = &game.module(guest).systems;
    assert_eq!(systems.len(), 6, "{guest}");
    for system in systems {
        assert_eq!(system.stats.faults, 0, "{guest}::{}: {:?}", system.name, system.stats.last_fault);
        assert!(system.stats.calls > 0, "{guest}::{} was never called", system.name);
    }
}

/// Verifies labels from names and the clock, sprites, places and visibility.
#[test]
fn scripts_dress_entities() {
    for guest in GUESTS {
        let mut game = game(guest);
        let [left, right] = [-1.5, 3.0].map(|x| {
            let name = Name::new(if x < 0.0 { "Möwe" } else { "" });
            let place = GlobalTransform::from_xyz(0.0, -x, 0.0);
            let sprite = (Sprite::default(), Transform::from_xyz(x, 2.0, 0.0));
            game.spawn((name, Text2d::default(), sprite, place, Visibility::Visible))
        });
        game.steps(2);
        assert_no_faults(&game, guest);
        let world = game.world();
        let text = |entity| world.get::<Text2d>(entity).map(|text| text.0.as_str());
        assert_eq!([left, right].map(text), [Some("Möwe at 2"), Some(" at 2")], "{guest}");
        let sprite = |entity| {
            let Sprite { color, custom_size, flip_x, flip_y, .. } = world.get(entity).expect("a sprite");
            (*color, *custom_size, *flip_x, *flip_y)
        };
        let size = Some(Vec2::new(2.0, 8.0));
        assert_eq!(sprite(left), (Color::srgb(1.0, 0.0, 0.0), size, true, false), "{guest}");
        assert_eq!(sprite(right), (Color::srgb(1.0, 1.0, 1.0), size, false, false), "{guest}");
        let shown = |entity| world.get::<Visibility>(entity).copied();
        let expected = [Some(Visibility::Inherited), Some(Visibility::Hidden)];
        assert_eq!([left, right].map(shown), expected, "{guest}");
        let moved = world.get::<Transform>(left).expect("a place");
        assert_eq!(moved.translation, Vec3::new(0.5, 2.0, 0.0), "{guest}");
        assert_eq!(moved.rotation, Quat::from_xyzw(1.0, 0.0, 0.0, 0.0), "{guest}");
    }
}

/// Verifies that families are read from both ends.
#[test]
fn scripts_count_children() {
    for guest in GUESTS {
        let mut game = game(guest);
        let [large, small] = [3, 1].map(|children| {
            let parent = game.spawn(Counter::default());
            for _ in 0..children {
                game.spawn(ChildOf(parent));
            }
            parent
        });
        let alone = game.spawn(Counter { value: 7 });
        game.steps(2);
        assert_no_faults(&game, guest);
        let counts = [large, small, alone].map(|entity| game.get::<Counter>(entity).value);
        assert_eq!(counts, [303, 101, 7], "{guest}");
    }
}

/// Verifies that a script sees the window, keys, the mouse and a gamepad.
#[test]
fn scripts_look_at_the_player() {
    for guest in GUESTS {
        let mut game = game(guest);
        let mut window = Window { resolution: WindowResolution::new(640, 480), ..Window::default() };
        window.set_cursor_position(Some(Vec2::new(3.0, 4.0)));
        game.spawn(window);
        let mut gamepad = Gamepad::default();
        gamepad.digital_mut().press(GamepadButton::West);
        gamepad.analog_mut().set(GamepadAxis::LeftStickX, -0.5);
        let pad = game.spawn(gamepad);
        let text = game.spawn(Text::default());
        let world = game.world();
        world.insert_resource(AccumulatedMouseMotion { delta: Vec2::new(1.0, -2.0) });
        let scroll = AccumulatedMouseScroll { unit: MouseScrollUnit::Line, delta: Vec2::new(0.0, 5.0) };
        world.insert_resource(scroll);
        game.step();
        assert_no_faults(&game, guest);
        let seen = |game: &mut Game| game.world().get::<Text>(text).expect("a text").0.clone();
        let hands = "640 wide, cursor 3 4, mouse 1 -2, wheel 5, stick -50";
        assert_eq!(seen(&mut game), format!("{hands}, jump false, fire true"), "{guest}");

        game.world().resource_mut::<ButtonInput<KeyCode>>().press(KeyCode::Space);
        game.world().get_mut::<Gamepad>(pad).expect("a gamepad").digital_mut().clear();
        game.step();
        assert_eq!(seen(&mut game), format!("{hands}, jump true, fire false"), "{guest}");
        game.world().resource_mut::<ButtonInput<KeyCode>>().reset_all();
        game.world().resource_mut::<ButtonInput<MouseButton>>().press(MouseButton::Left);
        game.world().get_mut::<Gamepad>(pad).expect("a gamepad").digital_mut().press(GamepadButton::South);
        game.step();
        assert_eq!(seen(&mut game), format!("{hands}, jump true, fire true"), "{guest}");
    }
}
