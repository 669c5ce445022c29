//! Optional terms, filters by change, entity columns, orders and the row of an entity.

use bevy::prelude::*;
use bevy_peristyle::abi::RowOrder;
use bevy_peristyle::{ScriptEntity, ScriptEntityExt, Scripts};
use peristyle_tests::components::{Counter, Frozen, Link, Marker, Position, Sparse, StableId, Trigger};
use peristyle_tests::{
    Game, Guest, System, added, changed, entities, optional_read, optional_write, read, with, without, write,
};

/// A body that does something for each row of query 0, whose number is in `$b`.
fn each_row(body: &str) -> String {
    format!(
        "(local.set $b (i32.const 0))
         (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $b) (call $rows (local.get $frame) (i32.const 0))))
            {body}
            (local.set $b (i32.add (local.get $b) (i32.const 1)))
            (br $next)))"
    )
}

/// The address of row `$b` of a column of query 0.
fn row(column: u32, bytes: u32) -> String {
    format!(
        "(i32.add (call $column (local.get $frame) (i32.const 0) (i32.const {column}))
            (i32.mul (local.get $b) (i32.const {bytes})))"
    )
}

/// Verifies that an optional column says which rows have it, in tables and in sparse sets.
#[test]
fn optional_columns_have_a_mask_and_zeros() {
    // 100 where there is a position, 10 where there is a sparse value, and the latter's value.
    let body = each_row(&format!(
        "(i32.store {counter} (i32.add
            (i32.add
                (i32.mul (i32.const 100) (call $presence (local.get $frame) (i32.const 0) (i32.const 1) (local.get $b)))
                (i32.mul (i32.const 10) (call $presence (local.get $frame) (i32.const 0) (i32.const 2) (local.get $b))))
            (i32.load {sparse})))",
        counter = row(0, 4),
        sparse = row(2, 4),
    ));
    let terms = [write::<Counter>(), optional_read::<Position>(), optional_read::<Sparse>()];
    let guest = Guest::new().system(System::new("look", &body).query(terms));
    let mut game = Game::new().script("look.wasm", guest.to_wasm()).start();
    let mut expected = Vec::new();
    for number in 0..40 {
        let mut value = 0;
        let entity = game.spawn(Counter::default());
        if number % 2 == 0 {
            game.world().entity_mut(entity).insert(Position::default());
            value += 100;
        }
        if number % 3 == 0 {
            game.world().entity_mut(entity).insert(Sparse { value: 5 });
            value += 15;
        }
        expected.push((entity, value));
    }
    game.step();
    for (entity, value) in expected {
        assert_eq!(game.get::<Counter>(entity).value, value);
    }
}

/// Verifies that a written optional column changes the rows that have it, and gives it to no other.
#[test]
fn what_is_written_where_a_row_has_nothing_is_dropped() {
    let body = each_row(&format!("(i32.store {} (i32.const 7))", row(1, 4)));
    let terms = [read::<Position>(), optional_write::<Counter>()];
    let guest = Guest::new().system(System::new("fill", &body).query(terms));
    let mut game = Game::new().script("fill.wasm", guest.to_wasm()).start();
    let bare = game.spawn(Position::default());
    let full = game.spawn((Position::default(), Counter { value: 1 }));
    let same = game.spawn((Position::default(), Counter { value: 7 }));
    game.step();
    assert!(!game.world().entity(bare).contains::<Counter>());
    assert_eq!([full, same].map(|entity| game.get::<Counter>(entity).value), [7, 7]);
    let stats = &game.system("fill", "fill").stats;
    assert_eq!((stats.faults, stats.rows, stats.rows_changed), (0, 3, 1));
}

/// Rows of the system's last call.
fn rows(game: &mut Game, module: &str, system: &str) -> u32 {
    game.step();
    game.system(module, system).stats.rows
}

