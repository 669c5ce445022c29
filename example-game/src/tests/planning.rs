//! The script `planner`, whose one call lasts many ticks.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_peristyle::{FuelBudgets, ModuleStatus, ScriptRegistry, Scripts, SystemStats};

use super::{committed_game, new_game, play_to, scripts_but_for, stats};
use crate::components::{Drone, Grounded, Pad, Route};
use crate::world::{PADS, launch_tick};
use crate::{assets, headless};

/// The planner looks whether there is something to plan in each tick that this divides.
const EVERY: u64 = 30;
/// The fuel for a call and for a row that the planner asks for, as its manifest has them.
const ASKED: [u64; 2] = [100_000, 1_500];

/// Each pad's stop, `order` and `of`, by the pad's number.
fn stops(app: &mut App) -> BTreeMap<u32, [u32; 2]> {
    let world = app.world_mut();
    let pads: Vec<(Entity, Pad)> =
        world.query::<(Entity, &Pad)>().iter(world).map(|(e, p)| (e, *p)).collect();
    let registry = world.resource::<ScriptRegistry>();
    let stop = |(entity, pad): (Entity, Pad)| {
        let bytes = registry.read(world, entity, "planner::Stop")?;
        let (order, of) = bytes.split_first_chunk()?;
        Some((pad.id, [u32::from_le_bytes(*order), u32::from_le_bytes(*of.first_chunk()?)]))
    };
    pads.into_iter().filter_map(stop).collect()
}

fn planner(app: &App) -> SystemStats {
    stats(app, "planner", "plan_tour")
}

/// Plays until the first plan is made; how many ticks that took.
fn plan(app: &mut App) -> u64 {
    play_to(app, EVERY);
    while planner(app).suspended_passes > 0 {
        assert!(headless::tick(app) < 1_000, "no plan is made: {:?}", planner(app));
        app.update();
    }
    assert_eq!(planner(app).faults, 0, "{:?}", planner(app).last_fault);
    headless::tick(app) - EVERY + 1
}

/// The same module, which leaves its fuel to the game.
fn without_its_own_budget(mut module: Vec<u8>) -> Vec<u8> {
    let asked = ASKED.map(u64::to_le_bytes).concat();
    let places: Vec<usize> =
        module.windows(16).enumerate().filter(|(_, at)| *at == asked).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 1, "the planner's manifest asks for other fuel than {ASKED:?}");
    module[places[0]..][..16].fill(0);
    module
}

/// Verifies that the plan and the fuel in all do not depend on how many ticks the call is spread over.
#[test]
fn a_plan_is_the_same_in_one_tick_and_in_many() {
    let play = |mut app: App| (plan(&mut app), planner(&app).fuel_total, stops(&mut app));
    let committed = assets::find(None).unwrap();
    let generous = scripts_but_for("planner.wasm", |module| Some(without_its_own_budget(module)));
    let plenty = FuelBudgets { per_call: 1 << 40, per_frame: 1 << 41, ..FuelBudgets::default() };
    let scarce = FuelBudgets { per_call: 40_000, per_row: 1_000, ..FuelBudgets::default() };

    let (ticks, fuel, tour) = play(new_game(generous.path(), plenty));
    assert_eq!(ticks, 1);
    let mut orders: Vec<[u32; 2]> = tour.values().copied().collect();
    orders.sort_unstable();
    assert_eq!(orders, (0..PADS).map(|order| [order, PADS]).collect::<Vec<_>>());

    let spread = play(committed_game());
    assert!((20..=100).contains(&spread.0), "over {} ticks", spread.0);
    assert_eq!((spread.1, &spread.2), (fuel, &tour));
    let spread_wider = play(new_game(committed.as_ref(), scarce));
    assert!(spread_wider.0 > spread.0 + 20, "over {} ticks", spread_wider.0);
    assert_eq!((spread_wider.1, &spread_wider.2), (fuel, &tour));
}

/// Verifies that each tick has its part of the search, and that the other scripts run in each of them.
#[test]
fn the_game_goes_on_while_a_plan_is_made() {
    let mut app = committed_game();
    play_to(&mut app, EVERY);
    let others = [("dispatch", "assign_targets"), ("flight", "integrate"), ("wind", "blow")];
    while planner(&app).suspended_passes > 0 {
        let SystemStats { fuel, fuel_budget, suspended_passes, .. } = planner(&app);
        assert_eq!(u64::from(suspended_passes), headless::tick(&app) - EVERY + 1);
        assert_eq!(fuel_budget, ASKED[0] + u64::from(PADS) * ASKED[1]);
        assert!(fuel * 100 < fuel_budget * 103, "{fuel} of {fuel_budget}");
        assert!(stops(&mut app).is_empty());
        for (module, system) in others {
            assert_eq!(stats(&app, module, system).calls, headless::tick(&app), "{module}::{system}");
        }
        app.update();
    }
    assert_eq!(stops(&mut app).len(), PADS as usize);
}

/// Verifies that drones fly from stop to stop, half of them the other way round.
#[test]
fn drones_fly_along_the_trip_once_there_is_one() {
    let mut app = committed_game();
    let last_without = EVERY + plan(&mut app);
    play_to(&mut app, last_without + 60);
    let stops = stops(&mut app);
    let world = app.world_mut();
    let mut flying = world.query_filtered::<(&Drone, &Route), Without<Grounded>>();
    let late = flying.iter(world).filter(|(drone, _)| launch_tick(**drone) > last_without);
    let mut seen = 0;
    for (drone, route) in late {
        let [from, to] = [route.from, route.to].map(|pad| stops[&pad][0]);
        let step = if drone.id % 2 == 0 { 1 } else { PADS - 1 };
        assert_eq!(to, (from + step) % PADS, "drone {}: {route:?}", drone.id);
        seen += 1;
    }
    assert!(seen > 20, "{seen} drones took off");
}

/// Verifies that a planner that is missing takes its trip away and nothing else.
#[test]
fn without_the_planner_drones_fly_to_any_pad() {
    let folder = scripts_but_for("planner.wasm", |_| None);
    let mut app = new_game(folder.path(), FuelBudgets::default());
    play_to(&mut app, 100);
    let module = app.world().resource::<Scripts>().get("planner").unwrap();
    assert!(matches!(module.status, ModuleStatus::Failed { .. }));
    assert_eq!(stops(&mut app), BTreeMap::new());
    let world = app.world_mut();
    let mut flying = world.query_filtered::<&Route, Without<Grounded>>();
    assert!(flying.iter(world).all(|route| route.phase > 0 && route.from != route.to));
}

/// Verifies that a new plan is made where a pad comes during play.
#[test]
fn a_pad_that_comes_is_planned_for() {
    let mut app = committed_game();
    plan(&mut app);
    let world = app.world_mut();
    let pad = Pad { id: PADS };
    let place = crate::components::Position { x: 3.0, y: -4.0, z: 0.0 };
    world.spawn((pad, crate::components::StableId::of_pad(pad), place));
    let tick = headless::tick(&app);
    play_to(&mut app, tick.next_multiple_of(EVERY) + 150);
    let stops = stops(&mut app);
    assert_eq!(stops.len(), PADS as usize + 1);
    assert!(stops.values().all(|&[_, of]| of == PADS + 1), "{stops:?}");
}
