//! Bevy's own types through their mirrors, and one of a foreign crate.

mod guests;

use bevy::input::gamepad::{Gamepad, GamepadButton};
use bevy::input::mouse::AccumulatedMouseMotion;
use bevy::prelude::*;
use bevy::sprite::Anchor;
use bevy::window::WindowResolution;
use bevy_peristyle::abi::TermKind;
use bevy_peristyle::{
    BadValue, Fault, MirrorOf, MirroredComponent, PackedChildOf, PackedChildren, PackedClock, PackedGamepad,
    PackedMouseMotion, PackedName, PackedSprite, PackedStr, PackedText, PackedText2d, PackedVisibility,
    PackedWindow, PeristyleAppExt, Schema, SliceReader, SliceWriter,
};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, insert, read, write};

const COLUMN: &str = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";

/// A game that offers `T`, with a script that runs `body` over it; there is `data` at 65,536.
fn game<T: MirroredComponent>(body: &str, data: &str) -> Game {
    let system = System::new("run", body).query([write::<T::Packed>()]);
    let guest = Guest::new().system(system).extra(&format!("(data (i32.const 65536) \"{data}\")"));
    let mut game = Game::new();
    game.app.register_script_mirror::<T>();
    game.script("guest.wasm", guest.to_wasm()).start()
}

/// WAT that puts the text of 4 bytes at 65,536 into row 0.
fn put_text() -> String {
    format!("(i32.store {COLUMN} (i32.const 65536)) (i32.store offset=4 {COLUMN} (i32.const 4))")
}

/// Verifies that texts of all kinds are written.
#[test]
fn names_and_texts_are_written() {
    let mut names = game::<Name>(&put_text(), "Anna");
    let entity = names.world().spawn(Name::new("Bert")).id();
    names.step();
    assert_eq!(names.world().get::<Name>(entity).map(Name::as_str), Some("Anna"));
    let mut texts = game::<Text2d>(&put_text(), "7 : ");
    let entity = texts.world().spawn(Text2d::new("score")).id();
    texts.step();
    assert_eq!(texts.world().get::<Text2d>(entity).map(|text| text.0.as_str()), Some("7 : "));
    let mut texts = game::<Text>(&put_text(), "\\c3\\a4hm");
    let entity = texts.world().spawn(Text::new("score")).id();
    texts.step();
    assert_eq!(texts.world().get::<Text>(entity).map(|text| text.0.as_str()), Some("ähm"));
    let _ = (PackedText2d { text: PackedStr::default() }, PackedText { text: PackedStr::default() });
}

/// Verifies that commands give a name, take over another one, and take it away.
#[test]
fn commands_give_and_take_names() {
    let tick = |tick: u32, body: &str| {
        format!("(if (i64.eq (i64.load offset=8 (local.get $frame)) (i64.const {tick})) (then {body}))")
    };
    let entity = "(i64.load (call $column (local.get $frame) (i32.const 0) (i32.const 0)))";
    let give = |len: u32| {
        format!(
            "(local.set $a (call $record (local.get $frame) (i32.const 3) {entity} (i32.const 0) (i32.const 8)))
             (i32.store (local.get $a) (i32.const 65536)) (i32.store offset=4 (local.get $a) (i32.const {len}))"
        )
    };
    let take = format!(
        "(drop (call $record (local.get $frame) (i32.const 4) {entity} (i32.const 0) (i32.const 0)))"
    );
    let body = tick(1, &give(4)) + &tick(2, &give(2)) + &tick(3, &take);
    let system = System::new("name", &body)
        .query([peristyle_tests::entities(), read::<Counter>()])
        .commands([insert::<PackedName>()]);
    let guest = Guest::new().system(system).extra("(data (i32.const 65536) \"Anna\")");
    let mut game = Game::new();
    game.app.register_script_mirror::<Name>();
    let mut game = game.script("guest.wasm", guest.to_wasm()).start();
    let entity = game.spawn(Counter::default());
    let name = |game: &mut Game| {
        game.step();
        game.world().get::<Name>(entity).map(|name| name.as_str().to_owned())
    };
    assert_eq!(name(&mut game).as_deref(), Some("Anna"));
    assert_eq!(name(&mut game).as_deref(), Some("An"));
    assert_eq!(name(&mut game), None);
}