/// Verifies that a filter lets exactly those rows pass that changed since the last finished call.
#[test]
fn change_filters_are_exact() {
    let guest = Guest::new()
        .system(System::new("moved", "").query([read::<Position>(), changed::<Position>()]))
        .system(System::new("new", "").query([with::<Position>(), added::<Position>()]))
        .system(System::new("sparse", "").query([changed::<Sparse>()]))
        .system(System::new("both", "").query([changed::<Position>(), changed::<Sparse>()]));
    let mut game = Game::new().script("watch.wasm", guest.to_wasm()).start();
    let places: Vec<Entity> =
        (0..10).map(|n| game.spawn((Position::default(), Sparse { value: n }))).collect();
    let other = game.spawn((Position::default(), Marker::<1>));
    let rows = |game: &mut Game| {
        game.step();
        ["moved", "new", "sparse", "both"].map(|system| game.system("watch", system).stats.rows)
    };
    assert_eq!(rows(&mut game), [11, 11, 10, 10], "at first everything is new");
    assert_eq!(rows(&mut game), [0; 4]);
    game.world().get_mut::<Position>(places[3]).unwrap().x = 1.0;
    game.world().get_mut::<Position>(other).unwrap().x = 1.0;
    game.world().get_mut::<Sparse>(places[4]).unwrap().value = 9;
    assert_eq!(rows(&mut game), [2, 0, 1, 0]);
    game.world().get_mut::<Position>(places[4]).unwrap().x = 1.0;
    game.world().get_mut::<Sparse>(places[4]).unwrap().value = 9;
    game.world().entity_mut(places[5]).remove::<Position>().insert(Position::default());
    assert_eq!(rows(&mut game), [2, 1, 1, 1]);
    assert_eq!(rows(&mut game), [0; 4]);
}

/// Verifies that a system does not see what it wrote itself, and another one sees exactly that.
#[test]
fn scripts_see_each_others_changes_and_not_their_own() {
    // Adds one to those that are below 2.
    let body = each_row(&format!(
        "(i32.store {0} (i32.add (i32.load {0}) (i32.lt_u (i32.load {0}) (i32.const 2))))",
        row(0, 4)
    ));
    let guest = Guest::new()
        .system(System::new("grow", &body).query([write::<Counter>(), changed::<Counter>()]))
        .system(System::new("see", "").query([changed::<Counter>()]).after("grow"));
    let mut game = Game::new().script("m.wasm", guest.to_wasm()).start();
    let small = game.spawn(Counter { value: 0 });
    game.spawn(Counter { value: 5 });
    let rows = |game: &mut Game| {
        game.step();
        ["grow", "see"].map(|system| game.system("m", system).stats.rows)
    };
    assert_eq!(rows(&mut game), [2, 2]);
    assert_eq!(rows(&mut game), [0, 0], "grow's own write is not news to it");
    game.world().get_mut::<Counter>(small).unwrap().set_changed();
    assert_eq!(rows(&mut game), [1, 1]);
    assert_eq!(game.get::<Counter>(small).value, 2);
}

