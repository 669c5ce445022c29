use peristyle::OptionalColumn;
use peristyle::commands::CommandRoom;

use super::*;
use crate::components::phase;

const PADS: [Pad; 3] = [Pad { id: 2 }, Pad { id: 0 }, Pad { id: 1 }];
const PAD_POSITIONS: [Position; 3] = [at(100.0, 0.0, 0.0), at(0.0, 0.0, 0.0), at(0.0, 100.0, 0.0)];

/// The pads 1, 0 and 2 in a ring.
const RING: [Stop; 3] = [Stop { order: 2, of: 3 }, Stop { order: 1, of: 3 }, Stop { order: 0, of: 3 }];

const fn at(x: f32, y: f32, z: f32) -> Position {
    Position { x, y, z }
}

/// Runs the system on one drone with a load, and puts it at its target when the call is over. What
/// was commanded.
fn step(
    position: &mut Position,
    target: &mut Target,
    route: &mut Route,
    plan: &mut RoutePlan,
) -> Vec<&'static str> {
    let mut room = CommandRoom::new();
    let load = [Load { package: Entity::from_bits(7) }];
    let columns = (
        &[Entity::from_bits(3)][..],
        &[Drone { id: 5 }][..],
        core::slice::from_ref(position),
        core::slice::from_mut(target),
        core::slice::from_mut(route),
        OptionalColumn::new(&load, &[1]),
    );
    assign_targets(
        Query::from_columns(columns),
        Query::from_columns((&PADS[..], &PAD_POSITIONS[..], OptionalColumn::new(&RING, &[0]))),
        State::new(plan),
        room.commands(),
    );
    *position = at(target.x, target.y, target.z);
    room.kinds().map(|kind| kind.name()).collect()
}

#[test]
fn a_drone_goes_through_its_phases_and_delivers() {
    let mut plan = RoutePlan::NEW;
    let mut position = at(1.0, 99.0, 0.0);
    let mut target = Target { x: 0.0, y: 0.0, z: 0.0 };
    let mut route = Route { from: 0, to: 0, phase: phase::AT_REST, deliveries: 0 };
    let height = cruise_height(5);

    let commanded = step(&mut position, &mut target, &mut route, &mut plan);
    assert_eq!(commanded, ["spawn", "insert", "insert"]);
    assert_eq!((route.from, route.phase), (1, phase::CLIMB));
    assert_eq!(target, Target { x: 1.0, y: 99.0, z: height });
    step(&mut position, &mut target, &mut route, &mut plan);
    assert_eq!((target.z, route.phase), (height, phase::CRUISE));
    step(&mut position, &mut target, &mut route, &mut plan);
    assert_eq!((target.z, route.phase), (0.0, phase::DESCEND));
    let commanded = step(&mut position, &mut target, &mut route, &mut plan);
    assert_eq!(commanded, ["send", "despawn", "remove"]);
    assert_eq!((route.deliveries, route.phase, plan.deliveries), (1, phase::AT_REST, 1));
    assert_ne!(route.to, 1);
}

#[test]
fn the_next_pad_is_never_the_same_and_all_are_flown_to() {
    let mut plan = RoutePlan::NEW;
    for drone in [0, 7, 1023, 1024, 5000] {
        let mut visits = [0; 6];
        let mut route = Route { from: 3, to: 3, phase: phase::AT_REST, deliveries: 0 };
        for _ in 0..600 {
            let pad = plan.next_pad(drone, &route, 6);
            assert_ne!(pad, route.from);
            visits[pad as usize] += 1;
            route = Route { from: pad, deliveries: route.deliveries + 1, ..route };
        }
        assert!(visits.iter().all(|&visits| visits > 60), "{visits:?}");
    }
}

#[test]
fn one_pad_alone_is_no_reason_to_panic() {
    let route = Route { from: 0, to: 0, phase: phase::AT_REST, deliveries: 0 };
    let mut plan = RoutePlan::NEW;
    assert_eq!(plan.next_pad(0, &route, 1), 0);
    assert_eq!(plan.next_pad(0, &route, 0), 0);
}

#[test]
fn drones_fly_the_round_trip_one_half_of_them_the_other_way() {
    let next = |stops: &[Stop], presence: &[u8], from: usize, drone| {
        let stops = OptionalColumn::new(stops, presence);
        let pads = Query::from_columns((&PADS[..], &PAD_POSITIONS[..], stops));
        let (_, _, stop) = nearest(&pads, &PAD_POSITIONS[from]).unwrap();
        stop.and_then(|stop| next_stop(&pads, stop, drone))
    };
    let way = |drone| [0, 1, 2].map(|from| next(&RING, &[0b111], from, drone));
    assert_eq!(way(4), [Some(1), Some(2), Some(0)]);
    assert_eq!(way(5), [Some(0), Some(1), Some(2)]);
    // A stop that is missing, or is of another trip, or of none, takes only itself away.
    let [without_pad_1, none] = [[0b011], [0]];
    assert_eq!([0, 1].map(|from| next(&RING, &without_pad_1, from, 4)), [None, Some(2)]);
    assert_eq!(next(&RING, &none, 0, 4), None);
    let odd = |of| [Stop { order: u32::MAX, of }; 3];
    assert_eq!([0, 1, 4].map(|of| next(&odd(of), &[0b111], 0, 4)), [None; 3]);
    assert_eq!([0, 1, 4].map(|of| next(&odd(of), &[0b111], 0, 5)), [None; 3]);
}
