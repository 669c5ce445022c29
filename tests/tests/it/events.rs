//! Events: systems that run on them, and scripts that trigger them.

use bevy::prelude::*;
use bevy_peristyle::abi::CommandKind;
use bevy_peristyle::{Fault, Mirror, PeristyleAppExt, Schema, Scripts};
use peristyle_tests::components::{Counter, Frozen, Sparse, Trigger};
use peristyle_tests::{Game, Guest, System, added, entities, insert, read, removed, send, trigger, write};

/// An event of the game.
#[derive(Event, Schema, Clone, Copy, Debug, PartialEq)]
#[repr(C)]
struct Alarm {
    level: u32,
    loud: bool,
    reserved: [u8; 3],
}

/// An event about an entity, with a text.
#[derive(EntityEvent, Mirror, Clone, Debug, PartialEq)]
struct Hail {
    entity: Entity,
    words: String,
}

/// An event that scripts alone know.
#[derive(Schema, Clone, Copy)]
#[repr(C)]
#[schema(name = "goals::Goal")]
struct Goal {
    team: u32,
}

#[derive(Resource, Default)]
struct Heard(Vec<u32>, Vec<Hail>);

/// A body that adds the first word of each event, of `bytes` bytes each, to row 0 of query 0, and 1,000 for each
/// call.
fn sum(bytes: u32) -> String {
    let counter = "(call $column (local.get $frame) (i32.const 0) (i32.const 0))";
    let events = "(i32.load offset=48 (local.get $frame))";
    format!(
        "(local.set $a (i32.load offset=4 (i32.load offset=8 {events})))
         (local.set $b (i32.add (local.get $a) (i32.mul (i32.load offset=4 {events}) (i32.const {bytes}))))
         (i32.store {counter} (i32.add (i32.load {counter}) (i32.const 1000)))
         (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $a) (local.get $b)))
            (i32.store {counter} (i32.add (i32.load {counter}) (i32.load (local.get $a))))
            (local.set $a (i32.add (local.get $a) (i32.const {bytes})))
            (br $next)))"
    )
}

fn game(guest: &Guest) -> Game {
    let mut game = Game::new();
    game.app
        .register_script_event::<Alarm>()
        .register_script_event::<Alarm>()
        .register_script_event::<Hail>()
        .init_resource::<Heard>()
        .add_observer(|alarm: On<Alarm>, mut heard: ResMut<Heard>| heard.0.push(alarm.level))
        .add_observer(|hail: On<Hail>, mut heard: ResMut<Heard>| heard.1.push(hail.event().clone()));
    game.script("m.wasm", guest.to_wasm()).start()
}

fn alarm(level: u32) -> Alarm {
    Alarm { level, loud: false, reserved: [0; 3] }
}

/// Verifies that a system runs on events of the game, once for each batch, and not without.
#[test]
fn a_system_runs_on_events_and_only_then() {
    let guest =
        Guest::new().system(System::new("hear", &sum(8)).query([write::<Counter>()]).on(read::<Alarm>()));
    let mut game = game(&guest);
    let counter = game.spawn(Counter::default());
    game.steps(3);
    assert_eq!(game.system("m", "hear").stats.calls, 0, "nothing happened");
    game.world().trigger(alarm(1));
    game.world().trigger(alarm(10));
    game.steps(3);
    assert_eq!(game.get::<Counter>(counter).value, 1_011, "both in one call");
    game.world().trigger(alarm(100));
    game.steps(2);
    assert_eq!(game.get::<Counter>(counter).value, 2_111);
}

/// Verifies that what a faulting call was given comes again.
#[test]
fn a_fault_loses_no_event() {
    let trap =
        "(if (i32.load (call $column (local.get $frame) (i32.const 1) (i32.const 0))) (then unreachable))";
    let system = System::new("hear", &(sum(8) + trap))
        .query([write::<Counter>()])
        .query([read::<Trigger>()])
        .on(read::<Alarm>());
    let mut game = game(&Guest::new().system(system));
    let counter = game.spawn(Counter::default());
    let armed = game.spawn(Trigger { armed: 1 });
    game.world().trigger(alarm(7));
    game.steps(4);
    assert_eq!(game.get::<Counter>(counter).value, 0);
    *game.world().get_mut::<Trigger>(armed).expect("a trigger") = Trigger { armed: 0 };
    game.steps(2);
    assert_eq!(game.get::<Counter>(counter).value, 1_007);
}

