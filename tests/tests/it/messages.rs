//! Messages: each system sees each one once, whatever happens in between.

mod slices;

use bevy::prelude::*;
use bevy_peristyle::abi::CommandKind;
use bevy_peristyle::{Fault, Limits, PeristylePlugin, Schema, ScriptEntity, ScriptEntityExt, Scripts};
use peristyle_tests::components::{Counter, Echo, Frozen, Ping, Score, Trigger};
use peristyle_tests::{Game, Guest, System, insert, read, send, write};

/// A message that scripts alone know.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "goals::Goal")]
struct Goal {
    team: u32,
}

/// The same name, and another layout.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "goals::Goal")]
struct WideGoal {
    team: u64,
}

/// A body that adds the first word of each message of kind 0, of `bytes` bytes each, to row 0 of query 0.
fn sum(bytes: u32) -> String {
    let counter = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";
    let messages = "(i32.load offset=48 (local.get $frame))";
    format!(
        "(local.set $a (i32.load offset=4 (i32.load offset=8 {messages})))
         (local.set $b (i32.add (local.get $a) (i32.mul (i32.load offset=4 {messages}) (i32.const {bytes}))))
         (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $a) (local.get $b)))
            (i32.store {counter} (i32.add (i32.load {counter}) (i32.load (local.get $a))))
            (local.set $a (i32.add (local.get $a) (i32.const {bytes})))
            (br $next)))"
    )
}

/// A module that sums up pings, and traps where a trigger is armed.
fn listener(extra: &str) -> Vec<u8> {
    let trap =
        "(if (i32.load (call $column (local.get $frame) (i32.const 1) (i32.const 0))) (then unreachable))";
    let system = System::new("hear", &format!("{} {trap} {extra}", sum(8)))
        .query([write::<Counter>()])
        .query([read::<Trigger>()])
        .messages(read::<Ping>());
    Guest::new().system(system).to_wasm()
}

fn ping(game: &mut Game, value: u32) {
    game.world().write_message(Ping { value, ..Ping::default() });
}

/// Verifies that a system gets what was sent since its last finished call, once.
#[test]
fn messages_of_the_game_arrive_once() {
    let mut game = Game::new().script("m.wasm", listener("")).start();
    let counter = game.spawn(Counter::default());
    game.spawn(Trigger::default());
    for value in [1, 10, 100] {
        ping(&mut game, value);
        ping(&mut game, value);
        game.step();
    }
    game.steps(3);
    assert_eq!(game.get::<Counter>(counter).value, 222);
    assert_eq!(game.system("m", "hear").stats.faults, 0);
}

/// Verifies that faults, pauses and reloads neither lose a message nor repeat one.
#[test]
fn messages_wait_for_a_call_that_finishes() {
    let mut game = Game::new().script("m.wasm", listener("")).start();
    let counter = game.spawn(Counter::default());
    let trigger = game.spawn(Trigger { armed: 1 });
    for _ in 0..5 {
        ping(&mut game, 1);
        game.step();
    }
    assert_eq!(game.get::<Counter>(counter).value, 0);
    game.world().get_mut::<Trigger>(trigger).unwrap().armed = 0;
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 5, "a fault has seen nothing");

    assert!(game.world().resource_mut::<Scripts>().set_paused("m", true));
    for _ in 0..8 {
        ping(&mut game, 10);
        game.step();
    }
    assert!(game.world().resource_mut::<Scripts>().set_paused("m", false));
    game.steps(2);
    assert_eq!(
        game.get::<Counter>(counter).value,
        85,
        "Bevy keeps messages for two frames, Peristyle until read"
    );

    game.write("m.wasm", listener("nop"));
    assert!(game.world().resource_mut::<Scripts>().reload("m"));
    let mut sent = 0;
    game.step_until("the new version runs", |game| {
        ping(game, 1000);
        sent += 1;
        game.module("m").reloads == 1
    });
    game.steps(2);
    assert_eq!(game.get::<Counter>(counter).value, 85 + 1000 * sent);
}