/// Verifies that neither a fault nor a pause nor a reload swallows a change.
#[test]
fn changes_wait_for_a_call_that_finishes() {
    let misbehaves = |wat: &str| {
        let body = format!(
            "(if (i32.load (call $column (local.get $frame) (i32.const 1) (i32.const 0))) (then {wat}))"
        );
        let query = [read::<Position>(), changed::<Position>()];
        Guest::new().system(System::new("see", &body).query(query).query([read::<Trigger>()])).to_wasm()
    };
    let mut game = Game::new().script("m.wasm", misbehaves("unreachable")).start();
    let place = game.spawn(Position::default());
    let trigger = game.spawn(Trigger { armed: 0 });
    assert_eq!(rows(&mut game, "m", "see"), 2);
    assert_eq!(rows(&mut game, "m", "see"), 1);

    game.world().get_mut::<Trigger>(trigger).unwrap().armed = 1;
    game.world().get_mut::<Position>(place).unwrap().x = 1.0;
    for faults in 1..4 {
        assert_eq!(rows(&mut game, "m", "see"), 2, "the change stays new");
        assert_eq!(game.system("m", "see").stats.faults, faults);
    }
    game.world().get_mut::<Trigger>(trigger).unwrap().armed = 0;
    assert_eq!(rows(&mut game, "m", "see"), 2);
    assert_eq!(rows(&mut game, "m", "see"), 1, "a finished call has seen it");

    assert!(game.world().resource_mut::<Scripts>().set_paused("m", true));
    game.steps(2);
    game.world().get_mut::<Position>(place).unwrap().x = 2.0;
    game.steps(3);
    assert!(game.world().resource_mut::<Scripts>().set_paused("m", false));
    assert_eq!(rows(&mut game, "m", "see"), 2);

    game.world().get_mut::<Position>(place).unwrap().x = 3.0;
    game.write("m.wasm", misbehaves("nop"));
    assert!(game.world().resource_mut::<Scripts>().reload("m"));
    let mut seen = 0;
    game.step_until("the new version runs", |game| {
        seen += game.system("m", "see").stats.rows - 1;
        game.module("m").reloads == 1
    });
    assert_eq!(seen, 1, "it was new once, to the old version or to the new one");
}

/// Verifies the column of entities, and fields that hold one.
#[test]
fn entities_are_a_column_and_a_field() {
    let body = each_row(&format!("(i64.store {} (i64.load {}))", row(1, 8), row(0, 8)));
    let guest = Guest::new().system(System::new("link", &body).query([entities(), write::<Link>()]));
    let mut game = Game::new().script("link.wasm", guest.to_wasm()).start();
    let links = [game.spawn(Link::default()), game.spawn((Link::default(), Marker::<1>))];
    game.step();
    for entity in links {
        assert_eq!(game.get::<Link>(entity).target, ScriptEntity::of(entity));
    }
}

/// Verifies that bits which are no entity's are refused.
#[test]
fn a_field_takes_no_bits_that_are_no_entity() {
    for (bits, expected) in
        [("0x500000000", "the id of an entity, or 0"), ("0x8000000100000001", "a real entity")]
    {
        let body = each_row(&format!("(i64.store {} (i64.const {bits}))", row(0, 8)));
        let guest = Guest::new().system(System::new("link", &body).query([write::<Link>()]));
        let mut game = Game::new().script("link.wasm", guest.to_wasm()).start();
        let link = game.spawn(Link::default());
        game.step();
        let fault = game.fault("link", "link").to_string();
        assert!(fault.contains("`Link.target`") && fault.contains(expected), "{fault}");
        assert_eq!(game.get::<Link>(link), Link::default());
    }
}

/// Verifies the row of an entity, and that of one that is not there.
#[test]
fn an_entity_is_found_in_a_query() {
    // Each row notes where it is, by asking for itself, plus 1.
    let body = each_row(&format!(
        "(i32.store {} (i32.add (i32.const 1) (call $row_of (i32.const 0) (i64.load {}))))",
        row(1, 4),
        row(0, 8)
    )) + "(if (i32.ne (call $row_of (i32.const 0) (i64.const 99999)) (i32.const -1)) (then unreachable))";
    let guest = Guest::new().system(System::new("find", &body).query([entities(), write::<Counter>()]));
    let mut game = Game::new().script("find.wasm", guest.to_wasm()).start();
    let all: Vec<Entity> = (0..50).map(|_| game.spawn(Counter::default())).collect();
    let later = game.spawn((Counter::default(), Marker::<1>));
    game.step();
    assert_eq!(game.system("find", "find").stats.faults, 0);
    let found: Vec<u32> = all.iter().map(|&entity| game.get::<Counter>(entity).value).collect();
    assert_eq!(found, (1..=50).collect::<Vec<_>>());
    assert_eq!(game.get::<Counter>(later).value, 51);

    game.world().entity_mut(all[0]).despawn();
    game.step();
    assert_eq!(game.get::<Counter>(later).value, 50);
}