/// Verifies that a sprite's color, size and flips are written, and its image is left alone.
#[test]
fn sprites_are_written() {
    let body = format!(
        "(f32.store {COLUMN} (f32.const 0.25))
         (i32.store offset=16 {COLUMN} (i32.const 1)) (f32.store offset=20 {COLUMN} (f32.const 8))
         (i32.store8 offset=29 {COLUMN} (i32.const 1))"
    );
    let mut game = game::<Sprite>(&body, "");
    let sprite = Sprite { color: Color::srgb(1.0, 0.5, 0.0), flip_x: true, ..Sprite::default() };
    let entity = game.world().spawn(sprite).id();
    game.step();
    let sprite = game.world().get::<Sprite>(entity).expect("a sprite").clone();
    assert_eq!(sprite.color, Color::srgb(0.25, 0.5, 0.0));
    assert_eq!(sprite.custom_size, Some(Vec2::new(8.0, 0.0)));
    assert!(sprite.flip_x && sprite.flip_y);
}

/// Verifies that what Bevy could stumble over is a fault.
#[test]
fn a_sprite_of_no_size_is_a_fault() {
    let body =
        format!("(i32.store offset=16 {COLUMN} (i32.const 1)) (f32.store offset=20 {COLUMN} (f32.const -1))");
    let mut game = game::<Sprite>(&body, "");
    game.world().spawn(Sprite::default());
    game.step();
    let fault = game.fault("guest", "run").to_string();
    assert!(
        fault.contains("`Sprite.custom_size` holds [-1.0, 0.0], where it must be finite and not"),
        "{fault}"
    );
    let _: Option<PackedSprite> = None;
}

/// Verifies that visibility is one of three.
#[test]
fn visibility_is_one_of_three() {
    let store = |value: u32| format!("(i32.store8 {COLUMN} (i32.const {value}))");
    let mut hidden = game::<Visibility>(&store(1), "");
    let entity = hidden.world().spawn(Visibility::Visible).id();
    hidden.step();
    assert_eq!(hidden.world().get::<Visibility>(entity), Some(&Visibility::Hidden));
    let mut bad = game::<Visibility>(&store(3), "");
    bad.world().spawn(Visibility::Visible);
    bad.step();
    let fault = bad.fault("guest", "run").to_string();
    assert!(
        fault.contains("where it must be a value of `Visibility`: Inherited 0, Hidden 1, Visible 2"),
        "{fault}"
    );
    let _ = PackedVisibility::Inherited;
}

/// Verifies that families are read, in their order, and written by no column and no command.
#[test]
fn families_are_read_and_not_written() {
    // The first word of each child's id, and that of the parent's, into what a counter counts.
    let body = "
        (local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 1)))
        (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
            (i32.add (i32.mul (i32.const 1000) (i32.load offset=4 (local.get $a)))
                (i64.eq (i64.load offset=8 (i32.load (local.get $a)))
                    (i64.load (call $column (local.get $frame) (i32.const 1) (i32.const 0))))))";
    let system = System::new("count", body).query([write::<Counter>(), read::<PackedChildren>()]).query([
        peristyle_tests::entities(),
        read::<PackedChildOf>(),
        read::<PackedName>(),
    ]);
    let mut game = Game::new();
    game.app
        .register_script_mirror::<Children>()
        .register_script_mirror::<ChildOf>()
        .register_script_mirror::<Name>();
    let mut game = game.script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let parent = game.spawn(Counter::default());
    for number in 0..3 {
        let child = game.world().spawn(ChildOf(parent)).id();
        if number == 1 {
            game.world().entity_mut(child).insert(Name::new("the second"));
        }
    }
    game.step();
    assert_eq!(game.system("guest", "count").stats.last_fault, None);
    assert_eq!(game.get::<Counter>(parent).value, 3_001);
    for system in [
        System::new("run", "").query([write::<PackedChildren>()]),
        System::new("run", "").commands([insert::<PackedChildOf>()]),
    ] {
        let mut game = Game::new();
        game.app.register_script_mirror::<Children>().register_script_mirror::<ChildOf>();
        let game = game.script("guest.wasm", Guest::new().system(system).to_wasm()).start();
        let reason = game.failure("guest");
        assert!(reason.contains("Child") && reason.contains("read"), "{reason}");
    }
}

