use peristyle::OptionalColumn;
use peristyle::commands::CommandRoom;

use super::*;

/// Pads that look scattered, the same each time.
fn scattered(count: usize, seed: u32) -> Vec<Position> {
    let mut number = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut coordinate = || {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (number >> 16) as f32 / 327.68 - 100.0
    };
    (0..count).map(|_| Position { x: coordinate(), y: coordinate(), z: 0.0 }).collect()
}

fn meters(pads: &[Position], order: &[usize]) -> f64 {
    let distance = |a: &Position, b: &Position| f64::from(a.x - b.x).hypot(f64::from(a.y - b.y));
    let next = order.iter().cycle().skip(1);
    order.iter().zip(next).map(|(&a, &b)| distance(&pads[a], &pads[b])).sum()
}

/// The length of the shortest trip, by trying all of them.
fn shortest(pads: &[Position]) -> f64 {
    fn try_all(pads: &[Position], order: &mut [usize], fixed: usize) -> f64 {
        if fixed == order.len() {
            return meters(pads, order);
        }
        let mut least = f64::MAX;
        for at in fixed..order.len() {
            order.swap(fixed, at);
            least = least.min(try_all(pads, order, fixed + 1));
            order.swap(fixed, at);
        }
        least
    }
    try_all(pads, &mut (0..pads.len()).collect::<Vec<_>>(), 1)
}

#[test]
fn a_trip_stops_at_each_pad_once() {
    for count in [0, 1, 2, 3, 4, 5, 9, 64, PADS_MAX, PADS_MAX + 5] {
        let plan = plan(&scattered(count, 3));
        let mut pads = plan.pads().to_vec();
        assert_eq!(pads.first(), (count > 0).then_some(&0));
        pads.sort_unstable();
        assert_eq!(pads, (0..count.min(PADS_MAX)).collect::<Vec<_>>());
        assert!(plan.meters <= plan.meters_at_first);
    }
}

#[test]
fn the_shortest_trip_over_few_pads_is_found() {
    for seed in 0..20 {
        let pads = scattered(8, seed);
        let [found, shortest] = [meters(&pads, plan(&pads).pads()), shortest(&pads)];
        assert!(found < shortest + 0.1, "seed {seed}: {found} m, and {shortest} m are possible");
    }
}

#[test]
fn pads_in_a_circle_are_flown_to_in_turn() {
    let angle = |pad: usize| (pad * 37 % 64) as f32 * std::f32::consts::TAU / 64.0;
    let on_circle = |pad| Position { x: 90.0 * angle(pad).cos(), y: 90.0 * angle(pad).sin(), z: 0.0 };
    let plan = plan(&(0..64).map(on_circle).collect::<Vec<_>>());
    let along_circle: Vec<usize> = plan.pads().iter().map(|pad| pad * 37 % 64).collect();
    let (forth, back) = ((0..64).collect::<Vec<_>>(), (0..64).map(|at| (64 - at) % 64).collect::<Vec<_>>());
    assert!(along_circle == forth || along_circle == back, "{along_circle:?}");
}

#[test]
fn a_trip_is_much_shorter_than_one_to_the_nearest_pad_each_time() {
    let shorter = |seed| {
        let plan = plan(&scattered(64, seed));
        1.0 - plan.meters as f64 / plan.meters_at_first as f64
    };
    let mean = (0..20).map(shorter).sum::<f64>() / 20.0;
    assert!(mean > 0.15, "shorter by {:.1} %", mean * 100.0);
}

#[test]
fn positions_that_are_no_places_are_no_reason_to_panic() {
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e9] {
        let mut pads = scattered(12, 1);
        (pads[3].x, pads[4].y) = (odd, odd);
        assert_eq!(plan(&pads).pads().len(), 12);
        assert_eq!(plan(&[pads[3]; 9]).meters, 0);
    }
}

/// What the system commands for pads that have those stops.
fn commanded(positions: &[Position], stops: &[Option<Stop>]) -> usize {
    let entities: Vec<Entity> = (1..).map(Entity::from_bits).take(positions.len()).collect();
    let values: Vec<Stop> = stops.iter().map(|stop| stop.unwrap_or(Stop { order: 0, of: 0 })).collect();
    let mut presence = vec![0; stops.len().div_ceil(8)];
    for (at, _) in stops.iter().enumerate().filter(|(_, stop)| stop.is_some()) {
        presence[at / 8] |= 1 << (at % 8);
    }
    let mut room = CommandRoom::new();
    let columns = (&entities[..], positions, OptionalColumn::new(&values, &presence));
    plan_tour(Query::from_columns(columns), room.commands());
    assert!(room.kinds().all(|kind| kind.name() == "insert"));
    room.kinds().count()
}

#[test]
fn a_plan_is_made_where_pads_have_come_or_gone() {
    let pads = scattered(9, 2);
    let stops: Vec<Option<Stop>> = (0..8).map(|order| Some(Stop { order, of: 8 })).collect();
    let with_new = [&stops[..], &[None]].concat();
    assert_eq!(commanded(&pads[..8], &[None; 8]), 8);
    assert_eq!(commanded(&pads[..8], &stops), 0);
    assert_eq!(commanded(&pads, &with_new), 9);
    assert_eq!(commanded(&pads[..7], &stops[..7]), 7);
    assert_eq!(commanded(&[], &[]), 0);
}