/// Verifies that what waits has a limit, and the oldest go first.
#[test]
fn what_waits_has_a_limit() {
    let limits = Limits { message_bytes_max: 16, ..Limits::default() };
    let plugin = PeristylePlugin { limits, watch: false, ..PeristylePlugin::default() };
    let mut game = Game::with_plugin(plugin).script("m.wasm", listener("")).start();
    let counter = game.spawn(Counter::default());
    game.spawn(Trigger::default());
    for value in [1, 10, 100, 1000] {
        ping(&mut game, value);
    }
    game.step();
    assert_eq!(game.get::<Counter>(counter).value, 1100);
}

/// A body that sends one message of term 0 whose first word is `value`.
fn sender(value: &str, bytes: u32) -> String {
    format!(
        "(i32.store (call $record (local.get $frame) (i32.const {}) (i64.const 0) (i32.const 0) (i32.const {bytes}))
            {value})",
        CommandKind::Send.code()
    )
}

/// A body that sends, in one record, messages of term 0 whose first words are those `values`.
fn sender_of_all(values: &[&str], bytes: u32) -> String {
    let stores = (0..).zip(values).map(|(row, value)| {
        let place = format!("(i32.add (local.get $a) (i32.const {}))", row * bytes);
        format!("(memory.fill {place} (i32.const 0) (i32.const {bytes})) (i32.store {place} {value})")
    });
    format!(
        "(local.set $a (call $record (local.get $frame) (i32.const {}) (i64.const 0) (i32.const 0) (i32.const {})))
        {}",
        CommandKind::Send.code(),
        values.len() as u32 * bytes,
        stores.collect::<String>()
    )
}

/// Verifies that the game gets what a script sends, and nothing from a call that faults.
#[test]
fn the_game_hears_scripts() {
    let tick = "(i32.wrap_i64 (i64.load offset=8 (local.get $frame)))";
    let trap = format!("(if (i32.eq {tick} (i32.const 3)) (then unreachable))");
    let body = sender(tick, 8) + &trap;
    let system = System::new("say", &body).commands([send::<Ping>()]);
    let mut game = Game::new().script("m.wasm", Guest::new().system(system).to_wasm());
    game.app.init_resource::<Heard>().add_systems(
        Update,
        |mut pings: MessageReader<Ping>, mut heard: ResMut<Heard>| {
            heard.0.extend(pings.read().map(|ping| ping.value));
        },
    );
    let mut game = game.start();
    game.steps(5);
    assert_eq!(game.world().resource::<Heard>().0, [1, 2, 4, 5]);
}

/// What the game has heard of pings.
#[derive(Resource, Default)]
struct Heard(Vec<u32>);

/// Verifies that one record sends many messages in their order, before and after others.
#[test]
fn one_command_sends_many_messages() {
    let body = sender("(i32.const 1)", 8)
        + &sender_of_all(&["(i32.const 2)", "(i32.const 3)", "(i32.const 4)"], 8)
        + &sender_of_all(&["(i32.const 5)", "(i32.const 6)"], 8);
    let system = System::new("say", &body).commands([send::<Ping>()]);
    let mut game = Game::new().script("m.wasm", Guest::new().system(system).to_wasm());
    game.app.init_resource::<Heard>().add_systems(
        Update,
        |mut pings: MessageReader<Ping>, mut heard: ResMut<Heard>| {
            heard.0.extend(pings.read().map(|ping| ping.value));
        },
    );
    let mut game = game.start();
    game.steps(2);
    assert_eq!(game.world().resource::<Heard>().0, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);

    // Rows of 4 bytes: the payload is filled up, and the next record sends more of the same kind.
    let body = sender_of_all(&["(i32.const 1)", "(i32.const 10)", "(i32.const 100)"], 4)
        + &sender_of_all(&["(i32.const 1000)"; 5], 4);
    let system = System::new("play", &body).commands([send::<Goal>()]);
    let mut game = Game::new()
        .script("a.wasm", Guest::new().system(system).to_wasm())
        .script("b.wasm", goal_listener())
        .start();
    let counter = game.spawn(Counter::default());
    game.steps(3);
    assert_eq!(game.get::<Counter>(counter).value, 2 * 5111);
}