/// Verifies that the window, gamepads, the mouse and the clock are read.
#[test]
fn windows_gamepads_mouse_and_clock_are_read() {
    let resource = |number: u32| {
        format!("(i32.load offset={} (i32.load offset=40 (local.get $frame)))", 4 + 16 * number)
    };
    let query = |number: u32| format!("(call $column (local.get $frame) (i32.const {number}) (i32.const 0))");
    let body = format!(
        "(f32.store {out} (f32.load {window}))
         (i32.store offset=12 {out} (i32.load offset=12 {window}))
         (i32.store offset=16 {out} (i32.load {pad}))
         (f32.store offset=20 {out} (f32.load offset=4 {motion}))
         (i64.store offset=24 {out} (i64.load {clock}))
         (f64.store offset=32 {out} (f64.load offset=8 {clock}))",
        out = query(0),
        window = query(1),
        pad = query(2),
        motion = resource(0),
        clock = resource(1),
    );
    let system = System::new("look", &body)
        .query([write::<Seen>()])
        .query([read::<PackedWindow>()])
        .query([read::<PackedGamepad>()])
        .resource(read::<PackedMouseMotion>())
        .resource(read::<PackedClock>());
    let mut game = Game::new().component::<Seen>();
    game.app.register_script_mirror::<Window>().register_script_input();
    let mut game = game.script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let entity = game.spawn(Seen::default());
    let mut window = Window { resolution: WindowResolution::new(640, 480), ..Window::default() };
    window.set_cursor_position(Some(Vec2::new(3.0, 4.0)));
    game.world().spawn(window);
    let mut gamepad = Gamepad::default();
    gamepad.digital_mut().press(GamepadButton::East);
    game.world().spawn(gamepad);
    game.world().insert_resource(AccumulatedMouseMotion { delta: Vec2::new(1.0, -2.0) });
    game.steps(2);
    let seen = game.get::<Seen>(entity);
    assert_eq!(seen.width, 640.0);
    assert_eq!(seen.has_cursor, 1);
    assert_eq!(seen.pressed, 2);
    assert_eq!(seen.down, -2.0);
    assert_eq!(seen.tick, 2);
    assert_eq!(seen.delta, 0.016);
}

/// What the test above has seen.
#[derive(Component, Schema, Clone, Copy, Debug, Default)]
#[repr(C)]
struct Seen {
    width: f32,
    reserved: [u32; 2],
    has_cursor: u32,
    pressed: u32,
    down: f32,
    tick: u64,
    delta: f64,
}

/// A type of another crate in a component, which has no packed form of its own.
#[derive(Component)]
struct Place(std::net::Ipv4Addr);

#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "Place")]
struct PackedPlace {
    address: [u8; 4],
}

impl MirroredComponent for Place {
    type Packed = PackedPlace;

    fn pack(&self, _: &mut SliceWriter) -> PackedPlace {
        PackedPlace { address: self.0.octets() }
    }

    fn check(packed: &PackedPlace, _: SliceReader<'_>) -> Result<(), BadValue> {
        match packed.address {
            [0, ..] => Err(BadValue { field: "address", found: "0".to_owned(), expected: "above 0" }),
            _ => Ok(()),
        }
    }

    fn unpack(&mut self, packed: &PackedPlace, _: SliceReader<'_>) {
        self.0 = packed.address.into();
    }
}

