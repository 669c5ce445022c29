//! Strings, lists, messages and events in real guests: the same systems in Rust, Zig and C.

use bevy::prelude::*;
use bevy_peristyle::{Mirror, PeristyleAppExt, Schema};
use peristyle_tests::Game;
use peristyle_tests::components::{Counter, Frozen};
use serde::{Deserialize, Serialize};

pub(super) const GUESTS: [&str; 3] = ["rust_slices", "zig_slices", "c_slices"];
/// Those with systems that write texts, and answer messages.
pub(super) const ABLE: [&str; 2] = ["rust_slices", "zig_slices"];

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tone {
    Calm,
    Loud = 7,
}

#[derive(Mirror, Clone, Debug, PartialEq, Default)]
pub(super) struct Mark {
    pub(super) label: String,
    pub(super) value: u32,
}

#[derive(Mirror, Clone, Debug, PartialEq, Default)]
pub(super) struct Board {
    pub(super) width: f64,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) marks: Vec<Mark>,
    pub(super) lines: Vec<String>,
    pub(super) note: Option<String>,
    pub(super) tones: Vec<Tone>,
    pub(super) friends: Vec<Entity>,
    pub(super) rows: Vec<Vec<u16>>,
    pub(super) level: u32,
}

#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
pub(super) struct Source {
    pub(super) board: Board,
}

#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
pub(super) struct Target {
    pub(super) board: Board,
}

#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
struct Subject {
    board: Board,
}

#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
struct Label {
    text: String,
}

#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
struct Group {
    members: Vec<Entity>,
    label: GroupLabel,
}

#[derive(Mirror, Clone, Debug, PartialEq, Default)]
struct GroupLabel {
    text: String,
}

#[derive(Component, Schema, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(C)]
struct Heard {
    calls: u32,
    levels: u32,
    came: u32,
    went: u32,
}

#[derive(Event, Mirror, Clone, Debug, PartialEq)]
struct Alarm {
    words: String,
    level: u32,
}

#[derive(Message, Mirror, Clone, Debug, PartialEq)]
struct Chat {
    words: String,
    tags: Vec<String>,
    from: u32,
}

#[derive(Message, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum Order {
    Stop,
    Buy { what: String, count: Option<u16>, tags: Vec<String> },
}

/// What observers and readers of the game have noticed.
#[derive(Resource, Default)]
pub(super) struct Noticed {
    alarms: Vec<(String, u32)>,
    chats: Vec<Chat>,
    pub(super) orders: Vec<Order>,
}

pub(super) fn game(guest: &str) -> Game {
    let path = format!("{}/guests/built/{guest}.wasm", env!("CARGO_MANIFEST_DIR"));
    let module = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut game = Game::new().component::<Heard>();
    game.app
        .register_script_mirror::<Source>()
        .register_script_mirror::<Target>()
        .register_script_mirror::<Subject>()
        .register_script_mirror::<Label>()
        .register_script_mirror::<Group>()
        .register_script_event::<Alarm>()
        .register_script_message::<Chat>()
        .register_script_message_serde::<Order>("Order")
        .init_resource::<Noticed>()
        .add_observer(|alarm: On<Alarm>, mut noticed: ResMut<Noticed>| {
            noticed.alarms.push((alarm.words.clone(), alarm.level));
        })
        .add_systems(Last, notice);
    game.script(&format!("{guest}.wasm"), module).start()
}

fn notice(mut chats: MessageReader<Chat>, mut orders: MessageReader<Order>, mut noticed: ResMut<Noticed>) {
    noticed.chats.extend(chats.read().cloned());
    noticed.orders.extend(orders.read().cloned());
}

/// Every call of every system has finished, and these have been called.
pub(super) fn assert_finished(game: &Game, guest: &str, called: &[&str]) {
    for system in &game.module(guest).systems {
        assert_eq!(system.stats.faults, 0, "{guest}::{}: {:?}", system.name, system.stats.last_fault);
    }
    for name in called {
        assert!(game.system(guest, name).stats.calls > 0, "{guest}::{name} was never called");
    }
}

