//! Messages with strings and lists, and messages by serde.

use bevy::prelude::*;
use bevy_peristyle::abi::{CommandKind, TermKind};
use bevy_peristyle::{Limits, Mirror, PackedList, PeristyleAppExt, PeristylePlugin, Schema, SchemaLayout};
use peristyle_tests::components::Counter;
use peristyle_tests::{Game, Guest, System, Term, read, send, write};
use serde::{Deserialize, Serialize};

/// A message with a text and a list of texts.
#[derive(Message, Mirror, Clone, Debug, PartialEq, Default)]
struct Chat {
    from: u32,
    words: String,
    tags: Vec<String>,
}

/// A message that only serde can pack.
#[derive(Message, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Order {
    Stop,
    Buy { what: String, count: Option<u16> },
}

fn chat_game(guest: &Guest) -> Game {
    let mut game = Game::with_plugin(PeristylePlugin {
        watch: false,
        limits: Limits { message_bytes_max: 4096, slice_bytes_max: 1024, ..Limits::default() },
        ..PeristylePlugin::default()
    });
    game.app.register_script_message::<Chat>().register_script_message_serde::<Order>("Order");
    game.script("m.wasm", guest.to_wasm()).start()
}

fn sent<M: Message + Clone>(game: &mut Game) -> Vec<M> {
    game.world().resource_mut::<Messages<M>>().drain().collect()
}

/// Verifies that messages with strings arrive whole, wait over pauses, and can be sent.
#[test]
fn messages_may_have_strings_and_lists() {
    // Sends each chat on with its sender plus 1, where it is below 100; the texts stay where they are.
    let body = format!(
        "(local.set $a (i32.load offset=4 (i32.load offset=8 (i32.load offset=48 (local.get $frame)))))
         (local.set $b (i32.add (local.get $a) (i32.mul (i32.load offset=4 (i32.load offset=48 (local.get $frame))) (i32.const 20))))
         (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $a) (local.get $b)))
            (if (i32.lt_u (i32.load (local.get $a)) (i32.const 100)) (then
                (i32.store (local.get $a) (i32.add (i32.load (local.get $a)) (i32.const 100)))
                (memory.copy
                    (call $record (local.get $frame) (i32.const {}) (i64.const 0) (i32.const 0) (i32.const 20))
                    (local.get $a) (i32.const 20))))
            (local.set $a (i32.add (local.get $a) (i32.const 20)))
            (br $next)))",
        CommandKind::Send.code()
    );
    let system = System::new("echo", &body)
        .query([read::<Counter>()])
        .messages(read::<PackedChat>())
        .commands([send::<PackedChat>()]);
    let mut game = chat_game(&Guest::new().system(system));
    game.spawn(Counter::default());
    let chat = |from: u32, words: &str, tags: &[&str]| Chat {
        from,
        words: words.to_owned(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
    };
    for chat in [chat(1, "hello", &["a", "", "ccc"]), chat(2, "", &[]), chat(3, "größer", &["x"])] {
        game.world().write_message(chat);
    }
    game.step();
    assert_eq!(game.system("m", "echo").stats.last_fault, None);
    let echoes: Vec<Chat> = sent::<Chat>(&mut game).into_iter().filter(|chat| chat.from >= 100).collect();
    let expected = [chat(101, "hello", &["a", "", "ccc"]), chat(102, "", &[]), chat(103, "größer", &["x"])];
    assert_eq!(echoes, expected);
}

/// Verifies that the oldest messages go where too many wait, and the others keep their texts.
#[test]
fn waiting_messages_with_strings_are_bounded() {
    let body = "(if (i64.lt_u (i64.load offset=8 (local.get $frame)) (i64.const 10)) (then unreachable))
        (local.set $a (i32.load offset=4 (i32.load offset=8 (i32.load offset=48 (local.get $frame)))))
        (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
            (i32.add (i32.mul (i32.const 1000) (i32.load offset=4 (i32.load offset=48 (local.get $frame))))
                (i32.load8_u (i32.load offset=4 (local.get $a)))))";
    let system = System::new("late", body).query([write::<Counter>()]).messages(read::<PackedChat>());
    let mut game = chat_game(&Guest::new().system(system));
    let counter = game.spawn(Counter::default());
    for number in 0..8u8 {
        let words = char::from(b'a' + number).to_string().repeat(1000);
        game.world().write_message(Chat { from: number.into(), words, tags: Vec::new() });
        game.step();
    }
    game.steps(2);
    let found = game.get::<Counter>(counter).value;
    let (count, first) = (found / 1000, found % 1000);
    assert!((3..=4).contains(&count), "{count} of 1,020 bytes each are below 4,096");
    assert_eq!(first, u32::from(b'a') + 8 - count);
}

