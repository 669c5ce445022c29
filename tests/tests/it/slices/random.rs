//! Strings, lists and messages of any content, in real guests.

use std::cell::RefCell;

use bevy::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::guests::{ABLE, Board, GUESTS, Mark, Noticed, Order, Source, Target, Tone, assert_finished, game};

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