/// Verifies that what is sent in one record is checked row by row: NaNs become the one that all
/// machines agree on, and provisional ids the real ones.
#[test]
fn every_row_of_a_record_is_checked() {
    #[derive(Schema, Clone, Copy)]
    #[repr(C)]
    #[schema(name = "goals::Heat")]
    struct Heat {
        degrees: f32,
    }
    #[derive(Schema, Clone, Copy)]
    #[repr(C)]
    #[schema(name = "goals::Born")]
    struct Born {
        child: ScriptEntity,
    }
    let heard = |sender: System, listener: System| {
        let mut game = Game::new()
            .script("a.wasm", Guest::new().system(sender).to_wasm())
            .script("b.wasm", Guest::new().system(listener).to_wasm())
            .start();
        let counter = game.spawn(Counter::default());
        game.steps(2);
        assert_eq!(game.module("a").systems[0].stats.faults, 0);
        (game.get::<Counter>(counter).value, game)
    };
    let body = sender_of_all(&["(i32.const 0)", "(i32.const 0xffc12345)", "(i32.const 1)"], 4);
    let (bits, _) = heard(
        System::new("heat", &body).commands([send::<Heat>()]),
        System::new("feel", &sum(4)).query([write::<Counter>()]).messages(read::<Heat>()),
    );
    assert_eq!(bits, 0x7fc0_0001, "the sum of the bits");

    let body = format!(
        "(local.set $e (call $spawn (local.get $frame)))
         (drop (call $record (local.get $frame) (i32.const {insert}) (local.get $e) (i32.const 0) (i32.const 0)))
         {} (i64.store offset=16 (local.get $a) (local.get $e))",
        sender_of_all(&["(i32.const 0)"; 3], 8).replacen("(i64.const 0) (i32.const 0)", "(i64.const 0) (i32.const 1)", 1),
        insert = CommandKind::Insert.code(),
    );
    let (index, mut game) = heard(
        System::new("bear", &body).commands([insert::<Frozen>(), send::<Born>()]),
        System::new("note", &sum(8)).query([write::<Counter>()]).messages(read::<Born>()),
    );
    let world = game.world();
    let mut children = world.query_filtered::<Entity, With<Frozen>>();
    let mut low_halves = children.iter(world).map(|child| ScriptEntity::of(child).to_bits() as u32);
    assert!(low_halves.any(|half| half == index), "{index} is no child's");
}

/// Verifies that of a record with more than may wait, the oldest messages go.
#[test]
fn a_record_may_send_more_than_may_wait() {
    let limits = Limits { message_bytes_max: 16, ..Limits::default() };
    let plugin = PeristylePlugin { limits, watch: false, ..PeristylePlugin::default() };
    let body = sender_of_all(&["(i32.const 1)", "(i32.const 10)", "(i32.const 100)", "(i32.const 1000)"], 8);
    let system = System::new("say", &body).commands([send::<Ping>()]);
    let mut game = Game::with_plugin(plugin)
        .script("a.wasm", Guest::new().system(system).to_wasm())
        .script("m.wasm", listener(""))
        .start();
    let counter = game.spawn(Counter::default());
    game.spawn(Trigger::default());
    game.steps(2);
    assert_eq!(game.get::<Counter>(counter).value, 1100);
}