fn board() -> Board {
    Board {
        width: 2.5,
        title: "Pad é".to_owned(),
        author: "Ada".to_owned(),
        marks: ["first", "", "third, and longer"]
            .into_iter()
            .zip(0..)
            .map(|(label, value)| Mark { label: label.to_owned(), value })
            .collect(),
        lines: vec!["a".to_owned(), String::new(), "größer".to_owned()],
        note: Some("hello".to_owned()),
        tones: vec![Tone::Loud, Tone::Calm],
        friends: Vec::new(),
        rows: vec![vec![1, 2], Vec::new(), vec![3]],
        level: 7,
    }
}

/// Verifies that a struct with strings, and a list of structs with strings, goes there and back, and that what
/// a guest only reads does not change.
#[test]
fn boards_are_copied() {
    for guest in GUESTS {
        let mut game = game(guest);
        let friends: Vec<Entity> = (0..3).map(|_| game.spawn(())).collect();
        let board = Board { friends, ..board() };
        let entity = game.world().spawn((Source { board: board.clone() }, Target::default())).id();
        game.step();
        assert_finished(&game, guest, &["copy"]);
        assert_eq!(game.world().get::<Target>(entity).expect("a target").board, board, "{guest}");
        assert_eq!(game.world().get::<Source>(entity).expect("a source").board, board, "{guest}");
        assert_eq!(game.system(guest, "copy").stats.rows_changed, 1, "{guest}");
        game.step();
        assert_eq!(game.system(guest, "copy").stats.rows_changed, 0, "{guest}: the same is no change");
    }
}

/// Verifies that a text is formatted, a list grows, and an option comes and goes.
#[test]
fn boards_are_marked() {
    for guest in ABLE {
        let mut game = game(guest);
        let board = Board { marks: Vec::new(), ..board() };
        let entities = [(); 2].map(|()| game.world().spawn(Subject { board: board.clone() }).id());
        game.steps(3);
        assert_finished(&game, guest, &["mark"]);
        for entity in entities {
            let found = game.world().get::<Subject>(entity).expect("a subject").board.clone();
            let marks: Vec<Mark> =
                (0..3).map(|value| Mark { label: format!("mark {value}"), value }).collect();
            let title = "Ada: 2 marks".to_owned();
            let note = Some("two".to_owned());
            assert_eq!(found, Board { title, marks, note, ..board.clone() }, "{guest}");
        }
        game.step();
        let found = &game.world().get::<Subject>(entities[0]).expect("a subject").board;
        assert_eq!((found.title.as_str(), found.note.as_deref()), ("Ada: 3 marks", None), "{guest}");
    }
}

/// Verifies that entities are told apart by their names.
#[test]
fn names_are_read() {
    for guest in ABLE {
        let mut game = game(guest);
        let named = ["Möwe 1", "Rabe", "", "Möwe"]
            .map(|name| game.world().spawn((Label { text: name.to_owned() }, Counter::default())).id());
        game.step();
        assert_finished(&game, guest, &["recognize"]);
        assert_eq!(named.map(|entity| game.get::<Counter>(entity).value), [6, 0, 0, 4], "{guest}");
    }
}

/// Verifies that messages with strings and lists are answered.
#[test]
fn chats_are_answered() {
    for guest in ABLE {
        let mut game = game(guest);
        let chat = |from, words: &str, tags: &[&str]| Chat {
            words: words.to_owned(),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            from,
        };
        let said = [chat(1, "größer", &["a", ""]), chat(2, "", &[])];
        game.world().write_message_batch(said.clone());
        game.steps(4);
        assert_finished(&game, guest, &["chat"]);
        let [first, second] = said;
        let answers =
            [chat(101, "größer, you say?", &["a", "", "answer"]), chat(102, ", you say?", &["answer"])];
        let expected = [&[first, second], &answers].map(|chats| chats.to_vec()).concat();
        assert_eq!(game.world().resource::<Noticed>().chats, expected, "{guest}");
    }
}

