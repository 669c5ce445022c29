//! Sends the drones from pad to pad.
//!
//! A drone at rest is given the next pad and a package, which is an entity of its own. It climbs to
//! a height of its own, cruises to above the pad, descends, and has made a delivery: the package is
//! gone, and a message says so. `autopilot` flies it to whatever target stands here.
//!
//! The next pad is the next stop of the round trip that `planner` has planned, and as long as there is none any
//! pad.
// Natively `std` is there, for unit tests.
#![cfg_attr(target_arch = "wasm32", no_std)]

use peristyle::prelude::*;

mod components;
mod route_plan;

use components::{Delivered, Drone, Grounded, Load, Package, Pad, Position, Route, Stop, Target, phase};
use route_plan::RoutePlan;

/// The lowest cruise, in meters.
const CRUISE_HEIGHT_MIN: f32 = 10.0;
/// Cruise heights in use, a meter apart, so that few drones meet.
const CRUISE_LEVELS: u32 = 21;
/// How near its height ends a climb, in meters.
const CLIMB_TOLERANCE: f32 = 1.0;
/// How near the pad, seen from above, ends a cruise, in meters.
const CRUISE_TOLERANCE: f32 = 2.0;
/// How near the pad, seen from above, a drone has landed on it, in meters.
const LANDING_TOLERANCE: f32 = 2.0;
/// The height below which a drone has landed, in meters.
const LANDED_BELOW: f32 = 0.5;
/// Deliveries from one line in the log to the next.
const DELIVERIES_PER_LINE: u32 = 100;

/// What there is to know of a drone.
type Row = (
    Entity,
    &'static Drone,
    &'static Position,
    &'static mut Target,
    &'static mut Route,
    Option<&'static Load>,
);

/// All pads, and their stops where there is a round trip.
type Pads<'f> = Query<'f, PadRow>;
type PadRow = (&'static Pad, &'static Position, Option<&'static Stop>);

/// Gives each drone where it should be, and moves it on to its next phase when it is there.
///
/// Targets and routes are written where a phase ends and nowhere else, so that the game sees them
/// change then.
#[system]
pub fn assign_targets(
    mut drones: Query<Row, Without<Grounded>, ByStableId>,
    pads: Query<PadRow>,
    mut plan: State<RoutePlan>,
    mut commands: Commands<(Package, Load), (Delivered,)>,
) {
    for (entity, drone, position, target, route, load) in &mut drones {
        match route.phase {
            phase::AT_REST => {
                let Some((pad, _, stop)) = nearest(&pads, position) else { continue };
                route.from = pad.id;
                route.to = match stop.and_then(|stop| next_stop(&pads, stop, drone.id)) {
                    Some(pad) => pad,
                    None => plan.next_pad(drone.id, route, pads.len() as u32),
                };
                route.phase = phase::CLIMB;
                *target = above(position, cruise_height(drone.id));
                let package = commands.spawn((Package { from: route.from, to: route.to },));
                commands.insert(entity, Load { package });
            }
            phase::CLIMB if position.z > cruise_height(drone.id) - CLIMB_TOLERANCE => {
                let Some(pad) = position_of(&pads, route.to) else { continue };
                route.phase = phase::CRUISE;
                *target = above(pad, cruise_height(drone.id));
            }
            phase::CRUISE => {
                let Some(pad) = position_of(&pads, route.to) else { continue };
                if distance_squared(position, pad) < CRUISE_TOLERANCE * CRUISE_TOLERANCE {
                    route.phase = phase::DESCEND;
                    *target = above(pad, 0.0);
                }
            }
            phase::DESCEND if position.z < LANDED_BELOW => {
                let Some(pad) = position_of(&pads, route.to) else { continue };
                if distance_squared(position, pad) < LANDING_TOLERANCE * LANDING_TOLERANCE {
                    route.phase = phase::AT_REST;
                    route.deliveries += 1;
                    plan.deliveries += 1;
                    commands.send(Delivered { drone: drone.id, pad: route.to });
                    if let Some(load) = load {
                        commands.despawn(load.package);
                        commands.remove::<Load>(entity);
                    }
                    if plan.deliveries.is_multiple_of(DELIVERIES_PER_LINE) {
                        log!(
                            "{} deliveries, the last by drone {} to pad {}",
                            plan.deliveries,
                            drone.id,
                            route.to
                        );
                    }
                }
            }
            _ => {}
        }
    }
}

module! { systems: [assign_targets], state: [RoutePlan = RoutePlan::NEW] }

fn cruise_height(drone: u32) -> f32 {
    // 8 has no divisor in common with the number of levels, so neighbors in id are 8 m apart.
    CRUISE_HEIGHT_MIN + (drone.wrapping_mul(8) % CRUISE_LEVELS) as f32
}

fn above(position: &Position, height: f32) -> Target {
    Target { x: position.x, y: position.y, z: height }
}

fn position_of<'p>(pads: &'p Pads<'_>, id: u32) -> Option<&'p Position> {
    pads.iter().find_map(|(pad, position, _)| (pad.id == id).then_some(position))
}

fn nearest<'p>(pads: &'p Pads<'_>, to: &Position) -> Option<(&'p Pad, &'p Position, Option<&'p Stop>)> {
    pads.iter().min_by(|(_, a, _), (_, b, _)| distance_squared(a, to).total_cmp(&distance_squared(b, to)))
}

/// The pad that comes after a stop of the round trip; one half of the drones flies it the other way round. `None`
/// where the stop is of no trip.
fn next_stop(pads: &Pads<'_>, stop: &Stop, drone: u32) -> Option<u32> {
    let step = if drone.is_multiple_of(2) { 1 } else { stop.of.checked_sub(1)? };
    let order = stop.order.checked_add(step)?.checked_rem(stop.of)?;
    let is_next = |other: &Stop| other.order == order && other.of == stop.of;
    pads.iter().find_map(|(pad, _, other)| other.is_some_and(is_next).then_some(pad.id))
}

/// Seen from above.
fn distance_squared(a: &Position, b: &Position) -> f32 {
    let (x, y) = (a.x - b.x, a.y - b.y);
    x * x + y * y
}

#[cfg(test)]
mod tests;
