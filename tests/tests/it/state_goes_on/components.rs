//! Components that scripts define, in many entities.

use std::time::Instant;

use bevy::ecs::entity_disabling::Disabled;
use bevy::prelude::*;
use bevy_peristyle::abi::FieldType::{F32, U8, U16, U32};
use bevy_peristyle::abi::{SchemaKind, TermKind};
use bevy_peristyle::{SchemaLayout, ScriptRegistry, StateKind};
use peristyle_tests::components::{Counter, Marker};
use peristyle_tests::{Guest, System, Term, entities, with, write};

use super::{Live, fields, names};

const NAME: &str = "m::Battery";

fn term(kind: TermKind, schema: &SchemaLayout) -> Term {
    Term { kind, schema: Some(schema.clone()) }
}

/// Gives each counter a battery whose first word is the counter's value and whose second is 77.
fn gives(schema: &SchemaLayout) -> Guest {
    let body = "(local.set $b (i32.const 0))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $b) (call $rows (local.get $frame) (i32.const 0))))
            (local.set $a (call $record (local.get $frame) (i32.const 3)
                (i64.load (i32.add (call $column (local.get $frame) (i32.const 0) (i32.const 0))
                    (i32.mul (local.get $b) (i32.const 8))))
                (i32.const 0) (i32.const 8)))
            (i32.store (local.get $a) (i32.load (i32.add
                (call $column (local.get $frame) (i32.const 0) (i32.const 1)) (i32.mul (local.get $b) (i32.const 4)))))
            (i32.store offset=4 (local.get $a) (i32.const 77))
            (local.set $b (i32.add (local.get $b) (i32.const 1)))
            (br $next)))";
    let query = [entities(), write::<Counter>(), term(TermKind::Without, schema)];
    Guest::new().system(System::new("give", body).query(query).commands([term(TermKind::Insert, schema)]))
}

/// Only looks at batteries, and counts in row 0 of the counters' own entity what was added and removed.
fn looks(schema: &SchemaLayout) -> Guest {
    let happened = |kind| Term { kind, schema: Some(schema.clone()) };
    Guest::new()
        .system(System::new("look", "").query([term(TermKind::Read, schema)]))
        .system(System::new("new", "").query([with::<Counter>(), entities(), term(TermKind::Added, schema)]))
        .system(System::new("other", "").query([
            with::<Counter>(),
            entities(),
            term(TermKind::Changed, schema),
        ]))
        .system(System::new("came", "").on(happened(TermKind::Added)))
        .system(System::new("went", "").on(happened(TermKind::Removed)))
}

fn shown(live: &mut Live, entity: Entity) -> String {
    let world = live.game.world();
    let registry = world.resource::<ScriptRegistry>();
    let bytes = registry.read(world, entity, NAME).expect("it has a battery");
    registry.component(NAME).expect("it is there").schema.show(&bytes)
}

fn calls(live: &Live, system: &str) -> u64 {
    live.game.system("m", system).stats.calls
}