/// Verifies that a bad text in a message is a fault that names the row.
#[test]
fn a_bad_text_in_a_message_is_a_fault() {
    let body = format!(
        "(local.set $a (call $record (local.get $frame) (i32.const {}) (i64.const 0) (i32.const 0) (i32.const 40)))
         (i32.store offset=24 (local.get $a) (i32.const 0x7fffffff))
         (i32.store offset=28 (local.get $a) (i32.const 9))",
        CommandKind::Send.code()
    );
    let system = System::new("say", &body).query([read::<Counter>()]).commands([send::<PackedChat>()]);
    let mut game = chat_game(&Guest::new().system(system));
    game.spawn(Counter::default());
    game.step();
    let fault = game.fault("m", "say").to_string();
    assert!(fault.contains("send of Chat: row 1: `words` holds a place of 9 bytes at 2147483647"), "{fault}");
    assert!(sent::<Chat>(&mut game).is_empty());
}

/// Verifies that messages cross by serde and bincode, and bytes that are none are a fault.
#[test]
fn messages_cross_by_serde_and_bincode() {
    // Sends what lies at 65,536: first an order, in the next call half of it.
    let body = format!(
        "(local.set $a (call $record (local.get $frame) (i32.const {}) (i64.const 0) (i32.const 0) (i32.const 8)))
         (i32.store (local.get $a) (i32.const 65536))
         (i32.store offset=4 (local.get $a) (select (i32.const 18) (i32.const 9)
            (i64.eq (i64.load offset=8 (local.get $frame)) (i64.const 1))))",
        CommandKind::Send.code()
    );
    // Variant 1, a length of 3, `oil`, something, 500.
    let data = "\\01\\00\\00\\00\\03\\00\\00\\00\\00\\00\\00\\00oil\\01\\f4\\01";
    let order = SchemaLayout { name: "Order".to_owned(), ..SchemaLayout::of::<PackedBytes>() };
    let term = |kind| Term { kind, schema: Some(order.clone()) };
    let sum = "(local.set $a (i32.load offset=4 (i32.load offset=8 (i32.load offset=48 (local.get $frame)))))
        (if (i32.load offset=4 (i32.load offset=48 (local.get $frame))) (then
            (i32.store (call $column (local.get $frame) (i32.const 0) (i32.const 0))
                (i32.load offset=4 (local.get $a)))))";
    let guest = Guest::new()
        .system(System::new("order", &body).query([read::<Counter>()]).commands([term(TermKind::Send)]))
        .system(System::new("hear", sum).query([write::<Counter>()]).messages(term(TermKind::Read)))
        .extra(&format!("(data (i32.const 65536) \"{data}\")"));
    let mut game = chat_game(&guest);
    let counter = game.spawn(Counter::default());
    game.world().write_message(Order::Stop);
    game.step();
    assert_eq!(game.system("m", "order").stats.last_fault, None);
    assert_eq!(game.get::<Counter>(counter).value, 4, "the bytes of a variant without fields");
    let orders: Vec<Order> = sent(&mut game);
    assert_eq!(orders[1..], [Order::Buy { what: "oil".to_owned(), count: Some(500) }]);
    game.step();
    let fault = game.fault("m", "order").to_string();
    assert!(fault.contains("send of Order: `bincode` holds bytes that cannot be read"), "{fault}");
    assert!(sent::<Order>(&mut game).is_empty());
}

/// The packed form of what crosses by bincode.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
struct PackedBytes {
    bincode: PackedList<u8>,
}
