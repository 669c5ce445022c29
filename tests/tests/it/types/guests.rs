//! Fields of all types in real guests: the same systems in Rust, Zig and C.

use std::cell::RefCell;

use bevy::prelude::*;
use bevy_peristyle::abi::schema::bytes_of;
use bevy_peristyle::{ScriptEntity, ScriptEntityExt};
use peristyle_tests::Game;
use peristyle_tests::types::{Abilities, Everything, Mood, Phase, Rights, Slot, Source, Subject, Target};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

const GUESTS: [&str; 3] = ["rust_types", "zig_types", "c_types"];
/// Those with systems for every type.
const ABLE: [&str; 2] = ["rust_types", "zig_types"];

/// A game with a guest under its own name.
fn game(name: &str) -> Game {
    let path = format!("{}/guests/built/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    let module = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Game::new()
        .component::<Source>()
        .component::<Target>()
        .component::<Subject>()
        .script(&format!("{name}.wasm"), module)
        .start()
}

/// Every call of every system has finished.
fn assert_no_faults(game: &Game, module: &str) {
    for system in &game.module(module).systems {
        assert_eq!(system.stats.faults, 0, "{module}::{}: {:?}", system.name, system.stats.last_fault);
        assert!(system.stats.calls > 0, "{module}::{} was never called", system.name);
    }
}

/// `subject` after so many steps with a guest, and the entity that had it.
fn changed_by(guest: &str, subject: Everything, steps: usize) -> (Everything, Entity) {
    let mut game = game(guest);
    let entity = game.spawn(Subject { all: subject });
    game.steps(steps);
    assert_no_faults(&game, guest);
    (game.get::<Subject>(entity).all, entity)
}

/// Verifies that whole numbers wrap around in every width.
#[test]
fn numbers_of_every_width_are_counted() {
    for guest in ABLE {
        let subject = Everything {
            big: u64::MAX,
            debt: i64::MIN,
            count: 41,
            change: i32::MIN,
            years: u16::MAX,
            height: -3,
            byte: 255,
            sign: -128,
            tags: [1, 2, 3, 4, 5],
            ..Everything::default()
        };
        let (after, _) = changed_by(guest, subject, 1);
        assert_eq!((after.big, after.debt), (0, i64::MAX), "{guest}");
        assert_eq!((after.count, after.change), (42, i32::MAX), "{guest}");
        assert_eq!((after.years, after.height, after.byte, after.sign), (0, -4, 0, 127), "{guest}");
        assert_eq!((after.is_awake, after.tags), (true, [5, 4, 3, 2, 1]), "{guest}");
    }
}

/// Verifies that enums are matched: in a field, in a nested struct, in an array of two dimensions, and
/// one that has no value 0.
#[test]
fn enums_go_from_value_to_value() {
    use Mood::{Angry, Calm, Eager};
    for guest in GUESTS {
        let slots = [Slot { mood: Eager, ..Slot::default() }, Slot { mood: Angry, ..Slot::default() }];
        let moods = [[Calm, Eager], [Angry, Calm]];
        let subject = Everything { mood: Angry, slots, moods, phase: Phase::Work, ..Everything::default() };
        let (after, _) = changed_by(guest, subject, 1);
        assert_eq!((after.mood, after.slots.map(|slot| slot.mood)), (Calm, [Angry, Calm]), "{guest}");
        assert_eq!((after.moods, after.phase), ([[Eager, Angry], [Calm, Eager]], Phase::Rest), "{guest}");
    }
}

/// Verifies that flags are set and taken away, one at a time.
#[test]
fn flags_are_set_and_taken_away() {
    for guest in GUESTS {
        let subject = Everything { rights: Rights::READ, ..Everything::default() };
        let abilities = [1, 2, 3].map(|steps| changed_by(guest, subject, steps).0.abilities);
        let (fly, swim) = (Abilities::FLY, Abilities::SWIM);
        assert_eq!(abilities, [fly, swim, fly | swim], "{guest}");
        assert_eq!(changed_by(guest, subject, 1).0.rights, Rights::WRITE, "{guest}");
    }
}

/// Verifies that options are asked, set and emptied, and that one without a value is all zeros.
#[test]
fn options_come_and_go() {
    for guest in ABLE {
        let (first, entity) = changed_by(guest, Everything::default(), 1);
        assert_eq!((first.goal.get(), first.level.get()), (Some(Vec2::new(1.0, 2.0)), Some(0)), "{guest}");
        assert_eq!(first.friend.get(), Some(ScriptEntity::of(entity)), "{guest}");
        assert_eq!(first.slots[0].at.get(), None, "{guest}");
        let (second, _) = changed_by(guest, first, 1);
        assert_eq!((second.goal.get(), second.level.get()), (Some(Vec2::new(2.0, 2.0)), Some(1)), "{guest}");
        assert_eq!((second.friend.get(), second.slots[0].at), (None, first.goal), "{guest}");
        assert_eq!(bytes_of(&second)[..16], [0; 16], "{guest}");
        let (last, _) = changed_by(guest, Everything { level: Some(10).into(), ..first }, 1);
        assert_eq!(last.level.get(), None, "{guest}");
    }
}

/// Verifies that three dimensions are added up, turned around, cut and written.
#[test]
fn arrays_of_three_dimensions_are_measured() {
    for guest in ABLE {
        let mut subject = Everything::default();
        for (number, place) in (1u8..).zip(subject.heat.as_flattened_mut().as_flattened_mut()) {
            *place = number.into();
        }
        let (after, _) = changed_by(guest, subject, 1);
        assert_eq!(after.exact, 78.0, "{guest}: 1 + … + 12");
        assert_eq!(after.heading, subject.heat[0][2][1], "{guest}");
        let half = 3.0 + 4.0 + 5.0 + 6.0 + 9.0 + 10.0 + 11.0 + 12.0;
        subject.heat[1][0][1] = half;
        assert_eq!(after.heat, subject.heat, "{guest}");
    }
}

/// Verifies that Rust and Zig come to the same bytes after many steps from any beginning.
#[test]
fn rust_and_zig_do_the_same_with_every_type() {
    let games = ABLE.map(|guest| RefCell::new(game(guest)));
    let mut runner = TestRunner::new(ProptestConfig { cases: 12, ..ProptestConfig::default() });
    let outcome = runner.run(&any_everything(vec![ScriptEntity::NONE]), |all| {
        let [rust, zig] = games.each_ref().map(|game| {
            let mut game = game.borrow_mut();
            let entity = game.spawn(Subject { all });
            game.steps(5);
            let after = game.get::<Subject>(entity).all;
            game.world().despawn(entity);
            after
        });
        // Their games numbered the same entities in the same way.
        prop_assert_eq!(bytes_of(&rust), bytes_of(&zig));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    for (game, guest) in games.iter().zip(ABLE) {
        assert_eq!(game.borrow().system(guest, "decide").stats.faults, 0);
    }
}

/// Verifies that any value goes from the game to a guest and back unchanged, to the byte.
#[test]
fn any_value_crosses_unchanged() {
    for guest in GUESTS {
        let mut game = game(guest);
        let (friend, gone) = (game.spawn(()), game.spawn(()));
        game.world().despawn(gone);
        let friends = vec![ScriptEntity::NONE, ScriptEntity::of(friend), ScriptEntity::of(gone)];
        let game = RefCell::new(game);
        let mut runner = TestRunner::new(ProptestConfig { cases: 24, ..ProptestConfig::default() });
        let rows = prop::collection::vec(any_everything(friends), 1..4);
        let outcome = runner.run(&rows, |rows| {
            let mut game = game.borrow_mut();
            let spawn = |all: &Everything| game.spawn((Source { all: *all }, Target::default()));
            let entities: Vec<Entity> = rows.iter().map(spawn).collect();
            game.step();
            for (entity, all) in entities.into_iter().zip(&rows) {
                let (source, target) = (game.get::<Source>(entity), game.get::<Target>(entity));
                prop_assert_eq!(bytes_of(&target.all), bytes_of(all), "{}", guest);
                prop_assert_eq!(bytes_of(&source.all), bytes_of(all), "{}", guest);
                game.world().despawn(entity);
            }
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{guest}: {error}"));
        assert_eq!(game.borrow().system(guest, "copy").stats.faults, 0, "{guest}");
    }
}

fn any_mood() -> impl Strategy<Value = Mood> {
    prop::sample::select(vec![Mood::Calm, Mood::Eager, Mood::Angry])
}

fn any_place() -> impl Strategy<Value = Vec2> {
    (any::<f32>(), any::<f32>()).prop_map(|(x, y)| Vec2::new(x, y))
}

fn any_slot() -> impl Strategy<Value = Slot> {
    (prop::option::of(any_place()), any::<u16>(), any_mood(), any::<bool>())
        .prop_map(|(at, count, mood, full)| Slot { at: at.into(), count, mood, full })
}

/// Any value whose friend is one of these.
fn any_everything(friends: Vec<ScriptEntity>) -> impl Strategy<Value = Everything> {
    let wide = (any::<u64>(), any::<i64>(), any::<f64>(), any::<u32>(), any::<i32>(), any::<f32>());
    let narrow = (any::<u16>(), any::<i16>(), any::<u8>(), any::<i8>(), any::<bool>(), any::<[u8; 5]>());
    let options = (
        prop::option::of(prop::sample::select(friends)),
        prop::option::of(any_place()),
        prop::option::of(any::<u8>()),
    );
    let named = (
        any_mood(),
        prop::bool::ANY.prop_map(|is_rest| if is_rest { Phase::Rest } else { Phase::Work }),
        prop::sample::select(vec![
            Abilities::NONE,
            Abilities::FLY,
            Abilities::SWIM,
            Abilities::FLY | Abilities::SWIM,
        ]),
        prop::sample::select(vec![Rights::NONE, Rights::READ, Rights::WRITE, Rights::READ | Rights::WRITE]),
    );
    let arrays = (
        [any_slot(), any_slot()],
        any::<[[[f32; 2]; 3]; 2]>(),
        [[any_mood(), any_mood()], [any_mood(), any_mood()]],
    );
    (wide, narrow, options, named, arrays).prop_map(|(wide, narrow, options, named, arrays)| {
        let (big, debt, exact, count, change, heading) = wide;
        let (years, height, byte, sign, is_awake, tags) = narrow;
        let (friend, goal, level) = options;
        let (mood, phase, abilities, rights) = named;
        let (slots, heat, moods) = arrays;
        Everything {
            friend: friend.into(),
            big,
            debt,
            exact,
            slots,
            goal: goal.into(),
            heat,
            count,
            change,
            heading,
            years,
            height,
            phase,
            rights,
            mood,
            abilities,
            level: level.into(),
            byte,
            sign,
            is_awake,
            moods,
            tags,
        }
    })
}