/// WAT for a record of the kind `trigger` with these stores into its payload.
fn trigger_record(bytes: u32, stores: &str) -> String {
    format!(
        "(local.set $a (call $record (local.get $frame) (i32.const {}) (i64.const 0) (i32.const 0) (i32.const {bytes})))
         {stores}",
        CommandKind::Trigger.code()
    )
}

/// Verifies that observers of the game and systems of scripts see what a script triggers.
#[test]
fn scripts_trigger_events_of_the_game() {
    let once = |body: &str| {
        format!("(if (i64.eq (i64.load offset=8 (local.get $frame)) (i64.const 2)) (then {body}))")
    };
    let record = once(&trigger_record(8, "(i32.store (local.get $a) (i32.const 42))"));
    let guest = Guest::new()
        .system(System::new("cry", &record).query([read::<Counter>()]).commands([trigger::<Alarm>()]))
        .system(System::new("hear", &sum(8)).query([write::<Counter>()]).on(read::<Alarm>()).after("cry"));
    let mut game = game(&guest);
    let counter = game.spawn(Counter::default());
    game.steps(5);
    assert_eq!(game.world().resource::<Heard>().0, [42]);
    assert_eq!(game.get::<Counter>(counter).value, 1_042);
}

/// Verifies an event with a target and a text, there and back.
#[test]
fn an_event_may_have_a_target_and_a_text() {
    let hail =
        "(i64.store (local.get $a) (i64.load (call $column (local.get $frame) (i32.const 0) (i32.const 0))))
        (i32.store offset=8 (local.get $a) (i32.const 65536))
        (i32.store offset=12 (local.get $a) (i32.const 5))";
    // Answers each hail whose words begin with `a` with one of its own.
    let first = "(i32.load offset=4 (i32.load offset=8 (i32.load offset=48 (local.get $frame))))";
    let answer = format!(
        "(if (i32.eq (i32.load8_u (i32.load offset=8 {first})) (i32.const 97)) (then {}))",
        trigger_record(16, hail)
    );
    let system = System::new("answer", &answer)
        .query([entities(), read::<Counter>()])
        .on(read::<PackedHail>())
        .commands([trigger::<PackedHail>()]);
    let mut game = game(&Guest::new().system(system).extra("(data (i32.const 65536) \"hello\")"));
    let entity = game.spawn(Counter::default());
    game.world().trigger(Hail { entity, words: "ahoy".to_owned() });
    game.steps(4);
    assert_eq!(game.system("m", "answer").stats.last_fault, None);
    let heard = &game.world().resource::<Heard>().1;
    let words: Vec<(Entity, &str)> = heard.iter().map(|hail| (hail.entity, hail.words.as_str())).collect();
    assert_eq!(words, [(entity, "ahoy"), (entity, "hello")]);
}

/// Verifies events that only scripts know.
#[test]
fn scripts_have_events_of_their_own() {
    let record = trigger_record(4, "(i32.store (local.get $a) (i32.const 3))");
    let guest = Guest::new()
        .system(System::new("score", &record).query([read::<Counter>()]).commands([trigger::<Goal>()]))
        .system(System::new("hear", &sum(4)).query([write::<Counter>()]).on(read::<Goal>()).after("score"));
    let mut game = game(&guest);
    let counter = game.spawn(Counter::default());
    game.steps(4);
    assert_eq!(game.get::<Counter>(counter).value, 3 * 1_003);
}

/// Verifies that a message is no event, though both have one name.
#[test]
fn messages_and_events_of_one_name_are_apart() {
    let record = trigger_record(4, "(i32.store (local.get $a) (i32.const 3))").replace(
        &format!("(i32.const {})", CommandKind::Trigger.code()),
        &format!("(i32.const {})", CommandKind::Send.code()),
    );
    let guest = Guest::new()
        .system(System::new("score", &record).query([read::<Counter>()]).commands([send::<Goal>()]))
        .system(System::new("hear", &sum(4)).query([write::<Counter>()]).on(read::<Goal>()).after("score"));
    let mut game = game(&guest);
    let counter = game.spawn(Counter::default());
    game.steps(4);
    assert_eq!(game.get::<Counter>(counter).value, 0);
    assert_eq!(game.system("m", "score").stats.faults, 0);
}

