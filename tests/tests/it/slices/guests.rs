//! Strings, lists, messages and events in real guests: the same systems in Rust, Zig and C.

use std::cell::RefCell;

use bevy::prelude::*;
use bevy_peristyle::{Mirror, PeristyleAppExt, Schema};
use peristyle_tests::Game;
use peristyle_tests::components::{Counter, Frozen};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde::{Deserialize, Serialize};

const GUESTS: [&str; 3] = ["rust_slices", "zig_slices", "c_slices"];
/// Those with systems that write texts, and answer messages.
const ABLE: [&str; 2] = ["rust_slices", "zig_slices"];

#[derive(Schema, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Tone {
    Calm,
    Loud = 7,
}

#[derive(Mirror, Clone, Debug, PartialEq, Default)]
struct Mark {
    label: String,
    value: u32,
}

#[derive(Mirror, Clone, Debug, PartialEq, Default)]
struct Board {
    width: f64,
    title: String,
    author: String,
    marks: Vec<Mark>,
    lines: Vec<String>,
    note: Option<String>,
    tones: Vec<Tone>,
    friends: Vec<Entity>,
    rows: Vec<Vec<u16>>,
    level: u32,
}

#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
struct Source {
    board: Board,
}

#[derive(Component, Mirror, Clone, Debug, PartialEq, Default)]
struct Target {
    board: Board,
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
enum Order {
    Stop,
    Buy { what: String, count: Option<u16>, tags: Vec<String> },
}

/// What observers and readers of the game have noticed.
#[derive(Resource, Default)]
struct Noticed {
    alarms: Vec<(String, u32)>,
    chats: Vec<Chat>,
    orders: Vec<Order>,
}

fn game(guest: &str) -> Game {
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
fn assert_finished(game: &Game, guest: &str, called: &[&str]) {
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

/// Verifies that any strings and lists go from the game to a guest and back unchanged.
#[test]
fn any_board_crosses_unchanged() {
    for guest in GUESTS {
        let mut game = game(guest);
        let friends: Vec<Entity> = (0..4).map(|_| game.spawn(())).collect();
        let game = RefCell::new(game);
        let mut runner = TestRunner::new(ProptestConfig { cases: 16, ..ProptestConfig::default() });
        let boards = prop::collection::vec(any_board(friends), 1..4);
        let outcome = runner.run(&boards, |boards| {
            let mut game = game.borrow_mut();
            let entities: Vec<Entity> = boards
                .iter()
                .map(|board| game.world().spawn((Source { board: board.clone() }, Target::default())).id())
                .collect();
            game.step();
            for (entity, board) in entities.into_iter().zip(&boards) {
                let world = game.world();
                prop_assert_eq!(
                    world.get::<Target>(entity).map(|target| &target.board),
                    Some(board),
                    "{}",
                    guest
                );
                prop_assert_eq!(
                    world.get::<Source>(entity).map(|source| &source.board),
                    Some(board),
                    "{}",
                    guest
                );
                world.despawn(entity);
            }
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{guest}: {error}"));
        assert_finished(&game.borrow(), guest, &["copy"]);
    }
}

/// Verifies that any message by serde gets the same answer in both languages.
#[test]
fn any_order_is_answered_alike() {
    let games = ABLE.map(|guest| RefCell::new(game(guest)));
    let mut runner = TestRunner::new(ProptestConfig { cases: 16, ..ProptestConfig::default() });
    let tags = prop::collection::vec(".{0,8}", 0..7);
    let buy = (".{0,12}", prop::option::of(any::<u16>()), tags).prop_map(|(what, count, tags)| Order::Buy {
        what,
        count,
        tags,
    });
    let orders = prop::collection::vec(prop_oneof![Just(Order::Stop), buy], 1..6);
    let outcome = runner.run(&orders, |orders| {
        let [rust, zig] = games.each_ref().map(|game| {
            let mut game = game.borrow_mut();
            orders.iter().for_each(|order| {
                game.world().write_message(order.clone());
            });
            game.steps(2);
            std::mem::take(&mut game.world().resource_mut::<Noticed>().orders)
        });
        prop_assert_eq!(rust.len(), 2 * orders.len());
        prop_assert_eq!(rust, zig);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    for (game, guest) in games.iter().zip(ABLE) {
        assert_finished(&game.borrow(), guest, &["trade"]);
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), ".{0,40}"]
}

fn any_board(friends: Vec<Entity>) -> impl Strategy<Value = Board> {
    let mark = (any_text(), any::<u32>()).prop_map(|(label, value)| Mark { label, value });
    let texts =
        (any_text(), any_text(), prop::option::of(any_text()), prop::collection::vec(any_text(), 0..9));
    let lists = (
        prop::collection::vec(mark, 0..20),
        prop::collection::vec(prop::sample::select(vec![Tone::Calm, Tone::Loud]), 0..9),
        prop::collection::vec(prop::sample::select(friends), 0..9),
        prop::collection::vec(prop::collection::vec(any::<u16>(), 0..9), 0..9),
    );
    (texts, lists, -1e300..1e300, any::<u32>()).prop_map(|(texts, lists, width, level)| {
        let (title, author, note, lines) = texts;
        let (marks, tones, friends, rows) = lists;
        Board { width, title, author, marks, lines, note, tones, friends, rows, level }
    })
}