/// Verifies that a game writes a mirror for any type.
#[test]
fn a_game_writes_mirrors_of_its_own() {
    let store = |value: u32| format!("(i32.store8 {COLUMN} (i32.const {value}))");
    let mut good = game::<Place>(&store(10), "");
    let entity = good.world().spawn(Place([127, 0, 0, 1].into())).id();
    good.step();
    assert_eq!(good.world().get::<Place>(entity).map(|place| place.0.octets()), Some([10, 0, 0, 1]));
    let mut bad = game::<Place>(&store(0), "");
    bad.world().spawn(Place([127, 0, 0, 1].into()));
    bad.step();
    assert!(matches!(bad.fault("guest", "run"), Fault::BadWrite { field, .. } if field == "address"));
}

#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "Anchor")]
struct PackedAnchor {
    at: Vec2,
}

/// Stands for a component of another crate.
struct AnchorMirror;

impl MirrorOf for AnchorMirror {
    type Component = Anchor;
    type Packed = PackedAnchor;

    fn pack(anchor: &Anchor, _: &mut SliceWriter) -> PackedAnchor {
        PackedAnchor { at: anchor.0 }
    }

    fn unpack(anchor: &mut Anchor, packed: &PackedAnchor, _: SliceReader<'_>) {
        anchor.0 = packed.at;
    }

    fn from_packed(packed: &PackedAnchor, _: SliceReader<'_>) -> Option<Anchor> {
        Some(Anchor(packed.at))
    }
}

/// Verifies that a game writes a mirror for a component of another crate, which columns and commands take.
#[test]
fn a_game_writes_mirrors_of_components_of_other_crates() {
    let body = format!(
        "(f32.store {COLUMN} (f32.const 0.25))
         (if (i64.eq (i64.load offset=8 (local.get $frame)) (i64.const 1)) (then
            (local.set $e (call $spawn (local.get $frame)))
            (f32.store offset=4 (call $record (local.get $frame) (i32.const 3) (local.get $e) (i32.const 0) (i32.const 8))
                (f32.const 7))))"
    );
    let system =
        System::new("run", &body).query([write::<PackedAnchor>()]).commands([insert::<PackedAnchor>()]);
    let mut game = Game::new();
    game.app.register_script_mirror::<AnchorMirror>();
    let mut game = game.script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let entity = game.world().spawn(Anchor::CENTER).id();
    game.step();
    assert_eq!(game.world().get::<Anchor>(entity), Some(&Anchor(Vec2::new(0.25, 0.0))));
    let anchors: Vec<Vec2> =
        game.world().query::<&Anchor>().iter(game.app.world()).map(|anchor| anchor.0).collect();
    assert!(anchors.len() == 2 && anchors.contains(&Vec2::new(0.0, 7.0)), "{anchors:?}");
}

#[derive(States, Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Phase {
    #[default]
    Menu,
    Playing,
}

/// Verifies that a system runs in the state that it names.
#[test]
fn a_system_runs_in_a_state() {
    let system = System::increments("play", [write::<Counter>()]).run_if("in_state(Playing)");
    let mut game = Game::new();
    game.app
        .add_plugins(bevy::state::app::StatesPlugin)
        .init_state::<Phase>()
        .register_script_states([Phase::Menu, Phase::Playing]);
    let mut game = game.script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let counter = game.spawn(Counter::default());
    game.steps(2);
    assert_eq!(game.get::<Counter>(counter).value, 0);
    game.world().resource_mut::<NextState<Phase>>().set(Phase::Playing);
    game.steps(3);
    assert_eq!(game.get::<Counter>(counter).value, 3);
    let system = System::increments("play", [write::<Counter>()]).run_if("in_state(Plaing)");
    let mut game = Game::new();
    game.app.register_script_states([Phase::Menu, Phase::Playing]);
    let game = game.script("guest.wasm", Guest::new().system(system).to_wasm()).start();
    let reason = game.failure("guest");
    assert!(reason.contains("`in_state(Plaing)`") && reason.contains("`in_state(Playing)`"), "{reason}");
    let _ = TermKind::Read;
}