/// Verifies that messages by serde are read and answered with the same result.
#[test]
fn orders_are_answered() {
    let buy = |what: &str, count, tags: &[&str]| Order::Buy {
        what: what.to_owned(),
        count,
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
    };
    for guest in ABLE {
        let mut game = game(guest);
        let orders = [
            Order::Stop,
            buy("oil", Some(500), &["a", "größer"]),
            buy("", None, &[]),
            buy("all", Some(u16::MAX), &["answered"]),
            buy("much", Some(u16::MAX), &[""]),
        ];
        game.world().write_message_batch(orders.clone());
        game.steps(4);
        assert_finished(&game, guest, &["trade"]);
        let answers = [
            buy("nothing", None, &["answered"]),
            buy("oil", Some(501), &["a", "größer", "answered"]),
            buy("", Some(1), &["answered"]),
            buy("much", Some(0), &["", "answered"]),
        ];
        let expected = [&orders[..], &answers].concat();
        assert_eq!(game.world().resource::<Noticed>().orders, expected, "{guest}");
    }
}

/// Verifies that systems run on events alone, and that what they trigger is heard by the game and by
/// themselves.
#[test]
fn alarms_are_heard_and_passed_on() {
    for guest in GUESTS {
        let mut game = game(guest);
        let listener = game.spawn(Heard::default());
        game.steps(3);
        assert_eq!(game.get::<Heard>(listener), Heard::default(), "{guest}: nothing happened");
        game.world().trigger(Alarm { words: "fire".to_owned(), level: 3 });
        game.world().trigger(Alarm { words: "rain".to_owned(), level: 1 });
        game.steps(6);
        assert_finished(&game, guest, &["hear"]);
        let alarm = |words: &str, level| (words.to_owned(), level);
        let expected = [alarm("fire", 3), alarm("rain", 1), alarm("fire!", 2), alarm("fire!!", 1)];
        assert_eq!(game.world().resource::<Noticed>().alarms, expected, "{guest}");
        let heard = Heard { calls: 3, levels: 7, ..Heard::default() };
        assert_eq!(game.get::<Heard>(listener), heard, "{guest}: two at once, and then one at a time");
    }
}

/// Verifies that systems run on components that come and go.
#[test]
fn what_freezes_and_thaws_is_counted() {
    for guest in GUESTS {
        let mut game = game(guest);
        let listener = game.spawn(Heard::default());
        let frozen: Vec<Entity> = (0..5).map(|_| game.spawn(Frozen {})).collect();
        game.steps(2);
        game.world().entity_mut(frozen[0]).remove::<Frozen>();
        game.world().despawn(frozen[1]);
        game.steps(2);
        assert_finished(&game, guest, &["came", "went"]);
        assert_eq!(game.get::<Heard>(listener), Heard { came: 5, went: 2, ..Heard::default() }, "{guest}");
        for system in ["came", "went"] {
            assert_eq!(game.system(guest, system).stats.calls, 1, "{guest}::{system}");
        }
    }
}

/// Verifies that commands insert strings and lists, and that ids of new entities within lists become real.
#[test]
fn what_commands_insert_may_have_strings_and_lists() {
    for guest in ABLE {
        let mut game = game(guest);
        let frozen = [(); 3].map(|()| game.spawn(Frozen {}));
        game.steps(2);
        assert_finished(&game, guest, &["gather"]);
        let world = game.world();
        let group = world.query::<&Group>().single(world).expect("one group");
        let group = group.clone();
        assert_eq!(group.label.text, "group of 4", "{guest}");
        assert_eq!(group.members[1..], frozen, "{guest}");
        let name = |entity| game.world().get::<Label>(entity).map(|label| label.text.clone());
        let names: Vec<Option<String>> = group.members.into_iter().map(name).collect();
        let expected = ["leader", "frozen 0", "frozen 1", "frozen 2"].map(|name| Some(name.to_owned()));
        assert_eq!(names, expected, "{guest}");
    }
}