/// Verifies that all entities get the new layout, in order and with their age, that nobody is told that something came
/// or went, and that it takes no time to speak of.
#[test]
fn components_move_in_all_entities() {
    let first = fields(NAME).one("charge", U32).one("health", U32).done();
    let mut live = Live::start(&gives(&first));
    let all: Vec<Entity> = (0..10_000).map(|value| live.game.spawn(Counter { value })).collect();
    live.game.world().entity_mut(all[5]).insert(Marker::<1>);
    live.game.steps(2);
    live.game.world().entity_mut(all[6]).insert(Disabled);
    live.reload(&looks(&first)).expect("nothing changes");
    live.game.steps(2);
    assert_eq!(live.game.system("m", "new").stats.rows, 0, "all batteries were seen");

    let mood = names(SchemaKind::Enum, &[("Good", 5), ("Bad", 9)]);
    let second = fields(NAME)
        .one("ratio", F32)
        .one("charge", U32)
        .nested("mood", &mood, 1)
        .many("reserved", U8, 3)
        .done();
    let counted = ["came", "went"].map(|system| calls(&live, system));
    let began = Instant::now();
    live.reload(&looks(&second)).expect("only the health is dropped");
    let took = began.elapsed();
    assert!(took.as_secs() < 5, "10,000 entities took {took:?}");
    let expected =
        |charge: u32| format!("{NAME} {{ ratio: 0, charge: {charge}, mood: Good, reserved: [0, 0, 0] }}");
    for (entity, charge) in all.iter().zip(0..) {
        assert_eq!(shown(&mut live, *entity), expected(charge));
    }
    let moved = live.game.module("m").moved.clone();
    assert_eq!(moved[0].kind, StateKind::Component { entities: 10_000 });
    let dropped = &moved[0].dropped[0];
    assert!((dropped.values, dropped.held.starts_with("77, 77, ")) == (10_000, true), "{dropped}");
    assert_eq!(moved[0].added, ["ratio: f32", "mood: Names", "reserved: [3]u8"]);
    // They are as old as before, changed once, and no event says otherwise.
    assert_eq!(live.game.system("m", "new").stats.rows_total, 9_999, "at the first look");
    assert_eq!(live.game.system("m", "other").stats.rows_total, 2 * 9_999, "after each of the reloads");
    assert_eq!(["came", "went"].map(|system| calls(&live, system)), counted);

    // And back: what the second layout had added is dropped, and the health is new.
    live.reload(&looks(&first)).expect("nothing of a battery is lost that has a place");
    assert_eq!(shown(&mut live, all[9]), format!("{NAME} {{ charge: 9, health: 0 }}"));
    assert_eq!(live.dropped().len(), 3);
    live.game.steps(2);
    assert_eq!(["came", "went"].map(|system| calls(&live, system)), counted, "no event either");
}

/// Verifies that a version is refused where one entity of many would lose something, and that nothing has changed then.
#[test]
fn a_version_is_refused_where_one_entity_would_lose_something() {
    let first = fields(NAME).many("charges", U16, 2).one("id", U32).done();
    let mut live = Live::start(&gives(&first));
    let all: Vec<Entity> =
        [1, 2, 3, 0x1_0004].map(|value| live.game.spawn(Counter { value })).into_iter().collect();
    live.game.steps(2);
    live.reload(&looks(&first)).expect("nothing changes");
    let ids = live.game.world().resource::<ScriptRegistry>().component(NAME).map(|battery| battery.id);

    let long = fields(NAME).many("charges", U16, 4).one("id", U32).done();
    live.reload(&looks(&long)).expect("there is more room");
    live.reload(&looks(&first)).expect("which nobody used");
    let text = shown(&mut live, all[3]);
    assert_eq!(text, format!("{NAME} {{ charges: [4, 1], id: 77 }}"));

    for (schema, reason) in [
        (
            fields(NAME).many("charges", U16, 2).one("id", U8).many("reserved", U8, 3),
            "field `id` was u32 and is u8",
        ),
        (
            fields(NAME).one("charges", U16).one("reserved", U16).one("id", U32),
            "another number of dimensions",
        ),
    ] {
        let error = live.reload(&looks(&schema.done())).expect_err("something would be lost");
        assert!(error.contains("component `m::Battery` cannot go on in 4 entities, such as"), "{error}");
        assert!(error.contains(reason), "{error}");
        assert_eq!(shown(&mut live, all[3]), text);
    }
    let now = live.game.world().resource::<ScriptRegistry>().component(NAME).map(|battery| battery.id);
    assert_eq!(now, ids, "a layout that comes back has its old id");

    // Without entities there is nothing to lose.
    for entity in all {
        live.game.world().despawn(entity);
    }
    live.reload(&looks(&fields(NAME).one("charges", U8).done())).expect("nobody has one");
}