/// Verifies that systems run on entities that get or lose a component, also by scripts and by despawning.
#[test]
fn systems_run_on_components_that_come_and_go() {
    // 1,000 for each call, and the low word of an id is never 0 for long: count the entities instead.
    let count = "(local.set $a (call $column (local.get $frame) (i32.const 0) (i32.const 0)))
        (i32.store (local.get $a) (i32.add (i32.load (local.get $a))
            (i32.load offset=4 (i32.load offset=48 (local.get $frame)))))";
    let gone = count.replace("i32.store (", "i32.store offset=0 (");
    let guest = Guest::new()
        .system(System::new("came", count).query([write::<Counter>()]).on(added::<Frozen>()))
        .system(System::new("went", &gone).query([write::<Sparse>()]).on(removed::<Frozen>()));
    let mut game = game(&guest);
    let counter = game.spawn((Counter::default(), Sparse::default()));
    let counts = |game: &mut Game| (game.get::<Counter>(counter).value, game.get::<Sparse>(counter).value);
    game.steps(2);
    assert_eq!(counts(&mut game), (0, 0));
    let frozen: Vec<Entity> = (0..5).map(|_| game.spawn(Frozen {})).collect();
    game.steps(2);
    assert_eq!(counts(&mut game), (5, 0));
    assert_eq!(game.system("m", "came").stats.calls, 1);
    game.world().entity_mut(frozen[0]).remove::<Frozen>();
    game.world().despawn(frozen[1]);
    game.steps(2);
    assert_eq!(counts(&mut game), (5, 2));
    game.world().entity_mut(frozen[0]).insert(Frozen {});
    game.world().entity_mut(frozen[2]).insert(Frozen {});
    game.steps(2);
    assert_eq!(counts(&mut game), (6, 2), "the second had it already");
}

/// Verifies that bad events are faults of their own.
#[test]
fn bad_events_are_faults() {
    let cases = [
        (
            trigger_record(8, "(i32.store8 offset=4 (local.get $a) (i32.const 2))"),
            "`loud` holds 2, where it must be 0 or 1",
        ),
        (trigger_record(4, ""), "its payload has 4 bytes, and must have 8 for each message"),
        (
            trigger_record(8, "(i32.store offset=-16 (local.get $a) (i32.const 1))")
                .replace("offset=-16 (local.get $a)", "(i32.sub (local.get $a) (i32.const 8))"),
            "its event is number 1; the system's commands have: Alarm 0",
        ),
    ];
    for (body, expected) in cases {
        let system = System::new("cry", &body).query([read::<Counter>()]).commands([trigger::<Alarm>()]);
        let mut game = game(&Guest::new().system(system));
        game.spawn(Counter::default());
        game.step();
        let fault = game.fault("m", "cry");
        assert!(matches!(fault, Fault::BadCommand { .. }), "{fault}");
        assert!(fault.to_string().contains(expected), "`{expected}` is missing in: {fault}");
        assert!(game.world().resource::<Heard>().0.is_empty());
    }
}

/// Verifies that what the game does not offer is refused by name, and a message is no event.
#[test]
fn unknown_events_are_refused() {
    let system = System::new("hear", "").on(read::<peristyle_tests::components::Ping>());
    let game = game(&Guest::new().system(system));
    let reason = game.failure("m");
    assert!(
        reason.contains("asks for events `Ping`, which this game does not offer; it offers: Alarm, Hail"),
        "{reason}"
    );
    let system = System::new("cry", "").commands([insert::<Counter>(), trigger::<Counter>()]);
    let mut game = self::game(&Guest::new().system(system));
    let reason = game.failure("m");
    assert!(reason.contains("asks for events `Counter`"), "{reason}");
    assert!(game.world().contains_resource::<Scripts>());
}