/// Verifies that a query which the system does not have is a fault.
#[test]
fn row_of_an_unknown_query_is_a_fault() {
    let body = "(drop (call $row_of (i32.const 1) (i64.const 5)))";
    let guest = Guest::new().system(System::new("find", body).query([read::<Counter>()]));
    let mut game = Game::new().script("find.wasm", guest.to_wasm()).start();
    game.step();
    let fault = game.fault("find", "find").to_string();
    assert!(fault.contains("query 1, and this system has 1"), "{fault}");
}

/// Verifies that rows come in the order that a query asks for, whatever tables they are in.
#[test]
fn rows_come_in_the_order_that_a_query_names() {
    let body = each_row(&format!("(i32.store {} (local.get $b))", row(0, 4)));
    let system = |name: &str, order| System::new(name, &body).query_in_order(order, [write::<Counter>()]);
    for order in [RowOrder::Entity, RowOrder::StableId] {
        let guest = Guest::new().system(system("number", order));
        let mut game = Game::new().script("m.wasm", guest.to_wasm()).start();
        let mut all = Vec::new();
        for number in 0..60 {
            // 7 and 60 have no common divisor, so that each number comes up once.
            let id = StableId(number * 7 % 60);
            all.push(match number % 3 {
                0 => game.spawn((Counter::default(), id)),
                1 => game.spawn((Counter::default(), id, Marker::<1>)),
                _ => game.spawn((Counter::default(), id, Marker::<2>)),
            });
        }
        let unnumbered = game.spawn((Counter::default(), Marker::<3>));
        game.step();
        if order == RowOrder::StableId {
            for &entity in &all {
                assert_eq!(u64::from(game.get::<Counter>(entity).value), game.get::<StableId>(entity).0);
            }
            assert_eq!(game.get::<Counter>(unnumbered).value, 60, "rows without a number come last");
        } else {
            all.push(unnumbered);
            all.sort();
            let numbers: Vec<u32> = all.iter().map(|&entity| game.get::<Counter>(entity).value).collect();
            assert_eq!(numbers, (0..=60).collect::<Vec<_>>());
        }
    }
}

/// Verifies that a second query on the same component is refused unless rows cannot be in both.
#[test]
fn two_queries_on_one_component_must_be_apart() {
    let refused = [
        (vec![write::<Counter>()], vec![optional_read::<Counter>(), with::<Position>()]),
        (vec![write::<Counter>()], vec![with::<Position>(), changed::<Counter>()]),
        (vec![optional_write::<Counter>(), with::<Position>()], vec![read::<Counter>()]),
    ];
    for (first, second) in refused {
        let guest = Guest::new().system(System::new("two", "").query(first).query(second));
        let game = Game::new().script("two.wasm", guest.to_wasm()).start();
        let reason = game.failure("two");
        assert!(reason.contains("queries 0 and 1 both touch `Counter`"), "{reason}");
    }
    let apart =
        Guest::new().system(System::new("two", "").query([write::<Counter>(), with::<Frozen>()]).query([
            optional_read::<Counter>(),
            read::<Position>(),
            without::<Frozen>(),
        ]));
    let mut game = Game::new().script("two.wasm", apart.to_wasm()).start();
    assert_eq!(rows(&mut game, "two", "two"), 0);
}

/// Verifies what a query cannot be made of.
#[test]
fn queries_that_make_no_sense_are_refused() {
    let cases = [
        (vec![optional_read::<Counter>()], "has no term that a row must have"),
        (vec![read::<Counter>(), optional_read::<Counter>()], "`Counter` is there twice"),
        (vec![changed::<Counter>(), changed::<Counter>()], "`Counter` is there twice"),
        (vec![with::<Position>(), changed::<Counter>(), without::<Counter>()], "`Counter` is there twice"),
    ];
    for (terms, expected) in cases {
        let guest = Guest::new().system(System::new("odd", "").query(terms));
        let reason = Game::new().script("odd.wasm", guest.to_wasm()).start().failure("odd");
        assert!(reason.contains(expected), "{reason}");
    }
}