/// Verifies that real guests send many at once.
#[test]
fn guests_send_many_messages_at_once() {
    #[derive(Resource, Default)]
    struct Echoes(Vec<u32>);
    for name in ["rust_commands", "zig_commands"] {
        let path = format!("{}/guests/built/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
        let mut game = Game::new().script("m.wasm", std::fs::read(path).unwrap());
        game.app.insert_resource(Score::default()).init_resource::<Echoes>().add_systems(
            Last,
            |mut echoes: MessageReader<Echo>, mut heard: ResMut<Echoes>| {
                heard.0.extend(echoes.read().map(|echo| echo.value));
            },
        );
        let mut game = game.start();
        game.steps(2);
        for value in [40, 50, 60, 70] {
            ping(&mut game, value);
        }
        game.steps(3);
        assert_eq!(game.world().resource::<Echoes>().0, [1, 2, 3, 40, 50, 60, 70], "{name}");
        assert_eq!(game.system("m", "burst").stats.faults, 0);
    }
}

/// A module that sends a goal of that team in each step.
fn goal_sender(team: u32) -> Vec<u8> {
    let body = sender(&format!("(i32.const {team})"), 4);
    Guest::new().system(System::new("play", &body).commands([send::<Goal>()])).to_wasm()
}

fn goal_listener() -> Vec<u8> {
    let system = System::new("cheer", &sum(4)).query([write::<Counter>()]).messages(read::<Goal>());
    Guest::new().system(system).to_wasm()
}

/// Verifies that scripts send each other messages that the game knows nothing of.
#[test]
fn scripts_hear_each_other() {
    let mut game = Game::new()
        .script("a.wasm", goal_sender(1))
        .script("b.wasm", goal_sender(100))
        .script("c.wasm", goal_listener())
        .start();
    let counter = game.spawn(Counter::default());
    game.steps(10);
    assert_eq!(game.get::<Counter>(counter).value, 9 * 101, "those of the last step are read in the next");
}

/// Verifies that modules must agree about a message of theirs, and whoever is alone may change it.
#[test]
fn scripts_agree_about_their_messages() {
    let wide = || {
        let system = System::new("cheer", "").query([read::<Counter>()]).messages(read::<WideGoal>());
        Guest::new().system(system).to_wasm()
    };
    let game = Game::new().script("a.wasm", goal_sender(1)).script("b.wasm", wide()).start();
    let reason = game.failure("b");
    assert!(
        reason.contains("`goals::Goal`") && reason.contains("field `team` is u32 in module `a` and u64"),
        "{reason}"
    );

    let mut alone = Game::new().script("a.wasm", goal_listener()).start();
    alone.write("a.wasm", wide());
    assert!(alone.world().resource_mut::<Scripts>().reload("a"));
    alone.step_until("the new version runs", |game| game.module("a").reloads == 1);
}

/// Verifies what is refused, and what is a fault.
#[test]
fn messages_that_make_no_sense() {
    #[derive(Schema, Clone, Copy)]
    #[repr(C)]
    #[schema(name = "Pong")]
    struct Pong {
        value: u32,
    }
    let reason =
        |system| Game::new().script("m.wasm", Guest::new().system(system).to_wasm()).start().failure("m");
    let unknown = reason(System::new("hear", "").messages(read::<Pong>()));
    assert!(
        unknown.contains("messages `Pong`, which this game does not offer; it offers: Echo, Ping"),
        "{unknown}"
    );
    let written = reason(System::new("hear", "").messages(write::<Ping>()));
    assert!(written.contains("of the kind write, which a parameter for messages"), "{written}");

    let loud = |offset: u32| format!("(i32.store8 offset={offset} (local.get $a) (i32.const 7))");
    let four = sender_of_all(&["(i32.const 1)"; 4], 8);
    for (body, expected) in [
        (
            sender("(i32.const 1)", 4),
            "send of Ping: its payload has 4 bytes, and must have 8 for each message",
        ),
        (sender_of_all(&["(i32.const 1)"; 3], 4), "number 0, send of Ping: its payload has 12 bytes"),
        (sender_of_all(&[], 8), "send of Ping: its payload has 0 bytes, and must have 8"),
        (four.clone() + &loud(28), "number 0, send of Ping: row 3: `loud` holds 7"),
        (four.repeat(2) + &loud(12), "number 1, send of Ping: row 1: `loud` holds 7"),
        (sender_of_all(&["(i32.const 1)"], 8).repeat(3) + &loud(4), "number 2, send of Ping: `loud` holds 7"),
        (
            // One byte more than the record has.
            four.clone() + "(i32.store (i32.sub (local.get $a) (i32.const 4)) (i32.const 33))",
            "send: its payload of 33 bytes does not fit into 56",
        ),
        (
            four + "(i32.store (i32.sub (local.get $a) (i32.const 4)) (i32.const -1))",
            "send: its payload of 4294967295 bytes does not fit",
        ),
        (
            sender("(i32.const 1)", 8)
                + "(i32.store8 offset=28 (i32.load offset=4 (i32.load offset=56 (local.get $frame))) (i32.const 7))",
            "send of Ping: `loud` holds 7",
        ),
        (sender("(i32.const 1)", 8).replacen("(i32.const 0)", "(i32.const 3)", 1), "message is number 3"),
    ] {
        let system = System::new("say", &body).commands([send::<Ping>()]);
        let mut game = Game::new().script("m.wasm", Guest::new().system(system).to_wasm()).start();
        game.step();
        let fault = game.fault("m", "say");
        assert!(matches!(fault, Fault::BadCommand { .. }) && fault.to_string().contains(expected), "{fault}");
    }
}
